//! Passwords: what a pool asks of them, and how they are kept. Hashes are argon2id with the parameters
//! that OWASP recommends (19 MiB, two passes), made on threads of their own.

use std::sync::{Arc, OnceLock};

use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use openapi::model::PasswordPolicy;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::fault;
use crate::aws_json::Fault;

/// Hashes that are made at a time. Each takes a processor, and memory.
const AT_A_TIME: usize = 2;

/// What Cognito takes for a symbol (developer guide, "Adding user pool password requirements"). A
/// space counts only inside, and one at an edge is refused before.
const SYMBOLS: &str = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+- ";

/// Checks a password against a pool's policy; the first rule that it breaks is told.
pub(super) fn check(password: &str, policy: &PasswordPolicy) -> Result<(), Fault> {
    let length = usize::try_from(policy.length).unwrap_or(usize::MAX);
    let has = |wanted: fn(char) -> bool| password.chars().any(wanted);
    let rules = [
        (password.chars().count() >= length, "Password not long enough"),
        (!policy.digits || has(|c| c.is_ascii_digit()), "Password must have numeric characters"),
        (
            !policy.lowercase || has(|c| c.is_ascii_lowercase()),
            "Password must have lowercase characters",
        ),
        (
            !policy.uppercase || has(|c| c.is_ascii_uppercase()),
            "Password must have uppercase characters",
        ),
        (!policy.symbols || has(|c| SYMBOLS.contains(c)), "Password must have symbol characters"),
    ];
    match rules.into_iter().find(|(holds, _)| !holds) {
        Some((_, reason)) => Err(fault::invalid_password(reason)),
        None => Ok(()),
    }
}

/// Makes and verifies hashes.
#[derive(Debug)]
pub(super) struct Passwords {
    permits: Semaphore,
    compared: Arc<Compared>,
}

/// What passwords are compared with.
#[derive(Debug, Default)]
struct Compared {
    /// Where there is no user.
    of_nobody: OnceLock<String>,
    /// With what, each time: a test sees that the work is done.
    #[cfg(test)]
    with: std::sync::Mutex<Vec<String>>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { permits: Semaphore::new(AT_A_TIME), compared: Arc::default() }
    }
}

/// The right to make one hash. Whoever counts attempts does so while holding it: else many guesses
/// would be under way before the first is counted.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    _permit: Option<SemaphorePermit<'a>>,
    compared: Arc<Compared>,
}

impl Passwords {
    /// Waits for a turn.
    pub(super) async fn turn(&self) -> Turn<'_> {
        // It is never closed.
        let permit = self.permits.acquire().await.ok();
        Turn { _permit: permit, compared: Arc::clone(&self.compared) }
    }

    /// The hashes that passwords were compared with.
    #[cfg(test)]
    pub(super) fn compared_with(&self) -> Vec<String> {
        self.compared.with.lock().unwrap().clone()
    }
}

impl Turn<'_> {
    /// The hash of a password, with its salt and parameters.
    pub(super) async fn hash(&self, password: &str) -> Result<String, Fault> {
        let password = password.to_owned();
        blocking(move || hash(&password)).await
    }

    /// Whether this is the password of that hash. Without one nobody's password is right, which takes
    /// as long to find out.
    pub(super) async fn verify(&self, password: &str, kept: Option<&str>) -> Result<bool, Fault> {
        let (password, kept) = (password.to_owned(), kept.map(ToOwned::to_owned));
        let compared = Arc::clone(&self.compared);
        blocking(move || {
            // Made by whoever comes first, user or not.
            let of_nobody = compared.of_nobody.get_or_init(|| hash("").unwrap_or_default());
            let hash = kept.as_ref().unwrap_or(of_nobody);
            #[cfg(test)]
            compared.with.lock().unwrap().push(hash.clone());
            let verified = Argon2::default().verify_password(password.as_bytes(), hash.as_str());
            Ok(verified.is_ok() && kept.is_some())
        })
        .await
    }
}

fn hash(password: &str) -> Result<String, Fault> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|error| fault::internal(&error))
}

/// Hashing takes a processor: nobody else's request waits with it.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work).await.map_err(|error| fault::internal(&error))?
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: PasswordPolicy =
        PasswordPolicy { length: 8, lowercase: true, uppercase: true, digits: true, symbols: true };

    #[test]
    fn the_first_rule_that_a_password_breaks_is_told() {
        let broken = |password| check(password, &POLICY).err().map(|fault| fault.message);
        for (password, rule) in [
            ("Aa1!567", "Password not long enough"),
            ("Abcdefg!", "Password must have numeric characters"),
            ("ABCDEFG1!", "Password must have lowercase characters"),
            ("abcdefg1!", "Password must have uppercase characters"),
            ("Abcdefg1", "Password must have symbol characters"),
        ] {
            let expected = format!("Password did not conform with policy: {rule}");
            assert_eq!(broken(password), Some(expected));
        }
        assert_eq!(broken("Abcdef1!"), None);
        assert!(
            check(
                "12345678",
                &PasswordPolicy { lowercase: false, uppercase: false, symbols: false, ..POLICY }
            )
            .is_ok()
        );
    }

    #[tokio::test]
    async fn a_hash_is_salted_and_verifies_its_password_only() {
        let passwords = Passwords::default();
        let turn = passwords.turn().await;
        let hash = turn.hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_ne!(hash, turn.hash("correct horse").await.unwrap());
        assert!(turn.verify("correct horse", Some(&hash)).await.unwrap());
        assert!(!turn.verify("correct mule", Some(&hash)).await.unwrap());
        // The password of nobody is nobody's.
        assert!(!turn.verify("", None).await.unwrap());
    }
}
