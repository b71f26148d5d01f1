//! The environment a function's process sees: Lambda's variables over the gateway's own.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use http::HeaderValue;
use openapi::model::FunctionReference;
use uuid::Uuid;

use super::FunctionSpec;
use crate::options::API_KEY_VARIABLE;

const DEFAULT_REGION: &str = "us-east-1";
const LOCAL_ACCOUNT: &str = "000000000000";

/// Any of these means that the AWS SDKs find real credentials by themselves. Lambda always has
/// some in the environment, so a function without any gets dummies, good enough for emulators.
const CREDENTIAL_SOURCES: [&str; 5] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

/// Variables to add to what the process inherits (`PATH`, `AWS_ENDPOINT_URL`, ...). `inherited`
/// looks one of those up.
pub(super) fn variables(
    spec: &FunctionSpec,
    runtime_api: SocketAddr,
    inherited: impl Fn(&str) -> Option<String>,
) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    let mut set = |name: &str, value: String| variables.insert(name.to_owned(), value);
    let region = region(&inherited);
    set("AWS_REGION", region.clone());
    set("AWS_DEFAULT_REGION", region);
    if !CREDENTIAL_SOURCES.iter().any(|name| inherited(name).is_some()) {
        for (name, value) in [
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_SESSION_TOKEN", "local"),
        ] {
            set(name, value.to_owned());
        }
    }
    let here = std::env::current_dir().unwrap_or_default();
    set("AWS_LAMBDA_FUNCTION_NAME", spec.name.clone());
    set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", spec.memory_mb.to_string());
    set("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned());
    set("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned());
    set("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", spec.name));
    set("AWS_LAMBDA_LOG_STREAM_NAME", log_stream());
    set("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR".to_owned());
    set("LAMBDA_TASK_ROOT", here.to_string_lossy().into_owned());
    set("LAMBDA_RUNTIME_DIR", "/var/runtime".to_owned());
    set("_HANDLER", "bootstrap".to_owned());
    set("TZ", ":UTC".to_owned());
    if inherited("LANG").is_none() {
        set("LANG", "en_US.UTF-8".to_owned());
    }
    variables.extend(spec.environment.iter().cloned());
    variables.insert("AWS_LAMBDA_RUNTIME_API".to_owned(), runtime_api.to_string());
    variables
}

/// What the process must not inherit: facts about where the gateway itself runs, and its secrets.
pub(super) const NOT_INHERITED: [&str; 5] = [
    "_X_AMZN_TRACE_ID",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_MAX_CONCURRENCY",
    "AWS_LAMBDA_EXEC_WRAPPER",
    API_KEY_VARIABLE,
];

/// The ARN a function is told it was invoked by.
pub(super) fn invoked_arn(function: &FunctionReference) -> HeaderValue {
    let whole = function.arn.starts_with("arn:") && !function.arn.contains("${");
    if let (true, Ok(arn)) = (whole, HeaderValue::from_str(&function.arn)) {
        return arn;
    }
    let region = region(&|name: &str| std::env::var(name).ok());
    let arn = format!("arn:aws:lambda:{region}:{LOCAL_ACCOUNT}:function:{}", function.name);
    HeaderValue::from_str(&arn).unwrap_or(HeaderValue::from_static("arn:aws:lambda"))
}

fn region(inherited: &impl Fn(&str) -> Option<String>) -> String {
    inherited("AWS_REGION")
        .or_else(|| inherited("AWS_DEFAULT_REGION"))
        .unwrap_or_else(|| DEFAULT_REGION.to_owned())
}

/// `2026/11/21/[$LATEST]` and 32 hexadecimal digits, new for each worker.
fn log_stream() -> String {
    let today = jiff::Timestamp::now().strftime("%Y/%m/%d");
    format!("{today}/[$LATEST]{}", Uuid::new_v4().simple())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(spec: &FunctionSpec, inherited: &[(&str, &str)]) -> BTreeMap<String, String> {
        variables(spec, SocketAddr::from(([127, 0, 0, 1], 9001)), |name| {
            inherited.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    fn spec() -> FunctionSpec {
        FunctionSpec::new("users", vec!["bootstrap".to_owned()])
    }

    #[test]
    fn the_process_sees_what_lambda_sets() {
        let set = environment(&spec(), &[]);
        assert_eq!(set["AWS_LAMBDA_RUNTIME_API"], "127.0.0.1:9001");
        assert_eq!(set["AWS_LAMBDA_FUNCTION_NAME"], "users");
        assert_eq!(set["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"], "128");
        assert_eq!(set["AWS_LAMBDA_FUNCTION_VERSION"], "$LATEST");
        assert_eq!(set["AWS_LAMBDA_LOG_GROUP_NAME"], "/aws/lambda/users");
        assert!(set["AWS_LAMBDA_LOG_STREAM_NAME"].contains("/[$LATEST]"));
        assert_eq!(set["AWS_REGION"], "us-east-1");
        assert_eq!(set["TZ"], ":UTC");
        assert!(!set.contains_key("_X_AMZN_TRACE_ID"), "the runtime sets it per invocation");
    }

    #[test]
    fn dummy_credentials_never_hide_real_ones() {
        assert_eq!(environment(&spec(), &[])["AWS_ACCESS_KEY_ID"], "local");
        let with_profile = environment(&spec(), &[("AWS_PROFILE", "work")]);
        assert!(!with_profile.contains_key("AWS_ACCESS_KEY_ID"));
    }

    #[test]
    fn the_region_is_inherited_under_either_name() {
        let set = environment(&spec(), &[("AWS_DEFAULT_REGION", "eu-central-1")]);
        assert_eq!(set["AWS_REGION"], "eu-central-1");
        assert_eq!(set["AWS_DEFAULT_REGION"], "eu-central-1");
    }

    #[test]
    fn the_functions_own_variables_win_except_for_the_runtime_api() {
        let mut spec = spec();
        spec.environment = vec![
            ("TZ".to_owned(), "Europe/Berlin".to_owned()),
            ("AWS_LAMBDA_RUNTIME_API".to_owned(), "elsewhere".to_owned()),
        ];
        let set = environment(&spec, &[]);
        assert_eq!(set["TZ"], "Europe/Berlin");
        assert_eq!(set["AWS_LAMBDA_RUNTIME_API"], "127.0.0.1:9001");
    }
}
