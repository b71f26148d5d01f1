//! How long a function takes to be ready: from its spawn to its first `GET /next`.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;

const RUNS: usize = 30;

/// Prints the times of a program, and its size.
pub(crate) fn report(name: &str, program: &str, with_size: bool) -> anyhow::Result<()> {
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        times.push(once(program).with_context(|| format!("{program} did not become ready"))?);
    }
    times.sort_unstable();
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    let (best, median) = (millis(times[0]), millis(times[RUNS / 2]));
    let size = match with_size {
        true => format!("{:>7.2} MiB", std::fs::metadata(program)?.len() as f64 / 1_048_576.0),
        false => String::new(),
    };
    println!("{name:<44} median {median:>7.2} ms  best {best:>7.2} ms  {size}");
    Ok(())
}

fn once(program: &str) -> anyhow::Result<Duration> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut command = Command::new(program);
    command
        .env("AWS_LAMBDA_RUNTIME_API", listener.local_addr()?.to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", "bench")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/bench")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "bench")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        // It complains when its Runtime API goes away.
        .stderr(Stdio::null());
    let begin = Instant::now();
    let mut child = command.spawn()?;
    let line = first_line(&listener, &mut child);
    let elapsed = begin.elapsed();
    child.kill()?;
    child.wait()?;
    let line = line?;
    anyhow::ensure!(line.contains("/runtime/invocation/next"), "it asked for: {}", line.trim());
    Ok(elapsed)
}

/// The request line of the program's first request, unless it ends before.
fn first_line(listener: &TcpListener, child: &mut std::process::Child) -> anyhow::Result<String> {
    listener.set_nonblocking(true)?;
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false)?;
                let mut line = String::new();
                BufReader::new(stream).read_line(&mut line)?;
                return Ok(line);
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                if let Some(status) = child.try_wait()? {
                    anyhow::bail!(
                        "it ended: {status}; set the variables it reads, they are passed on"
                    );
                }
                std::thread::sleep(Duration::from_micros(50));
            }
            Err(error) => return Err(error.into()),
        }
    }
}
