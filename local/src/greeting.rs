//! What is said once everything runs.

use std::fmt::Write as _;

use crate::cloud::{Options, Records};
use crate::plan::Plan;
use crate::routes;
use crate::services::Endpoints;

/// The table of routes, and where everything is.
pub(crate) fn text(
    options: &Options,
    plan: &Plan,
    base_url: &str,
    api_key: Option<&str>,
    endpoints: &Endpoints,
    notes: &[String],
) -> String {
    let records = match &options.records {
        Records::Ephemeral => "in memory, forgotten at the end".to_owned(),
        Records::Workspace => "kept in .lychgate".to_owned(),
        Records::Directory(path) => format!("kept in {}", path.display()),
    };
    let mut text = format!("\n{}\n", routes::table(&plan.api, base_url, api_key));
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{} {} is ready.", plan.api.title, plan.api.version);
    let _ = writeln!(text, "  API       {base_url}");
    let _ = writeln!(text, "  DynamoDB  {}  (records {records})", endpoints.dynamodb);
    for note in notes {
        let _ = writeln!(text, "{note}");
    }
    if options.reload {
        let _ =
            writeln!(text, "Edits of {} and of the functions are picked up.", plan.source.name());
    }
    text.push_str("Ctrl-C ends everything.\n");
    text
}
