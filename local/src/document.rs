//! The document as the laptop cloud takes it: read, everything it names found to exist, local
//! values filled in.

use std::fmt;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use openapi::model::Lychgate;
use openapi::{Api, Diagnostic, Placeholders, RenderFormat, Source};

use crate::environment;
use crate::plan::Plan;
use crate::services::Endpoints;
use crate::workspace::Workspace;

/// A document that cannot run, with every reason.
#[derive(Clone, Debug)]
pub struct BrokenDocument {
    /// The document.
    pub path: PathBuf,
    /// Every finding with file, line, column and excerpt.
    pub findings: String,
    /// How many of them are errors.
    pub errors: usize,
}

impl fmt::Display for BrokenDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, errors) = (self.path.display(), self.errors);
        let plural = if errors == 1 { "" } else { "s" };
        write!(f, "{path} has {errors} error{plural}\n\n{}", self.findings.trim_end())
    }
}

impl std::error::Error for BrokenDocument {}

impl BrokenDocument {
    /// The document `source` with these findings against it.
    pub fn new(source: &Source, findings: &[Diagnostic]) -> Self {
        Self {
            path: PathBuf::from(source.name()),
            findings: render(source, findings),
            errors: findings.iter().filter(|finding| finding.is_error()).count(),
        }
    }
}

/// Findings as text for a terminal.
pub fn render(source: &Source, findings: &[Diagnostic]) -> String {
    let terminal = std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
    let format = if terminal { RenderFormat::Colored } else { RenderFormat::Text };
    openapi::render(source, findings, format)
}

/// A document as it is written: free of what is wrong whatever its placeholders stand for.
#[derive(Clone, Debug)]
pub struct Written {
    source: Source,
    lychgate: Lychgate,
}

/// Reads the document as it is written. What its placeholders stand for follows from its own keys
/// and from where the services are that it asks for: it is read again for the values,
/// [`Written::fill`].
pub fn open(path: &Path, workspace: &Workspace) -> Result<Written, BrokenDocument> {
    let reading = openapi::read(path, &Placeholders::none());
    let mut findings = reading.diagnostics;
    if let Some(api) = &reading.api {
        findings.extend(undeclared_functions(api));
        findings.extend(missing_programs(api, workspace));
    }
    match reading.api {
        Some(api) if !findings.iter().any(Diagnostic::is_error) => {
            Ok(Written { source: reading.source, lychgate: api.lychgate })
        }
        _ => Err(BrokenDocument::new(&reading.source, &findings)),
    }
}

impl Written {
    /// What it asks to be here, with the local values of its placeholders, some of which the
    /// services know; `overrides` (`--set`) win over all.
    pub fn fill(
        self,
        endpoints: &Endpoints,
        of_services: &[(String, String)],
        overrides: &[(String, String)],
    ) -> Result<Plan, BrokenDocument> {
        let mut values = environment::placeholders(&self.lychgate, endpoints);
        values.extend([of_services, overrides].concat());
        let placeholders: Placeholders = values.clone().into_iter().collect();
        let reading = openapi::parse(self.source.name(), self.source.text(), &placeholders);
        let mut findings = reading.diagnostics;
        if let Some(api) = &reading.api {
            findings.extend(environment::unfilled(&api.lychgate));
            findings.extend(environment::unused(overrides, self.source.text()));
        }
        match reading.api {
            Some(api) if !findings.iter().any(Diagnostic::is_error) => {
                Ok(Plan::new(reading.source, api, findings, |name| values[name].clone()))
            }
            _ => Err(BrokenDocument::new(&reading.source, &findings)),
        }
    }
}

/// A document without `x-lychgate.functions` that calls functions all the same: the reader lets it
/// pass, because they may live elsewhere, but here is nowhere else.
fn undeclared_functions(api: &Api) -> Option<Diagnostic> {
    if !api.lychgate.functions.is_empty() {
        return None;
    }
    let (_, origin) = api.called_functions().next()?;
    let message = "a function is called, but the document declares none in x-lychgate.functions";
    let finding = Diagnostic::error("undeclared-function", origin, message);
    Some(finding.with_help("declare it there, so that its program is built and started"))
}

