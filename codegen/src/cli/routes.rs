//! `lychgate routes`

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use openapi::model::{AuthType, Integration, IntegrationTarget, Operation};
use openapi::{Api, Placeholders};
use serde::Serialize;

use super::{Exit, Format, count, write_findings};

/// One line of the list.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Route {
    method: &'static str,
    path: String,
    operation_id: String,
    /// Key of the function, or what else answers.
    function: String,
    validator: String,
    auth: String,
}

/// Writes the list of operations.
pub(super) fn run(document: &Path, format: Format, out: &mut dyn Write) -> Result<Exit> {
    let reading = openapi::read(document, &Placeholders::none());
    let Some(api) = &reading.api else {
        write_findings(&reading.source, &reading.diagnostics, out)?;
        writeln!(out, "{}: {}, no routes", reading.source.name(), count(&reading.diagnostics))?;
        return Ok(Exit::Findings);
    };
    let routes: Vec<Route> = api.operations.iter().map(|operation| route(api, operation)).collect();
    match format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &routes).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
        Format::Text => write_table(&routes, out)?,
    }
    Ok(Exit::Clean)
}

fn route(api: &Api, operation: &Operation) -> Route {
    Route {
        method: operation.method.as_str(),
        path: operation.path.to_string(),
        operation_id: operation.id.clone(),
        function: operation.integration.as_ref().map_or_else(none, answered_by),
        validator: operation.validator.name.clone().unwrap_or_else(none),
        auth: auth(api, operation),
    }
}

fn none() -> String {
    "-".to_owned()
}

/// The function's key; `s3 (aws)`, `http_proxy`, `mock` for what is no function.
fn answered_by(integration: &Integration) -> String {
    let kind = integration.kind.as_str();
    match &integration.target {
        IntegrationTarget::Function(function) => function.key.clone(),
        IntegrationTarget::AwsService { service, .. } => format!("{service} ({kind})"),
        IntegrationTarget::Http(_) | IntegrationTarget::None => kind.to_owned(),
    }
}

/// `Cognito`, `AWS_IAM`, `ApiKey + Token`, `A or B`; `open` if anybody may call.
fn auth(api: &Api, operation: &Operation) -> String {
    if operation.auth == Some(AuthType::AwsIam) {
        return "AWS_IAM".to_owned();
    }
    let name = |scheme: &String| match api.security_schemes.get(scheme) {
        Some(found) if found.is_iam() => "AWS_IAM".to_owned(),
        _ => scheme.clone(),
    };
    let alternatives = operation.security.iter().map(|requirement| {
        let schemes: Vec<String> = requirement.keys().map(name).collect();
        if schemes.is_empty() { "open".to_owned() } else { schemes.join(" + ") }
    });
    let alternatives: Vec<String> = alternatives.collect();
    if alternatives.is_empty() { "open".to_owned() } else { alternatives.join(" or ") }
}

fn write_table(routes: &[Route], out: &mut dyn Write) -> Result<()> {
    let head = ["METHOD", "PATH", "OPERATION", "FUNCTION", "VALIDATOR", "AUTH"];
    let rows: Vec<[&str; 6]> = std::iter::once(head)
        .chain(routes.iter().map(|route| {
            let Route { method, path, operation_id, function, validator, auth } = route;
            [*method, path, operation_id, function, validator, auth]
        }))
        .collect();
    let mut widths = [0; 6];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    for row in &rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
