//! Who calls, as far as authorization and the usage plan found out.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What is known about a caller beyond the request itself. Empty on an open method.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caller {
    /// `$context.authorizer`: `claims` of a user pool, or `principalId` and the context that a
    /// Lambda authorizer returned.
    pub(crate) authorizer: Option<Map<String, Value>>,
    /// `usageIdentifierKey` of a Lambda authorizer: the API key where the document says
    /// `x-amazon-apigateway-api-key-source: AUTHORIZER`.
    pub(crate) usage_identifier_key: Option<String>,
    /// `$context.identity.apiKey`
    pub(crate) api_key: Option<String>,
    /// `$context.identity.apiKeyId`
    pub(crate) api_key_id: Option<String>,
    /// The credentials a signed request was verified with.
    pub(crate) principal: Option<Principal>,
    /// `$context.identity.vpcId`: the network a request to a private API came from.
    pub(crate) vpc_id: Option<String>,
    /// `$context.identity.vpceId`: the VPC endpoint it came through.
    pub(crate) vpce_id: Option<String>,
}

/// Whose access key signed a request.
#[derive(Clone, Debug)]
pub(crate) struct Principal {
    /// `$context.identity.accessKey`
    pub(crate) access_key: String,
    /// `$context.identity.accountId`, twelve digits.
    pub(crate) account_id: String,
    /// `$context.identity.caller` and `.user`: the principal's unique id.
    pub(crate) id: String,
    /// `$context.identity.userArn`
    pub(crate) arn: String,
    /// `$context.identity.principalOrgId`
    pub(crate) organization_id: Option<String>,
    /// `aws:PrincipalTag/{name}` by name.
    pub(crate) tags: BTreeMap<String, String>,
}

impl Principal {
    /// The ARN that policies compare: for a session of a role, the role's (IAM guide,
    /// `aws:PrincipalArn`). The session's ARN leaves out the role's path.
    pub(crate) fn policy_arn(&self) -> String {
        let parts: Vec<&str> = self.arn.splitn(6, ':').collect();
        let &["arn", partition, "sts", _, account, resource] = parts.as_slice() else {
            return self.arn.clone();
        };
        match resource.strip_prefix("assumed-role/").and_then(|rest| rest.split('/').next()) {
            Some(role) => format!("arn:{partition}:iam::{account}:role/{role}"),
            None => self.arn.clone(),
        }
    }

    /// `aws:PrincipalType`.
    pub(crate) fn kind(&self) -> &'static str {
        let resource = self.arn.splitn(6, ':').nth(5).unwrap_or_default();
        match resource.split('/').next().unwrap_or_default() {
            "root" => "Account",
            "assumed-role" | "role" => "AssumedRole",
            "federated-user" => "FederatedUser",
            _ => "User",
        }
    }

    /// `aws:username`, which only users have.
    pub(crate) fn user_name(&self) -> Option<&str> {
        let resource = self.arn.splitn(6, ':').nth(5)?;
        resource.strip_prefix("user/")?.rsplit('/').next()
    }
}
