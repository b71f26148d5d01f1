//! `Principal` of a statement: whom it is about.

use super::error::Problem;
use crate::caller::Principal;

/// One entry of `Principal` or `NotPrincipal`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PrincipalEntry {
    /// `"*"` or `{"AWS": "*"}`: anonymous callers too.
    Everyone,
    /// `111122223333` or `arn:aws:iam::111122223333:root`: everybody in the account.
    Account(String),
    /// A user, a role or a session of a role.
    Arn(String),
    /// A service, an identity provider or a canonical user: no caller here is one.
    Elsewhere,
}

impl PrincipalEntry {
    /// Reads a value of `{"AWS": ...}`.
    ///
    /// # Errors
    /// What is neither an account nor the ARN of one user, role or session.
    pub(crate) fn parse_aws(text: &str) -> Result<Self, Problem> {
        if text == "*" {
            return Ok(Self::Everyone);
        }
        if is_account(text) {
            return Ok(Self::Account(text.to_owned()));
        }
        let invalid = || {
            Problem::new(format!("`{text}` is not a principal")).with_help(
                "write \"*\", an account's twelve digits, or the ARN of a user, a role or a role's session, without wildcards",
            )
        };
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let &["arn", _, service, "", account, resource] = parts.as_slice() else {
            return Err(invalid());
        };
        if !matches!(service, "iam" | "sts") || !is_account(account) || text.contains(['*', '?']) {
            return Err(invalid());
        }
        match resource {
            "" => Err(invalid()),
            "root" => Ok(Self::Account(account.to_owned())),
            _ => Ok(Self::Arn(text.to_owned())),
        }
    }

    /// Whether it means this caller; `None` is an anonymous one.
    pub(crate) fn means(&self, caller: Option<&Principal>) -> bool {
        match (self, caller) {
            (Self::Everyone, _) => true,
            (Self::Account(account), Some(caller)) => caller.account_id == *account,
            (Self::Arn(arn), Some(caller)) => caller.arn == *arn || is_session_of(&caller.arn, arn),
            (Self::Elsewhere, _) | (_, None) => false,
        }
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether `session` is `arn:aws:sts::{account}:assumed-role/{role}/{name}` of the role whose ARN is
/// `role`. A session's ARN leaves out the role's path.
fn is_session_of(session: &str, role: &str) -> bool {
    let split = |arn: &str| -> Option<(String, String, String)> {
        let mut parts = arn.splitn(6, ':').skip(1);
        let partition = parts.next()?.to_owned();
        let account = parts.nth(2)?.to_owned();
        Some((partition, account, parts.next()?.to_owned()))
    };
    let (Some(session), Some(role)) = (split(session), split(role)) else { return false };
    let name = |text: &str| text.rsplit('/').next().map(str::to_owned);
    let assumed = session.2.strip_prefix("assumed-role/").and_then(|rest| rest.split('/').next());
    let named = role.2.strip_prefix("role/").and_then(name);
    (session.0, session.1) == (role.0, role.1) && assumed.is_some() && assumed == named.as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(arn: &str) -> Principal {
        Principal {
            access_key: "AKIAIOSFODNN7EXAMPLE".into(),
            account_id: arn.split(':').nth(4).unwrap().into(),
            id: "AIDAEXAMPLE".into(),
            arn: arn.into(),
            organization_id: None,
            tags: std::collections::BTreeMap::new(),
        }
    }

    fn means(entry: &str, arn: &str) -> bool {
        PrincipalEntry::parse_aws(entry).unwrap().means(Some(&caller(arn)))
    }

    const ALICE: &str = "arn:aws:iam::111122223333:user/alice";
    const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/deployer/ci";

    #[test]
    fn accounts_users_roles_and_sessions_are_meant() {
        for (entry, arn, expected) in [
            ("*", ALICE, true),
            ("111122223333", ALICE, true),
            ("arn:aws:iam::111122223333:root", SESSION, true),
            ("444455556666", ALICE, false),
            (ALICE, ALICE, true),
            (ALICE, SESSION, false),
            ("arn:aws:iam::111122223333:role/deployer", SESSION, true),
            ("arn:aws:iam::111122223333:role/team/deployer", SESSION, true),
            ("arn:aws:iam::111122223333:role/deploy", SESSION, false),
            ("arn:aws:iam::444455556666:role/deployer", SESSION, false),
            (SESSION, SESSION, true),
        ] {
            assert_eq!(means(entry, arn), expected, "{entry} {arn}");
        }
    }

    #[test]
    fn an_anonymous_caller_is_only_everyone() {
        for (entry, expected) in [("*", true), ("111122223333", false), (ALICE, false)] {
            assert_eq!(PrincipalEntry::parse_aws(entry).unwrap().means(None), expected, "{entry}");
        }
        assert!(!PrincipalEntry::Elsewhere.means(None));
    }

    #[test]
    fn what_iam_refuses_is_told() {
        for entry in
            ["alice", "12345", "arn:aws:iam::111122223333:user/*", "arn:aws:s3:::bucket", ""]
        {
            let problem = PrincipalEntry::parse_aws(entry).unwrap_err();
            assert_eq!(problem.to_string(), format!("`{entry}` is not a principal"));
        }
    }
}
