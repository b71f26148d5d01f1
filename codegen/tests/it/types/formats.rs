//! Formats.

#[path = "../../output/types/formats.rs"]
#[rustfmt::skip]
#[allow(clippy::all, dead_code, unreachable_pub, reason = "generated from a document that tries the generator")]
mod output;

use super::{broken, round_trip};
use output::*;

#[test]
fn formats_are_checked() {
    let json = r#"{"id":"x","day":"2023-02-29","at":"noon","mail":"a","site":"/","v4":"::1","v6":"1.1.1.1","host":"-","bytes":"?","pin":"ab"}"#;
    assert_eq!(
        broken::<All>(json),
        [
            "/id is not a UUID",
            "/day is not a date such as 2026-03-14",
            "/at is not a date-time such as 2026-03-14T15:09:26Z",
            "/mail is not an email address",
            "/site is not a URI",
            "/v4 is not an IPv4 address",
            "/v6 is not an IPv6 address",
            "/host is not a host name",
            "/bytes is not base64",
            "/pin is shorter than 4 characters",
            "/pin does not match ^[0-9]+$",
        ]
    );
}

#[test]
fn what_is_of_its_format_survives_a_round_trip() {
    let value: All = round_trip(
        r#"{"id":"6f1c1d9e-0f0b-4f6f-8a55-1b7f0f8f2a11","day":"2024-02-29","at":"2024-02-29T10:00:00Z","mail":"a@b","site":"a:b","v4":"1.1.1.1","v6":"::1","host":"a","bytes":"AAE=","blob":"x","secret":"hunter2","pin":"123456","odd":"?"}"#,
    );
    assert_eq!(value.bytes.as_ref().unwrap().0, [0, 1]);
}

#[test]
fn debug_shows_no_password() {
    let value: All = round_trip(r#"{"secret":"hunter2","pin":"123456"}"#);
    let shown = format!("{value:?}");
    assert!(!shown.contains("hunter2") && !shown.contains("123456"), "{shown}");
}
