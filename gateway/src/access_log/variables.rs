//! The variables of access logs (guide, "Variables for access logging for API Gateway").

/// Every variable but those of [`OPEN`].
const NAMES: [&str; 76] = [
    "accountId",
    "apiId",
    "authenticate.error",
    "authenticate.latency",
    "authenticate.status",
    "authorize.error",
    "authorize.latency",
    "authorize.status",
    "awsEndpointRequestId",
    "awsEndpointRequestId2",
    "cipherSuite",
    "customDomain.basePathMatched",
    "customDomain.routingRuleIdMatched",
    "deploymentId",
    "domainName",
    "domainPrefix",
    "endpointType",
    "error.message",
    "error.messageString",
    "error.responseType",
    "error.validationErrorString",
    "extendedRequestId",
    "httpMethod",
    "identity.accessKey",
    "identity.accountId",
    "identity.apiKey",
    "identity.apiKeyId",
    "identity.caller",
    "identity.clientCert.clientCertPem",
    "identity.clientCert.issuerDN",
    "identity.clientCert.serialNumber",
    "identity.clientCert.subjectDN",
    "identity.clientCert.validity.notAfter",
    "identity.clientCert.validity.notBefore",
    "identity.cognitoAuthenticationProvider",
    "identity.cognitoAuthenticationType",
    "identity.cognitoIdentityId",
    "identity.cognitoIdentityPoolId",
    "identity.principalOrgId",
    "identity.sourceIp",
    "identity.user",
    "identity.userAgent",
    "identity.userArn",
    "identity.vpcId",
    "identity.vpceId",
    "integration.error",
    "integration.integrationStatus",
    "integration.latency",
    "integration.requestId",
    "integration.responseTransferMode",
    "integration.status",
    "integration.timeToAllHeaders",
    "integration.timeToFirstContent",
    "integrationErrorMessage",
    "integrationLatency",
    "integrationStatus",
    "isCanaryRequest",
    "path",
    "protocol",
    "requestId",
    "requestTime",
    "requestTimeEpoch",
    "resourceId",
    "resourcePath",
    "responseLatency",
    "responseLength",
    "responseOverride.status",
    "stage",
    "status",
    "tlsVersion",
    "waf.error",
    "waf.latency",
    "waf.status",
    "wafResponseCode",
    "webaclArn",
    "xrayTraceId",
];

/// Variables whose last part anybody may choose.
const OPEN: [&str; 6] = [
    "authorizer.",
    "authorizer.claims.",
    "requestOverride.header.",
    "requestOverride.path.",
    "requestOverride.querystring.",
    "responseOverride.header.",
];

/// Whether there is such a variable. Names are case-sensitive.
pub(super) fn exists(name: &str) -> bool {
    let chosen = |prefix: &str| name.strip_prefix(prefix).is_some_and(|part| !part.is_empty());
    NAMES.contains(&name) || OPEN.iter().any(|prefix| chosen(prefix))
}

/// Whether the last part of a variable may have characters that end others.
pub(super) fn is_open(name: &str) -> bool {
    OPEN.iter().any(|prefix| name.starts_with(prefix))
}

/// Variables that are another by an older name.
pub(super) fn canonical(name: &str) -> &str {
    match name {
        "integrationLatency" => "integration.latency",
        "integrationStatus" => "integration.integrationStatus",
        "integrationErrorMessage" => "integration.error",
        "awsEndpointRequestId" => "integration.requestId",
        name => name,
    }
}
