//! Where AWS services are: their public hosts, or wherever the environment says.

use std::collections::BTreeMap;

use super::catalogue::ServiceFacts;

/// The variable that names one endpoint for every service.
const ENDPOINT_VARIABLE: &str = "AWS_ENDPOINT_URL";

/// Endpoints other than AWS's own, by the variable that names them.
#[derive(Clone, Debug, Default)]
pub(super) struct Endpoints(BTreeMap<String, Override>);

#[derive(Clone, Debug)]
struct Override {
    url: String,
    takes_any_signature: bool,
}

/// Where the requests of one integration go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// Scheme, host and perhaps a path, without a slash at the end.
    pub(crate) url: String,
    /// Not AWS's own: the URL says nothing about region, bucket or subdomain.
    pub(crate) is_override: bool,
    /// An emulator at home, which no credentials are needed for.
    pub(super) takes_any_signature: bool,
}

impl Endpoints {
    /// The endpoints that environment variables name.
    pub(super) fn of_environment(variables: impl Iterator<Item = (String, String)>) -> Self {
        let named = variables
            .filter(|(name, url)| name.starts_with(ENDPOINT_VARIABLE) && !url.trim().is_empty());
        let endpoint = |(name, url): (String, String)| {
            (name, Override { url: normal(&url), takes_any_signature: false })
        };
        Self(named.map(endpoint).collect())
    }

    /// Has every service that no other endpoint is named for at one.
    pub(super) fn put_default(&mut self, url: &str) {
        let everything = Override { url: normal(url), takes_any_signature: false };
        self.0.insert(ENDPOINT_VARIABLE.to_owned(), everything);
    }

    /// Puts an emulator in the place of a service, unless the environment names another endpoint
    /// for that service.
    pub(super) fn emulate(&mut self, service: &str, url: &str) {
        let variable = ServiceFacts::of(service).endpoint_variable();
        let emulator = Override { url: normal(url), takes_any_signature: true };
        self.0.entry(variable).or_insert(emulator);
    }

    /// The endpoint of a service in a region. `subdomain` is what stands in front of the service's
    /// own host name.
    pub(super) fn of(
        &self,
        facts: &ServiceFacts<'_>,
        subdomain: Option<&str>,
        region: &str,
    ) -> Endpoint {
        let own = self.0.get(&facts.endpoint_variable());
        if let Some(found) = own.or_else(|| self.0.get(ENDPOINT_VARIABLE)) {
            return Endpoint {
                url: found.url.clone(),
                is_override: true,
                takes_any_signature: found.takes_any_signature,
            };
        }
        let host = public_host(facts.host, region);
        let url = match subdomain {
            Some(subdomain) => format!("https://{subdomain}.{host}"),
            None => format!("https://{host}"),
        };
        Endpoint { url, is_override: false, takes_any_signature: false }
    }
}

fn normal(url: &str) -> String {
    url.trim().trim_end_matches('/').to_owned()
}

/// A service's host name on the internet.
fn public_host(host: &str, region: &str) -> String {
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    match host {
        // One for the world.
        "iam" | "route53" | "cloudfront" | "organizations" => format!("{host}.{suffix}"),
        _ => format!("{host}.{region}.{suffix}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(
        variables: &[(&str, &str)],
        host: &str,
        subdomain: Option<&str>,
        region: &str,
    ) -> String {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let endpoints = Endpoints::of_environment(variables.iter().map(own));
        endpoints.of(&ServiceFacts::of(host), subdomain, region).url
    }

    #[test]
    fn services_are_at_their_public_hosts() {
        for (host, subdomain, region, expected) in [
            ("sqs", None, "eu-central-1", "https://sqs.eu-central-1.amazonaws.com"),
            ("s3", Some("photos"), "eu-central-1", "https://photos.s3.eu-central-1.amazonaws.com"),
            ("sqs", None, "cn-north-1", "https://sqs.cn-north-1.amazonaws.com.cn"),
            ("iam", None, "us-east-1", "https://iam.amazonaws.com"),
            (
                "runtime.sagemaker",
                None,
                "us-west-2",
                "https://runtime.sagemaker.us-west-2.amazonaws.com",
            ),
        ] {
            assert_eq!(url(&[], host, subdomain, region), expected);
        }
    }

    #[test]
    fn the_environment_names_other_endpoints_for_all_or_one() {
        let variables = [
            ("AWS_ENDPOINT_URL", "http://localhost:4566/"),
            ("AWS_ENDPOINT_URL_SFN", "http://localhost:8083"),
            ("AWS_ENDPOINT_URL_SQS", " "),
        ];
        assert_eq!(url(&variables, "states", None, "us-east-1"), "http://localhost:8083");
        assert_eq!(url(&variables, "sqs", None, "us-east-1"), "http://localhost:4566");
        assert_eq!(url(&variables, "s3", Some("photos"), "us-east-1"), "http://localhost:4566");
    }

    #[test]
    fn an_emulator_gives_way_to_the_environment() {
        let mut endpoints = Endpoints::default();
        endpoints.emulate("dynamodb", "http://127.0.0.1:1/");
        let dynamodb = ServiceFacts::of("dynamodb");
        let found = endpoints.of(&dynamodb, None, "us-east-1");
        assert_eq!((found.url.as_str(), found.takes_any_signature), ("http://127.0.0.1:1", true));
        let named = ("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), "http://127.0.0.1:2".to_owned());
        let mut endpoints = Endpoints::of_environment([named].into_iter());
        endpoints.emulate("dynamodb", "http://127.0.0.1:1");
        assert_eq!(endpoints.of(&dynamodb, None, "us-east-1").url, "http://127.0.0.1:2");
    }
}
