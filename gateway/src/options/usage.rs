//! Options for API keys and limits.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;

use jiff::Timestamp;
use openapi::{Diagnostic, Source};

use super::OptionError;
use crate::account::Account;
use crate::usage_plan::{
    ApiKey, ApiKeyValue, Limits, Throttle, ThrottleError, Usage, UsagePlan, parse_usage_plans,
};

/// Who may call how often.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct UsageOptions {
    /// An API key for methods that require one, 20 to 128 characters; may be repeated. Whoever
    /// lists the machine's processes sees it: for real ones there is the variable, or a file
    #[arg(long = "api-key", value_name = "VALUE", env = API_KEY_VARIABLE, hide_env_values = true)]
    pub api_keys: Vec<ApiKeyValue>,

    /// Usage plans with their API keys, throttles and quotas, in YAML or JSON
    #[arg(long, value_name = "FILE")]
    pub usage_plans: Option<PathBuf>,

    /// Throttle every method of the stage, or one: RATE requests per second and BURST at once,
    /// for example 10:5 or /users/GET=10:5; may be repeated
    #[arg(long = "throttle", value_name = "[METHOD=]RATE:BURST", value_parser = stage_throttle)]
    pub throttles: Vec<(Option<String>, Throttle)>,

    /// Throttle all methods together, as AWS does for an account; off unless given
    #[arg(long, value_name = "RATE:BURST", value_parser = Throttle::from_str)]
    pub account_throttle: Option<Throttle>,
}

/// Where the environment may have an API key. Functions do not inherit it.
pub(crate) const API_KEY_VARIABLE: &str = "LYCHGATE_API_KEY";

impl UsageOptions {
    /// Whether any key is given, in whatever way.
    fn has_keys(&self) -> bool {
        !self.api_keys.is_empty() || self.usage_plans.is_some()
    }

    /// Makes up a key if none is given, so that an API which requires one can be tried at once.
    pub fn make_up_key(&mut self) -> Option<ApiKeyValue> {
        if self.has_keys() {
            return None;
        }
        let key = ApiKeyValue::generate();
        self.api_keys.push(key.clone());
        Some(key)
    }

    /// Sets the account's limits.
    pub(super) fn apply(&self, account: &mut Account) -> Result<(), OptionError> {
        let mut plans = match &self.usage_plans {
            Some(path) => read(path)?,
            None => Vec::new(),
        };
        if !self.api_keys.is_empty() {
            plans.push(self.plan_of_keys()?);
        }
        let of_stage = self.throttles.iter().rev().find(|(method, _)| method.is_none());
        let limits = Limits {
            plans,
            stage: of_stage.map(|(_, throttle)| *throttle),
            methods: self
                .throttles
                .iter()
                .filter_map(|(method, throttle)| Some((method.clone()?, *throttle)))
                .collect(),
            account: self.account_throttle,
        };
        account.usage = Usage::new(limits, Arc::new(Timestamp::now));
        Ok(())
    }

    /// The plan of the keys that are options: without limits.
    fn plan_of_keys(&self) -> Result<UsagePlan, OptionError> {
        let mut keys = Vec::new();
        for (index, value) in self.api_keys.iter().enumerate() {
            value
                .check()
                .map_err(|error| OptionError { option: "--api-key", problem: error.to_string() })?;
            keys.push(ApiKey::new(format!("--api-key {}", index + 1), value.clone()));
        }
        Ok(UsagePlan { name: "--api-key".to_owned(), keys, ..UsagePlan::default() })
    }
}

/// Reads a file of plans; of what is wrong everything is told, with its place.
fn read(path: &Path) -> Result<Vec<UsagePlan>, OptionError> {
    let refused = |problem| OptionError { option: "--usage-plans", problem };
    let text = std::fs::read_to_string(path)
        .map_err(|error| refused(format!("cannot read {}: {error}", path.display())))?;
    let source = Source::new(path.display().to_string(), text);
    parse_usage_plans(&source).map_err(|found| {
        let lines: String = found.iter().map(|finding| line(source.name(), finding)).collect();
        refused(format!("{} cannot be followed{lines}", path.display()))
    })
}

/// A finding without the excerpt that others have: there are secrets in the text.
fn line(name: &str, finding: &Diagnostic) -> String {
    let position = finding.origin.as_ref().map(|origin| origin.position).unwrap_or_default();
    let help = finding.help.as_deref().unwrap_or_default();
    format!("\n  {name}:{position}: {}; {help}", finding.message)
}

/// `RATE:BURST`, perhaps behind `{resourcePath}/{VERB}=`.
fn stage_throttle(text: &str) -> Result<(Option<String>, Throttle), String> {
    let refused = |error: ThrottleError| error.to_string();
    match text.rsplit_once('=') {
        None => Ok((None, text.parse().map_err(refused)?)),
        Some((method, throttle)) if method.starts_with('/') => {
            Ok((Some(method.to_owned()), throttle.parse().map_err(refused)?))
        }
        Some((method, _)) => Err(format!(
            "`{method}` is no method: write {{resourcePath}}/{{VERB}}, for example /users/GET"
        )),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        usage: UsageOptions,
    }

    #[test]
    fn throttles_are_for_the_stage_or_one_method() {
        let line = Line::try_parse_from([
            "test",
            "--throttle",
            "10:5",
            "--throttle",
            "/users/{id}/GET=1:2",
            "--account-throttle",
            "100:50",
        ]);
        let usage = line.unwrap().usage;
        let ten = Throttle { rate: 10.0, burst: 5 };
        let one = Throttle { rate: 1.0, burst: 2 };
        assert_eq!(usage.throttles, [(None, ten), (Some("/users/{id}/GET".to_owned()), one)]);
        assert_eq!(usage.account_throttle, Some(Throttle { rate: 100.0, burst: 50 }));
        for text in ["10", "users=1:2", "/users/GET=1", "a:b"] {
            let error = Line::try_parse_from(["test", "--throttle", text]).unwrap_err();
            assert!(error.to_string().contains("write"), "{error}");
        }
    }

    #[test]
    fn a_key_that_is_refused_is_not_shown() {
        let line = Line::try_parse_from(["test", "--api-key", "sesame"]).unwrap();
        let error = line.usage.plan_of_keys().unwrap_err().to_string();
        assert_eq!(error, "--api-key: API Key value should be at least 20 characters");
        assert!(!format!("{line:?}").contains("sesame"), "{line:?}");
    }
}
