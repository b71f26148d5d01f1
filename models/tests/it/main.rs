//! Integration tests of the types: what is written reads back as the same value, and whatever is
//! read is either a value that keeps its constraints or a list of violations.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where its premise fails")]

use models::validation::{Constrained, check, decode};
use models::{Item, NewItem, Problem, User};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// JSON of any shape, its members often those of our types.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (400..600).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,5}".prop_map(Value::from),
        Just(Value::from("ada@example.com")),
        Just(Value::from("6f1c1d9e-0f0b-4f6f-8a55-1b7f0f8f2a11")),
    ];
    let names = prop_oneof![
        "uid|username|email|name|quantity|tags|itemId|title|status|detail|errors|type",
        ".{0,3}"
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn holds<T>(json: &Value)
where
    T: DeserializeOwned + Serialize + Constrained + PartialEq + std::fmt::Debug,
{
    let Ok(value) = decode::<T>(json.to_string().as_bytes()) else { return };
    check(T::schema(), &value).unwrap();
    assert_eq!(decode::<T>(&serde_json::to_vec(&value).unwrap()), Ok(value));
}

proptest! {
    #[test]
    fn what_is_read_keeps_its_constraints_and_survives_a_round_trip(json in json()) {
        holds::<User>(&json);
        holds::<NewItem>(&json);
        holds::<Item>(&json);
        holds::<Problem>(&json);
        holds::<Value>(&json);
    }

    #[test]
    fn problems_with_members_of_their_own_survive_a_round_trip(
        status in 400_i64..600, title in ".{0,9}", extension in json(),
    ) {
        let json = serde_json::json!({ "title": title, "status": status, "traceId": extension });
        let problem: Problem = decode(json.to_string().as_bytes()).unwrap();
        prop_assert_eq!(serde_json::to_value(&problem).unwrap(), json);
    }

    #[test]
    fn bytes_that_are_not_json_are_an_error(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let _ = decode::<User>(&bytes);
    }
}

#[test]
fn every_violation_of_a_user_is_listed() {
    let error = decode::<User>(br#"{"uid":"a b","email":"x","more":1}"#).unwrap_err();
    assert_eq!(
        error.to_string(),
        "/uid does not match ^[A-Za-z0-9_-]+$; /username is missing; \
         /email is not an email address; /more is not a declared member"
    );
}
