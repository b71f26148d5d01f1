//! What a `uri` of an AWS service means as an HTTP request.
//!
//! `path/{bucket}/{key}` is a request as the service's own API has it. `action/PutItem` leaves
//! method, path and protocol to API Gateway: the action goes into a header or the query string.

use openapi::model::AwsAction;

use super::super::parameters::{MappedParameters, append_query};
use super::encoding::{PathEncoding, encode_path, has_dot_segment};
use crate::deployment::Deployment;
use crate::headers::Headers;
use crate::query::MultiMap;
use crate::services::{Endpoint, Protocol, ServiceFacts};

/// The service's side of an integration, decided at start.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) endpoint: Endpoint,
    pub(super) region: String,
    pub(super) signing_name: String,
    form: Form,
    encoding: PathEncoding,
}

#[derive(Debug)]
enum Form {
    /// Path of the request and perhaps a query string, both with `{variables}`.
    Path(String),
    /// The action, parameters written behind it, and how it is called.
    Action { name: String, query: String, protocol: Protocol },
}

/// URL and headers, but for what a signature adds.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) url: String,
    pub(super) headers: Headers,
}

/// The path holds a segment `.` or `..`: nobody knows what it would mean to the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ambiguous;

/// Why a `uri` cannot be called, and how to mend it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Uncallable {
    pub(super) message: String,
    pub(super) help: &'static str,
}

impl Call {
    /// Understands a target, its placeholders and stage variables filled.
    pub(super) fn new(
        region: &str,
        subdomain: Option<&str>,
        service: &str,
        action: &AwsAction,
        deployment: &Deployment<'_>,
    ) -> Result<Self, Uncallable> {
        let filled = |text: &str| filled(text, deployment);
        let region = match filled(region) {
            region if region.is_empty() || region.contains('$') => {
                deployment.account.services.region().to_owned()
            }
            region => region,
        };
        let service = filled(service);
        let subdomain = subdomain.map(filled);
        // `runtime.sagemaker` is a service, `photos.s3` a bucket of one.
        let host = subdomain.as_ref().map(|subdomain| format!("{subdomain}.{service}"));
        let host = host.filter(|host| ServiceFacts::is_known(host));
        let (host, subdomain) = match host {
            Some(host) => (host, None),
            None => (service, subdomain),
        };
        let form = Form::new(&host, action, filled)?;
        let facts = ServiceFacts::of(form.host(&host));
        let endpoint = deployment.account.services.endpoint(&facts, subdomain.as_deref(), &region);
        for part in [&region, &host].into_iter().chain(&subdomain) {
            check_filled(part)?;
        }
        Ok(Self {
            form: form.below(subdomain.filter(|_| host == "s3" && endpoint.is_override)),
            encoding: if host == "s3" { PathEncoding::Key } else { PathEncoding::Escapes },
            signing_name: facts.signing_name.to_owned(),
            endpoint,
            region,
        })
    }

    /// The request with these parameters. `headers` are sent as they are; what the protocol needs
    /// is added where they do not say otherwise.
    ///
    /// # Errors
    /// [`Ambiguous`] if a value gives the path a segment `.` or `..`.
    pub(super) fn target(
        &self,
        parameters: &MappedParameters,
        mut headers: Headers,
    ) -> Result<Target, Ambiguous> {
        let (path, mut query) = match &self.form {
            Form::Path(path) => {
                let filled = parameters.fill(path);
                let (path, query) = filled.split_once('?').unwrap_or((&filled, ""));
                let path = encode_path(path, self.encoding);
                if has_dot_segment(&path) {
                    return Err(Ambiguous);
                }
                (path, MultiMap::parse_query(Some(query)))
            }
            Form::Action { name, query, protocol } => {
                // `?` has the values escaped as parts of a query string.
                let filled = parameters.fill(&format!("?{query}"));
                let mut query = MultiMap::parse_query(filled.strip_prefix('?'));
                if let Protocol::Json { target, version } = protocol {
                    add(&mut headers, "X-Amz-Target", || format!("{target}.{name}"));
                    add(&mut headers, "Content-Type", || {
                        format!("application/x-amz-json-{version}")
                    });
                } else {
                    query.0.insert("Action".to_owned(), vec![name.clone()]);
                }
                ("/".to_owned(), query)
            }
        };
        // A mapped parameter takes the place of one in the `uri`.
        for (name, values) in &parameters.querystring.0 {
            query.0.insert(name.clone(), values.clone());
        }
        let mut url = format!("{}{path}", self.endpoint.url);
        append_query(&mut url, &query);
        Ok(Target { url, headers })
    }
}

