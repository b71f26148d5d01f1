//! Stubs: the first text of a handler, owned by whoever edits it from then on.
//!
//! ```text
//! handlers/src/users/create_user.rs   one file for each operation, written once
//! handlers/src/users/mod.rs           `mod create_user;` and the trait's method that calls it
//! handlers/src/lib.rs                 `pub mod users;`         (only for a new function)
//! handlers/src/bin/users.rs           the function's entry     (only for a new function)
//! ```

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use askama::Template;
use openapi::model::Operation;
use openapi::{Api, names};

/// What a stub does to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new file.
    Create {
        /// Where.
        path: PathBuf,
        /// Its text.
        text: String,
    },
    /// An existing file with lines added.
    Extend {
        /// Where.
        path: PathBuf,
        /// Its whole new text.
        text: String,
    },
}

/// Why there is no stub.
#[derive(Debug, thiserror::Error)]
pub enum StubError {
    /// The document has no such operation.
    #[error("the document has no operation `{0}`")]
    UnknownOperation(String),
    /// The operation is served by something else.
    #[error("operation `{0}` needs no handler: its integration is not a Lambda proxy (aws_proxy)")]
    NoFunction(String),
    /// The handler is there.
    #[error("{0} exists already; a stub never overwrites")]
    Exists(PathBuf),
    /// A file does not look as stubs expect.
    #[error("cannot add to {path}: {missing}; add these lines by hand:\n{lines}")]
    Layout {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        missing: String,
        /// What should have been added.
        lines: String,
    },
    /// A file could not be read or written.
    #[error("cannot access {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Plans the stub of an operation in the crate at `handlers`, and writes nothing yet.
///
/// # Errors
/// If the operation has no handler to write, or has one already.
pub fn plan(api: &Api, operation_id: &str, handlers: &Path) -> Result<Vec<Change>, StubError> {
    let operation = api
        .operation(operation_id)
        .ok_or_else(|| StubError::UnknownOperation(operation_id.to_owned()))?;
    let function =
        operation.proxy_function().ok_or_else(|| StubError::NoFunction(operation_id.to_owned()))?;
    let names = Names::of(&function.key, operation, api.cognito_authorizer(operation).is_some());
    let source = handlers.join("src");
    let file = source.join(&names.module).join(format!("{}.rs", names.method));
    if file.exists() {
        return Err(StubError::Exists(file));
    }
    let mut changes =
        vec![Change::Create { path: file, text: render(&OperationFile { names: &names }) }];
    let function_file = source.join(&names.module).join("mod.rs");
    if function_file.exists() {
        let text = extend(&function_file, &read(&function_file)?, &names)?;
        changes.push(Change::Extend { path: function_file, text });
    } else {
        let text = extend(&function_file, &render(&FunctionFile { names: &names }), &names)?;
        changes.push(Change::Create { path: function_file, text });
        changes.extend(entry(&source, &names)?);
    }
    Ok(changes)
}

/// Writes the changes; a file that should be new and has come to exist meanwhile is left alone.
///
/// # Errors
/// If a file cannot be written.
pub fn write(changes: &[Change]) -> Result<(), StubError> {
    for change in changes {
        let (Change::Create { path, text } | Change::Extend { path, text }) = change;
        let file_error = |source| StubError::File { path: path.clone(), source };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(file_error)?;
        }
        let written = match change {
            Change::Create { .. } => {
                fs::File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()))
            }
            Change::Extend { .. } => fs::write(path, text),
        };
        written.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => StubError::Exists(path.clone()),
            _ => file_error(error),
        })?;
    }
    Ok(())
}

/// A new function's entry and its line in `lib.rs`.
fn entry(source: &Path, names: &Names) -> Result<Vec<Change>, StubError> {
    let mut changes = Vec::with_capacity(2);
    let library = source.join("lib.rs");
    let text = read(&library)?;
    let declaration = format!("pub mod {};", names.module);
    if !text.lines().any(|line| line == declaration) {
        let text = with_module(&text, &declaration);
        changes.push(Change::Extend { path: library, text });
    }
    let main = source.join("bin").join(format!("{}.rs", names.function));
    if !main.exists() {
        changes.push(Change::Create { path: main, text: render(&MainFile { names }) });
    }
    Ok(changes)
}

