//! `x-amazon-apigateway-policy`: the resource policy as written, with every place in it.

use std::collections::HashMap;

use serde_json::Value;

use crate::position::Origin;

/// A resource policy: an IAM policy document. What it means is its evaluator's business; this says
/// where each part of it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResourcePolicy {
    /// The document, placeholders filled.
    pub document: Value,
    /// Where the extension stands.
    pub origin: Origin,
    /// Places by the members and indexes that lead there from the document.
    pub(crate) origins: HashMap<Vec<String>, Origin>,
}

impl ResourcePolicy {
    /// The place of a part, given by the members and indexes that lead to it, for example
    /// `["Statement", "0", "Action"]`. For a part that is not there, the place of the nearest one
    /// around it.
    pub fn origin_of(&self, path: &[String]) -> &Origin {
        (1..=path.len())
            .rev()
            .find_map(|length| self.origins.get(&path[..length]))
            .unwrap_or(&self.origin)
    }
}
