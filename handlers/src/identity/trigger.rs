//! The function `sign-up-trigger`: Cognito calls it before it creates a user, and does what its answer
//! says.
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-sign-up.html>

use serde_json::Value;

/// Confirms whoever signs up, and takes their email address for theirs. Users that administrators or
/// other identity providers create are left as they are.
///
/// # Errors
/// If the event is not Cognito's before a sign-up; then nobody signs up.
pub fn confirm(mut event: Value) -> Result<Value, NotSignUp> {
    let source = event["triggerSource"].as_str().unwrap_or_default().to_owned();
    if !source.starts_with("PreSignUp_") {
        return Err(NotSignUp { trigger: source });
    }
    if source == "PreSignUp_SignUp" {
        // Cognito refuses to verify an address that is not there.
        let has_email = event["request"]["userAttributes"]["email"].is_string();
        let Some(response) = event["response"].as_object_mut() else {
            return Err(NotSignUp { trigger: source });
        };
        response.insert("autoConfirmUser".to_owned(), true.into());
        response.insert("autoVerifyEmail".to_owned(), has_email.into());
    }
    Ok(event)
}

/// The event is another one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the event (triggerSource `{trigger}`) is not what Cognito sends before a sign-up: make this \
     function the pool's preSignUp, and nothing else's"
)]
pub struct NotSignUp {
    trigger: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(source: &str, attributes: Value) -> Value {
        json!({
            "version": "1", "triggerSource": source, "region": "eu-west-1", "userPoolId": "eu-west-1_a",
            "userName": "6a1f", "callerContext": {"awsSdkVersion": "1", "clientId": "c"},
            "request": {"userAttributes": attributes, "validationData": null},
            "response": {"autoConfirmUser": false, "autoVerifyEmail": false, "autoVerifyPhone": false},
        })
    }

    #[test]
    fn whoever_signs_up_is_confirmed_and_nothing_else_changes() {
        let event = event("PreSignUp_SignUp", json!({"email": "ada@example.com"}));
        let mut expected = event.clone();
        expected["response"]["autoConfirmUser"] = json!(true);
        expected["response"]["autoVerifyEmail"] = json!(true);
        assert_eq!(confirm(event), Ok(expected));
    }

    #[test]
    fn an_address_that_is_not_there_is_not_verified() {
        let answer = confirm(event("PreSignUp_SignUp", json!({}))).unwrap();
        assert_eq!(answer["response"]["autoConfirmUser"], json!(true));
        assert_eq!(answer["response"]["autoVerifyEmail"], json!(false));
    }

    #[test]
    fn others_users_are_left_as_they_are() {
        for source in ["PreSignUp_AdminCreateUser", "PreSignUp_ExternalProvider"] {
            let event = event(source, json!({"email": "ada@example.com"}));
            assert_eq!(confirm(event.clone()), Ok(event));
        }
    }

    #[test]
    fn other_events_are_refused_and_named() {
        for (event, named) in [
            (
                event("PostConfirmation_ConfirmSignUp", json!({})),
                "`PostConfirmation_ConfirmSignUp`",
            ),
            (json!({"Records": []}), "``"),
            (json!({"triggerSource": "PreSignUp_SignUp"}), "`PreSignUp_SignUp`"),
            (json!(null), "``"),
        ] {
            let error = confirm(event).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
    }
}
