//! Roles: what API Gateway may do where no function is in between.

use super::Access;
use crate::position::Origin;

/// An IAM role that API Gateway assumes for integrations with AWS services (`credentials`).
#[derive(Clone, Debug)]
pub struct Role {
    /// One line.
    pub description: Option<String>,
    /// `access`: what integrations with this role may touch; nothing else is granted.
    pub access: Vec<Access>,
    /// Where it is declared.
    pub origin: Origin,
}
