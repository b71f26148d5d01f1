//! Stage prefix: the first segment of the path names the stage.

use indexmap::IndexMap;
use openapi::model::FunctionReference;

use crate::refusal::Refusal;

/// A stage: a name in front of every path, and variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stage {
    /// First segment of every path, for example `dev`.
    pub name: String,
    /// Stage variables.
    pub variables: IndexMap<String, String>,
}

/// A path behind its stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StagePath {
    /// `requestContext.path`: the stage included, slashes in front of it merged to one.
    pub(crate) full: String,
    /// `event.path`: the stage removed, slashes in front merged to one, a trailing one kept.
    pub(crate) resource: String,
}

impl Stage {
    /// Checks a name as API Gateway does (API reference, `CreateStage`: alphanumeric characters,
    /// hyphens and underscores, at most 128).
    ///
    /// # Errors
    /// What a name looks like, if it is none.
    pub fn check_name(name: &str) -> Result<String, &'static str> {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if (1..=128).contains(&name.len()) && name.chars().all(is_allowed) {
            Ok(name.to_owned())
        } else {
            Err("a stage name has 1 to 128 letters, digits, hyphens and underscores")
        }
    }

    /// Fills `${stageVariables.name}` in a text; an unknown variable becomes empty (recorded on
    /// AWS).
    pub fn fill(&self, text: &str) -> String {
        const OPEN: &str = "${stageVariables.";
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(OPEN) {
            filled.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                filled.push_str(OPEN);
                rest = after;
                continue;
            };
            filled.push_str(self.variables.get(name).map_or("", String::as_str));
            rest = after;
        }
        filled.push_str(rest);
        filled
    }

    /// The function an integration calls at this stage: names and ARNs may hold stage variables.
    pub fn function(&self, reference: &FunctionReference) -> FunctionReference {
        FunctionReference {
            key: self.fill(&reference.key),
            name: self.fill(&reference.name),
            qualifier: reference.qualifier.as_deref().map(|qualifier| self.fill(qualifier)),
            arn: self.fill(&reference.arn),
        }
    }

    /// Takes the stage off a path. `//stage/path` and `/stage//path` mean `/stage/path`, and the
    /// double slash behind the stage stays visible in the full path (both recorded on AWS).
    pub(crate) fn strip(&self, path: &str) -> Result<StagePath, Refusal> {
        let trimmed = path.trim_start_matches('/');
        let (name, rest) = trimmed.split_once('/').unwrap_or((trimmed, ""));
        // API Gateway answers alike for another API's host, no stage and an unknown stage.
        if name != self.name {
            return Err(Refusal::forbidden());
        }
        Ok(StagePath {
            full: format!("/{trimmed}"),
            resource: format!("/{}", rest.trim_start_matches('/')),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strip(path: &str) -> Option<(String, String)> {
        let stage = Stage { name: "dev".into(), ..Stage::default() };
        stage.strip(path).ok().map(|path| (path.full, path.resource))
    }

    #[test]
    fn the_stage_is_taken_off_and_slashes_in_front_are_merged() {
        for (path, full, resource) in [
            ("/dev", "/dev", "/"),
            ("/dev/", "/dev/", "/"),
            ("/dev/a/", "/dev/a/", "/a/"),
            ("/dev//a", "/dev//a", "/a"),
            ("//dev/a", "/dev/a", "/a"),
            ("/dev/a//b", "/dev/a//b", "/a//b"),
        ] {
            assert_eq!(strip(path), Some((full.into(), resource.into())), "{path}");
        }
    }

    #[test]
    fn stage_variables_are_filled_in() {
        let variables = [("f".to_owned(), "users".to_owned())].into_iter().collect();
        let stage = Stage { variables, ..Stage::default() };
        for (text, filled) in [
            ("a:${stageVariables.f}:b", "a:users:b"),
            ("${stageVariables.f}${stageVariables.f}", "usersusers"),
            ("a${stageVariables.g}b", "ab"),
            ("${stageVariables.f", "${stageVariables.f"),
            ("${other}", "${other}"),
        ] {
            assert_eq!(stage.fill(text), filled);
        }
    }

    #[test]
    fn an_unknown_stage_is_forbidden() {
        for path in ["", "/", "/prod/a", "/devil", "*", "/DEV/a"] {
            assert_eq!(strip(path), None, "{path}");
        }
    }
}
