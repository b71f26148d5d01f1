//! What templates render to.

mod cautions;
mod failures;
mod language;
mod properties;
mod recorded;
mod velocity;

use serde_json::{Value, json};

use super::*;

fn scope(body: &str) -> Scope {
    let context = json!({
        "stage": "dev",
        "httpMethod": "POST",
        "identity": {"sourceIp": "127.0.0.1", "userArn": null}
    });
    let text = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Scope {
        body: body.to_owned(),
        parameters: Parameters {
            path: [text("id", "42"), text("both", "path")].into(),
            querystring: [text("q", "it's"), text("both", "query")].into(),
            header: [text("X-Tag", "a/b"), text("both", "header")].into(),
        },
        context: context.as_object().cloned().unwrap(),
        stage_variables: [text("color", "blue")].into(),
    }
}

fn render_with(template: &str, scope: &mut Scope) -> Result<String, RenderError> {
    Template::parse(template).unwrap_or_else(|error| panic!("{template}: {error}")).render(scope)
}

fn render_body(template: &str, body: &str) -> String {
    render_with(template, &mut scope(body)).unwrap_or_else(|error| panic!("{template}: {error}"))
}

fn render(template: &str) -> String {
    render_body(template, "")
}

/// Each row: template, expected output.
fn check(rows: &[(&str, &str)]) {
    for (template, expected) in rows {
        assert_eq!(render(template), *expected, "{template}");
    }
}

fn parse_error(template: &str) -> TemplateError {
    Template::parse(template).expect_err(template)
}
