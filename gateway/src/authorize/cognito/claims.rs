//! A token's claims as API Gateway shows them: all of them text.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

/// Claims that are shown as dates, `Tue Apr 04 18:39:39 UTC 2023` (captured); `auth_time` is not.
const DATES: &[&str] = &["exp", "iat", "nbf"];

/// The claims as text. Arrays are joined by commas: `cognito:groups` is `admin,staff` (captured).
pub(super) fn texts(claims: Map<String, Value>) -> Map<String, Value> {
    let show = |(name, value): (String, Value)| {
        let date = value.as_i64().filter(|_| DATES.contains(&name.as_str())).and_then(date);
        let text = date.unwrap_or_else(|| text(&value));
        (name, text.into())
    };
    claims.into_iter().map(show).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(elements) => elements.iter().map(text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// A time as Java writes it.
fn date(seconds: i64) -> Option<String> {
    let time = Timestamp::from_second(seconds).ok()?.to_zoned(TimeZone::UTC);
    Some(time.strftime("%a %b %d %H:%M:%S UTC %Y").to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_claim_is_text() {
        let Value::Object(claims) = json!({
            "sub": "a", "exp": 1_680_633_579, "iat": 1_680_629_979, "auth_time": 1_680_629_979,
            "email_verified": true, "cognito:groups": ["admin", "staff"],
            "identities": [{ "providerName": "Google", "issuer": null }]
        }) else {
            panic!("claims are an object")
        };
        let expected = json!({
            "sub": "a",
            "exp": "Tue Apr 04 18:39:39 UTC 2023",
            "iat": "Tue Apr 04 17:39:39 UTC 2023",
            "auth_time": "1680629979",
            "email_verified": "true",
            "cognito:groups": "admin,staff",
            "identities": r#"{"providerName":"Google","issuer":null}"#,
        });
        assert_eq!(Value::from(texts(claims)), expected);
    }

    #[test]
    fn a_date_beyond_the_calendar_stays_a_number() {
        let Value::Object(claims) = json!({ "exp": i64::MAX }) else { panic!("an object") };
        assert_eq!(texts(claims)["exp"], i64::MAX.to_string());
    }
}
