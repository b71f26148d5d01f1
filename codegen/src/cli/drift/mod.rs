//! `lychgate drift`: what differs between the document and a deployed API.
//!
//! Terraform sends the body and never reads it back, so what somebody changed in the console stays
//! unseen. An API exported from its stage is a document again; both are reduced to facts, and the
//! facts compared.

mod facts;
mod wildcard;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use openapi::{Api, Diagnostic, Placeholders};
use serde::Serialize;

use super::workspace::Workspace;
use super::{Exit, Format, count, write_findings};

#[derive(Args, Debug)]
pub(super) struct Options {
    /// The OpenAPI document
    #[arg(long, value_name = "DOCUMENT")]
    document: Option<PathBuf>,
    /// The deployed API, as `aws apigateway get-export --export-type oas30 --parameters
    /// extensions=apigateway` writes it
    #[arg(long, value_name = "FILE")]
    export: PathBuf,
    /// How to write the differences
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// One fact that the document and the deployed API do not share.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Difference {
    /// What it is about, for example `GET /users/{uid} integration uri`.
    fact: String,
    /// In the document; `None` if only the deployed API has it.
    document: Option<String>,
    /// In the deployed API; `None` if only the document has it.
    deployed: Option<String>,
}

/// Writes every difference.
pub(super) fn run(workspace: &Workspace, options: &Options, out: &mut dyn Write) -> Result<Exit> {
    let document = workspace.document(options.document.as_deref())?;
    let export = workspace.document(Some(&options.export))?;
    let (Some(document), Some(deployed)) = (read(&document, out)?, read(&export, out)?) else {
        return Ok(Exit::Findings);
    };
    let differences = compare(&document, &deployed);
    match options.format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &differences).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
        Format::Text => write_text(&differences, out)?,
    }
    Ok(if differences.is_empty() { Exit::Clean } else { Exit::Findings })
}

/// The model of a document, or what is wrong with it. Warnings are `check`'s business.
fn read(path: &Path, out: &mut dyn Write) -> Result<Option<Api>> {
    let reading = openapi::read(path, &Placeholders::none());
    if reading.api.is_none() {
        let errors: Vec<Diagnostic> =
            reading.diagnostics.into_iter().filter(Diagnostic::is_error).collect();
        write_findings(&reading.source, &errors, out)?;
        writeln!(out, "{}: {}, nothing is compared", reading.source.name(), count(&errors))?;
    }
    Ok(reading.api)
}

fn compare(document: &Api, deployed: &Api) -> Vec<Difference> {
    let (expected, mut actual) = (facts::of(document), facts::of(deployed));
    let mut differences = Vec::new();
    for (fact, expected) in expected {
        let actual = actual.shift_remove(&fact);
        let is_same = actual.as_ref().is_some_and(|actual| wildcard::matches(&expected, actual));
        if !is_same {
            differences.push(Difference { fact, document: Some(expected), deployed: actual });
        }
    }
    let surplus = actual.into_iter();
    differences.extend(surplus.map(|(fact, actual)| Difference {
        fact,
        document: None,
        deployed: Some(actual),
    }));
    differences.sort_by(|a, b| a.fact.cmp(&b.fact));
    differences
}

fn write_text(differences: &[Difference], out: &mut dyn Write) -> Result<()> {
    for difference in differences {
        writeln!(out, "{}", difference.fact)?;
        let none = "-".to_owned();
        writeln!(out, "  document  {}", difference.document.as_ref().unwrap_or(&none))?;
        writeln!(out, "  deployed  {}", difference.deployed.as_ref().unwrap_or(&none))?;
    }
    match differences.len() {
        0 => writeln!(out, "the deployed API is what the document says")?,
        1 => writeln!(out, "1 difference")?,
        many => writeln!(out, "{many} differences")?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r##"
openapi: 3.0.3
info: { title: t, version: "1" }
x-amazon-apigateway-binary-media-types: [image/png]
x-amazon-apigateway-request-validators:
  all: { validateRequestParameters: true, validateRequestBody: true }
paths:
  /users:
    post:
      operationId: createUser
      x-amazon-apigateway-request-validator: all
      requestBody: { content: { application/json: { schema: { $ref: "#/components/schemas/User" } } } }
      responses: { "200": { description: Fine. } }
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        uri: "arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/arn:aws:lambda:${region}:${account_id}:function:${users_function}/invocations"
components:
  schemas:
    User:
      type: object
      description: Somebody.
      properties: { name: { type: string }, title: { type: string }, friend: { $ref: "#/components/schemas/User" } }
"##;

    /// As API Gateway exports it: placeholders filled, keys in another order, defaults spelt out.
    const EXPORT: &str = r##"{
  "openapi": "3.0.1",
  "info": { "title": "t", "version": "1" },
  "servers": [{ "url": "https://a1.execute-api.eu-west-1.amazonaws.com/{basePath}", "variables": { "basePath": { "default": "dev" } } }],
  "paths": { "/users": { "post": {
    "x-amazon-apigateway-request-validator": "all",
    "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/User" } } }, "required": true },
    "responses": { "200": { "description": "200 response", "content": {} } },
    "x-amazon-apigateway-integration": {
      "type": "aws_proxy", "httpMethod": "POST",
      "uri": "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:lychgate-dev-users:live/invocations",
      "passthroughBehavior": "when_no_match", "timeoutInMillis": 29000
    }
  } } },
  "components": { "schemas": { "User": {
    "properties": { "friend": { "$ref": "#/components/schemas/User" }, "name": { "type": "string" }, "title": { "type": "string" } }, "type": "object" } } },
  "x-amazon-apigateway-binary-media-types": ["image/png"],
  "x-amazon-apigateway-request-validators": { "all": { "validateRequestBody": true, "validateRequestParameters": true } }
}"##;

    fn api(name: &str, text: &str) -> Api {
        let reading = openapi::parse(name, text, &Placeholders::none());
        reading.api.unwrap_or_else(|| panic!("{:?}", reading.diagnostics))
    }

    fn differences(export: &str) -> Vec<String> {
        let found = compare(&api("api.yaml", DOCUMENT), &api("export.json", export));
        found.into_iter().map(|difference| difference.fact).collect()
    }

    #[test]
    fn an_export_of_the_document_does_not_differ() {
        assert_eq!(differences(EXPORT), Vec::<String>::new());
    }

    #[test]
    fn every_change_made_elsewhere_is_told() {
        for (from, to, fact) in [
            ("function:lychgate-dev-users", "function:other", None),
            ("aws_proxy", "aws", Some("POST /users integration type")),
            (
                "\"timeoutInMillis\": 29000",
                "\"timeoutInMillis\": 100",
                Some("POST /users integration timeoutInMillis"),
            ),
            ("[\"image/png\"]", "[]", Some("binary media type image/png")),
            (
                "\"validateRequestBody\": true",
                "\"validateRequestBody\": false",
                Some("POST /users validates"),
            ),
            (
                "{ \"type\": \"string\" }",
                "{ \"type\": \"integer\" }",
                Some("POST /users body application/json"),
            ),
            (":lambda:path", ":s3:path", Some("POST /users integration uri")),
        ] {
            let expected: Vec<String> = fact.map(str::to_owned).into_iter().collect();
            assert_eq!(differences(&EXPORT.replacen(from, to, 1)), expected, "{from}");
        }
    }

    #[test]
    fn operations_that_only_one_side_has_are_told() {
        let export = EXPORT.replace("\"post\"", "\"put\"");
        let found = differences(&export);
        assert!(
            found.contains(&"POST /users".to_owned()) && found.contains(&"PUT /users".to_owned())
        );
    }
}
