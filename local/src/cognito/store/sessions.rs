//! Sessions in the store: one for each sign-in, known by the refresh token it answered and by the
//! `origin_jti` of every token it led to.

use rusqlite::{OptionalExtension as _, Row, params};

use super::{Answer, Store};

/// How long a session is known to have been, after it expired: 30 days.
const REMEMBERED: i64 = 30 * 24 * 60 * 60 * 1000;

/// A sign-in that lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Session {
    pub(in super::super) origin_jti: String,
    pub(in super::super) pool: String,
    pub(in super::super) sub: String,
    /// When the user signed in.
    pub(in super::super) auth_time: i64,
    pub(in super::super) expires_at: i64,
    pub(in super::super) is_revoked: bool,
}

impl Store {
    /// Adds the session of a refresh token, which is known by its hash, and forgets those that ended
    /// long ago.
    pub(in super::super) fn add_session(&self, session: &Session, token: &[u8]) -> Answer<()> {
        self.write(|transaction| {
            transaction
                .prepare_cached("DELETE FROM sessions WHERE expires_at < ?1")?
                .execute([session.auth_time - REMEMBERED])?;
            transaction
                .prepare_cached(
                    "INSERT INTO sessions (origin_jti, refresh_token, pool, sub, auth_time, \
                     expires_at, revoked) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .execute(params![
                    session.origin_jti,
                    token,
                    session.pool,
                    session.sub,
                    session.auth_time,
                    session.expires_at,
                    session.is_revoked,
                ])?;
            Ok(())
        })
    }

    /// The session of a refresh token.
    pub(in super::super) fn session_of_token(&self, token: &[u8]) -> Answer<Option<Session>> {
        self.lock()
            .prepare_cached("SELECT * FROM sessions WHERE refresh_token = ?1")?
            .query_row([token], session)
            .optional()
    }

    /// The session that tokens with this `origin_jti` come from.
    pub(in super::super) fn session(&self, origin_jti: &str) -> Answer<Option<Session>> {
        self.lock()
            .prepare_cached("SELECT * FROM sessions WHERE origin_jti = ?1")?
            .query_row([origin_jti], session)
            .optional()
    }

    /// Ends a session.
    pub(in super::super) fn revoke(&self, origin_jti: &str) -> Answer<()> {
        self.lock()
            .prepare_cached("UPDATE sessions SET revoked = 1 WHERE origin_jti = ?1")?
            .execute([origin_jti])?;
        Ok(())
    }

    /// Ends all sessions of a user.
    pub(in super::super) fn revoke_all(&self, pool: &str, sub: &str) -> Answer<()> {
        self.lock()
            .prepare_cached("UPDATE sessions SET revoked = 1 WHERE pool = ?1 AND sub = ?2")?
            .execute([pool, sub])?;
        Ok(())
    }
}

fn session(row: &Row<'_>) -> Answer<Session> {
    Ok(Session {
        origin_jti: row.get("origin_jti")?,
        pool: row.get("pool")?,
        sub: row.get("sub")?,
        auth_time: row.get("auth_time")?,
        expires_at: row.get("expires_at")?,
        is_revoked: row.get("revoked")?,
    })
}
