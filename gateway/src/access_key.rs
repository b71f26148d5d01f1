//! Access keys: who may sign requests, and what their identity policies let them do.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use aws_credential_types::Credentials;
use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use uuid::Uuid;

use crate::authorize::partition;
use crate::caller::Principal;
use crate::context::RestApi;
use crate::policy::{Policy, PolicyKind};

/// Every access key that the gateway knows.
#[derive(Clone, Debug)]
pub struct AccessKeys(Vec<AccessKey>);

/// An access key, and whose it is.
#[derive(Clone, Debug)]
pub(crate) struct AccessKey {
    id: String,
    secret: Secret,
    token: Token,
    expiration: Option<Timestamp>,
    arn: Option<String>,
    user_id: Option<String>,
    organization_id: Option<String>,
    tags: BTreeMap<String, String>,
    /// `None` allows everything.
    policy: Option<Policy>,
}

/// A text that is never shown.
#[derive(Clone)]
struct Secret(String);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Serde's own error would show what stands there instead.
        let text = String::deserialize(deserializer);
        text.map(Self).map_err(|_| D::Error::custom("a secret is text"))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The session token that goes with a key.
#[derive(Clone, Debug)]
enum Token {
    /// A key for good has none.
    None,
    This(Secret),
    /// The key everybody knows does not mind.
    Any,
}

/// A file about a caller. The names are those of `credential_process` of AWS's command line, so that
/// the caller's side can read the same file.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct File {
    #[serde(rename = "Version")]
    _version: Option<u32>,
    access_key_id: String,
    secret_access_key: Secret,
    session_token: Option<Secret>,
    expiration: Option<Timestamp>,
    /// The user, or the session of a role.
    arn: Option<String>,
    user_id: Option<String>,
    organization_id: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    policy: Option<Value>,
}

/// The key that everybody may sign with unless another one is given.
const KNOWN_TO_ALL: &str = "local";

impl AccessKeys {
    /// The credentials of the environment (`AWS_ACCESS_KEY_ID` and so on), else `local` with the
    /// secret `local`, which local functions have too.
    pub(crate) fn of_environment() -> Self {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let id = variable("AWS_ACCESS_KEY_ID");
        match (id, variable("AWS_SECRET_ACCESS_KEY")) {
            (Some(id), Some(secret)) => {
                let mut key = AccessKey::new(&id, &secret);
                if let Some(token) = variable("AWS_SESSION_TOKEN") {
                    key.token = Token::This(Secret(token));
                }
                Self(vec![key])
            }
            _ => Self::default(),
        }
    }

