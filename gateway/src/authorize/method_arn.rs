//! The name of a called method in policies: `arn:aws:execute-api:{region}:{account}:{api}/{stage}/{VERB}/{path}`.

use std::fmt;

use crate::context::RestApi;
use crate::exchange::Exchange;

/// The ARN of the method that a request calls, with the path as it was requested and not its
/// template: percent-encoded, without a slash in front (guide, "Output from an API Gateway Lambda
/// authorizer"). For the root the path is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MethodArn {
    api: String,
    resource: String,
}

impl MethodArn {
    /// The method a routed request calls.
    pub(crate) fn of(exchange: &Exchange<'_>) -> Self {
        let path = &exchange.path.resource;
        Self {
            api: Self::api_of(&exchange.gateway.rest_api),
            resource: format!(
                "{}/{}/{}",
                exchange.gateway.stage.name,
                exchange.request.effective_method(),
                path.strip_prefix('/').unwrap_or(path)
            ),
        }
    }

    /// The ARN of the API: `arn:aws:execute-api:{region}:{account}:{id}`.
    pub(crate) fn api(&self) -> &str {
        &self.api
    }
}

impl MethodArn {
    /// What the ARNs of all methods of an API begin with.
    pub(crate) fn api_of(api: &RestApi) -> String {
        let (region, account, id) = (&api.region, &api.account_id, &api.id);
        format!("arn:{}:execute-api:{region}:{account}:{id}", partition(region))
    }

    /// As callers see it: of the account the last four digits (captured).
    pub(crate) fn masked(&self) -> String {
        let mask = |(index, part): (usize, &str)| match (index, part.char_indices().nth_back(3)) {
            (4, Some((shown, _))) => format!("********{}", &part[shown..]),
            _ => part.to_owned(),
        };
        let parts: Vec<String> = self.api.split(':').enumerate().map(mask).collect();
        format!("{}/{}", parts.join(":"), self.resource)
    }
}

impl fmt::Display for MethodArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.api, self.resource)
    }
}

/// The part of AWS that a region belongs to.
pub(crate) fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Request;
    use crate::{Headers, sample};

    fn arn(method: &str, target: &str) -> String {
        let gateway =
            sample::gateway("{ openapi: 3.0.3, info: { title: a, version: '1' }, paths: {} }");
        let request = Request::new(method, target, Headers::new(), "");
        sample::with_exchange(&gateway, &request, |exchange| {
            MethodArn::of(exchange).to_string().replace(&gateway.rest_api.id, "ID")
        })
    }

    #[test]
    fn it_holds_the_path_as_requested_without_its_query() {
        let prefix = "arn:aws:execute-api:us-east-1:123456789012:ID/dev/";
        assert_eq!(arn("GET", "/dev/a%20b/c?d=e"), format!("{prefix}GET/a%20b/c"));
        assert_eq!(arn("POST", "/dev/a/"), format!("{prefix}POST/a/"));
        assert_eq!(arn("GET", "/dev"), format!("{prefix}GET/"));
    }

    #[test]
    fn a_region_tells_its_partition() {
        assert_eq!(partition("cn-north-1"), "aws-cn");
        assert_eq!(partition("us-gov-west-1"), "aws-us-gov");
        assert_eq!(partition("eu-west-1"), "aws");
    }
}
