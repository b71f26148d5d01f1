//! Endpoint: whether the name a caller used leads to this API.
//!
//! AWS serves every API of a region behind the same names, and tells them apart by `Host` or
//! `x-apigw-api-id` (guide, "How to invoke a private API"). Any other name, `localhost` among them,
//! is taken for a custom domain of this API.

use openapi::Diagnostic;

use crate::deployment::Deployment;
use crate::headers::Headers;
use crate::refusal::Refusal;

/// The names of an API.
#[derive(Debug)]
pub(crate) struct Endpoint {
    api_id: String,
    region: String,
    /// Only custom domains lead to it.
    disables_execute_api: bool,
    /// The VPC endpoints it is associated with, as far as the document says.
    vpc_endpoint_ids: Vec<String>,
}

/// What a `Host` names.
#[derive(Debug, PartialEq, Eq)]
enum Host<'a> {
    /// `{api}.execute-api.{region}.amazonaws.com`, or `{api}-{vpce}.execute-api...` through an
    /// endpoint that is associated with the API.
    Api { api_id: &'a str, vpc_endpoint: Option<&'a str>, region: &'a str },
    /// `{vpce}-{suffix}.execute-api.{region}.vpce.amazonaws.com`: any API behind it.
    VpcEndpoint { vpc_endpoint: String, region: &'a str },
    /// Anything else.
    Custom,
}

impl Endpoint {
    /// The endpoint of a deployed API. API Gateway refuses to deploy a private one without a
    /// resource policy.
    pub(crate) fn new(deployment: &Deployment<'_>, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let configuration = deployment.api.endpoint.clone().unwrap_or_default();
        if !configuration.vpc_endpoint_ids.is_empty() && deployment.api.policy.is_none() {
            diagnostics.push(
                Diagnostic::error(
                    "private-without-policy",
                    &configuration.origin,
                    "Private REST API doesn't have a resource policy attached to it",
                )
                .with_help("API Gateway does not deploy it: add x-amazon-apigateway-policy"),
            );
        }
        Self {
            api_id: deployment.rest_api.id.clone(),
            region: deployment.rest_api.region.clone(),
            disables_execute_api: configuration.disables_execute_api,
            vpc_endpoint_ids: configuration.vpc_endpoint_ids,
        }
    }

    /// Whether a request with these headers is for this API, and the VPC endpoint its host names.
    ///
    /// `x-apigw-api-id` wins over the host; nothing tells which does on AWS.
    ///
    /// # Errors
    /// 403 `Forbidden`, as for another API (captured).
    pub(crate) fn admit(&self, headers: &Headers) -> Result<Option<String>, Refusal> {
        let host = headers.get("host").unwrap_or_default().to_ascii_lowercase();
        let host = Host::parse(&host);
        let stated = headers.get("x-apigw-api-id").map(str::trim);
        let (api_id, vpc_endpoint, region) = match &host {
            Host::Custom => match stated {
                None => return Ok(None),
                Some(api_id) => (api_id, None, self.region.as_str()),
            },
            Host::Api { api_id, vpc_endpoint, region } => {
                (stated.unwrap_or(api_id), *vpc_endpoint, *region)
            }
            Host::VpcEndpoint { vpc_endpoint, region } => {
                (stated.unwrap_or_default(), Some(vpc_endpoint.as_str()), *region)
            }
        };
        let is_foreign = api_id != self.api_id || region != self.region;
        if self.disables_execute_api || is_foreign || self.is_unassociated(&host) {
            return Err(Refusal::forbidden());
        }
        Ok(vpc_endpoint.map(str::to_owned))
    }

    /// Whether the host could not be resolved: its endpoint is not one of those declared.
    fn is_unassociated(&self, host: &Host<'_>) -> bool {
        match host {
            Host::Api { vpc_endpoint: Some(id), .. } => {
                !self.vpc_endpoint_ids.is_empty()
                    && !self.vpc_endpoint_ids.iter().any(|known| known == id)
            }
            Host::Api { .. } | Host::VpcEndpoint { .. } | Host::Custom => false,
        }
    }

    /// The first VPC endpoint it is associated with.
    pub(crate) fn first_vpc_endpoint(&self) -> Option<&str> {
        self.vpc_endpoint_ids.first().map(String::as_str)
    }
}

impl<'a> Host<'a> {
    /// Reads a `Host`, lower case, perhaps with a port.
    fn parse(host: &'a str) -> Self {
        let name = host.split(':').next().unwrap_or_default().trim_end_matches('.');
        let name = name.strip_suffix(".cn").unwrap_or(name);
        let Some(name) = name.strip_suffix(".amazonaws.com") else { return Self::Custom };
        let labels: Vec<&str> = name.split('.').collect();
        match *labels.as_slice() {
            [first, "execute-api", region] => {
                let (api_id, vpc_endpoint) = match first.find("-vpce-") {
                    Some(dash) => (&first[..dash], Some(&first[dash + 1..])),
                    None => (first, None),
                };
                Self::Api { api_id, vpc_endpoint, region }
            }
            [first, "execute-api", region, "vpce"] => {
                let vpc_endpoint: Vec<&str> = first.splitn(3, '-').take(2).collect();
                Self::VpcEndpoint { vpc_endpoint: vpc_endpoint.join("-"), region }
            }
            _ => Self::Custom,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(disables_execute_api: bool) -> Endpoint {
        Endpoint {
            api_id: "abc123".into(),
            region: "eu-west-1".into(),
            disables_execute_api,
            vpc_endpoint_ids: vec!["vpce-1".into()],
        }
    }

    fn admit(endpoint: &Endpoint, host: &str, api_id: Option<&str>) -> Option<Option<String>> {
        let host = ("Host", host);
        let api_id = api_id.map(|id| ("X-Apigw-Api-Id", id));
        let headers = std::iter::once(host).chain(api_id).collect();
        endpoint.admit(&headers).ok()
    }

    const DEFAULT: &str = "abc123.execute-api.eu-west-1.amazonaws.com";
    const ALIAS: &str = "abc123-vpce-1.execute-api.eu-west-1.amazonaws.com";
    const ENDPOINT: &str = "vpce-0a1b-xyz.execute-api.eu-west-1.vpce.amazonaws.com";

    #[test]
    fn every_name_of_the_api_leads_to_it() {
        let endpoint = endpoint(false);
        assert_eq!(admit(&endpoint, DEFAULT, None), Some(None));
        assert_eq!(admit(&endpoint, &format!("{}.:443", DEFAULT.to_uppercase()), None), Some(None));
        assert_eq!(admit(&endpoint, ALIAS, None), Some(Some("vpce-1".into())));
        assert_eq!(admit(&endpoint, ENDPOINT, Some("abc123")), Some(Some("vpce-0a1b".into())));
        assert_eq!(
            admit(&endpoint, "other.execute-api.eu-west-1.amazonaws.com", Some("abc123")),
            Some(None)
        );
    }

    #[test]
    fn any_other_name_is_a_custom_domain() {
        let endpoint = endpoint(true);
        for host in [
            "127.0.0.1:3000",
            "localhost",
            "[::1]:3000",
            "api.example.com",
            "amazonaws.com",
            "",
            "s3.eu-west-1.amazonaws.com",
        ] {
            assert_eq!(admit(&endpoint, host, None), Some(None), "{host}");
        }
    }

    #[test]
    fn names_of_other_apis_are_forbidden() {
        let endpoint = endpoint(false);
        for (host, api_id) in [
            ("xyz789.execute-api.eu-west-1.amazonaws.com", None),
            ("abc123.execute-api.us-east-1.amazonaws.com", None),
            ("abc123-vpce-2.execute-api.eu-west-1.amazonaws.com", None),
            (ENDPOINT, None),
            (ENDPOINT, Some("xyz789")),
            (DEFAULT, Some("xyz789")),
            ("localhost", Some("xyz789")),
            ("localhost", Some("")),
        ] {
            assert_eq!(admit(&endpoint, host, api_id), None, "{host} {api_id:?}");
        }
    }

    #[test]
    fn the_default_names_can_be_disabled() {
        let endpoint = endpoint(true);
        for (host, api_id) in [
            (DEFAULT, None),
            (ALIAS, None),
            (ENDPOINT, Some("abc123")),
            ("localhost", Some("abc123")),
        ] {
            assert_eq!(admit(&endpoint, host, api_id), None, "{host}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_host_panics(host in "[a-c.:-]{0,6}(-vpce-|\\.execute-api\\.|\\.vpce)?[a-c.]{0,4}(\\.amazonaws\\.com)?|\\PC*") {
            admit(&endpoint(false), &host, None);
        }
    }
}
