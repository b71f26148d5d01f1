//! The embedded Parameter Store, asked by the AWS SDK.

use aws_sdk_ssm::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_ssm::error::ProvideErrorMetadata;
use aws_sdk_ssm::types::ParameterType;
use aws_sdk_ssm::{Client, Config};
use local::ssm::{ParameterSpec, ParameterValue, Ssm};

const SECRET: &str = "correct horse battery staple";

/// A store with a secret, a declared parameter without a value, and one that is no secret.
fn start() -> (Ssm, Client) {
    let ssm = Ssm::start(None).unwrap();
    let spec = |name: &str, secure, value: Option<&str>| ParameterSpec {
        name: format!("/local/{name}"),
        description: None,
        secure,
        value: value.map(ParameterValue::new),
    };
    ssm.ensure(&[
        spec("key", true, Some(SECRET)),
        spec("missing", true, None),
        spec("hosts", false, Some("one")),
    ]);
    let client = client(&ssm.endpoint());
    (ssm, client)
}

pub(crate) fn client(endpoint: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .endpoint_url(endpoint);
    Client::from_conf(config.build())
}

#[tokio::test]
async fn a_secret_is_told_only_to_who_asks_for_decryption() {
    let (ssm, client) = start();
    let value = |decrypt| {
        let request = client.get_parameter().name("/local/key").with_decryption(decrypt);
        async move { request.send().await.unwrap().parameter.unwrap().value.unwrap() }
    };
    assert_eq!(value(true).await, SECRET);
    let hidden = value(false).await;
    assert!(!hidden.contains(SECRET) && hidden.starts_with("AQICAH"), "{hidden}");
    let hosts = client.get_parameter().name("/local/hosts").send().await.unwrap();
    assert_eq!(hosts.parameter().unwrap().value(), Some("one"));
    drop(ssm);
}

#[tokio::test]
async fn a_parameter_without_a_value_is_missing_until_somebody_puts_one() {
    let (ssm, client) = start();
    let get = || client.get_parameter().name("/local/missing").with_decryption(true).send();
    assert!(get().await.unwrap_err().as_service_error().unwrap().is_parameter_not_found());
    let put = |value: &str, overwrite| {
        let request = client.put_parameter().name("/local/missing").value(value);
        request.r#type(ParameterType::SecureString).overwrite(overwrite).send()
    };
    assert_eq!(put("x", false).await.unwrap().version(), 1);
    let again = put("y", false).await.unwrap_err();
    assert!(again.as_service_error().unwrap().is_parameter_already_exists());
    assert_eq!(put("y", true).await.unwrap().version(), 2);
    assert_eq!(get().await.unwrap().parameter().unwrap().value(), Some("y"));
    client.delete_parameter().name("/local/missing").send().await.unwrap();
    assert!(get().await.is_err());
    drop(ssm);
}

#[tokio::test]
async fn several_parameters_are_read_at_once_by_name_and_by_path() {
    let (ssm, client) = start();
    let names = ["/local/key", "/local/none", "/local/hosts"].map(str::to_owned);
    let several = client.get_parameters().set_names(Some(names.into())).send().await.unwrap();
    assert_eq!(several.parameters().len(), 2);
    assert_eq!(several.invalid_parameters(), ["/local/none"]);
    let by_path = client.get_parameters_by_path().path("/local").max_results(1);
    let first = by_path.clone().send().await.unwrap();
    assert_eq!(first.parameters()[0].name(), Some("/local/hosts"));
    let second = by_path.set_next_token(first.next_token).send().await.unwrap();
    assert_eq!(second.parameters()[0].name(), Some("/local/key"));
    assert_eq!(second.next_token(), None);
    let described = client.describe_parameters().send().await.unwrap();
    let secret = &described.parameters()[1];
    assert_eq!(secret.r#type(), Some(&ParameterType::SecureString));
    assert!(!format!("{described:?}").contains(SECRET));
    drop(ssm);
}

#[tokio::test]
async fn what_is_not_offered_says_so() {
    let (ssm, client) = start();
    let error = client.get_parameter_history().name("/local/key").send().await.unwrap_err();
    assert_eq!(error.code(), Some("UnknownOperationException"));
    assert!(error.message().unwrap().contains("GetParameter"), "{error:?}");
    drop(ssm);
}