    /// The keys of these callers, each in a file of its own.
    ///
    /// # Errors
    /// What is wrong with the first file that cannot be read.
    pub(crate) fn read<P: AsRef<Path>>(paths: &[P]) -> Result<Self, String> {
        let read = |path: &P| {
            let path = path.as_ref();
            let about = |problem: &dyn fmt::Display| format!("{}: {problem}", path.display());
            let text = std::fs::read_to_string(path).map_err(|error| about(&error))?;
            AccessKey::parse(&text).map_err(|problem| about(&problem))
        };
        paths.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Gives every key without an identity policy this one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn restrict(&mut self, text: &str) -> Result<(), String> {
        let document: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let policy = identity_policy(&document)?;
        for key in self.0.iter_mut().filter(|key| key.policy.is_none()) {
            key.policy = Some(policy.clone());
        }
        Ok(())
    }

    /// The keys that have not expired.
    pub(crate) fn valid(&self, now: Timestamp) -> impl Iterator<Item = &AccessKey> {
        self.0.iter().filter(move |key| !key.has_expired(now))
    }

    /// The key with this id.
    pub(crate) fn find(&self, id: &str) -> Option<&AccessKey> {
        self.0.iter().find(|key| key.id == id)
    }

    /// What a local caller should know: with which keys requests are to be signed.
    pub(crate) fn note(&self) -> String {
        if let [AccessKey { token: Token::Any, .. }] = self.0.as_slice() {
            return format!(
                "Sign requests to IAM methods with AWS_ACCESS_KEY_ID={KNOWN_TO_ALL} AWS_SECRET_ACCESS_KEY={KNOWN_TO_ALL}, or pass --caller FILE."
            );
        }
        let ids: Vec<&str> = self.0.iter().map(|key| key.id.as_str()).collect();
        format!("Requests to IAM methods may be signed with the access keys {}.", ids.join(", "))
    }

    #[cfg(test)]
    pub(crate) fn single(id: &str, secret: &str) -> Self {
        Self(vec![AccessKey::new(id, secret)])
    }
}

impl Default for AccessKeys {
    fn default() -> Self {
        Self(vec![AccessKey { token: Token::Any, ..AccessKey::new(KNOWN_TO_ALL, KNOWN_TO_ALL) }])
    }
}

impl AccessKey {
    fn new(id: &str, secret: &str) -> Self {
        Self {
            id: id.to_owned(),
            secret: Secret(secret.to_owned()),
            token: Token::None,
            expiration: None,
            arn: None,
            user_id: None,
            organization_id: None,
            tags: BTreeMap::new(),
            policy: None,
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if let Some(arn) = &file.arn
            && !is_caller(arn)
        {
            return Err(format!(
                "Arn: `{arn}` does not call; write arn:aws:iam::ACCOUNT:user/NAME, or arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION for a role"
            ));
        }
        let policy = file.policy.as_ref().map(identity_policy).transpose();
        Ok(Self {
            token: file.session_token.map_or(Token::None, Token::This),
            expiration: file.expiration,
            arn: file.arn,
            user_id: file.user_id,
            organization_id: file.organization_id,
            tags: file.tags,
            policy: policy.map_err(|problem| format!("Policy: {problem}"))?,
            id: file.access_key_id,
            secret: file.secret_access_key,
        })
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// What its owner signs with.
    pub(crate) fn credentials(&self) -> Credentials {
        let token = match &self.token {
            Token::This(Secret(token)) => Some(token.clone()),
            Token::None | Token::Any => None,
        };
        Credentials::new(&self.id, self.secret(), token, None, "lychgate")
    }

    pub(crate) fn secret(&self) -> &str {
        &self.secret.0
    }

    /// Whether a session token, or none, goes with it.
    pub(crate) fn accepts_token(&self, sent: Option<&str>) -> bool {
        match (&self.token, sent) {
            (Token::Any, _) | (Token::None, None) => true,
            (Token::This(Secret(token)), Some(sent)) => token == sent,
            (Token::None, Some(_)) | (Token::This(_), None) => false,
        }
    }

    pub(crate) fn has_expired(&self, now: Timestamp) -> bool {
        self.expiration.is_some_and(|expiration| now >= expiration)
    }

    /// `None` allows everything.
    pub(crate) const fn policy(&self) -> Option<&Policy> {
        self.policy.as_ref()
    }

    /// Whose it is. Without an ARN, a user `local` of the API's own account.
    pub(crate) fn principal(&self, api: &RestApi) -> Principal {
        let arn = self.arn.clone().unwrap_or_else(|| {
            format!("arn:{}:iam::{}:user/{KNOWN_TO_ALL}", partition(&api.region), api.account_id)
        });
        Principal {
            access_key: self.id.clone(),
            account_id: arn.split(':').nth(4).unwrap_or_default().to_owned(),
            id: self.user_id.clone().unwrap_or_else(|| unique_id(&arn)),
            arn,
            organization_id: self.organization_id.clone(),
            tags: self.tags.clone(),
        }
    }
}

fn identity_policy(document: &Value) -> Result<Policy, String> {
    Policy::parse(document, PolicyKind::Identity, "").map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        lines.join("; ")
    })
}

/// Whether it is the ARN of a user, of a role's session, or of an account's root.
fn is_caller(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let &["arn", _, service, "", account, resource] = parts.as_slice() else { return false };
    let kind = resource.split('/').next().unwrap_or_default();
    let named = resource.split('/').skip(1).all(|name| !name.is_empty());
    let kind_is_right = match (service, kind) {
        ("iam", "root") => resource == "root",
        ("iam", "user") => resource.len() > "user/".len(),
        ("sts", "assumed-role") => resource.split('/').count() == 3,
        ("sts", "federated-user") => resource.split('/').count() == 2,
        _ => false,
    };
    kind_is_right
        && named
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
}

/// An id in the manner of IAM's, made from the ARN: `AIDA...` of a user, `AROA...:{session}` of a
/// role's session.
fn unique_id(arn: &str) -> String {
    const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let session = arn.split_once(":assumed-role/").and_then(|(_, rest)| rest.split_once('/'));
    let (prefix, suffix) = match session {
        Some((_, session)) => ("AROA", format!(":{session}")),
        None => ("AIDA", String::new()),
    };
    let stem =
        if session.is_some() { arn.rsplit_once('/').map_or(arn, |(role, _)| role) } else { arn };
    let mut rest = Uuid::new_v5(&Uuid::NAMESPACE_URL, stem.as_bytes()).as_u128();
    let digits = std::iter::repeat_with(|| {
        let digit = DIGITS[usize::try_from(rest % 32).unwrap_or_default()];
        rest /= 32;
        char::from(digit)
    });
    format!("{prefix}{}{suffix}", digits.take(17).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(extra: &str) -> Result<AccessKey, String> {
        AccessKey::parse(&format!(r#"{{"AccessKeyId":"AKIA1","SecretAccessKey":"hush"{extra}}}"#))
    }

    #[test]
    fn a_file_of_the_command_line_is_a_caller() {
        let key = parse(
            r#","Version":1,"SessionToken":"token","Expiration":"2026-11-20T10:00:00Z","Arn":"arn:aws:sts::111122223333:assumed-role/r/s","Tags":{"a":"b"}"#,
        )
        .unwrap();
        assert!(key.accepts_token(Some("token")) && !key.accepts_token(Some("other")));
        assert!(!key.accepts_token(None));
        assert!(key.has_expired("2026-11-20T10:00:00Z".parse().unwrap()));
        assert!(!key.has_expired("2026-11-20T09:59:59Z".parse().unwrap()));
        assert!(!parse("").unwrap().accepts_token(Some("token")), "a key for good has none");
    }

    #[test]
    fn secrets_are_never_shown() {
        let shown = format!("{:?}", AccessKeys(vec![parse(r#","SessionToken":"token""#).unwrap()]));
        assert!(
            shown.contains("AKIA1") && !shown.contains("hush") && !shown.contains("token\""),
            "{shown}"
        );
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told() {
        for (extra, problem) in [
            (r#","Secret":"x""#, "unknown field `Secret`"),
            (
                r#","Arn":"arn:aws:iam::111122223333:role/r""#,
                "Arn: `arn:aws:iam::111122223333:role/r` does not call",
            ),
            (r#","Arn":"me""#, "Arn: `me` does not call"),
            (
                r#","Policy":{"Statement":[{"Effect":"Allow"}]}"#,
                "Policy: Statement.0: `Action` is missing; Statement.0: `Resource` is missing",
            ),
        ] {
            let message = parse(extra).unwrap_err();
            assert!(message.contains(problem), "{message}");
            assert!(!message.contains("hush"));
        }
        assert!(AccessKey::parse("{}").unwrap_err().contains("AccessKeyId"));
    }

    #[test]
    fn sessions_of_a_role_share_its_id() {
        let first = unique_id("arn:aws:sts::111122223333:assumed-role/r/first");
        let second = unique_id("arn:aws:sts::111122223333:assumed-role/r/second");
        assert_eq!(first.strip_suffix(":first"), second.strip_suffix(":second"));
        let user = unique_id("arn:aws:iam::111122223333:user/alice");
        assert!(user.starts_with("AIDA") && user.len() == 21, "{user}");
    }
}
