//! Policies as the guides write them, evaluated.

use serde_json::{Value, json};

use super::*;
use crate::caller::Caller;
use crate::headers::Headers;
use crate::request::Request;

const API: &str = "arn:aws:execute-api:eu-west-1:111122223333:abc123";

fn resource(statements: &Value) -> Policy {
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    Policy::parse(&document, PolicyKind::Resource, API).unwrap()
}

fn caller(vpce: Option<&str>) -> Caller {
    Caller { vpce_id: vpce.map(str::to_owned), ..Caller::default() }
}

fn signed(arn: &str) -> Caller {
    let principal = Principal {
        access_key: "AKIAIOSFODNN7EXAMPLE".into(),
        account_id: "111122223333".into(),
        id: "AIDAEXAMPLE".into(),
        arn: arn.into(),
        organization_id: Some("o-1".into()),
        tags: std::collections::BTreeMap::new(),
    };
    Caller { principal: Some(principal), ..Caller::default() }
}

fn decide(policy: &Policy, method: &str, caller: &Caller) -> Decision {
    let headers = [("User-Agent", "curl/8")].into_iter().collect();
    let mut request = Request::new("GET", "/dev/a", headers, "");
    request.source_ip = "203.0.113.7".parse().unwrap();
    let resource = format!("{API}/{method}");
    policy.evaluate(&PolicyRequest { resource: &resource, request: &request, caller })
}

#[test]
fn a_private_api_admits_one_endpoint() {
    let policy = resource(&json!([
        { "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*" },
        { "Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": ["execute-api:/*"],
          "Condition": { "StringNotEquals": { "aws:SourceVpce": ["vpce-1", "vpce-2"] } } }
    ]));
    assert_eq!(decide(&policy, "dev/GET/a", &caller(Some("vpce-2"))), Decision::Allow);
    assert_eq!(decide(&policy, "dev/GET/a", &caller(Some("vpce-3"))), Decision::Deny);
    assert_eq!(
        decide(&policy, "dev/GET/a", &caller(None)),
        Decision::Deny,
        "a negation holds without the key"
    );
    assert_eq!(policy.admitted(&ConditionKey::SourceVpce), Some("vpce-1"));
    assert_eq!(policy.admitted(&ConditionKey::SourceVpc), None);
}

#[test]
fn what_a_denial_names_is_not_admitted() {
    let policy = resource(&json!([
        { "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
          "Condition": { "StringEquals": { "aws:SourceVpce": "vpce-bad" } } },
        { "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
          "Condition": { "StringLike": { "aws:SourceVpce": ["vpce-*", "vpce-good"] } } }
    ]));
    assert_eq!(policy.admitted(&ConditionKey::SourceVpce), Some("vpce-good"));
}

#[test]
fn addresses_are_of_the_network_or_of_the_internet() {
    let policy = |key: &str| {
        resource(&json!({ "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke",
        "Resource": "execute-api:/*/*/*", "Condition": { "IpAddress": { key: "203.0.113.0/24" } } }))
    };
    let (public, private) = (caller(None), caller(Some("vpce-1")));
    assert_eq!(decide(&policy("aws:SourceIp"), "dev/GET/a", &public), Decision::Allow);
    assert_eq!(decide(&policy("aws:SourceIp"), "dev/GET/a", &private), Decision::Silent);
    assert_eq!(decide(&policy("aws:VpcSourceIp"), "dev/GET/a", &public), Decision::Silent);
    assert_eq!(decide(&policy("aws:VpcSourceIp"), "dev/GET/a", &private), Decision::Allow);
}

#[test]
fn resources_select_stage_verb_and_path() {
    let policy = resource(
        &json!({ "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": ["EXECUTE-API:invoke"],
        "Resource": ["execute-api:/dev/GET/pets/*", "arn:aws:execute-api:*:*:*/prod/*"] }),
    );
    for (method, decision) in [
        ("dev/GET/pets/1", Decision::Allow),
        ("dev/GET/pets", Decision::Silent),
        ("dev/POST/pets/1", Decision::Silent),
        ("prod/DELETE/", Decision::Allow),
        ("DEV/GET/pets/1", Decision::Silent),
    ] {
        assert_eq!(decide(&policy, method, &caller(None)), decision, "{method}");
    }
}

#[test]
fn exclusions_select_the_rest() {
    let policy = resource(&json!([
        { "Effect": "Allow", "Principal": "*", "NotAction": "s3:*", "NotResource": "execute-api:/*/*/admin/*" },
        { "Effect": "Deny", "NotPrincipal": { "AWS": ["arn:aws:iam::111122223333:user/alice"] }, "Action": "*", "Resource": "execute-api:/dev/DELETE/*" }
    ]));
    let alice = signed("arn:aws:iam::111122223333:user/alice");
    assert_eq!(decide(&policy, "dev/GET/a", &caller(None)), Decision::Allow);
    assert_eq!(decide(&policy, "dev/GET/admin/a", &caller(None)), Decision::Silent);
    assert_eq!(decide(&policy, "dev/DELETE/a", &caller(None)), Decision::Deny);
    assert_eq!(decide(&policy, "dev/DELETE/a", &alice), Decision::Allow);
}

