//! Choices.

#[path = "../../output/types/enums.rs"]
#[rustfmt::skip]
#[allow(clippy::all, dead_code, unreachable_pub, reason = "generated from a document that tries the generator")]
mod output;

use super::{broken, round_trip};
use output::*;

#[test]
fn values_equal_after_casing_are_different_variants() {
    assert_eq!(State::ALL.len(), 8);
    for state in State::ALL {
        assert_eq!(state.to_string().parse::<State>().as_ref(), Ok(state));
        assert_eq!(round_trip::<State>(&serde_json::to_string(state).unwrap()), *state);
    }
    assert_eq!(State::InProgress2.as_str(), "in_progress");
}

#[test]
fn other_values_are_a_violation() {
    assert_eq!(broken::<Untyped>("\"c\""), ["value is not one of a, b"]);
    assert_eq!("c".parse::<Untyped>().unwrap_err().to_string(), "value is not one of a, b");
    assert_eq!(
        broken::<Holder>(r#"{"mixed":2}"#),
        ["/maybe is missing", "/mixed is not one of 1, a, true, [1], {\"k\":1}"]
    );
}

#[test]
fn a_nullable_choice_may_be_null() {
    assert_eq!(round_trip::<Holder>(r#"{"maybe":null}"#).maybe, None);
    assert_eq!(Only::default(), Only::One);
}
