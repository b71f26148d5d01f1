//! When functions' processes start and end.

use std::sync::Arc;
use std::time::Duration;

use gateway::function::{FunctionSpec, Functions, LogSink};
use gateway::invoke::InvokeError;

use crate::command_line::Running;
use crate::functions::{functions, invoke, quiet, text};
use crate::harness::proxy_document;
use crate::stand_in::spec;

/// Waits until a process is gone (or a zombie, which its new parent has to reap).
pub(crate) async fn assert_gone(pid: &str) {
    for _ in 0..6_000 {
        match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
            Ok(stat) if !stat.contains(") Z ") => {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            _ => return,
        }
    }
    panic!("process {pid} is still there");
}

#[tokio::test]
async fn shutdown_leaves_no_process_behind() {
    let mut spec = spec("f", "ready");
    // Ignores SIGTERM, and has a child of its own.
    let own = spec.command.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
    let script = format!("trap '' TERM; sleep 3600 & CHILD=$! {own}");
    spec.command = ["sh", "-c", &script].map(str::to_owned).to_vec();
    let functions = functions(spec);
    let pid = text(&functions, "pid").await;
    let child = text(&functions, "variable:CHILD").await;
    assert!(std::path::Path::new(&format!("/proc/{child}")).exists());
    functions.shutdown().await;
    assert_gone(pid.split(' ').next().unwrap()).await;
    assert_gone(&child).await;
    let Err(InvokeError::Start(why)) = invoke(&functions, "echo").await else { panic!() };
    assert_eq!(why, "the gateway is shutting down");
}

#[tokio::test]
async fn shutdown_fails_what_is_running() {
    let functions = functions(spec("f", "ready"));
    let pid = text(&functions, "pid").await;
    let running = tokio::spawn({
        let functions = Arc::clone(&functions);
        async move { invoke(&functions, "hang").await }
    });
    tokio::task::yield_now().await;
    functions.shutdown().await;
    assert!(matches!(running.await.unwrap(), Err(InvokeError::Start(_))));
    assert_gone(pid.split(' ').next().unwrap()).await;
}

#[tokio::test]
async fn shutdown_does_not_wait_for_calls_on_replaced_workers() {
    let functions = functions(spec("f", "ready"));
    let pid = text(&functions, "pid").await;
    let running = tokio::spawn({
        let functions = Arc::clone(&functions);
        async move { invoke(&functions, "hang").await }
    });
    tokio::task::yield_now().await;
    functions.replace(vec![spec("f", "ready")]);
    functions.shutdown().await;
    assert!(matches!(running.await.unwrap(), Err(InvokeError::Start(_))));
    assert_gone(pid.split(' ').next().unwrap()).await;
}

#[test]
fn dropping_the_runtime_leaves_no_process_behind() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let functions = functions(spec("f", "ready"));
    let pid = runtime.block_on(text(&functions, "pid"));
    drop(runtime);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(assert_gone(pid.split(' ').next().unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn replacing_a_function_under_load_loses_no_call() {
    let version = |number: usize| {
        let mut spec = spec("f", "ready");
        spec.concurrency = 2;
        spec.environment.push(("VERSION".to_owned(), number.to_string()));
        spec
    };
    let functions = functions(version(0));
    let callers: Vec<_> = (0..8)
        .map(|_| {
            let functions = Arc::clone(&functions);
            tokio::spawn(async move {
                let mut versions = Vec::new();
                for _ in 0..60 {
                    versions.push(text(&functions, "variable:VERSION").await);
                }
                versions
            })
        })
        .collect();
    for number in 1..=4 {
        tokio::time::sleep(Duration::from_millis(15)).await;
        functions.replace(vec![version(number)]);
    }
    for caller in callers {
        let versions = caller.await.unwrap();
        assert!(versions.is_sorted(), "an old worker served a later call: {versions:?}");
    }
    assert_eq!(text(&functions, "variable:VERSION").await, "4");
    functions.shutdown().await;
}

#[tokio::test]
async fn a_running_call_finishes_on_the_replaced_worker() {
    let (say, mut said) = tokio::sync::mpsc::unbounded_channel();
    let sink: LogSink = Arc::new(move |line| drop(say.send(line.text.to_owned())));
    let functions = Arc::new(Functions::new(vec![spec("f", "ready")], sink));
    let old = text(&functions, "sleep:0").await;
    let running = tokio::spawn({
        let functions = Arc::clone(&functions);
        async move { text(&functions, "sleep:200").await }
    });
    while said.recv().await.unwrap() != "asleep for 200" {}
    functions.replace(vec![spec("f", "ready")]);
    let new = text(&functions, "sleep:0").await;
    assert_ne!(new, old);
    assert_eq!(running.await.unwrap(), old);
    assert_gone(&old).await;
    functions.shutdown().await;
}

#[tokio::test]
async fn warming_starts_a_worker_that_the_first_invocation_finds() {
    let functions = functions(spec("f", "ready"));
    functions.warm().await.unwrap();
    functions.warm().await.unwrap();
    assert_eq!(text(&functions, "echo:hello").await, "hello");
    functions.shutdown().await;
    functions.warm().await.unwrap();
}

#[tokio::test]
async fn warming_names_every_function_that_does_not_start() {
    let exits = vec!["sh".to_owned(), "-c".to_owned(), "exit 3".to_owned()];
    let specs = vec![
        FunctionSpec::new("b", exits),
        FunctionSpec::new("a", vec!["/nowhere/at/all".to_owned()]),
        spec("f", "ready"),
    ];
    let functions = Functions::new(specs, quiet());
    let errors = functions.warm().await.unwrap_err();
    let names: Vec<_> = errors.iter().map(|error| error.function.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert!(
        errors[1].to_string().contains("does not start: Runtime exited with error: exit status 3")
    );
    functions.shutdown().await;
}

#[tokio::test]
async fn no_function_outlives_its_gateway_however_that_ends() {
    let command = spec("f", "proxy").command.join(" ");
    let function = format!("f=env STAND_IN=proxy {command}");
    for signal in ["-TERM", "-INT", "-KILL"] {
        let gateway = Running::start(&proxy_document(), &["--function", &function]);
        let answer = gateway.get("/dev/a");
        let (_, pid) = answer.split_once("\r\n\r\n").unwrap();
        assert!(pid.parse::<u32>().is_ok(), "{answer}");
        gateway.end(signal);
        assert_gone(pid).await;
    }
}