/// The policy measured on AWS (floci-io/floci, "Design: resource policy enforcement", S3).
#[test]
fn named_roles_are_allowed_and_everyone_else_is_denied() {
    let role = "arn:aws:iam::111122223333:role/role-a";
    let policy = resource(&json!([
        { "Effect": "Allow", "Principal": { "AWS": [role] }, "Action": "execute-api:Invoke", "Resource": "execute-api:/*/GET/x" },
        { "Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*/GET/x",
          "Condition": { "ForAllValues:ArnNotEquals": { "aws:PrincipalArn": [role] } } },
        { "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*/GET/open" },
        { "Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*/GET/open",
          "Condition": { "IpAddress": { "aws:SourceIp": "203.0.113.7" } } }
    ]));
    let session = |role: &str| signed(&format!("arn:aws:sts::111122223333:assumed-role/{role}/s"));
    assert_eq!(decide(&policy, "v1/GET/x", &session("role-a")), Decision::Allow);
    assert_eq!(decide(&policy, "v1/GET/x", &session("role-b")), Decision::Deny);
    assert_eq!(decide(&policy, "v1/GET/x", &caller(None)), Decision::Deny);
    assert_eq!(decide(&policy, "v1/GET/open", &caller(None)), Decision::Deny);
}

fn holds(condition: &Value, caller: &Caller) -> bool {
    let policy = resource(
        &json!({ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": condition }),
    );
    decide(&policy, "dev/GET/a", caller) == Decision::Allow
}

#[test]
fn absent_keys_fail_unless_negated_or_optional() {
    let anonymous = caller(None);
    for (operator, expected) in [
        ("StringEquals", false),
        ("StringNotEquals", true),
        ("StringEqualsIfExists", true),
        ("StringNotEqualsIfExists", true),
        ("ForAllValues:StringEquals", true),
        ("ForAnyValue:StringEquals", false),
        ("ForAnyValue:StringNotEquals", false),
        ("ForAnyValue:StringEqualsIfExists", true),
    ] {
        assert_eq!(
            holds(&json!({ operator: { "aws:username": "alice" } }), &anonymous),
            expected,
            "{operator}"
        );
    }
    let alice = signed("arn:aws:iam::111122223333:user/alice");
    for (absent, caller, expected) in
        [(true, &anonymous, true), (true, &alice, false), (false, &alice, true)]
    {
        assert_eq!(holds(&json!({ "Null": { "aws:username": absent } }), caller), expected);
    }
}

#[test]
fn values_of_one_key_are_alternatives_and_keys_must_all_hold() {
    let alice = signed("arn:aws:iam::111122223333:user/alice");
    let either = json!({ "StringEquals": { "aws:username": ["bob", "alice"] } });
    assert!(holds(&either, &alice));
    let neither = json!({ "StringNotEquals": { "aws:username": ["bob", "alice"] } });
    assert!(!holds(&neither, &alice));
    let both =
        json!({ "StringEquals": { "aws:username": "alice", "aws:PrincipalType": "AssumedRole" } });
    assert!(!holds(&both, &alice));
    let all = json!({ "StringEquals": { "aws:PrincipalOrgID": "o-1", "aws:PrincipalAccount": 111_122_223_333_u64 },
        "Bool": { "aws:SecureTransport": true }, "StringLike": { "aws:UserAgent": "curl/*" },
        "DateGreaterThan": { "aws:CurrentTime": "2020-01-01T00:00:00Z" }, "NumericGreaterThan": { "aws:EpochTime": "1577836800" } });
    assert!(holds(&all, &alice));
    assert!(!holds(&json!({ "StringEquals": { "aws:username": [] } }), &alice));
}

#[test]
fn a_policy_without_the_current_version_has_no_variables() {
    let statement = json!({ "Effect": "Allow", "Action": "*", "Resource": "arn:aws:execute-api:*:*:*/dev/GET/${aws:username}" });
    let alice = signed("arn:aws:iam::111122223333:user/alice");
    for (document, decision) in [
        (json!({ "Version": "2012-10-17", "Statement": statement }), Decision::Allow),
        (json!({ "Version": "2008-10-17", "Statement": statement }), Decision::Silent),
        (json!({ "Statement": [statement] }), Decision::Silent),
    ] {
        let policy = Policy::parse(&document, PolicyKind::Identity, API).unwrap();
        assert_eq!(decide(&policy, "dev/GET/alice", &alice), decision);
    }
}

fn errors(document: &Value, kind: PolicyKind) -> Vec<String> {
    let errors = Policy::parse(document, kind, API).err().unwrap_or_default();
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn everything_wrong_is_told_with_its_place() {
    let document = json!({ "Version": "2020-01-01", "statement": [], "Statement": [
        { "Effect": "allow", "Principal": "alice", "Action": "Invoke", "Resource": "/dev/GET/a" },
        { "Effect": "Deny", "Action": [1, null], "NotAction": "*", "Principal": { "AWS": ["x"], "Nobody": "*" },
          "Resource": "*", "Condition": { "StringEqual": {}, "IpAddress": { "aws:SourceIp": ["10.0.0.0/8", "ten"] },
          "StringEquals": { "aws:SourceVpcEndpoint": "vpce-1" } }, "Comment": "" },
        7
    ] });
    assert_eq!(
        errors(&document, PolicyKind::Resource),
        [
            "statement: policies have no member `statement` here",
            "Version: this version does not exist",
            "Statement.0: `Effect` must be Allow or Deny",
            "Statement.0.Principal: this is not a principal",
            "Statement.0.Action: `Invoke` is not an action",
            "Statement.0.Resource: `/dev/GET/a` is not a resource",
            "Statement.1.Comment: policies have no member `Comment` here",
            "Statement.1.Principal.AWS.0: `x` is not a principal",
            "Statement.1.Principal.Nobody: `Nobody` is not a kind of principal",
            "Statement.1: `Action` and `NotAction` exclude each other",
            "Statement.1.Condition.StringEqual: `StringEqual` is not a condition operator",
            "Statement.1.Condition.IpAddress.aws:SourceIp.1: `ten` is not an IP address or range",
            "Statement.1.Condition.StringEquals.aws:SourceVpcEndpoint: API Gateway does not set the condition key `aws:SourceVpcEndpoint`",
            "Statement.2: this must be an object",
        ]
    );
}

#[test]
fn each_kind_of_policy_has_its_own_demands() {
    let allow = json!({ "Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*" });
    let document = json!({ "Statement": allow });
    assert_eq!(errors(&document, PolicyKind::Resource), ["Statement: `Principal` is missing"]);
    assert!(errors(&document, PolicyKind::Identity).is_empty());
    assert!(errors(&document, PolicyKind::Authorizer).is_empty());

    let mut named = allow.clone();
    named["Principal"] = json!("*");
    let document = json!({ "Statement": [named] });
    assert_eq!(
        errors(&document, PolicyKind::Identity),
        ["Statement.0.Principal: an identity policy names no principal"]
    );
    assert!(errors(&document, PolicyKind::Authorizer).is_empty());

    let mut foreign = allow;
    foreign["Condition"] = json!({ "StringEquals": { "s3:prefix": "a" } });
    let document = json!({ "Statement": [foreign] });
    assert!(errors(&document, PolicyKind::Identity).is_empty());
    foreign_global_key_is_refused(document);
}

fn foreign_global_key_is_refused(mut document: Value) {
    document["Statement"][0]["Condition"] =
        json!({ "StringEquals": { "aws:RequestedRegion": "eu-west-1" } });
    assert_eq!(errors(&document, PolicyKind::Identity).len(), 1);
    assert!(errors(&document, PolicyKind::Authorizer).is_empty(), "absent, as on AWS");
}

#[test]
fn rubbish_is_refused() {
    for document in [
        json!(null),
        json!("text"),
        json!([]),
        json!({}),
        json!({ "Statement": null }),
        json!({ "Statement": [{}] }),
    ] {
        assert!(!errors(&document, PolicyKind::Authorizer).is_empty(), "{document}");
    }
}

proptest::proptest! {
    #[test]
    fn no_policy_panics(effect: String, action: String, resource: String, operator in "(ForAllValues:)?(String|Arn|Date|Numeric)(Not)?(Equals|Like)|\\PC*", value: String) {
        let document = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": effect, "Action": action, "Resource": resource },
            { "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { operator: { "aws:SourceIp": value } } },
        ] });
        let _ = Policy::parse(&document, PolicyKind::Authorizer, API);
        let request = Request::new("GET", "/dev/a", Headers::new(), "");
        let caller = Caller::default();
        if let Ok(policy) = Policy::parse(&json!({ "Statement": document["Statement"][1] }), PolicyKind::Authorizer, API) {
            policy.evaluate(&PolicyRequest { resource: API, request: &request, caller: &caller });
        }
    }
}

/// A Deny that asks for an absent key denies nobody.
#[test]
fn conditions_about_what_nobody_knows_here_are_refused() {
    for key in ["aws:MultiFactorAuthPresent", "aws:TokenIssueTime", "aws:PrincipalOrgPaths"] {
        let document = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*",
            "Condition": { "Null": { key: "true" } },
        }] });
        let errors = Policy::parse(&document, PolicyKind::Resource, API).unwrap_err();
        assert!(errors[0].to_string().ends_with("is not known here"), "{}", errors[0]);
    }
}
