//! `$context`: what API Gateway tells templates, gateway responses and functions about a request.

use jiff::tz::TimeZone;
use openapi::Api;
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::caller::Caller;
use crate::exchange::Exchange;
use crate::request::Request;

/// Who the API is. Identifiers are made from the document, so that they stay the same from run to
/// run.
#[derive(Clone, Debug)]
pub(crate) struct RestApi {
    pub(crate) id: String,
    pub(crate) account_id: String,
    pub(crate) region: String,
    pub(crate) deployment_id: String,
}

impl RestApi {
    /// The identity of an API: account and region are those of the first function it calls.
    pub(crate) fn new(api: &Api) -> Self {
        let arn = api.called_functions().next().map(|(function, _)| function.arn.as_str());
        let part = |index| arn.and_then(|arn| arn.split(':').nth(index));
        let is_account = |id: &&str| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
        let is_region = |name: &&str| name.contains('-') && !name.contains('$');
        Self {
            id: short_id(&format!("api {}", api.title), 10),
            account_id: part(4).filter(is_account).unwrap_or("123456789012").to_owned(),
            region: part(3).filter(is_region).unwrap_or("us-east-1").to_owned(),
            deployment_id: short_id(&format!("deployment {} {}", api.title, api.version), 6),
        }
    }

    fn default_domain(&self) -> String {
        format!("{}.execute-api.{}.amazonaws.com", self.id, self.region)
    }
}

/// `$context.resourceId` of a path template.
pub(crate) fn resource_id(path: &str) -> String {
    short_id(&format!("resource {path}"), 6)
}

/// The id of an authorizer, as logs show it.
pub(crate) fn authorizer_id(scheme: &str) -> String {
    short_id(&format!("authorizer {scheme}"), 6)
}

/// `$context.domainName` has no port, unlike the `Host` header it comes from.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Lower-case letters and digits in the manner of AWS's short ids, made from a text.
pub(crate) fn short_id(text: &str, length: usize) -> String {
    const DIGITS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut rest = Uuid::new_v5(&Uuid::NAMESPACE_URL, text.as_bytes()).as_u128();
    let digits = std::iter::repeat_with(|| {
        let digit = DIGITS[usize::try_from(rest % 36).unwrap_or_default()];
        rest /= 36;
        char::from(digit)
    });
    digits.take(length).collect()
}

/// The variables, in the shape of a proxy event's `requestContext`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Context<'a> {
    account_id: &'a str,
    api_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<&'a Map<String, Value>>,
    deployment_id: &'a str,
    domain_name: String,
    domain_prefix: String,
    extended_request_id: &'a str,
    http_method: &'a str,
    identity: Identity<'a>,
    path: &'a str,
    protocol: &'a str,
    request_id: &'a str,
    request_time: String,
    request_time_epoch: i64,
    resource_id: &'a str,
    resource_path: &'a str,
    stage: &'a str,
}

/// `$context.identity`. What belongs to IAM and Cognito credentials is null without them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    access_key: Option<&'a str>,
    account_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key_id: Option<&'a str>,
    caller: Option<&'a str>,
    cognito_authentication_provider: Option<&'a str>,
    cognito_authentication_type: Option<&'a str>,
    cognito_identity_id: Option<&'a str>,
    cognito_identity_pool_id: Option<&'a str>,
    principal_org_id: Option<&'a str>,
    source_ip: String,
    user: Option<&'a str>,
    user_agent: Option<&'a str>,
    user_arn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vpc_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vpce_id: Option<&'a str>,
}

impl<'a> Context<'a> {
    /// The variables of one request, as far as it has come.
    pub(crate) fn new(exchange: &'a Exchange<'a>) -> Self {
        let Exchange { gateway, request, path, route, caller, .. } = exchange;
        let api = &gateway.rest_api;
        let domain_name = request
            .headers
            .get("host")
            .map(|host| without_port(host).to_owned())
            .unwrap_or_else(|| api.default_domain());
        let received = request.received;
        Self {
            account_id: &api.account_id,
            api_id: &api.id,
            authorizer: caller.authorizer.as_ref(),
            deployment_id: &api.deployment_id,
            domain_prefix: domain_name.split('.').next().unwrap_or_default().to_owned(),
            domain_name,
            extended_request_id: &request.ids.extended_request_id,
            http_method: request.effective_method(),
            identity: Identity::new(request, caller),
            path: &path.full,
            protocol: request.protocol,
            request_id: &request.ids.request_id,
            request_time: received
                .to_zoned(TimeZone::UTC)
                .strftime("%d/%b/%Y:%H:%M:%S +0000")
                .to_string(),
            request_time_epoch: received.as_millisecond(),
            resource_id: &route.resource.id,
            resource_path: &route.resource.path,
            stage: &gateway.stage.name,
        }
    }

    /// The variables as a JSON object.
    pub(crate) fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl<'a> Identity<'a> {
    fn new(request: &'a Request, caller: &'a Caller) -> Self {
        let principal = caller.principal.as_ref();
        Self {
            access_key: principal.map(|principal| principal.access_key.as_str()),
            account_id: principal.map(|principal| principal.account_id.as_str()),
            api_key: caller.api_key.as_deref(),
            api_key_id: caller.api_key_id.as_deref(),
            caller: principal.map(|principal| principal.id.as_str()),
            cognito_authentication_provider: None,
            cognito_authentication_type: None,
            cognito_identity_id: None,
            cognito_identity_pool_id: None,
            principal_org_id: principal.and_then(|principal| principal.organization_id.as_deref()),
            source_ip: request.source_ip.to_canonical().to_string(),
            user: principal.map(|principal| principal.id.as_str()),
            user_agent: request.headers.get("user-agent"),
            user_arn: principal.map(|principal| principal.arn.as_str()),
            vpc_id: caller.vpc_id.as_deref(),
            vpce_id: caller.vpce_id.as_deref(),
        }
    }
}

/// The text of a variable given by its dotted path, for example `identity.sourceIp`. Nothing for
/// unknown names, null and objects.
pub(crate) fn lookup(context: &Value, path: &str) -> Option<String> {
    let value = path.split('.').try_fold(context, |value, key| value.get(key))?;
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::Headers;
    use crate::sample;

    #[test]
    fn request_time_is_in_the_common_log_format() {
        let mut request = Request::new("GET", "/dev/a", Headers::new(), "");
        request.received = jiff::Timestamp::from_millisecond(1_795_169_472_123).unwrap();
        let context = sample::context(&request);
        assert_eq!(context["requestTime"], "20/Nov/2026:10:11:12 +0000");
        assert_eq!(context["requestTimeEpoch"], 1_795_169_472_123_i64);
        assert_eq!(context["identity"]["userArn"], Value::Null);
        assert!(context.get("authorizer").is_none());
        assert_eq!(lookup(&context, "identity.sourceIp").as_deref(), Some("127.0.0.1"));
        assert_eq!(lookup(&context, "identity.user"), None);
        assert_eq!(lookup(&context, "nothing.at.all"), None);
    }

    #[test]
    fn hosts_lose_their_port() {
        for (host, name) in
            [("a.example:80", "a.example"), ("a", "a"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]")]
        {
            assert_eq!(without_port(host), name);
        }
    }

    #[test]
    fn short_ids_are_stable() {
        assert_eq!(resource_id("/a"), resource_id("/a"));
        assert_ne!(resource_id("/a"), resource_id("/b"));
        assert_eq!(resource_id("/a").len(), 6);
    }
}
