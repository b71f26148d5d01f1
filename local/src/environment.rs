//! What functions find in their environment, and the local values of the document's placeholders.

use indexmap::IndexMap;
use openapi::model::{Function, Lychgate};
use openapi::{Diagnostic, Severity, names};

use crate::cognito;
use crate::services::Endpoints;
use crate::sqs;

/// Region of everything here. It decides nothing: no request leaves the machine.
pub(crate) const REGION: &str = "us-east-1";

/// The account the embedded DynamoDB uses in its ARNs.
pub(crate) const ACCOUNT_ID: &str = "000000000000";

/// The environment, beside those that are deployed.
const ENVIRONMENT: &str = "local";

/// The network of a private API. Nothing here is in it: the gateway takes callers to come from
/// wherever the API's policy lets them in.
const VPC_ENDPOINT_ID: &str = "vpce-00000000000000000";
const VPC_ID: &str = "vpc-00000000000000000";

/// The local name of a function, a table or a queue: an environment and a key, as in the cloud. Characters
/// that Lambda, DynamoDB or SQS does not take become hyphens.
pub(crate) fn local_name(key: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    format!("{LOCAL}{}", key.chars().map(plain).collect::<String>())
}

const LOCAL: &str = "local-";

/// The local name of a bucket, which S3 wants in lower case and without `_`.
fn bucket_name(key: &str) -> String {
    local_name(key).replace('_', "-").to_ascii_lowercase()
}

/// The local name of a parameter, which is a path.
fn parameter_name(key: &str) -> String {
    format!("/local/{key}")
}

/// A local name as people know it: what every name starts with says nothing.
pub(crate) fn without_local(name: &str) -> &str {
    name.strip_prefix(LOCAL).unwrap_or(name)
}

/// Local values of the placeholders that a document declares, where it says what holds by default,
/// and of every one that follows from its keys.
pub(crate) fn placeholders(lychgate: &Lychgate, endpoints: &Endpoints) -> IndexMap<String, String> {
    let defaults = lychgate.defaults().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut values: IndexMap<_, _> = defaults.collect();
    values.extend([
        ("region".to_owned(), REGION.to_owned()),
        ("account_id".to_owned(), ACCOUNT_ID.to_owned()),
        ("environment".to_owned(), ENVIRONMENT.to_owned()),
        ("vpc_endpoint_id".to_owned(), VPC_ENDPOINT_ID.to_owned()),
        ("vpc_id".to_owned(), VPC_ID.to_owned()),
    ]);
    for key in lychgate.functions.keys() {
        values.insert(names::function_placeholder(key), local_name(key));
    }
    // Nobody assumes roles here: their names only fill the places that name them.
    for key in lychgate.roles.keys() {
        values.insert(names::placeholder(key, names::ROLE), local_name(key));
    }
    for key in lychgate.tables.keys() {
        values.insert(names::table_placeholder(key), local_name(key));
    }
    for key in lychgate.buckets.keys() {
        values.insert(names::placeholder(key, names::BUCKET), bucket_name(key));
    }
    for (key, queue) in &lychgate.queues {
        let name = local_name(key);
        let url = sqs::queue_url(&endpoints.sqs, &name);
        values.insert(names::placeholder(key, names::QUEUE), name);
        values.insert(names::placeholder(key, names::QUEUE_URL), url);
        let most = names::placeholder(key, names::QUEUE_MAX_RECEIVES);
        values.insert(most, queue.max_receives.to_string());
    }
    for key in lychgate.parameters.keys() {
        values.insert(names::placeholder(key, names::PARAMETER), parameter_name(key));
    }
    for key in lychgate.user_pools.keys() {
        let id = cognito::pool_id(key);
        let of_pool = [id.clone(), cognito::arn(&id), cognito::client_id(key)];
        for (suffix, value) in names::USER_POOL.iter().zip(of_pool) {
            values.insert(names::placeholder(key, suffix), value);
        }
    }
    values
}

/// The variables a function gets besides those of the Lambda environment itself: its own from the
/// document, and what leads the AWS SDKs to the embedded services.
pub(crate) fn function_environment(
    function: &Function,
    endpoints: &Endpoints,
) -> Vec<(String, String)> {
    let mut environment = aws_environment();
    environment.extend(endpoints.variables());
    // The document's own last: what it says about AWS wins.
    environment
        .extend(function.environment.iter().map(|(name, value)| (name.clone(), value.clone())));
    environment
}

/// Values given for placeholders that the document does not have.
pub(crate) fn unused(overrides: &[(String, String)], document: &str) -> Vec<Diagnostic> {
    let unused = |name: &str| !document.contains(&format!("${{{name}}}"));
    overrides
        .iter()
        .filter(|(name, _)| unused(name))
        .map(|(name, _)| Diagnostic {
            code: "unused-value",
            severity: Severity::Warning,
            origin: None,
            message: format!("`--set {name}`: the document has no placeholder `${{{name}}}`"),
            help: None,
        })
        .collect()
}

