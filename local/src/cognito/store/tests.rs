use std::os::unix::fs::PermissionsExt as _;

use super::super::user::{Code, Status, User};
use super::*;

fn user(sub: &str, email: &str) -> User {
    User {
        sub: sub.to_owned(),
        pool: "pool".to_owned(),
        email: email.to_owned(),
        email_verified: false,
        attributes: [("name".to_owned(), "Ada".to_owned())].into(),
        password: Some("a hash".to_owned()),
        status: Status::Unconfirmed,
        created_at: 1,
        modified_at: 1,
        code: Some(Code { digits: "123456".to_owned(), expires_at: 9 }),
    }
}

fn session(origin_jti: &str, expires_at: i64) -> Session {
    Session {
        origin_jti: origin_jti.to_owned(),
        pool: "pool".to_owned(),
        sub: "1".to_owned(),
        auth_time: 0,
        expires_at,
        is_revoked: false,
    }
}

#[test]
fn users_sessions_and_keys_survive_for_their_owner_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("user-pools.sqlite");
    let store = Store::open(Some(&path)).unwrap();
    assert!(store.add_user(&user("1", "Ada@example.com")).unwrap());
    store.add_session(&session("s", 50), b"hash").unwrap();
    store.put_private_key("pool", "id", b"key").unwrap();
    for entry in std::fs::read_dir(directory.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", entry.path());
    }

    let again = Store::open(Some(&path)).unwrap();
    let found = again.user("pool", "ada@EXAMPLE.com").unwrap().unwrap();
    assert_eq!(
        (found.email.as_str(), found.attributes["name"].as_str()),
        ("Ada@example.com", "Ada")
    );
    assert_eq!(found.code.unwrap().digits, "123456");
    assert!(again.user("other", "1").unwrap().is_none());
    assert_eq!(again.session_of_token(b"hash").unwrap(), Some(session("s", 50)));
    assert_eq!(again.private_key("pool", "id").unwrap().as_deref(), Some(&b"key"[..]));
}

#[test]
fn an_address_is_taken_whatever_its_case_and_only_in_its_pool() {
    let store = Store::open(None).unwrap();
    assert!(store.add_user(&user("1", "ada@example.com")).unwrap());
    assert!(!store.add_user(&user("2", "ADA@example.com")).unwrap());
    let elsewhere = User { pool: "other".to_owned(), ..user("2", "ada@example.com") };
    assert!(store.add_user(&elsewhere).unwrap());
}

#[test]
fn a_deleted_user_leaves_no_session() {
    let store = Store::open(None).unwrap();
    store.add_user(&user("1", "ada@example.com")).unwrap();
    store.add_session(&session("s", 50), b"hash").unwrap();
    store.delete_user("pool", "1").unwrap();
    assert!(store.user("pool", "1").unwrap().is_none());
    assert_eq!(store.session("s").unwrap(), None);
}

#[test]
fn sessions_that_ended_long_ago_are_forgotten() {
    let store = Store::open(None).unwrap();
    store.add_session(&session("old", 10), b"1").unwrap();
    let month = 30 * 24 * 60 * 60 * 1000;
    let at = |auth_time| Session { auth_time, ..session(&auth_time.to_string(), i64::MAX) };
    store.add_session(&at(month + 10), b"2").unwrap();
    assert!(store.session("old").unwrap().is_some());
    store.add_session(&at(month + 11), b"3").unwrap();
    assert!(store.session("old").unwrap().is_none());
}

#[test]
fn another_format_is_refused_with_a_way_out() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("user-pools.sqlite");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 7).unwrap();
    let message = Store::open(Some(&path)).unwrap_err().to_string();
    assert!(message.contains("its format is 7") && message.contains("--ephemeral"), "{message}");
    std::fs::write(&path, "not a database, but long enough to be taken for one").unwrap();
    assert!(Store::open(Some(&path)).is_err());
}
