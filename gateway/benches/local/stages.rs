//! What each stage of the gateway adds to one request, by the clock within a request on its way.
//!
//! The gateway says as an event of `tracing` that a stage is behind it; a layer notes when. There is no
//! socket and the function is a closure, so that nothing else is in between. The Runtime API is timed on
//! its own, with a real process.

use std::cell::RefCell;
use std::time::Instant;

use bytes::Bytes;
use gateway::function::{FunctionSpec, Functions};
use gateway::invoke::{BoxFuture, Invocation, Invoke, InvokeError};
use gateway::{Headers, Request};
use openapi::model::FunctionReference;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use crate::document;
use crate::hello::InProcess;
use crate::servers;

const WARM: usize = 2_000;
const REQUESTS: usize = 20_000;
const BODY: &str = r#"{"username":"ada","email":"ada@example.com","tags":["a","b","c"]}"#;

/// What the gateway says, or this program, and what it means.
const STAGES: [(&str, &str); 6] = [
    ("begun", "the clock itself"),
    ("routed", "stage prefix, query string, route"),
    ("admitted", "authorization NONE, no usage plan"),
    ("valid", "validation of parameters and body"),
    ("called", "event"),
    ("answered", "function's result to answer"),
];

thread_local! {
    static MARKS: RefCell<Vec<(&'static str, Instant)>> = const { RefCell::new(Vec::new()) };
}

fn mark(name: &'static str) {
    MARKS.with_borrow_mut(|marks| marks.push((name, Instant::now())));
}

/// Prints the table of stages, and the time a call over the Runtime API takes.
pub(crate) fn report(program: &str) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let subscriber = tracing_subscriber::registry().with(Marks);
    let times = tracing::subscriber::with_default(subscriber, || runtime.block_on(stages()))?;
    println!("\nthe gateway's stages, POST with {} bytes among 101 resources", BODY.len());
    println!("{:<40} {:>9} {:>9}", "stage", "p50 ns", "p99 ns");
    for ((_, stage), times) in STAGES.iter().zip(times) {
        let (p50, p99) = percentiles(times);
        println!("{stage:<40} {p50:>9} {p99:>9}");
    }
    let (p50, p99) = percentiles(runtime.block_on(calls(program))?);
    println!("{:<40} {p50:>9} {p99:>9}", "call of a process over the Runtime API");
    Ok(())
}

/// Nanoseconds of each request, by stage.
async fn stages() -> anyhow::Result<Vec<Vec<u128>>> {
    let gateway = servers::deploy(&document::validated(), Clocked(InProcess::new()))?;
    let headers: Headers = [
        ("Host", "localhost"),
        ("Content-Type", "application/json"),
        ("Accept", "application/json"),
        ("User-Agent", "bench"),
        ("Accept-Encoding", "gzip"),
    ]
    .into_iter()
    .collect();
    let mut times = vec![Vec::with_capacity(REQUESTS); STAGES.len()];
    for number in 0..WARM + REQUESTS {
        let target = format!("/dev/users/{number}?page=1");
        let request = Request::new("POST", &target, headers.clone(), BODY);
        MARKS.with_borrow_mut(Vec::clear);
        mark("start");
        mark("begun");
        let answer = gateway.answer(&request).await;
        mark("answered");
        anyhow::ensure!(answer.status == 200, "status {}", answer.status);
        MARKS.with_borrow(|marks| {
            let names = marks.iter().skip(1).map(|(name, _)| name);
            anyhow::ensure!(names.eq(STAGES.iter().map(|(name, _)| name)), "{marks:?}");
            for (times, pair) in times.iter_mut().zip(marks.windows(2)).filter(|_| number >= WARM) {
                times.push((pair[1].1 - pair[0].1).as_nanos());
            }
            Ok(())
        })?;
    }
    Ok(times)
}

/// Nanoseconds of each call of a real process.
async fn calls(program: &str) -> anyhow::Result<Vec<u128>> {
    let spec = FunctionSpec::new("hello", vec![program.to_owned()]);
    let functions = Functions::new(vec![spec], gateway::function::stderr());
    let function = FunctionReference {
        key: "hello".to_owned(),
        name: "hello".to_owned(),
        qualifier: None,
        arn: "arn:aws:lambda:eu-west-1:111122223333:function:hello".to_owned(),
    };
    let mut times = Vec::with_capacity(REQUESTS);
    for number in 0..WARM + REQUESTS {
        let begin = Instant::now();
        let invocation = functions.invoke(&function, Bytes::from_static(b"{}"), "").await?;
        anyhow::ensure!(!invocation.function_error, "{:?}", invocation.payload);
        if number >= WARM {
            times.push(begin.elapsed().as_nanos());
        }
    }
    functions.shutdown().await;
    Ok(times)
}

fn percentiles(mut times: Vec<u128>) -> (u128, u128) {
    times.sort_unstable();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

/// Notes when the gateway says that a stage is behind it.
struct Marks;

impl<S: Subscriber> Layer<S> for Marks {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.target() == "gateway::stages"
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        mark(event.metadata().name());
    }
}

/// A function that notes when it is called.
struct Clocked(InProcess);

impl Invoke for Clocked {
    fn invoke<'a>(
        &'a self,
        function: &'a FunctionReference,
        event: Bytes,
        trace_id: &'a str,
    ) -> BoxFuture<'a, Result<Invocation, InvokeError>> {
        mark("called");
        self.0.invoke(function, event, trace_id)
    }
}