impl Form {
    fn new(
        host: &str,
        action: &AwsAction,
        filled: impl Fn(&str) -> String,
    ) -> Result<Self, Uncallable> {
        let form = match action {
            AwsAction::Path(path) => {
                Self::Path(format!("/{}", filled(path).trim_start_matches('/')))
            }
            AwsAction::Action(action) => {
                let action = filled(action);
                let (name, query) = action.split_once(['&', '?']).unwrap_or((&action, ""));
                let (name, query) = (name.to_owned(), query.to_owned());
                let protocol = ServiceFacts::of(host).protocol;
                if protocol == Protocol::Rest {
                    return Err(Uncallable {
                        message: format!("{host} has no actions, only methods and paths"),
                        help: "write the form .../path/... with the httpMethod of the service's API",
                    });
                }
                Self::Action { name, query, protocol }
            }
        };
        match &form {
            Self::Path(path) => check_filled(path)?,
            Self::Action { name, query, .. } => {
                check_filled(name)?;
                check_filled(query)?;
            }
        }
        Ok(form)
    }

    /// The host that answers: Step Functions has another one for what it runs while the caller
    /// waits.
    fn host<'h>(&self, host: &'h str) -> &'h str {
        match self {
            Self::Action { name, .. } if host == "states" && name == "StartSyncExecution" => {
                "sync-states"
            }
            _ => host,
        }
    }

    /// The same with a bucket in front of the path: where a bucket has no host name of its own.
    fn below(self, bucket: Option<String>) -> Self {
        match (self, bucket) {
            (Self::Path(path), Some(bucket)) => Self::Path(format!("/{bucket}{path}")),
            (form, _) => form,
        }
    }
}

/// Fills what API Gateway fills at import (guide, "AWS variables for OpenAPI import") and stage
/// variables.
fn filled(text: &str, deployment: &Deployment<'_>) -> String {
    let text = text
        .replace("${AWS::Region}", deployment.account.services.region())
        .replace("${AWS::AccountId}", &deployment.rest_api.account_id)
        .replace("${AWS::Partition}", "aws");
    deployment.stage.fill(&text)
}

fn check_filled(text: &str) -> Result<(), Uncallable> {
    match text.split_once("${") {
        None => Ok(()),
        Some((_, rest)) => Err(Uncallable {
            message: format!("the placeholder `${{{}` of the `uri` has no value", piece(rest)),
            help: "give it one: --set NAME=VALUE",
        }),
    }
}

/// Up to the closing brace.
fn piece(text: &str) -> &str {
    text.find('}').map_or(text, |end| &text[..=end])
}

