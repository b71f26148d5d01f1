//! What API Gateway would reject, warn about or drop, and the rules of the house.

use crate::diagnostic::Diagnostic;
use crate::reading::Reading;

/// Findings about a document that can be read: besides [`Reading::diagnostics`], not among them.
pub fn lint(reading: &Reading) -> Vec<Diagnostic> {
    let _ = reading;
    Vec::new()
}