/// Variables that still hold a placeholder. Only a warning: `$${name}` is a way to write one on
/// purpose, and by now it looks the same.
pub(crate) fn unfilled(lychgate: &Lychgate) -> Vec<Diagnostic> {
    let variables = lychgate.functions.iter().flat_map(|(key, function)| {
        function.environment.iter().map(move |(variable, value)| (key, function, variable, value))
    });
    variables
        .filter_map(|(key, function, variable, value)| {
            let name = placeholder_in(value)?;
            let message = format!(
                "variable {variable} of function `{key}` holds `${{{name}}}`, which has no local value"
            );
            let finding = Diagnostic::warning("unfilled-placeholder", &function.origin, message);
            Some(finding.with_help(format!("start with `--set {name}=VALUE`")))
        })
        .collect()
}

/// Dummy credentials keep the SDK from looking for the user's own, which must never be used here.
fn aws_environment() -> Vec<(String, String)> {
    [
        ("AWS_REGION", REGION),
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_SESSION_TOKEN", "local"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// The name of a placeholder that was left in the text.
fn placeholder_in(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("${")?;
    Some(rest.split_once('}')?.0)
}

#[cfg(test)]
mod tests {
    use openapi::Origin;
    use openapi::model::{Placeholder, Queue, Role};

    use super::*;

    fn function(environment: &[(&str, &str)]) -> Function {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Function {
            description: None,
            binary: "users".to_owned(),
            memory_mb: 256,
            timeout_seconds: 10,
            ephemeral_storage_mb: 512,
            reserved_concurrency: None,
            in_vpc: false,
            environment: environment.iter().map(pair).collect(),
            access: Vec::new(),
            events: Vec::new(),
            on_failure: None,
            origin: Origin::default(),
        }
    }

    #[test]
    fn people_know_names_without_what_all_have() {
        assert_eq!(without_local(&local_name("users")), "users");
        assert_eq!(without_local("people"), "people");
    }

    #[test]
    fn placeholders_come_from_the_keys() {
        let mut lychgate = Lychgate::default();
        lychgate.functions.insert("image-tags".to_owned(), function(&[]));
        let queue = Queue {
            visibility_timeout_seconds: None,
            retention_seconds: 60,
            delay_seconds: 0,
            max_receives: 3,
            origin: Origin::default(),
        };
        lychgate.queues.insert("imageJobs".to_owned(), queue);
        let role = Role { description: None, access: Vec::new(), origin: Origin::default() };
        lychgate.roles.insert("image-writer".to_owned(), role);
        let greeting = Placeholder {
            description: "What to say.".to_owned(),
            default: Some("Hello".to_owned()),
            origin: Origin::default(),
        };
        let partner = Placeholder { default: None, ..greeting.clone() };
        lychgate.placeholders.insert("greeting".to_owned(), greeting);
        lychgate.placeholders.insert("partner_url".to_owned(), partner);
        let values = placeholders(&lychgate, &Endpoints::default());
        assert_eq!(values["image_writer_role"], "local-image-writer");
        assert_eq!(values["image_tags_function"], "local-image-tags");
        assert_eq!(values["image_jobs_queue"], "local-imageJobs");
        assert_eq!(values["image_jobs_queue_max_receives"], "3");
        assert_eq!((&*values["greeting"], values.get("partner_url")), ("Hello", None));
        assert_eq!((&*values["region"], &*values["environment"]), ("us-east-1", "local"));
        assert_eq!(values["account_id"], ACCOUNT_ID);
        let unfilled = names::AMBIENT.iter().find(|name| !values.contains_key(**name));
        assert_eq!(unfilled, None, "a deployment fills it");
    }

    #[test]
    fn functions_find_the_embedded_dynamodb_and_their_own_variables() {
        let function = function(&[("USERS_TABLE", "local-users"), ("AWS_REGION", "eu-west-1")]);
        let endpoints =
            Endpoints { dynamodb: "http://127.0.0.1:1".to_owned(), ..Endpoints::default() };
        let environment = function_environment(&function, &endpoints);
        let value = |name: &str| {
            let pair = environment.iter().rev().find(|(key, _)| key == name);
            pair.map(|(_, value)| value.as_str())
        };
        assert_eq!(value("AWS_ENDPOINT_URL_DYNAMODB"), Some("http://127.0.0.1:1"));
        assert_eq!(value("USERS_TABLE"), Some("local-users"));
        assert_eq!(value("AWS_REGION"), Some("eu-west-1"));
        assert_eq!(value("AWS_ACCESS_KEY_ID"), Some("local"));
    }

    #[test]
    fn a_placeholder_without_value_names_the_flag() {
        let mut lychgate = Lychgate::default();
        let archives = function(&[("BUCKET", "s3://${archive_bucket}/in"), ("LEVEL", "info")]);
        lychgate.functions.insert("archives".to_owned(), archives);
        let findings = unfilled(&lychgate);
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(findings[0].message.contains("holds `${archive_bucket}`"), "{findings:?}");
        assert_eq!(findings[0].help.as_deref(), Some("start with `--set archive_bucket=VALUE`"));
    }
}
