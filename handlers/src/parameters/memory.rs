//! The twin in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use models::value::Secret;

use super::{ParameterError, Parameters};
use crate::store::BoxFuture;

/// Parameters in memory.
#[derive(Debug, Default)]
pub struct MemoryParameters {
    values: Mutex<BTreeMap<String, Secret>>,
}

impl MemoryParameters {
    /// Sets a value.
    pub fn put(&self, name: &str, value: &str) {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.insert(name.to_owned(), Secret::from(value));
    }
}

impl Parameters for MemoryParameters {
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Secret, ParameterError>> {
        Box::pin(async move {
            let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
            values.get(name).cloned().ok_or_else(|| ParameterError::NotFound(name.to_owned()))
        })
    }
}
