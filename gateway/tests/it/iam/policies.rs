//! What identity policies and the resource policy decide together.

use serde_json::{Value, json};

use super::{Files, Signer, callers, guarded, refused, session, start_with};

/// `Allow` or another effect on a method of the API.
fn statement(effect: &str, resource: &str) -> Value {
    json!({ "Effect": effect, "Action": "execute-api:Invoke", "Resource": resource })
}

const A: &str = "arn:aws:execute-api:*:*:abc123/dev/GET/a";
const WHO: &str = "User: arn:aws:sts::111122223333:assumed-role/deployer/ci is not authorized to perform: \
    execute-api:Invoke on resource: arn:aws:execute-api:eu-west-1:********3333:abc123/dev/GET/a ";

/// Calls `GET /a` as a role's session whose identity policy, and with a resource policy, has these
/// statements; answers the end of the denial.
async fn decide(identity: Value, resource: Option<Value>, account_id: &str) -> Option<String> {
    let files = Files::new();
    let arn = format!("arn:aws:sts::{account_id}:assumed-role/deployer/ci");
    let policy = json!({ "Version": "2012-10-17", "Statement": identity });
    let options = callers(&files, &[session(json!({ "Policy": policy, "Arn": arn }))]);
    let mut document = guarded();
    if let Some(statements) = resource {
        document["x-amazon-apigateway-policy"] =
            json!({ "Version": "2012-10-17", "Statement": statements });
    }
    let server = start_with(&document, options).await;
    let signer = Signer::new("ASIA1", "hush").with_token("token");
    let reply = server.send(signer.sign("GET", "/dev/a", &[], "")).await;
    if reply.status == 200 {
        return None;
    }
    let message = refused(&reply, "AccessDeniedException").replace(account_id, "111122223333");
    Some(message.strip_prefix(WHO).unwrap_or_else(|| panic!("{message}")).to_owned())
}

const IDENTITY_DENY: &str = "with an explicit deny in an identity-based policy";
const IDENTITY_SILENT: &str =
    "because no identity-based policy allows the execute-api:Invoke action";
const RESOURCE_DENY: &str = "with an explicit deny in a resource-based policy";
const RESOURCE_SILENT: &str =
    "because no resource-based policy allows the execute-api:Invoke action";

#[tokio::test]
async fn the_identity_policy_decides() {
    let other = statement("Allow", "arn:aws:execute-api:*:*:abc123/dev/POST/*");
    for (statements, denial) in [
        (json!([statement("Allow", A)]), None),
        (json!([other]), Some(IDENTITY_SILENT)),
        (json!([statement("Allow", "*"), statement("Deny", A)]), Some(IDENTITY_DENY)),
        (json!([]), Some(IDENTITY_SILENT)),
    ] {
        let own = "111122223333";
        assert_eq!(decide(statements.clone(), None, own).await.as_deref(), denial, "{statements}");
    }
    let mut tagged = statement("Allow", "arn:aws:execute-api:*:*:abc123/*/GET/a");
    tagged["Condition"] = json!({ "StringEquals": { "aws:PrincipalTag/team": "blue", "aws:PrincipalOrgID": "o-1" },
        "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/deployer" } });
    assert_eq!(decide(json!([tagged]), None, "111122223333").await, None);
}

#[tokio::test]
async fn both_policies_decide_together_by_account() {
    let role = |account: &str| json!({ "AWS": format!("arn:aws:iam::{account}:role/deployer") });
    let (own, foreign) = ("111122223333", "444455556666");
    let allow = json!([statement("Allow", "*")]);
    let silent = json!([]);
    let resource = |effect: &str, account: &str| {
        let mut statement = statement(effect, "execute-api:/*/GET/a");
        statement["Principal"] = role(account);
        Some(json!([statement]))
    };
    for (identity, resource, account, denial) in [
        (&silent, resource("Allow", own), own, None),
        (&allow, resource("Allow", foreign), own, None),
        (&silent, resource("Allow", foreign), own, Some(IDENTITY_SILENT)),
        (&allow, resource("Deny", own), own, Some(RESOURCE_DENY)),
        (&allow, resource("Allow", foreign), foreign, None),
        (&silent, resource("Allow", foreign), foreign, Some(IDENTITY_SILENT)),
        (&allow, resource("Allow", own), foreign, Some(RESOURCE_SILENT)),
        (&allow, None, foreign, Some(RESOURCE_SILENT)),
        (&allow, resource("Deny", foreign), foreign, Some(RESOURCE_DENY)),
    ] {
        let found = decide(identity.clone(), resource.clone(), account).await;
        assert_eq!(found.as_deref(), denial, "{identity} {resource:?} {account}");
    }
}

#[tokio::test]
async fn the_signature_is_checked_before_the_policy() {
    let mut document = guarded();
    let mut deny = statement("Deny", "execute-api:/*");
    deny["Principal"] = json!("*");
    document["x-amazon-apigateway-policy"] =
        json!({ "Version": "2012-10-17", "Statement": [deny] });
    let server = start_with(&document, callers(&Files::new(), &[session(json!({}))])).await;
    let reply = server.send("GET /dev/a HTTP/1.1\r\nHost: h\r\n\r\n").await;
    refused(&reply, "MissingAuthenticationTokenException");
}
