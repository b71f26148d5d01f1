//! What happened to one request, stage by stage, for the access log and the execution log.

use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};

/// Collects while a request is executed. Cheap when nobody will read it: lines are made only if
/// the execution log is on.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    /// Lines of the execution log; `None` while it is off.
    lines: Option<Mutex<Vec<String>>>,
    /// Variables only logs know, such as `integration.status`, by their dotted name.
    variables: Mutex<Map<String, Value>>,
}

impl Journal {
    /// A journal whose lines are kept if the execution log is on.
    pub(crate) fn new(execution_log: bool) -> Self {
        Self { lines: execution_log.then(Mutex::default), variables: Mutex::default() }
    }

    /// Adds a line in the wording of API Gateway's execution log.
    pub(crate) fn line(&self, line: impl FnOnce() -> String) {
        if let Some(lines) = &self.lines {
            lines.lock().unwrap_or_else(PoisonError::into_inner).push(line());
        }
    }

    /// Sets a variable of the access log.
    pub(crate) fn set(&self, name: &str, value: impl Into<Value>) {
        let mut variables = self.variables.lock().unwrap_or_else(PoisonError::into_inner);
        variables.insert(name.to_owned(), value.into());
    }
}
