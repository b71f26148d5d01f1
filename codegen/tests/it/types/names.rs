//! Names that Rust, or another schema, has already.

#[path = "../../output/types/names.rs"]
#[rustfmt::skip]
#[allow(clippy::all, dead_code, unreachable_pub, reason = "generated from a document that tries the generator")]
mod output;

use super::{broken, round_trip};
use output::*;

#[test]
fn types_may_be_called_like_those_of_rust() {
    let _: Vec = round_trip::<Vec>(r#"["a"]"#);
    let _: Box = round_trip(r#"{"box":{"box":{}}}"#);
    let _: Self_ = round_trip(r#"{"self":"a","type":"b","crate":1}"#);
    assert!(matches!(round_trip::<From>("\"abc\""), From::String(_)));
    assert_eq!(round_trip::<Result>("\"Ok\""), Result::Ok);
    assert_eq!(broken::<String>("\"abcd\""), ["value is longer than 3 characters"]);
}

#[test]
fn names_equal_after_casing_are_numbered() {
    let _: AB = round_trip(r#"{"x":"y"}"#);
    let _: AB2 = round_trip("\"y\"");
    let _: UserName = round_trip("\"\"");
    assert!(UserName2::new("").is_err());
}
