//! `$ref`.

use super::Resolver;
use crate::diagnostic::Diagnostic;
use crate::document::At;
use crate::position::Origin;

/// Longest chain of references to references that is followed.
const LONGEST_CHAIN: usize = 32;

impl<'d> Resolver<'d, '_> {
    /// The value itself, or what it refers to through any number of references. `None` if that
    /// leads nowhere, which is then found wrong.
    pub(super) fn follow(&mut self, at: &At<'d>) -> Option<At<'d>> {
        let mut here = at.clone();
        for _ in 0..LONGEST_CHAIN {
            match here.get("$ref") {
                None => return Some(here),
                Some(reference) => here = self.target(&reference)?,
            }
        }
        let message = format!("`{}` refers to itself", at.pointer());
        self.error("reference-loop", &at.origin(), message).help =
            Some("let one of the references be replaced by what is meant".to_owned());
        None
    }

    /// What a `$ref` names, which may be another reference.
    pub(super) fn target(&mut self, reference: &At<'d>) -> Option<At<'d>> {
        match locate(&self.root, reference) {
            Ok(at) => Some(at),
            Err(found) => {
                self.report(found);
                None
            }
        }
    }
}

fn locate<'d>(root: &At<'d>, reference: &At<'d>) -> Result<At<'d>, Diagnostic> {
    let origin = reference.origin();
    let Some(text) = reference.as_str() else {
        let message = format!("`$ref` must be text, not {}", reference.node().kind());
        return Err(Diagnostic::error("wrong-type", &origin, message));
    };
    if text.is_empty() {
        let message = "the `$ref` is empty; API Gateway ignores the reference";
        return Err(Diagnostic::warning("dangling-reference", &origin, message));
    }
    let Some(fragment) = text.strip_prefix('#') else { return Err(external(text, &origin)) };
    root.follow(fragment).ok_or_else(|| dangling(root, text, fragment, &origin))
}

/// API Gateway: "Model reference must be in canonical form".
fn external(text: &str, origin: &Origin) -> Diagnostic {
    let message = format!("`{text}` refers to another document, which API Gateway refuses");
    let help = match text {
        bare if !bare.contains(['/', '.', '#', ':']) => {
            format!("for a component write \"#/components/schemas/{bare}\"")
        }
        _ => "copy what is meant to components of this document and refer to it there".to_owned(),
    };
    Diagnostic::error("external-reference", origin, message).with_help(help)
}

/// API Gateway: "Reference to model '...' not found. Ignoring."; so it is a warning.
fn dangling(root: &At<'_>, text: &str, fragment: &str, origin: &Origin) -> Diagnostic {
    let message = format!("`{text}` is not in the document; API Gateway ignores the reference");
    let found = Diagnostic::warning("dangling-reference", origin, message);
    let Some((parent, name)) = fragment.rsplit_once('/') else { return found };
    let Some(siblings) = root.follow(parent) else { return found };
    match crate::suggest::closest(name, siblings.members().map(|(key, _)| key)) {
        Some(key) => found.with_help(format!("did you mean `#{parent}/{key}`?")),
        None => found,
    }
}
