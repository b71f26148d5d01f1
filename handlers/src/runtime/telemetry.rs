//! Logs and metrics: JSON lines on standard output, which Lambda sends to CloudWatch.
//!
//! Each request and each message of a queue ends in one line in CloudWatch's embedded metric format,
//! so that it is log entry and metric at once. Everything a handler logs carries the request's id,
//! operation and function, or the message's id, queue and function.

use std::io::Write;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tracing::level_filters::LevelFilter;

use super::configuration::Lookup;
use super::queue::Delivery;

/// Namespace of the metrics.
const NAMESPACE: &str = "lychgate";

/// Starts to log. Lambda sets the level by `AWS_LAMBDA_LOG_LEVEL`, `DEBUG` at most; without
/// it, it is `INFO`.
pub fn start(lookup: Lookup<'_>) {
    let level = level(lookup("AWS_LAMBDA_LOG_LEVEL").as_deref());
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false)
        .with_max_level(level)
        .finish();
    // A second call, as tests make, keeps the first subscriber.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

fn level(name: Option<&str>) -> LevelFilter {
    match name.map(str::to_ascii_uppercase).as_deref() {
        // Not more: below, the SDK prints requests with the passwords in them.
        Some("DEBUG" | "TRACE") => LevelFilter::DEBUG,
        Some("WARN") => LevelFilter::WARN,
        Some("ERROR" | "FATAL") => LevelFilter::ERROR,
        _ => LevelFilter::INFO,
    }
}

/// A request that was answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Served<'a> {
    pub(super) function: &'a str,
    pub(super) operation: &'a str,
    pub(super) request_id: &'a str,
    pub(super) invocation_id: &'a str,
    pub(super) status: u16,
    pub(super) duration: Duration,
}

impl Served<'_> {
    /// Writes the request's line.
    pub(super) fn record(&self) {
        write(&self.line(now()));
    }

    fn line(&self, now: Duration) -> Value {
        json!({
            "level": "INFO",
            "message": "answered",
            "function": self.function,
            "operation": self.operation,
            "requestId": self.request_id,
            "invocationId": self.invocation_id,
            "status": self.status,
            "duration": milliseconds(self.duration),
            "clientErrors": u8::from((400..500).contains(&self.status)),
            "serverErrors": u8::from(self.status >= 500),
            "_aws": {
                "Timestamp": now.as_millis(),
                "CloudWatchMetrics": [{
                    "Namespace": NAMESPACE,
                    "Dimensions": [["function", "operation"]],
                    "Metrics": [
                        {"Name": "duration", "Unit": "Milliseconds"},
                        {"Name": "clientErrors", "Unit": "Count"},
                        {"Name": "serverErrors", "Unit": "Count"},
                    ],
                }],
            },
        })
    }
}

/// A message of a queue that was consumed, or failed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Consumed<'a> {
    pub(super) function: &'a str,
    pub(super) delivery: &'a Delivery,
    pub(super) done: bool,
    pub(super) duration: Duration,
}

impl Consumed<'_> {
    /// Writes the message's line.
    pub(super) fn record(&self) {
        write(&self.line(now()));
    }

    fn line(&self, now: Duration) -> Value {
        json!({
            "level": "INFO",
            "message": if self.done { "consumed" } else { "not consumed" },
            "function": self.function,
            "queue": self.delivery.queue,
            "messageId": self.delivery.message_id,
            "receiveCount": self.delivery.receive_count,
            "invocationId": self.delivery.invocation_id,
            "duration": milliseconds(self.duration),
            "failedMessages": u8::from(!self.done),
            "_aws": {
                "Timestamp": now.as_millis(),
                "CloudWatchMetrics": [{
                    "Namespace": NAMESPACE,
                    "Dimensions": [["function", "queue"]],
                    "Metrics": [
                        {"Name": "duration", "Unit": "Milliseconds"},
                        {"Name": "failedMessages", "Unit": "Count"},
                    ],
                }],
            },
        })
    }
}

/// Since 1970.
fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// A log that cannot be written is no reason to fail.
fn write(line: &Value) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// To the microsecond: what lies below is noise, and long to read.
fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_and_dimension_is_a_member_of_the_line() {
        let served = Served {
            function: "users",
            operation: "createUser",
            request_id: "r-1",
            invocation_id: "i-1",
            status: 503,
            duration: Duration::from_micros(1500),
        };
        let line = served.line(Duration::from_secs(1));
        assert_eq!(line["duration"], 1.5);
        assert_eq!(line["serverErrors"], 1);
        assert_eq!(line["clientErrors"], 0);
        assert_metrics(&line);
        let delivery = Delivery {
            message_id: "m-1".to_owned(),
            receipt_handle: String::new(),
            queue: "jobs".to_owned(),
            receive_count: 2,
            invocation_id: "i-1".to_owned(),
            deadline: SystemTime::UNIX_EPOCH,
        };
        let duration = Duration::from_millis(2);
        let consumed = Consumed { function: "worker", delivery: &delivery, done: false, duration };
        let line = consumed.line(Duration::from_secs(1));
        assert_eq!((&line["failedMessages"], &line["receiveCount"]), (&json!(1), &json!(2)));
        assert_metrics(&line);
    }

    fn assert_metrics(line: &Value) {
        assert_eq!(line["_aws"]["Timestamp"], 1000);
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        for metric in directive["Metrics"].as_array().unwrap() {
            assert!(line[metric["Name"].as_str().unwrap()].is_number());
        }
        for dimension in directive["Dimensions"][0].as_array().unwrap() {
            assert!(line[dimension.as_str().unwrap()].is_string());
        }
    }

    #[test]
    fn durations_are_short_numbers() {
        assert_eq!(milliseconds(Duration::from_nanos(15_944_163)).to_string(), "15.944");
        assert_eq!(milliseconds(Duration::from_secs(29)).to_string(), "29000");
    }

    #[test]
    fn unknown_levels_are_info_and_none_prints_what_is_sent() {
        assert_eq!(level(Some("TRACE")), LevelFilter::DEBUG);
        assert_eq!(level(None), LevelFilter::INFO);
        assert_eq!(level(Some("loud")), LevelFilter::INFO);
        assert_eq!(level(Some("debug")), LevelFilter::DEBUG);
    }
}
