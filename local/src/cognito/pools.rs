//! The pools of the document, and what AWS calls them.

use std::sync::{Arc, Mutex, PoisonError};

use openapi::model::{FunctionReference, PasswordPolicy};
use uuid::Uuid;

use super::fault;
use crate::aws_json::Fault;
use crate::environment::{ACCOUNT_ID, REGION};

/// A user pool of the document.
#[derive(Clone, Debug)]
pub struct UserPoolSpec {
    /// Its name here.
    pub name: String,
    /// `us-east-1_` and nine characters.
    pub id: String,
    /// The id of its only client.
    pub client_id: String,
    /// Whether users may create themselves.
    pub self_sign_up: bool,
    /// What a password must hold.
    pub password_policy: PasswordPolicy,
    /// The function that is called before a user is created.
    pub pre_sign_up: Option<FunctionReference>,
    /// Life of id and access tokens.
    pub token_minutes: u32,
    /// Life of refresh tokens.
    pub refresh_days: u32,
}

impl UserPoolSpec {
    pub(super) fn arn(&self) -> String {
        arn(&self.id)
    }

    /// Who issues its tokens: the pool's address at AWS.
    pub(super) fn issuer(&self) -> String {
        format!("https://cognito-idp.{REGION}.amazonaws.com/{}", self.id)
    }

    /// Life of id and access tokens, in seconds.
    pub(super) fn token_life(&self) -> i64 {
        i64::from(self.token_minutes) * 60
    }

    /// Life of refresh tokens, in seconds.
    pub(super) fn refresh_life(&self) -> i64 {
        i64::from(self.refresh_days) * 24 * 60 * 60
    }
}

/// The pools by their ids and by those of their clients.
#[derive(Debug, Default)]
pub(super) struct Pools(Mutex<Vec<Arc<UserPoolSpec>>>);

impl Pools {
    pub(super) fn ensure(&self, specs: &[UserPoolSpec]) {
        let specs = specs.iter().cloned().map(Arc::new).collect();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = specs;
    }

    /// Every pool, in the document's order.
    pub(super) fn all(&self) -> Vec<Arc<UserPoolSpec>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn find(&self, id: &str) -> Option<Arc<UserPoolSpec>> {
        self.all().into_iter().find(|pool| pool.id == id)
    }

    pub(super) fn by_id(&self, id: &str) -> Result<Arc<UserPoolSpec>, Fault> {
        self.find(id).ok_or_else(|| fault::no_such_pool(id))
    }

    pub(super) fn by_client(&self, client_id: &str) -> Result<Arc<UserPoolSpec>, Fault> {
        let found = self.all().into_iter().find(|pool| pool.client_id == client_id);
        found.ok_or_else(|| fault::no_such_client(client_id))
    }
}

/// The id of the pool with this key, the same on every machine.
pub(crate) fn pool_id(key: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    format!("{REGION}_{}", word(&format!("pool {key}"), LETTERS, 9))
}

/// The id of its client.
pub(crate) fn client_id(key: &str) -> String {
    word(&format!("client {key}"), b"abcdefghijklmnopqrstuvwxyz0123456789", 26)
}

pub(crate) fn arn(id: &str) -> String {
    format!("arn:aws:cognito-idp:{REGION}:{ACCOUNT_ID}:userpool/{id}")
}

/// So many of the letters, which follow from the text.
fn word(text: &str, letters: &[u8], length: usize) -> String {
    let block =
        |index: u8| Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{index} {text}").as_bytes());
    let bytes = (0..).flat_map(|index| block(index).into_bytes());
    let letter = |byte: u8| letters.get(usize::from(byte) % letters.len()).copied().unwrap_or(b'0');
    bytes.take(length).map(|byte| char::from(letter(byte))).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A pool with nothing unusual about it.
    pub(in super::super) fn spec() -> UserPoolSpec {
        UserPoolSpec {
            name: "local-test".to_owned(),
            id: "us-east-1_Test".to_owned(),
            client_id: "client".to_owned(),
            self_sign_up: true,
            password_policy: PasswordPolicy {
                length: 12,
                lowercase: true,
                uppercase: true,
                digits: true,
                symbols: false,
            },
            pre_sign_up: None,
            token_minutes: 60,
            refresh_days: 30,
        }
    }

    #[test]
    fn ids_look_as_those_of_aws_and_follow_from_the_key() {
        let (pool, client) = (pool_id("members"), client_id("members"));
        let (region, name) = pool.split_once('_').unwrap();
        assert_eq!((region, name.len()), ("us-east-1", 9));
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "{name}");
        assert_eq!(client.len(), 26);
        assert!(client.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()), "{client}");
        assert_eq!((pool_id("members"), client_id("members")), (pool.clone(), client.clone()));
        assert_ne!(pool_id("others"), pool);
        assert_ne!(client_id("others"), client);
    }
}
