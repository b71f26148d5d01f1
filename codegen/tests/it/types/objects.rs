//! Members: declared, not declared, absent, null.

#[path = "../../output/types/objects.rs"]
#[rustfmt::skip]
#[allow(clippy::all, dead_code, unreachable_pub, reason = "generated from a document that tries the generator")]
mod output;

use super::{broken, round_trip};
use output::*;

use models::value::Maybe;

#[test]
fn members_that_are_not_declared_are_kept_checked_or_refused() {
    let open: Open = round_trip(r#"{"title":"a","traceId":{"x":1}}"#);
    assert_eq!(open.additional_2["traceId"]["x"], 1);
    assert_eq!(
        broken::<Typed>(r#"{"x":-1,"y":"a"}"#),
        ["/x is less than 0", "/y is not an integer"]
    );
    assert_eq!(broken::<Closed>(r#"{"x/y":1}"#), ["/x~1y is not a declared member"]);
    assert_eq!(broken::<Empty>(r#"{"x":1}"#), ["/x is not a declared member"]);
}

#[test]
fn absent_and_null_are_apart() {
    let patch: Patch = round_trip(r#"{"must":null}"#);
    assert_eq!((patch.must, patch.may, patch.any), (None, Maybe::Absent, None));
    let patch: Patch = round_trip(r#"{"must":"a","may":null,"any":null}"#);
    assert_eq!((patch.may, patch.any), (Maybe::Null, Some(serde_json::Value::Null)));
    assert_eq!(
        broken::<Patch>(r#"{"plain":null}"#),
        ["/must is missing", "/plain is not a string"]
    );
    assert!(serde_json::from_str::<Patch>("{}").is_err());
    assert!(serde_json::from_str::<Patch>(r#"{"must":"a","plain":null}"#).is_err());
}

#[test]
fn members_of_one_direction_are_not_required() {
    let _: OneWay = round_trip("{}");
}

#[test]
fn a_member_given_twice_is_a_violation() {
    assert_eq!(broken::<Closed>(r#"{"title":"a","title":"b"}"#), ["/title is given twice"]);
}