fn add(headers: &mut Headers, name: &str, value: impl FnOnce() -> String) {
    if headers.get(name).is_none() {
        headers.push(name, value());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use openapi::Placeholders;
    use openapi::model::IntegrationTarget;
    use serde_json::json;

    use super::*;
    use crate::account::Account;
    use crate::context::RestApi;
    use crate::function::Functions;
    use crate::services::Services;
    use crate::stage::Stage;

    /// The call of `arn:aws:apigateway:{rest}`.
    fn call(rest: &str, services: Services) -> Result<Call, Uncallable> {
        let integration = json!({
            "type": "aws", "httpMethod": "POST", "uri": format!("arn:aws:apigateway:{rest}") });
        let document = json!({
            "openapi": "3.0.3",
            "info": { "title": "test", "version": "1" },
            "paths": { "/a": { "post": {
                "responses": { "200": { "description": "" } },
                "x-amazon-apigateway-integration": integration } } }
        });
        let reading = openapi::parse("test.json", &document.to_string(), &Placeholders::none());
        let api = reading.api.unwrap();
        let target = api.operations[0].integration.as_ref().unwrap().target.clone();
        let IntegrationTarget::AwsService { region, subdomain, service, action } = target else {
            panic!("{target:?}");
        };
        let mut stage = Stage { name: "dev".into(), ..Stage::default() };
        stage.variables.insert("table".into(), "users".into());
        let mut account = Account::new(Arc::new(Functions::new(vec![], crate::function::stderr())));
        account.services = services;
        let deployment = Deployment {
            api: &api,
            rest_api: &RestApi::new(&api),
            stage: &stage,
            account: &account,
        };
        Call::new(&region, subdomain.as_deref(), &service, &action, &deployment)
    }

    fn url(rest: &str, services: Services) -> String {
        let call = call(rest, services).unwrap();
        call.target(&MappedParameters::default(), Headers::new()).unwrap().url
    }

    #[test]
    fn uris_become_urls_of_the_services_own() {
        for (rest, expected) in [
            ("eu-west-1:sqs:path/1/q", "https://sqs.eu-west-1.amazonaws.com/1/q"),
            ("eu-west-1:sqs:path//", "https://sqs.eu-west-1.amazonaws.com/"),
            ("eu-west-1:photos.s3:path/a/b", "https://photos.s3.eu-west-1.amazonaws.com/a/b"),
            (
                "eu-west-1:s3:path/b/k?tagging&versionId=1",
                "https://s3.eu-west-1.amazonaws.com/b/k?tagging=&versionId=1",
            ),
            (
                "eu-west-1:runtime.sagemaker:path/endpoints/e/invocations",
                "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations",
            ),
            (
                "eu-west-1:sns:action/Publish&TopicArn=arn:aws:sns:x",
                "https://sns.eu-west-1.amazonaws.com/?TopicArn=arn%3Aaws%3Asns%3Ax&Action=Publish",
            ),
            (
                "eu-west-1:states:action/StartSyncExecution",
                "https://sync-states.eu-west-1.amazonaws.com/",
            ),
            (
                "eu-west-1:dynamodb:path/${stageVariables.table}",
                "https://dynamodb.eu-west-1.amazonaws.com/users",
            ),
            (
                "${AWS::Region}:sqs:path/${AWS::AccountId}/q",
                "https://sqs.us-east-1.amazonaws.com/123456789012/q",
            ),
            ("${region}:sqs:path/1/q", "https://sqs.us-east-1.amazonaws.com/1/q"),
        ] {
            assert_eq!(url(rest, Services::without_credentials()), expected, "{rest}");
        }
    }

    #[test]
    fn elsewhere_a_bucket_is_part_of_the_path() {
        let services = Services::without_credentials().with_endpoint("http://localhost:4566");
        let of = |rest| url(rest, services.clone());
        assert_eq!(of("eu-west-1:photos.s3:path/a"), "http://localhost:4566/photos/a");
        assert_eq!(of("eu-west-1:data.iot:path/topics/t"), "http://localhost:4566/topics/t");
    }

    #[test]
    fn signatures_name_the_service_and_not_its_host() {
        for (service, signing_name) in
            [("runtime.sagemaker", "sagemaker"), ("x.appsync-api", "appsync"), ("email", "ses")]
        {
            let rest = format!("eu-west-1:{service}:path/a");
            let call = call(&rest, Services::without_credentials()).unwrap();
            assert_eq!(
                (call.signing_name.as_str(), call.region.as_str()),
                (signing_name, "eu-west-1")
            );
        }
    }

    #[test]
    fn a_mapped_parameter_replaces_one_of_the_uri() {
        let call = call("eu-west-1:sns:action/Publish&Subject=a", Services::without_credentials());
        let mut parameters = MappedParameters::default();
        parameters.querystring.push("Subject".into(), "b".into());
        let target = call.unwrap().target(&parameters, Headers::new()).unwrap();
        assert!(target.url.ends_with("/?Subject=b&Action=Publish"), "{}", target.url);
    }

    #[test]
    fn headers_that_are_mapped_stay() {
        let call = call("eu-west-1:kinesis:action/PutRecord", Services::without_credentials());
        let headers = [("content-type", "application/x-amz-json-1.0")].into_iter().collect();
        let target = call.unwrap().target(&MappedParameters::default(), headers).unwrap();
        let headers: Vec<_> = target.headers.iter().collect();
        assert_eq!(
            headers,
            [
                ("content-type", "application/x-amz-json-1.0"),
                ("X-Amz-Target", "Kinesis_20131202.PutRecord")
            ]
        );
    }
}
