//! Condition keys: what a policy may ask about a request.

use std::fmt;

/// A condition key. Names are read whatever their letter case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ConditionKey {
    CurrentTime,
    EpochTime,
    Referer,
    SecureTransport,
    SourceArn,
    SourceIp,
    UserAgent,
    /// Only requests to a private API have it, as the next two.
    SourceVpc,
    SourceVpce,
    VpcSourceIp,
    /// Only signed requests have it, as all that follow.
    TokenIssueTime,
    MultiFactorAuthPresent,
    MultiFactorAuthAge,
    PrincipalAccount,
    PrincipalArn,
    PrincipalOrgId,
    PrincipalOrgPaths,
    /// `aws:PrincipalTag/{name}`
    PrincipalTag(String),
    PrincipalType,
    UserId,
    UserName,
    /// A key that API Gateway does not set: absent from every request.
    Other(String),
}

/// The keys without parameter by their name. Which of them API Gateway sets, and for whom: guide,
/// "AWS condition keys that can be used in API Gateway resource policies".
const NAMES: &[(&str, ConditionKey)] = &[
    ("aws:CurrentTime", ConditionKey::CurrentTime),
    ("aws:EpochTime", ConditionKey::EpochTime),
    ("aws:Referer", ConditionKey::Referer),
    ("aws:SecureTransport", ConditionKey::SecureTransport),
    ("aws:SourceArn", ConditionKey::SourceArn),
    ("aws:SourceIp", ConditionKey::SourceIp),
    ("aws:UserAgent", ConditionKey::UserAgent),
    ("aws:SourceVpc", ConditionKey::SourceVpc),
    ("aws:SourceVpce", ConditionKey::SourceVpce),
    ("aws:VpcSourceIp", ConditionKey::VpcSourceIp),
    ("aws:TokenIssueTime", ConditionKey::TokenIssueTime),
    ("aws:MultiFactorAuthPresent", ConditionKey::MultiFactorAuthPresent),
    ("aws:MultiFactorAuthAge", ConditionKey::MultiFactorAuthAge),
    ("aws:PrincipalAccount", ConditionKey::PrincipalAccount),
    ("aws:PrincipalArn", ConditionKey::PrincipalArn),
    ("aws:PrincipalOrgID", ConditionKey::PrincipalOrgId),
    ("aws:PrincipalOrgPaths", ConditionKey::PrincipalOrgPaths),
    ("aws:PrincipalType", ConditionKey::PrincipalType),
    ("aws:userid", ConditionKey::UserId),
    ("aws:username", ConditionKey::UserName),
];

const TAG: &str = "aws:PrincipalTag/";

impl ConditionKey {
    /// The key of this name.
    pub(crate) fn parse(name: &str) -> Self {
        if let Some((_, key)) = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            return key.clone();
        }
        match name.split_at_checked(TAG.len()) {
            Some((prefix, tag)) if prefix.eq_ignore_ascii_case(TAG) && !tag.is_empty() => {
                Self::PrincipalTag(tag.to_owned())
            }
            _ => Self::Other(name.to_owned()),
        }
    }

    /// Whether it is about sessions or organizations, of which nothing is known outside AWS.
    pub(crate) const fn is_unknowable(&self) -> bool {
        matches!(
            self,
            Self::SourceArn
                | Self::PrincipalOrgPaths
                | Self::TokenIssueTime
                | Self::MultiFactorAuthPresent
                | Self::MultiFactorAuthAge
        )
    }

    /// Whether only requests to a private API have it.
    pub(crate) const fn is_private(&self) -> bool {
        matches!(self, Self::SourceVpc | Self::SourceVpce | Self::VpcSourceIp)
    }
}

impl fmt::Display for ConditionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PrincipalTag(tag) => write!(f, "{TAG}{tag}"),
            Self::Other(name) => f.write_str(name),
            _ => {
                let named = NAMES.iter().find(|(_, key)| key == self);
                f.write_str(named.map_or("", |(name, _)| name))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_letter_case() {
        for (name, key) in [
            ("AWS:sourcevpce", ConditionKey::SourceVpce),
            ("aws:PrincipalOrgId", ConditionKey::PrincipalOrgId),
            ("aws:principaltag/Team", ConditionKey::PrincipalTag("Team".into())),
            ("aws:PrincipalTag/", ConditionKey::Other("aws:PrincipalTag/".into())),
            ("aws:SourceVpcEndpoint", ConditionKey::Other("aws:SourceVpcEndpoint".into())),
            ("é", ConditionKey::Other("é".into())),
        ] {
            assert_eq!(ConditionKey::parse(name), key, "{name}");
        }
        for (name, _) in NAMES {
            assert_eq!(ConditionKey::parse(name).to_string(), *name);
        }
    }
}
