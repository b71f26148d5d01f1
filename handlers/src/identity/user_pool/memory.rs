//! The twin in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use models::value::Secret;

use super::{PoolError, PoolTokens, UserPool};
use crate::store::BoxFuture;

/// Wrong passwords before a user is locked out.
const ATTEMPTS: u32 = 5;
/// The shortest password.
const SHORTEST: usize = 12;

/// Users in memory. Their tokens are texts that say whose they are.
#[derive(Debug, Default)]
pub struct InMemoryPool {
    users: Mutex<BTreeMap<String, User>>,
}

#[derive(Debug)]
struct User {
    password: Secret,
    wrong: u32,
}

impl InMemoryPool {
    fn with_users<T>(&self, act: impl FnOnce(&mut BTreeMap<String, User>) -> T) -> T {
        act(&mut self.users.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn tokens(email: &str, refresh_token: Option<String>) -> PoolTokens {
    PoolTokens {
        id_token: Secret::from(format!("id of {email}")),
        access_token: Secret::from(format!("access of {email}")),
        refresh_token: refresh_token.map(Secret::from),
        token_type: "Bearer".to_owned(),
        expires_in: 3600,
    }
}

impl UserPool for InMemoryPool {
    fn sign_up<'a>(
        &'a self,
        email: &'a str,
        password: &'a str,
    ) -> BoxFuture<'a, Result<String, PoolError>> {
        let signed_up = self.with_users(|users| {
            if password.len() < SHORTEST {
                return Err(PoolError::WeakPassword("Password not long enough".to_owned()));
            }
            if users.contains_key(email) {
                return Err(PoolError::Taken);
            }
            let user = User { password: Secret::from(password), wrong: 0 };
            users.insert(email.to_owned(), user);
            Ok(format!("sub of {email}"))
        });
        Box::pin(std::future::ready(signed_up))
    }

    fn sign_in<'a>(
        &'a self,
        email: &'a str,
        password: &'a str,
    ) -> BoxFuture<'a, Result<PoolTokens, PoolError>> {
        let signed_in = self.with_users(|users| {
            let user = users.get_mut(email).ok_or(PoolError::Refused)?;
            if user.wrong >= ATTEMPTS {
                return Err(PoolError::TooMany);
            }
            if user.password.expose() != password {
                user.wrong += 1;
                return Err(PoolError::Refused);
            }
            user.wrong = 0;
            Ok(tokens(email, Some(format!("refresh of {email}"))))
        });
        Box::pin(std::future::ready(signed_in))
    }

    fn refresh<'a>(
        &'a self,
        refresh_token: &'a str,
    ) -> BoxFuture<'a, Result<PoolTokens, PoolError>> {
        let refreshed = self.with_users(|users| {
            let email = refresh_token.strip_prefix("refresh of ").ok_or(PoolError::Refused)?;
            if users.contains_key(email) {
                Ok(tokens(email, None))
            } else {
                Err(PoolError::Refused)
            }
        });
        Box::pin(std::future::ready(refreshed))
    }
}
