//! Alternatives.

#[path = "../../output/types/unions.rs"]
#[rustfmt::skip]
#[allow(clippy::all, dead_code, unreachable_pub, reason = "generated from a document that tries the generator")]
mod output;

use super::{broken, round_trip};
use output::*;

#[test]
fn the_discriminator_decides() {
    assert!(matches!(round_trip::<Implicit>(r#"{"kind":"Cat","lives":9}"#), Implicit::Cat(_)));
    assert!(matches!(round_trip::<Mapped>(r#"{"kind":"hound"}"#), Mapped::Dog(_)));
    assert!(matches!(round_trip::<Mapped>(r#"{"kind":"tom"}"#), Mapped::Cat(_)));
    assert_eq!(broken::<Mapped>(r#"{"kind":"Cat"}"#), ["/kind is not one of kitty, tom, hound"]);
    assert_eq!(broken::<Mapped>("{}"), ["/kind is missing"]);
    assert_eq!(broken::<Mapped>(r#"{"kind":"kitty","lives":10}"#), ["/lives is greater than 9"]);
    assert_eq!(broken::<Mapped>("1"), ["value is not an object"]);
}

#[test]
fn a_wrong_tag_is_written_right() {
    let cat = Cat { kind: "dog".to_owned(), lives: None };
    assert_eq!(serde_json::to_string(&Mapped::from(cat)).unwrap(), r#"{"kind":"kitty"}"#);
}

#[test]
fn exactly_one_alternative_of_one_of_fits() {
    assert!(matches!(round_trip::<Payment>(r#"{"number":"1234"}"#), Payment::Card(_)));
    assert!(matches!(round_trip::<Payment>(r#"{"iban":"x"}"#), Payment::Transfer(_)));
    assert_eq!(
        broken::<Payment>(r#"{"number":"1234","iban":"x"}"#),
        ["value fits Card and Transfer, where exactly one may fit"]
    );
    assert_eq!(broken::<Payment>("{}"), ["value fits none of Card, Transfer"]);
    assert_eq!(broken::<Payment>("true"), ["value fits none of Card, Transfer"]);
    assert!(decode_loose(r#"{"number":"1234","iban":"x"}"#));
}

fn decode_loose(json: &str) -> bool {
    models::validation::decode::<Loose>(json.as_bytes()).is_ok()
}

#[test]
fn alternatives_of_different_types_are_told_by_type() {
    assert!(matches!(round_trip::<Scalar>("\"abc\""), Scalar::Text(_)));
    assert!(matches!(round_trip::<Scalar>("7"), Scalar::Integer(7)));
    assert!(matches!(round_trip::<Scalar>("[true]"), Scalar::List(_)));
    assert_eq!(broken::<Scalar>("\"abcd\""), ["value is longer than 3 characters (as Text)"]);
    assert_eq!(broken::<Scalar>("[1]"), ["/0 is not true or false (as List)"]);
}

#[test]
fn deep_alternatives_take_no_exponential_time() {
    let mut json = "1".to_owned();
    for _ in 0..100 {
        json = format!(r#"{{"left":{json},"right":1}}"#);
    }
    let _: Expression = round_trip(&json);
    assert!(!broken::<Expression>(&json.replace("{\"left\":1,", "{\"left\":\"x\",")).is_empty());
}

#[test]
fn members_beside_alternatives_are_in_each() {
    let _: Based = round_trip(r#"{"id":"1","a":"x"}"#);
    let _: Based = round_trip(r#"{"id":"1","b":"x"}"#);
    assert!(!broken::<Based>(r#"{"a":"x"}"#).is_empty());
}