/// Functions without a program to build.
fn missing_programs(api: &Api, workspace: &Workspace) -> Vec<Diagnostic> {
    let functions = api.lychgate.functions.iter();
    functions
        .filter(|(_, function)| !workspace.has_program(&function.binary))
        .map(|(key, function)| {
            let program = &function.binary;
            let message = format!(
                "function `{key}` has no program: no member of the workspace has a bin `{program}`"
            );
            Diagnostic::error("missing-program", &function.origin, message)
                .with_help(format!("write handlers/src/bin/{program}.rs"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"openapi: 3.0.3
info: { title: t, version: "1" }
x-lychgate:
  functions:
    users:
      environment: { TABLE: "${users_table}" }
  tables:
    users:
      partitionKey: { name: uid, type: S }
paths:
  /users:
    get:
      operationId: listUsers
      responses: { "200": { description: All. } }
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        uri: "arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/arn:aws:lambda:${region}:${account_id}:function:${users_function}/invocations"
"#;

    fn read_text(text: &str, overrides: &[(&str, &str)]) -> Result<Plan, BrokenDocument> {
        filled(text, &[], overrides)
    }

    fn filled(
        text: &str,
        of_services: &[(String, String)],
        overrides: &[(&str, &str)],
    ) -> Result<Plan, BrokenDocument> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("api.yaml");
        std::fs::write(&path, text).unwrap();
        let workspace = Workspace::find(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        let overrides: Vec<_> = overrides.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        let endpoints = Endpoints::default();
        open(&path, &workspace)
            .and_then(|written| written.fill(&endpoints, of_services, &overrides))
    }

    #[test]
    fn names_and_environment_are_local() {
        let plan = read_text(DOCUMENT, &[]).unwrap();
        assert_eq!(plan.tables[0].name, "local-users");
        assert_eq!(plan.functions[0].function.environment["TABLE"], "local-users");
        let function = plan.api.operations[0].proxy_function().unwrap();
        assert_eq!((function.key.as_str(), function.name.as_str()), ("users", "local-users"));
    }

    #[test]
    fn an_overridden_table_name_reaches_table_and_function_alike() {
        let plan = read_text(DOCUMENT, &[("users_table", "people")]).unwrap();
        assert_eq!(plan.tables[0].name, "people");
        assert_eq!(plan.functions[0].function.environment["TABLE"], "people");
    }

    #[test]
    fn a_user_pool_has_the_ids_that_its_placeholders_stand_for() {
        let text = DOCUMENT.replace("${users_table}", "${people_user_pool_client_id}");
        let pool = "  userPools:\n    people: { preSignUp: users, tokenMinutes: 5 }\npaths:\n";
        let plan = read_text(&text.replace("paths:\n", pool), &[]).unwrap();
        let [pool] = &plan.user_pools[..] else { panic!("one pool") };
        assert_eq!(plan.functions[0].function.environment["TABLE"], pool.client_id);
        assert!(pool.id.starts_with("us-east-1_"), "{}", pool.id);
        assert_eq!(pool.pre_sign_up.as_ref().unwrap().name, "local-users");
        assert_eq!((pool.token_minutes, pool.refresh_days), (5, 30));
    }

    #[test]
    fn a_declared_placeholder_is_what_is_set_else_what_runs_here_else_its_default() {
        let declared = "  placeholders:\n    word: { description: A word., default: of the document }\npaths:\n";
        let text = DOCUMENT.replace("paths:\n", declared).replace("${users_table}", "${word}");
        let of_services = [("word".to_owned(), "of a service".to_owned())];
        let word = |services: &[(String, String)], overrides: &[(&str, &str)]| {
            let plan = filled(&text, services, overrides).unwrap();
            plan.functions[0].function.environment["TABLE"].clone()
        };
        assert_eq!(word(&[], &[]), "of the document");
        assert_eq!(word(&of_services, &[]), "of a service");
        assert_eq!(word(&of_services, &[("word", "as set")]), "as set");
    }

    #[test]
    fn calls_of_functions_nobody_declares_are_found_where_they_stand() {
        let start = DOCUMENT.find("  functions:").unwrap();
        let end = DOCUMENT.find("  tables:").unwrap();
        let text = format!("{}{}", &DOCUMENT[..start], &DOCUMENT[end..]);
        let broken = read_text(&text, &[]).unwrap_err().to_string();
        assert!(broken.contains("declares none in x-lychgate.functions"), "{broken}");
        assert!(broken.contains("api.yaml:1"), "{broken}");
    }

    #[test]
    fn a_function_that_only_an_authorizer_calls_has_to_be_declared_too() {
        let text = r#"
openapi: 3.0.3
info: { title: a, version: "1" }
paths: {}
components:
  securitySchemes:
    guard:
      type: apiKey
      in: header
      name: Authorization
      x-amazon-apigateway-authorizer:
        type: token
        authorizerUri: arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:guard/invocations
"#;
        let broken = read_text(text, &[]).unwrap_err().to_string();
        assert!(broken.contains("declares none in x-lychgate.functions"), "{broken}");
        assert!(broken.contains("api.yaml:11"), "{broken}");
        let other = text.replace("paths:", "x-lychgate: { functions: { users: {} } }\npaths:");
        let broken = read_text(&other, &[]).unwrap_err().to_string();
        assert!(broken.contains("there is no function `guard` in x-lychgate"), "{broken}");
    }

    #[test]
    fn a_function_without_a_program_is_found_where_it_is_declared() {
        let text = DOCUMENT.replace("    users:\n      env", "    people:\n      env");
        let text = text.replace("${users_function}", "${people_function}");
        let broken = read_text(&text, &[]).unwrap_err().to_string();
        assert!(broken.contains("no member of the workspace has a bin `people`"), "{broken}");
        assert!(broken.contains("handlers/src/bin/people.rs"), "{broken}");
    }

    #[test]
    fn functions_may_share_a_program() {
        let text = DOCUMENT.replace(
            "  tables:\n",
            "    worker: { binary: users }\n    stray: { binary: nobody }\n  tables:\n",
        );
        let broken = read_text(&text, &[]).unwrap_err().to_string();
        assert!(broken.contains("function `stray` has no program"), "{broken}");
        assert!(broken.contains("no member of the workspace has a bin `nobody`"), "{broken}");
        let plan = read_text(&text.replace("nobody", "items"), &[]).unwrap();
        assert_eq!(plan.functions.len(), 3);
        assert_eq!(plan.programs(), ["users", "items"]);
    }

    #[test]
    fn a_document_that_does_not_parse_is_shown_with_its_place() {
        let broken = read_text("openapi: 3.0.3\nopenapi: 3.0.3\n", &[]).unwrap_err();
        assert!(broken.to_string().contains("api.yaml:2"), "{broken}");
    }

    #[test]
    fn a_missing_document_is_named() {
        let workspace = Workspace::find(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        let broken = open(Path::new("/nowhere/api.yaml"), &workspace).unwrap_err();
        assert!(broken.to_string().contains("/nowhere/api.yaml"), "{broken}");
    }
}
