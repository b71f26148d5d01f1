//! allOf and not.

#[path = "../../output/types/all_of.rs"]
#[rustfmt::skip]
#[allow(clippy::all, dead_code, unreachable_pub, reason = "generated from a document that tries the generator")]
mod output;

use super::{broken, round_trip};
use output::*;

#[test]
fn parts_are_merged() {
    assert_eq!(broken::<Extended>("{}"), ["/id is missing", "/tag is missing", "/size is missing"]);
    assert_eq!(broken::<Twice>(r#"{"id":"1","tag":"","size":6}"#), ["/size is greater than 5"]);
    assert_eq!(broken::<Twice>(r#"{"id":"1","tag":"","size":0}"#), ["/size is less than 1"]);
    assert_eq!(
        broken::<Tight>("\"aa\""),
        ["value is shorter than 3 characters", "value does not match b"]
    );
    let _: Alias = round_trip(r#"{"id":"1"}"#);
    let _: Holder = round_trip(r#"{"owner":null}"#);
}

#[test]
fn what_has_no_type_is_checked_all_the_same() {
    assert_eq!(broken::<Conflict>("1"), ["value is not a string"]);
    assert_eq!(broken::<Never>("\"a\""), ["value is of a shape that is not allowed"]);
    let _: Never = round_trip("1");
    assert_eq!(broken::<But>(r#"{"a":"x","b":"y"}"#), ["value is of a shape that is not allowed"]);
    let _: But = round_trip(r#"{"a":"x"}"#);
}

#[test]
fn a_base_that_is_extended_is_no_circle() {
    let _: Cat =
        round_trip(r#"{"kind":"cat","friend":{"kind":"dog"},"lives":9,"parent":{"kind":"cat"}}"#);
}
