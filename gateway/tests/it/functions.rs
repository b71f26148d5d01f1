//! The emulated Lambda service against real processes.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use gateway::function::{FunctionSpec, Functions, LogSink, LogSource, MAX_PAYLOAD};
use gateway::invoke::{Invocation, Invoke, InvokeError};
use openapi::model::FunctionReference;
use serde_json::Value;

use crate::processes::assert_gone;
use crate::stand_in::{header, spec};

pub(crate) fn quiet() -> LogSink {
    Arc::new(|_| {})
}

pub(crate) fn functions(spec: FunctionSpec) -> Arc<Functions> {
    Arc::new(Functions::new(vec![spec], quiet()))
}

fn reference(name: &str) -> FunctionReference {
    FunctionReference {
        key: name.to_owned(),
        name: name.to_owned(),
        qualifier: None,
        arn: format!("arn:aws:lambda:eu-central-1:123456789012:function:{name}"),
    }
}

pub(crate) async fn invoke(functions: &Functions, event: &str) -> Result<Invocation, InvokeError> {
    let event = Bytes::from(event.to_owned());
    functions.invoke(&reference("f"), event, "Root=1-5759e988-bd862e3fe1be46a994272793").await
}

/// The payload of an invocation that must succeed.
pub(crate) async fn text(functions: &Functions, event: &str) -> String {
    let invocation = invoke(functions, event).await.unwrap();
    let payload = String::from_utf8_lossy(&invocation.payload).into_owned();
    assert!(!invocation.function_error, "{payload}");
    payload
}

/// The error document of an invocation that must fail.
async fn fault(functions: &Functions, event: &str) -> Value {
    let invocation = invoke(functions, event).await.unwrap();
    assert!(invocation.function_error, "{:?}", invocation.payload);
    serde_json::from_slice(&invocation.payload).unwrap()
}

fn message(document: &Value) -> &str {
    document["errorMessage"].as_str().unwrap()
}

#[tokio::test]
async fn an_event_reaches_the_function_and_its_answer_the_caller() {
    let functions = functions(spec("f", "ready"));
    assert_eq!(text(&functions, "echo:hello").await, "hello");
    assert_eq!(text(&functions, "chunks:in,three,parts").await, "inthreeparts");
    let head = text(&functions, "headers").await;
    assert_eq!(header(&head, "lambda-runtime-aws-request-id").len(), 36);
    assert!(!header(&head, "lambda-runtime-invocation-id").is_empty());
    assert!(
        header(&head, "lambda-runtime-deadline-ms").parse::<u64>().unwrap() > 1_700_000_000_000
    );
    assert_eq!(
        header(&head, "lambda-runtime-trace-id"),
        "root=1-5759e988-bd862e3fe1be46a994272793"
    );
    assert_eq!(
        header(&head, "lambda-runtime-invoked-function-arn"),
        "arn:aws:lambda:eu-central-1:123456789012:function:f"
    );
    assert_eq!(text(&functions, "variable:AWS_LAMBDA_FUNCTION_NAME").await, "f");
    functions.shutdown().await;
}

#[tokio::test]
async fn one_worker_serves_calls_that_follow_each_other() {
    let functions = functions(spec("f", "ready"));
    let mut pids = HashSet::new();
    for _ in 0..50 {
        let answer = text(&functions, "pid").await;
        pids.insert(answer.split(' ').next().unwrap().to_owned());
    }
    // On a busy machine another one may be started to help.
    assert!(pids.len() < 5, "{pids:?}");
    functions.shutdown().await;
}

