//! Logs and metrics: JSON lines on standard output, which Lambda sends to CloudWatch.
//!
//! Each request ends in one line in CloudWatch's embedded metric format, so that it is log entry
//! and metric at once. Everything a handler logs carries the request's id, operation and function.

use std::io::Write;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tracing::level_filters::LevelFilter;

use super::configuration::Lookup;

/// Namespace of the metrics.
const NAMESPACE: &str = "lychgate";

/// Starts to log. Lambda sets the level by `AWS_LAMBDA_LOG_LEVEL`; without it, it is `INFO`.
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
        Some("TRACE") => LevelFilter::TRACE,
        Some("DEBUG") => LevelFilter::DEBUG,
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
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        // A log that cannot be written is no reason to fail the request.
        let _ = writeln!(std::io::stdout().lock(), "{}", self.line(now));
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
    fn unknown_levels_are_info() {
        assert_eq!(level(None), LevelFilter::INFO);
        assert_eq!(level(Some("loud")), LevelFilter::INFO);
        assert_eq!(level(Some("debug")), LevelFilter::DEBUG);
    }
}
