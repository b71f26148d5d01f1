//! Configuration: environment variables, read once when the function starts.

/// Looks a variable up; tests pass their own.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A variable of the process. Only entry points read it.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A variable that the function cannot do without. Empty counts as missing.
///
/// # Errors
/// If the variable is missing.
pub fn required(lookup: Lookup<'_>, name: &'static str) -> Result<String, MissingVariable> {
    lookup(name).filter(|value| !value.is_empty()).ok_or(MissingVariable { name })
}

/// The function cannot start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the environment variable {name} is missing or empty: \
     declare it in the document under x-lychgate, functions, environment"
)]
pub struct MissingVariable {
    name: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_variable_is_named() {
        for value in [None, Some(String::new())] {
            let error = required(&|_| value.clone(), "USERS_TABLE").unwrap_err();
            assert!(error.to_string().contains("USERS_TABLE"), "{error}");
        }
        assert_eq!(required(&|_| Some("t".to_owned()), "USERS_TABLE"), Ok("t".to_owned()));
    }
}
