//! The document as the laptop cloud takes it: read, local values filled in, everything it names
//! found to exist.

use std::fmt;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use indexmap::IndexSet;
use openapi::model::{Function, Lychgate};
use openapi::{Api, Diagnostic, Placeholders, RenderFormat, Source};

use crate::dynamodb::TableSpec;
use crate::environment;
use crate::workspace::Workspace;

/// What is to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The document's text, for findings that turn up later.
    pub source: Source,
    /// The document.
    pub api: Api,
    /// Its functions.
    pub functions: Vec<FunctionPlan>,
    /// Its tables.
    pub tables: Vec<TableSpec>,
    /// What is doubtful about the document but stops nothing.
    pub warnings: Vec<Diagnostic>,
}

impl Plan {
    /// Names of the programs to build, each once.
    pub fn programs(&self) -> Vec<String> {
        let programs = self.functions.iter().map(|plan| plan.function.binary.clone());
        programs.collect::<IndexSet<_>>().into_iter().collect()
    }
}

/// A function of the document under its local name.
#[derive(Clone, Debug)]
pub struct FunctionPlan {
    /// Key in `x-lychgate.functions`.
    pub key: String,
    /// Its name here.
    pub name: String,
    /// What the document says.
    pub function: Function,
}

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

/// Reads the document and fills its placeholders. Their names follow from its own keys, so it is
/// read twice: for the keys, and with the values.
pub fn read(
    path: &Path,
    overrides: &[(String, String)],
    workspace: &Workspace,
) -> Result<Plan, BrokenDocument> {
    let bare = openapi::read(path, &Placeholders::none());
    let Some(api) = bare.api.as_ref().filter(|_| !bare.has_errors()) else {
        return Err(BrokenDocument::new(&bare.source, &bare.diagnostics));
    };
    let values = environment::placeholders(&api.lychgate, overrides);
    let placeholders: Placeholders = values.clone().into_iter().collect();
    let reading = openapi::parse(bare.source.name(), bare.source.text(), &placeholders);
    let mut findings = reading.diagnostics;
    if let Some(api) = &reading.api {
        findings.extend(undeclared_functions(api));
        findings.extend(missing_programs(api, workspace));
        findings.extend(not_embedded(&api.lychgate));
        findings.extend(environment::unfilled(&api.lychgate));
        findings.extend(environment::unused(overrides, bare.source.text()));
    }
    match reading.api {
        Some(api) if !findings.iter().any(Diagnostic::is_error) => {
            Ok(plan(reading.source, api, findings, |placeholder| values[placeholder].clone()))
        }
        _ => Err(BrokenDocument::new(&reading.source, &findings)),
    }
}

fn plan(
    source: Source,
    api: Api,
    warnings: Vec<Diagnostic>,
    value: impl Fn(&str) -> String,
) -> Plan {
    let functions = api.lychgate.functions.iter().map(|(key, function)| FunctionPlan {
        key: key.clone(),
        name: value(&openapi::names::function_placeholder(key)),
        function: function.clone(),
    });
    let tables = api.lychgate.tables.iter().map(|(key, table)| TableSpec {
        key: key.clone(),
        name: value(&openapi::names::table_placeholder(key)),
        table: table.clone(),
    });
    Plan { functions: functions.collect(), tables: tables.collect(), source, api, warnings }
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

/// Stores of kinds that are not embedded yet: their functions would find nothing there.
fn not_embedded(lychgate: &Lychgate) -> Vec<Diagnostic> {
    let buckets = lychgate.buckets.iter().map(|(key, it)| ("S3 bucket", key, &it.origin));
    let queues = lychgate.queues.iter().map(|(key, it)| ("SQS queue", key, &it.origin));
    let parameters = lychgate.parameters.iter().map(|(key, it)| ("parameter", key, &it.origin));
    let pools = lychgate.user_pools.iter().map(|(key, it)| ("user pool", key, &it.origin));
    let indexed = lychgate.tables.iter().filter(|(_, table)| !table.indexes.is_empty());
    let indexes = indexed.map(|(key, it)| ("index of table", key, &it.origin));
    buckets
        .chain(queues)
        .chain(parameters)
        .chain(pools)
        .chain(indexes)
        .map(|(kind, key, origin)| {
            let message = format!("the {kind} `{key}` cannot run here yet");
            Diagnostic::error("not-embedded", origin, message)
                .with_help("of the stores of x-lychgate only tables run on this machine so far")
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
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("api.yaml");
        std::fs::write(&path, text).unwrap();
        let workspace = Workspace::find(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        let overrides: Vec<_> = overrides.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        read(&path, &overrides, &workspace)
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
    fn stores_that_are_not_embedded_are_refused_where_they_stand() {
        let stores = "  buckets:\n    pictures:\n  queues:\n    jobs:\npaths:\n";
        let text = DOCUMENT.replace("paths:\n", stores);
        let broken = read_text(&text, &[]).unwrap_err().to_string();
        assert!(broken.contains("the S3 bucket `pictures` cannot run here yet"), "{broken}");
        assert!(broken.contains("the SQS queue `jobs` cannot run here yet"), "{broken}");
        assert!(broken.contains("api.yaml:11"), "{broken}");
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
        let broken = read(Path::new("/nowhere/api.yaml"), &[], &workspace).unwrap_err();
        assert!(broken.to_string().contains("/nowhere/api.yaml"), "{broken}");
    }
}
