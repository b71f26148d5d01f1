//! Settings and secrets by name: the port to where they are kept, its in-memory twin and the SSM
//! Parameter Store, with a cache before it.

mod cached;
mod memory;
mod ssm;

use std::fmt::Debug;

pub use cached::Cached;
pub use memory::MemoryParameters;
use models::value::Secret;
pub use ssm::Ssm;

use crate::store::BoxFuture;

/// Where parameters are kept.
pub trait Parameters: Debug + Send + Sync {
    /// The value, decrypted. Those that are no secrets are treated as if they were.
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Secret, ParameterError>>;
}

/// The parameter could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ParameterError {
    /// Nobody has set it.
    #[error("the parameter {0} does not exist: whoever holds its value has to put it there")]
    NotFound(String),
    /// The call failed.
    #[error("cannot read the parameter {name}")]
    Call {
        /// Its name.
        name: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
