//! Placeholders that stand for a value of the environment.

use crate::position::Origin;

/// A value that each environment may set: Terraform's variable `placeholders`, `--set` of the
/// gateway and of the local runner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholder {
    /// What it is, for whoever sets it.
    pub description: String,
    /// `default`: what holds in an environment that does not set it. Without one, every
    /// environment has to.
    pub default: Option<String>,
    /// Where it is declared.
    pub origin: Origin,
}
