//! Bounds, lengths, patterns, counts.

#[path = "../../output/types/constraints.rs"]
#[rustfmt::skip]
#[allow(clippy::all, dead_code, unreachable_pub, reason = "generated from a document that tries the generator")]
mod output;

use super::{broken, round_trip};
use output::*;

#[test]
fn every_violation_is_listed_with_its_pointer() {
    let json = r#"{"code":"abcde","small":5,"half":1,"flags":["a","a","",""],"labels":{"k":"long"},"matrix":[[1,-1],[1,2,3]]}"#;
    assert_eq!(
        broken::<Box>(json),
        [
            "/code is longer than 4 characters",
            "/small is not a multiple of 3",
            "/half is not less than 1",
            "/flags has more than 3 items",
            "/flags/2 is shorter than 1 character",
            "/flags/3 is shorter than 1 character",
            "/flags/1 is the same as item 0",
            "/flags/3 is the same as item 2",
            "/labels/k is longer than 3 characters",
            "/matrix/0/1 is less than 0",
            "/matrix/1 has more than 2 items",
            "/undeclared is missing",
        ]
    );
}

#[test]
fn what_fits_survives_a_round_trip() {
    let value: Box = round_trip(
        r#"{"code":"AB","small":3,"half":0.3,"flags":["a"],"matrix":[[1]],"undeclared":null}"#,
    );
    assert_eq!(value.code.as_str(), "AB");
    assert_eq!(value.small.map(Small::get), Some(3));
}

#[test]
fn a_value_that_breaks_a_constraint_cannot_be_built() {
    assert_eq!(
        Code::new("a").unwrap_err().to_string(),
        "value is shorter than 2 characters; value does not match ^[A-Z]+$"
    );
    assert!(Small::new(12).is_err());
    assert!(Half::new(0.0).is_err());
    assert!(Half::new(f64::NAN).is_err());
    assert!(Level::new(3).is_err());
    assert!("4".parse::<Level>().is_ok());
    assert!(Flags::new(vec![]).is_err());
    assert!(Labels::new(std::collections::BTreeMap::new()).is_err());
    assert!(serde_json::from_str::<Code>("\"ab\"").is_err());
}

#[test]
fn integers_are_written_without_fraction_and_keep_their_width() {
    assert_eq!(broken::<Small>("3.0"), ["value is not an integer"]);
    assert_eq!(
        broken::<Wide>("9223372036854775808"),
        ["value is greater than 9223372036854775807"]
    );
    assert_eq!(round_trip::<Wide>("-9223372036854775808").get(), i64::MIN);
    assert_eq!(round_trip::<Unsigned>("18446744073709551615"), u64::MAX);
    assert_eq!(broken::<Unsigned>("-1"), ["value is less than 0"]);
}