#[tokio::test]
async fn workers_grow_with_the_load_up_to_the_limit() {
    let mut spec = spec("f", "ready");
    spec.concurrency = 3;
    let functions = functions(spec);
    let calls: Vec<_> = (0..12)
        .map(|_| {
            let functions = Arc::clone(&functions);
            tokio::spawn(async move { text(&functions, "sleep:300").await })
        })
        .collect();
    let mut pids = HashSet::new();
    for call in calls {
        pids.insert(call.await.unwrap());
    }
    assert_eq!(pids.len(), 3);
    functions.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_calls_at_once_are_all_answered_with_their_own_answer() {
    let functions = functions(spec("f", "ready"));
    let calls: Vec<_> = (0..1000)
        .map(|number| {
            let functions = Arc::clone(&functions);
            tokio::spawn(async move { text(&functions, &format!("echo:{number}")).await })
        })
        .collect();
    for (number, call) in calls.into_iter().enumerate() {
        assert_eq!(call.await.unwrap(), number.to_string());
    }
    functions.shutdown().await;
}

#[tokio::test]
async fn a_crash_fails_its_invocation_only() {
    let functions = functions(spec("f", "ready"));
    let document = fault(&functions, "exit:3").await;
    assert_eq!(document["errorType"], "Runtime.ExitError");
    assert!(message(&document).starts_with("RequestId: "), "{document}");
    assert!(message(&document).ends_with(" Error: Runtime exited with error: exit status 3"));
    assert_eq!(text(&functions, "echo:on").await, "on");
    let document = fault(&functions, "abort").await;
    assert!(message(&document).contains("Runtime exited with error: signal: aborted"));
    let document = fault(&functions, "exit:0").await;
    assert!(message(&document).ends_with(" Error: Runtime exited without providing a reason"));
    assert_eq!(text(&functions, "echo:still on").await, "still on");
    functions.shutdown().await;
}

#[tokio::test]
async fn an_answer_given_with_the_last_breath_counts() {
    let functions = functions(spec("f", "ready"));
    for _ in 0..20 {
        assert_eq!(text(&functions, "answer-and-exit:done").await, "done");
    }
    functions.shutdown().await;
}

#[tokio::test]
async fn a_function_that_takes_too_long_is_killed() {
    let mut spec = spec("f", "ready");
    spec.timeout = Duration::from_secs(2);
    let functions = functions(spec);
    let pid = text(&functions, "pid").await;
    let document = fault(&functions, "hang").await;
    assert_eq!(document["errorType"], "Sandbox.Timedout");
    assert!(message(&document).ends_with(" Error: Task timed out after 2.00 seconds"));
    assert_gone(pid.split(' ').next().unwrap()).await;
    assert_eq!(text(&functions, "echo:next").await, "next");
    functions.shutdown().await;
}

#[tokio::test]
async fn errors_and_garbage_are_passed_on_as_they_are() {
    let functions = functions(spec("f", "ready"));
    let document = fault(&functions, r#"error:{"errorType":"Bad","errorMessage":"m"}"#).await;
    assert_eq!(document["errorType"], "Bad");
    assert_eq!(text(&functions, "echo:<not json>").await, "<not json>");
    assert_eq!(text(&functions, "echo:").await, "");
    functions.shutdown().await;
}

#[tokio::test]
async fn payloads_are_limited_to_six_megabytes() {
    let functions = functions(spec("f", "ready"));
    let largest = invoke(&functions, &format!("big:{MAX_PAYLOAD}")).await.unwrap();
    assert!(!largest.function_error);
    assert_eq!(largest.payload.len(), MAX_PAYLOAD);
    let document = fault(&functions, "big:7000000").await;
    assert_eq!(document["errorType"], "Function.ResponseSizeTooLarge");
    assert_eq!(
        message(&document),
        "Response payload size (7000000 bytes) exceeded maximum allowed payload size (6291556 bytes)."
    );
    let event = "x".repeat(MAX_PAYLOAD + 1);
    assert_eq!(invoke(&functions, &event).await, Err(InvokeError::RequestTooLarge));
    functions.shutdown().await;
}

#[tokio::test]
async fn what_the_runtime_api_does_not_take_is_refused() {
    let functions = functions(spec("f", "ready"));
    assert_eq!(text(&functions, "confuse").await, "400 400");
    assert_eq!(fault(&functions, "stream").await["errorType"], "Runtime.InvalidResponseModeHeader");
    assert_eq!(fault(&functions, "half").await["errorType"], "Runtime.TruncatedResponse");
    assert_eq!(text(&functions, "echo:fine").await, "fine");
    functions.shutdown().await;
}

#[tokio::test]
async fn a_function_that_never_starts_fails_every_call() {
    let exits = functions(spec("f", "exit:7"));
    for _ in 0..20 {
        let document = fault(&exits, "echo").await;
        assert_eq!(document["errorType"], "Runtime.ExitError");
        assert!(message(&document).ends_with("Runtime exited with error: exit status 7"));
    }
    exits.shutdown().await;
    let reports = functions(spec("f", r#"report:{"errorType":"No.Table","errorMessage":"m"}"#));
    assert_eq!(fault(&reports, "echo").await["errorType"], "No.Table");
    reports.shutdown().await;
}

#[tokio::test]
async fn a_failed_initialisation_is_tried_once_more() {
    let marker = tempfile::tempdir().unwrap();
    let file = marker.path().join("tried");
    let functions = functions(spec("f", &format!("exit-once:{}", file.display())));
    assert_eq!(text(&functions, "echo:second try").await, "second try");
    functions.shutdown().await;
}

#[tokio::test]
async fn a_slow_start_is_waited_for() {
    let functions = functions(spec("f", "slow:300"));
    assert_eq!(text(&functions, "echo:late").await, "late");
    functions.shutdown().await;
}

#[tokio::test]
async fn a_command_that_cannot_run_says_what_to_do() {
    let mut missing = spec("f", "ready");
    missing.command = vec!["./no/such/bootstrap".to_owned()];
    let Err(InvokeError::Start(why)) = invoke(&functions(missing), "echo").await else { panic!() };
    assert!(why.contains("function `f`: cannot run `./no/such/bootstrap`: there is no"), "{why}");
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut unreadable = spec("f", "ready");
    unreadable.command = vec![file.path().to_string_lossy().into_owned()];
    let Err(InvokeError::Start(why)) = invoke(&functions(unreadable), "echo").await else {
        panic!()
    };
    assert!(why.contains("it is not executable"), "{why}");
    let mut empty = spec("f", "ready");
    empty.command.clear();
    let Err(InvokeError::Start(why)) = invoke(&functions(empty), "echo").await else { panic!() };
    assert_eq!(why, "function `f` has no command to run");
}

#[tokio::test]
async fn unknown_functions_and_no_concurrency_are_told_apart() {
    let mut none = spec("f", "ready");
    none.concurrency = 0;
    let functions = functions(none);
    assert_eq!(invoke(&functions, "echo").await, Err(InvokeError::Throttled));
    let other = functions.invoke(&reference("g"), Bytes::new(), "").await;
    assert_eq!(other, Err(InvokeError::UnknownFunction("g".to_owned())));
}

#[tokio::test]
async fn output_reaches_the_log_line_by_line() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let copy = Arc::clone(&lines);
    let sink: LogSink = Arc::new(move |line| {
        copy.lock().unwrap().push((line.source, line.text.to_owned()));
    });
    let functions = Functions::new(vec![spec("f", "ready")], sink);
    text(&functions, "print:hello").await;
    assert_eq!(text(&functions, "flood:20000").await, "done");
    fault(&functions, "exit:1").await;
    functions.shutdown().await;
    let lines = lines.lock().unwrap();
    assert!(lines.contains(&(LogSource::Stdout, "hello".to_owned())));
    assert!(lines.contains(&(LogSource::Stderr, "hello again".to_owned())));
    assert!(lines.len() > 20_000);
    let platform = lines.iter().find(|(source, _)| *source == LogSource::Platform).unwrap();
    assert!(platform.1.ends_with("Error: Runtime exited with error: exit status 1"));
}

#[tokio::test]
async fn extensions_may_register_for_nothing_or_their_shutdown_only() {
    for (events, status) in [("", "200"), ("\"SHUTDOWN\"", "200"), ("\"INVOKE\"", "403")] {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let copy = Arc::clone(&lines);
        let sink: LogSink = Arc::new(move |line| copy.lock().unwrap().push(line.text.to_owned()));
        let functions = Functions::new(vec![spec("f", &format!("extend:{events}"))], sink);
        assert_eq!(text(&functions, "echo:on").await, "on");
        fault(&functions, "exit:1").await;
        functions.shutdown().await;
        assert!(lines.lock().unwrap().contains(&format!("registered: {status}")));
    }
}

#[tokio::test]
async fn callers_that_give_up_do_not_disturb_the_others() {
    let mut spec = spec("f", "ready");
    spec.concurrency = 1;
    let functions = functions(spec);
    text(&functions, "echo").await;
    for _ in 0..10 {
        let given_up = invoke(&functions, "sleep:50");
        assert!(tokio::time::timeout(Duration::from_millis(5), given_up).await.is_err());
    }
    assert_eq!(text(&functions, "echo:patience").await, "patience");
    functions.shutdown().await;
}
