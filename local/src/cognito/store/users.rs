//! Users in the store.

use rusqlite::{ErrorCode, OptionalExtension as _, Row, params};

use super::super::user::{Code, Status, User};
use super::{Answer, Store};

const COLUMNS: &str = "sub, pool, email, email_verified, attributes, password, status, created_at, \
    modified_at, code, code_expires_at";

impl Store {
    /// Adds a user; false if somebody has the address.
    pub(in super::super) fn add_user(&self, user: &User) -> Answer<bool> {
        let added = self
            .lock()
            .prepare_cached(
                "INSERT INTO users (sub, pool, email, email_key, email_verified, attributes, \
                 password, status, created_at, modified_at, code, code_expires_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute(params![
                user.sub,
                user.pool,
                user.email,
                email_key(&user.email),
                user.email_verified,
                serde_json::to_string(&user.attributes).unwrap_or_default(),
                user.password,
                user.status.name(),
                user.created_at,
                user.modified_at,
                user.code.as_ref().map(|code| &code.digits),
                user.code.as_ref().map(|code| code.expires_at),
            ]);
        match added {
            Ok(_) => Ok(true),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// The user of a pool with this email address, in whatever case, or this sub.
    pub(in super::super) fn user(&self, pool: &str, name: &str) -> Answer<Option<User>> {
        self.lock()
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM users WHERE pool = ?1 AND (email_key = ?2 OR sub = ?3)"
            ))?
            .query_row([pool, &email_key(name), name], user)
            .optional()
    }

    /// The users of a pool, the oldest first.
    pub(in super::super) fn users(&self, pool: &str) -> Answer<Vec<User>> {
        self.lock()
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM users WHERE pool = ?1 ORDER BY created_at, sub"
            ))?
            .query_map([pool], user)?
            .collect()
    }

    /// Gives a user another password, and the status that goes with it.
    pub(in super::super) fn set_password(
        &self,
        sub: &str,
        hash: &str,
        status: Status,
        now: i64,
    ) -> Answer<()> {
        self.lock()
            .prepare_cached(
                "UPDATE users SET password = ?2, status = ?3, modified_at = ?4 WHERE sub = ?1",
            )?
            .execute(params![sub, hash, status.name(), now])?;
        Ok(())
    }

    /// Has a user be confirmed; the address is verified if the user proved to have it.
    pub(in super::super) fn confirm(&self, sub: &str, is_verified: bool, now: i64) -> Answer<()> {
        self.lock()
            .prepare_cached(
                "UPDATE users SET status = ?2, email_verified = max(email_verified, ?3), \
                 modified_at = ?4, code = NULL, code_expires_at = NULL WHERE sub = ?1",
            )?
            .execute(params![sub, Status::Confirmed.name(), is_verified, now])?;
        Ok(())
    }

    /// Gives a user another code.
    pub(in super::super) fn set_code(&self, sub: &str, code: &Code) -> Answer<()> {
        self.lock()
            .prepare_cached("UPDATE users SET code = ?2, code_expires_at = ?3 WHERE sub = ?1")?
            .execute(params![sub, code.digits, code.expires_at])?;
        Ok(())
    }

    /// Deletes a user with all sessions.
    pub(in super::super) fn delete_user(&self, pool: &str, sub: &str) -> Answer<()> {
        self.write(|transaction| {
            transaction
                .prepare_cached("DELETE FROM sessions WHERE pool = ?1 AND sub = ?2")?
                .execute([pool, sub])?;
            transaction
                .prepare_cached("DELETE FROM users WHERE pool = ?1 AND sub = ?2")?
                .execute([pool, sub])?;
            Ok(())
        })
    }
}

/// What is the same for addresses that differ in case only.
fn email_key(email: &str) -> String {
    email.to_lowercase()
}

fn user(row: &Row<'_>) -> Answer<User> {
    let attributes: String = row.get("attributes")?;
    let status: String = row.get("status")?;
    let code: Option<String> = row.get("code")?;
    let expires_at: Option<i64> = row.get("code_expires_at")?;
    Ok(User {
        sub: row.get("sub")?,
        pool: row.get("pool")?,
        email: row.get("email")?,
        email_verified: row.get("email_verified")?,
        attributes: serde_json::from_str(&attributes).unwrap_or_default(),
        password: row.get("password")?,
        status: Status::of_name(&status),
        created_at: row.get("created_at")?,
        modified_at: row.get("modified_at")?,
        code: code.zip(expires_at).map(|(digits, expires_at)| Code { digits, expires_at }),
    })
}
