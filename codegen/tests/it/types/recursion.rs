//! Types that contain themselves.

#[path = "../../output/types/recursion.rs"]
#[rustfmt::skip]
#[allow(clippy::all, dead_code, unreachable_pub, reason = "generated from a document that tries the generator")]
mod output;

use super::{broken, round_trip};
use output::*;

#[test]
fn recursive_values_survive_a_round_trip() {
    let _: Node = round_trip(r#"{"value":1,"next":{"value":2},"children":[{"value":3}]}"#);
    let _: Left = round_trip(r#"{"right":{"left":{}}}"#);
    let _: Nested = round_trip("[[],[[]]]");
    let _: Tree = round_trip(r#"{"a":{"b":{}}}"#);
    let _: Ping = round_trip("[[[]]]");
    let _: Option<Optional> = round_trip(r#"{"inner":null}"#);
}

#[test]
fn violations_deep_inside_have_their_pointer() {
    assert_eq!(
        broken::<Node>(r#"{"value":1,"next":{"children":[{"value":"x"}]}}"#),
        ["/next/value is missing", "/next/children/0/value is not an integer",]
    );
}
