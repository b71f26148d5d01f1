//! What differs from one AWS service to the next: names, and how an action is called.

/// Names and protocol of a service, as integration URIs and AWS's SDKs have them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ServiceFacts<'a> {
    /// First labels of its host name: `dynamodb`, `runtime.sagemaker`.
    pub(crate) host: &'a str,
    /// What a signature says; most often the host's first label.
    pub(crate) signing_name: &'a str,
    /// Tail of `AWS_ENDPOINT_URL_...`, if it is not made from the host.
    sdk_id: Option<&'static str>,
    /// How the form `action/{name}` of a `uri` is called.
    pub(crate) protocol: Protocol,
}

/// How an action of a service is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// `Action={name}` in the query string. Services that speak JSON to SDKs understand this too,
    /// and answer `{name}Response` documents (recorded on AWS for Systems Manager).
    Query,
    /// `X-Amz-Target: {target}.{name}` and a body of JSON: what API Gateway adds itself for these
    /// services (recorded on AWS for DynamoDB, Kinesis and Step Functions; widely deployed
    /// documents rely on it for Cognito and Firehose). For EventBridge it does not.
    Json {
        /// In front of the action's name.
        target: &'static str,
        /// Version in the media type `application/x-amz-json-{version}`.
        version: &'static str,
    },
    /// None: its API is made of methods and paths only.
    Rest,
}

const fn json(target: &'static str, version: &'static str) -> Protocol {
    Protocol::Json { target, version }
}

/// Host, signing name, SDK id, protocol; only services that differ from the rule. SDK ids are
/// those of the guide "AWS SDKs and Tools", service-specific endpoints.
const EXCEPTIONS: &[(&str, &str, &str, Protocol)] = &[
    ("apigateway", "apigateway", "API_GATEWAY", Protocol::Rest),
    ("appsync-api", "appsync", "APPSYNC", Protocol::Rest),
    ("batch", "batch", "BATCH", Protocol::Rest),
    ("bedrock-runtime", "bedrock", "BEDROCK_RUNTIME", Protocol::Rest),
    ("cognito-identity", "cognito-identity", "COGNITO_IDENTITY", Protocol::Query),
    (
        "cognito-idp",
        "cognito-idp",
        "COGNITO_IDENTITY_PROVIDER",
        json("AWSCognitoIdentityProviderService", "1.1"),
    ),
    ("data.iot", "iotdata", "IOT_DATA_PLANE", Protocol::Rest),
    ("dynamodb", "dynamodb", "DYNAMODB", json("DynamoDB_20120810", "1.0")),
    ("elasticloadbalancing", "elasticloadbalancing", "ELASTIC_LOAD_BALANCING_V2", Protocol::Query),
    ("elasticmapreduce", "elasticmapreduce", "EMR", Protocol::Query),
    ("email", "ses", "SES", Protocol::Query),
    ("events", "events", "EVENTBRIDGE", Protocol::Query),
    ("execute-api", "execute-api", "APIGATEWAYMANAGEMENTAPI", Protocol::Rest),
    ("firehose", "firehose", "FIREHOSE", json("Firehose_20150804", "1.1")),
    ("iot", "iot", "IOT", Protocol::Rest),
    ("kinesis", "kinesis", "KINESIS", json("Kinesis_20131202", "1.1")),
    ("lambda", "lambda", "LAMBDA", Protocol::Rest),
    ("logs", "logs", "CLOUDWATCH_LOGS", Protocol::Query),
    ("monitoring", "monitoring", "CLOUDWATCH", Protocol::Query),
    ("polly", "polly", "POLLY", Protocol::Rest),
    ("rds-data", "rds-data", "RDS_DATA", Protocol::Rest),
    ("runtime.lex", "lex", "LEX_RUNTIME_SERVICE", Protocol::Rest),
    ("runtime.sagemaker", "sagemaker", "SAGEMAKER_RUNTIME", Protocol::Rest),
    ("s3", "s3", "S3", Protocol::Rest),
    ("scheduler", "scheduler", "SCHEDULER", Protocol::Rest),
    ("secretsmanager", "secretsmanager", "SECRETS_MANAGER", Protocol::Query),
    ("states", "states", "SFN", json("AWSStepFunctions", "1.0")),
    ("streams.dynamodb", "dynamodb", "DYNAMODB_STREAMS", Protocol::Query),
    ("sync-states", "states", "SFN", json("AWSStepFunctions", "1.0")),
    ("xray", "xray", "XRAY", Protocol::Rest),
];

impl<'a> ServiceFacts<'a> {
    /// The facts of a service by the first labels of its host name.
    pub(crate) fn of(host: &'a str) -> Self {
        match EXCEPTIONS.iter().find(|(name, ..)| *name == host) {
            Some((_, signing_name, sdk_id, protocol)) => {
                Self { host, signing_name, sdk_id: Some(sdk_id), protocol: *protocol }
            }
            None => Self {
                host,
                signing_name: host.rsplit('.').next().unwrap_or(host),
                sdk_id: None,
                protocol: Protocol::Query,
            },
        }
    }

    /// Whether a host name with a subdomain is that of a service of its own.
    pub(crate) fn is_known(host: &str) -> bool {
        EXCEPTIONS.iter().any(|(name, ..)| *name == host)
    }

    /// The variable that names another endpoint for it: `AWS_ENDPOINT_URL_DYNAMODB`.
    pub(crate) fn endpoint_variable(&self) -> String {
        let id = match self.sdk_id {
            Some(id) => id.to_owned(),
            None => self.host.replace(['-', '.'], "_").to_ascii_uppercase(),
        };
        format!("AWS_ENDPOINT_URL_{id}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_sdks() {
        for (host, signing_name, variable) in [
            ("sqs", "sqs", "AWS_ENDPOINT_URL_SQS"),
            ("states", "states", "AWS_ENDPOINT_URL_SFN"),
            ("events", "events", "AWS_ENDPOINT_URL_EVENTBRIDGE"),
            ("email", "ses", "AWS_ENDPOINT_URL_SES"),
            ("runtime.sagemaker", "sagemaker", "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME"),
            ("redshift-data", "redshift-data", "AWS_ENDPOINT_URL_REDSHIFT_DATA"),
            ("models.lex", "lex", "AWS_ENDPOINT_URL_MODELS_LEX"),
        ] {
            let facts = ServiceFacts::of(host);
            assert_eq!(facts.signing_name, signing_name);
            assert_eq!(facts.endpoint_variable(), variable);
        }
    }

    #[test]
    fn exceptions_are_sorted_and_named_once() {
        assert!(EXCEPTIONS.is_sorted_by(|(one, ..), (other, ..)| one < other));
    }
}