/// The function's module with the operation added: its module and the trait's method.
fn extend(path: &Path, text: &str, names: &Names) -> Result<String, StubError> {
    let method = render(&Method { names });
    let header = format!("{} for {}Function", names.interface, names.interface);
    let mut lines: Vec<&str> = text.lines().collect();
    let start = lines.iter().position(|line| line.starts_with("impl") && line.contains(&header));
    let end = start.and_then(|start| {
        let length = lines[start..].iter().position(|line| *line == "}")?;
        Some(start + length)
    });
    let (Some(start), Some(end)) = (start, end) else {
        return Err(StubError::Layout {
            path: path.to_owned(),
            missing: format!("no `impl {header}` that ends with a line `}}`"),
            lines: format!("mod {};\n{method}", names.method),
        });
    };
    // The first method needs no blank line above it.
    let method = if end == start + 1 { method.trim_start_matches('\n') } else { &method };
    lines.splice(end..end, method.trim_end().lines());
    Ok(with_module(&(lines.join("\n") + "\n"), &format!("mod {};", names.method)))
}

/// The text with one more module, in alphabetical order among those of its kind.
fn with_module(text: &str, declaration: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let kind = declaration.split_inclusive("mod ").next().unwrap_or("mod ");
    let is_module = |line: &str| line.starts_with(kind) && line.ends_with(';');
    let before = lines.iter().position(|line| is_module(line) && *line > declaration);
    let after = lines.iter().rposition(|line| is_module(line)).map(|last| last + 1);
    let mut lines: Vec<String> = lines.into_iter().map(str::to_owned).collect();
    match before.or(after) {
        Some(at) => lines.insert(at, declaration.to_owned()),
        None => {
            // Below the module's doc comment, with a blank line on either side.
            let top = lines.iter().position(|line| !line.starts_with("//!")).unwrap_or(lines.len());
            lines.splice(top..top, [String::new(), declaration.to_owned()]);
        }
    }
    lines.join("\n") + "\n"
}

fn read(path: &Path) -> Result<String, StubError> {
    fs::read_to_string(path).map_err(|source| StubError::File { path: path.to_owned(), source })
}

/// The text of a template of ours, which has nothing that can fail. Askama drops the last line's
/// end.
fn render(template: &impl Template) -> String {
    template.render().unwrap_or_default() + "\n"
}

/// Names and prose of the templates.
#[derive(Clone, Debug)]
struct Names {
    function: String,
    module: String,
    interface: String,
    operation: String,
    method: String,
    request: String,
    response: String,
    route: String,
    summary: String,
    /// Whether the handler gets the claims of the caller's token.
    claims: bool,
}

impl Names {
    fn of(function: &str, operation: &Operation, claims: bool) -> Self {
        let route = format!("{} {}", operation.method, operation.path);
        // One line of prose; a summary may not break out of its comment.
        let summary = operation.summary.as_deref().unwrap_or_default();
        let summary = summary.split_whitespace().collect::<Vec<_>>().join(" ");
        let summary = if summary.is_empty() { format!("`{route}`") } else { summary };
        Self {
            function: function.to_owned(),
            module: names::value_name(function),
            interface: names::type_name(function),
            operation: operation.id.clone(),
            method: names::value_name(&operation.id),
            request: names::request_type(&operation.id),
            response: names::response_type(&operation.id),
            route,
            summary: if summary.ends_with(['.', '!', '?', '`']) { summary } else { summary + "." },
            claims,
        }
    }
}

macro_rules! templates {
    ($($name:ident $path:literal)*) => {
        $(#[derive(Template)]
        #[template(path = $path, escape = "none")]
        struct $name<'a> { names: &'a Names })*
    };
}

templates! {
    OperationFile "stub_operation.rs.txt"
    Method "stub_method.rs.txt"
    FunctionFile "stub_function.rs.txt"
    MainFile "stub_main.rs.txt"
}
