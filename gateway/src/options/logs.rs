//! Options for logs: what is said about each request, and where.

use std::fs::OpenOptions;
use std::path::PathBuf;
use std::sync::Arc;

use super::OptionError;
use crate::access_log::{AccessLog, AccessLogFormat};
use crate::account::Account;
use crate::backlog::Backlog;
use crate::execution_log::{ExecutionLog, LogOutput};

/// Logs about requests.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct LogOptions {
    /// Show what happens to each request, stage by stage, as API Gateway's execution log does
    #[arg(long)]
    pub trace: bool,

    /// Write a line about each request: a format with $context variables as for a stage's access
    /// log (in single quotes), or clf, json, csv or xml
    #[arg(long, value_name = "FORMAT", value_parser = AccessLogFormat::parse)]
    pub access_log: Option<AccessLogFormat>,

    /// Append the lines of --access-log to FILE
    #[arg(long, value_name = "FILE", requires = "access_log")]
    pub access_log_file: Option<PathBuf>,
}

/// Where logs go unless an option says otherwise.
#[derive(Clone)]
pub struct LogOutputs {
    /// What `--trace` shows.
    pub execution: LogOutput,
    /// The lines of `--access-log`.
    pub access: LogOutput,
}

impl LogOptions {
    /// Has the account keep these logs.
    pub(super) fn apply(
        &self,
        outputs: LogOutputs,
        account: &mut Account,
    ) -> Result<(), OptionError> {
        account.execution_log = self.trace.then(|| ExecutionLog::new(outputs.execution));
        if let Some(format) = &self.access_log {
            let output = match &self.access_log_file {
                Some(path) => file(path)?,
                None => outputs.access,
            };
            account.access_log = Some(AccessLog::new(format.clone(), output));
        }
        Ok(())
    }
}

/// Appends to a file, whose disk may be as slow as it likes.
fn file(path: &PathBuf) -> Result<LogOutput, OptionError> {
    let file = OpenOptions::new().create(true).append(true).open(path);
    let file = file.map_err(|error| OptionError {
        option: "--access-log-file",
        problem: format!("cannot write to {}: {error}", path.display()),
    })?;
    let backlog = Backlog::new(file);
    Ok(Arc::new(move |text| backlog.say(text)))
}

impl std::fmt::Debug for LogOutputs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LogOutputs")
    }
}
