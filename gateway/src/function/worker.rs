//! The life of one worker: a process, the listener it polls, and an eye on both.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};

use super::dispatcher::Recruit;
use super::fault::{Exit, StartFailure};
use super::job::Event;
use super::log;
use super::phase::{Verdict, WorkerId};
use super::pool::Pool;
use super::process::Process;
use super::runtime_api;

/// How long what a process wrote before it ended is still read.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// Pause after a connection could not be accepted (no file descriptors left).
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// How a process came to its end.
enum Life {
    /// It was stopped, or ended after it had been ready.
    Over(Exit),
    /// It never asked for an invocation.
    Unready(StartFailure),
}

/// Runs a worker to its end, with Lambda's one retry of a failed initialisation.
pub(super) async fn run(pool: Arc<Pool>, recruit: Recruit) {
    let Recruit { id, attention } = recruit;
    let mut life = live(&pool, id, &attention).await;
    if let Life::Unready(failure) = &life {
        pool.log(&format!("INIT failed: {failure}"));
        if failure.is_worth_a_retry() {
            if !pool.restart(id) {
                pool.end(id, Exit(None));
                return;
            }
            life = live(&pool, id, &attention).await;
            if let Life::Unready(failure) = &life {
                pool.log(&format!("INIT failed again: {failure}"));
            }
        }
    }
    match life {
        Life::Unready(failure) => pool.start_failed(id, failure),
        Life::Over(exit) => {
            if let Some(event) = pool.end(id, exit) {
                pool.log(&format!("RequestId: {} Error: {exit}", event.request_id));
            }
        }
    }
}

async fn live(pool: &Arc<Pool>, id: WorkerId, attention: &Notify) -> Life {
    let (listener, mut process) = match start(pool).await {
        Ok(started) => started,
        Err(why) => return Life::Unready(StartFailure::Command(why)),
    };
    let (stdout, stderr) = process.output();
    let name = pool.spec().name.clone();
    let mut output = tokio::spawn(log::forward(name, stdout, stderr, Arc::clone(pool.logs())));
    let mut connections = JoinSet::new();
    let life = match attend(pool, id, &listener, &mut connections, &mut process, attention).await {
        Ended::Exited(exit) => {
            if pool.exited(id) {
                drain(pool, id, &listener, &mut connections).await;
            }
            if pool.is_starting(id) {
                let failure = match pool.verdict(id) {
                    Verdict::Unready(failure) => failure,
                    _ => StartFailure::Exited(exit),
                };
                Life::Unready(failure)
            } else {
                Life::Over(exit)
            }
        }
        Ended::Stopped => Life::Over(process.stop().await),
        Ended::OutOfTime(event) => {
            pool.log(&time_out_line(&event, pool.spec().timeout));
            Life::Over(process.kill().await)
        }
        Ended::Unready(failure) => {
            if let StartFailure::Reported(_) = failure {
                // It is expected to end by itself, and may still have something to print.
                let _ = timeout(LAST_WORDS, process.wait()).await;
            }
            process.stop().await;
            Life::Unready(failure)
        }
    };
    if timeout(LAST_WORDS, &mut output).await.is_err() {
        output.abort();
    }
    life
}

async fn start(pool: &Pool) -> Result<(TcpListener, Process), String> {
    let bind = async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        Ok::<_, std::io::Error>((listener, address))
    };
    let (listener, address) = bind.await.map_err(|error| {
        format!("function `{}`: no port for its Runtime API: {error}", pool.spec().name)
    })?;
    let process = Process::start(pool.spec(), address).await?;
    Ok((listener, process))
}

enum Ended {
    Exited(Exit),
    Stopped,
    OutOfTime(Arc<Event>),
    Unready(StartFailure),
}

/// Accepts the process's connections until it ends or has to be ended.
async fn attend(
    pool: &Arc<Pool>,
    id: WorkerId,
    listener: &TcpListener,
    connections: &mut JoinSet<()>,
    process: &mut Process,
    attention: &Notify,
) -> Ended {
    loop {
        let wake = match pool.verdict(id) {
            Verdict::Continue(wake) => wake,
            Verdict::Stop => return Ended::Stopped,
            Verdict::Kill(event) => return Ended::OutOfTime(event),
            Verdict::Unready(failure) => return Ended::Unready(failure),
        };
        tokio::select! {
            exit = process.wait() => return Ended::Exited(exit),
            () = attention.notified() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(runtime_api::serve(stream, Arc::clone(pool), id));
                }
                Err(_) => sleep(ACCEPT_PAUSE).await,
            },
            Some(_) = connections.join_next() => {}
            () = sleep_until(wake) => {}
        }
    }
}

/// A process may have answered with its last breath: reads what it wrote before it ended, which
/// is over as soon as its connections are.
async fn drain(
    pool: &Arc<Pool>,
    id: WorkerId,
    listener: &TcpListener,
    connections: &mut JoinSet<()>,
) {
    let deadline = Instant::now() + LAST_WORDS;
    loop {
        let step = async {
            tokio::select! {
                biased;
                accepted = listener.accept() => accepted.ok().map(|(stream, _)| stream),
                _ = connections.join_next() => None,
            }
        };
        match timeout_at(deadline, step).await {
            Ok(Some(stream)) => {
                connections.spawn(runtime_api::serve(stream, Arc::clone(pool), id));
            }
            Ok(None) if !connections.is_empty() => {}
            Ok(None) | Err(_) => return,
        }
    }
}

/// As Lambda logs it.
fn time_out_line(event: &Event, limit: Duration) -> String {
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ");
    format!("{now} {} Task timed out after {:.2} seconds", event.request_id, limit.as_secs_f64())
}
