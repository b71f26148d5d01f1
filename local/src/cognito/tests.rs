//! What time does to tokens, codes and locks: tests set the clock forward.

use serde_json::{Value, json};

use super::*;
use crate::aws_json::{Fault, Operations as _};

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "Correct-horse-1";
const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

fn start() -> Cognito {
    let cognito = Cognito::start(None, Box::new(|_| {})).unwrap();
    cognito.ensure(&[pools::tests::spec()]);
    cognito
}

impl Cognito {
    async fn call(&self, operation: &str, input: Value) -> Result<Value, Fault> {
        self.service.call(operation, input.to_string().as_bytes()).await
    }

    fn advance(&self, seconds: i64) {
        self.service.clock.advance(seconds);
    }

    async fn user(&self) {
        let input = json!({ "ClientId": "client", "Username": EMAIL, "Password": PASSWORD });
        self.call("SignUp", input).await.unwrap();
        let named = json!({ "UserPoolId": "us-east-1_Test", "Username": EMAIL });
        self.call("AdminConfirmSignUp", named).await.unwrap();
    }

    async fn sign_in(&self, password: &str) -> Result<Value, String> {
        self.initiate("USER_PASSWORD_AUTH", json!({ "USERNAME": EMAIL, "PASSWORD": password }))
            .await
    }

    async fn refresh(&self, session: &Value) -> Result<Value, String> {
        let token = &session["RefreshToken"];
        self.initiate("REFRESH_TOKEN_AUTH", json!({ "REFRESH_TOKEN": token })).await
    }

    async fn initiate(&self, flow: &str, parameters: Value) -> Result<Value, String> {
        let input = json!({ "ClientId": "client", "AuthFlow": flow, "AuthParameters": parameters });
        let answer = self.call("InitiateAuth", input).await;
        answer.map(|mut it| it["AuthenticationResult"].take()).map_err(|fault| fault.message)
    }

    async fn get_user(&self, session: &Value) -> Result<Value, String> {
        let answer = self.call("GetUser", json!({ "AccessToken": session["AccessToken"] })).await;
        answer.map_err(|fault| fault.message)
    }
}

#[tokio::test]
async fn tokens_last_as_long_as_the_document_says() {
    let cognito = start();
    cognito.user().await;
    let session = cognito.sign_in(PASSWORD).await.unwrap();
    cognito.advance(59 * MINUTE);
    cognito.get_user(&session).await.unwrap();
    cognito.advance(MINUTE);
    assert_eq!(cognito.get_user(&session).await.unwrap_err(), "Access Token has expired");
    let renewed = cognito.refresh(&session).await.unwrap();
    cognito.get_user(&renewed).await.unwrap();
    cognito.advance(29 * DAY + 22 * 60 * MINUTE);
    cognito.refresh(&session).await.unwrap();
    cognito.advance(60 * MINUTE);
    assert_eq!(cognito.refresh(&session).await.unwrap_err(), "Refresh Token has expired");
}

#[tokio::test]
async fn a_lock_ends_and_the_next_is_longer() {
    let cognito = start();
    cognito.user().await;
    let wrong = "Incorrect username or password.";
    let locked = "Password attempts exceeded";
    for _ in 0..5 {
        assert_eq!(cognito.sign_in("Wrong-horse-1").await.unwrap_err(), wrong);
    }
    assert_eq!(cognito.sign_in(PASSWORD).await.unwrap_err(), locked);
    cognito.advance(1);
    assert_eq!(cognito.sign_in("Wrong-horse-1").await.unwrap_err(), wrong);
    cognito.advance(1);
    assert_eq!(cognito.sign_in(PASSWORD).await.unwrap_err(), locked);
    cognito.advance(1);
    cognito.sign_in(PASSWORD).await.unwrap();
    // Who signs in begins anew.
    assert_eq!(cognito.sign_in("Wrong-horse-1").await.unwrap_err(), wrong);
    cognito.sign_in(PASSWORD).await.unwrap();
}

#[tokio::test]
async fn guesses_at_once_are_counted_as_guesses_one_by_one() {
    let cognito = start();
    cognito.user().await;
    let guesses = (0..12).map(|_| cognito.sign_in("Wrong-horse-1"));
    let answers = futures_util::future::join_all(guesses).await;
    let looked_at =
        answers.into_iter().filter(|it| it.as_ref().is_err_and(|it| it.starts_with("Inc")));
    // Two are looked at at a time, so one more than the five may be under way.
    assert!(looked_at.count() <= 6);
}

#[tokio::test]
async fn a_guess_costs_one_hash_whether_anybody_has_the_name_or_not_and_a_megabyte_costs_none() {
    let cognito = start();
    cognito.user().await;
    let parameters = |name: &str, password: &str| json!({ "USERNAME": name, "PASSWORD": password });
    let mut answers = Vec::new();
    for name in [EMAIL, "nobody@example.com"] {
        let guess = parameters(name, "Wrong-horse-1");
        answers.push(cognito.initiate("USER_PASSWORD_AUTH", guess).await.unwrap_err());
    }
    assert_eq!(answers[0], answers[1]);
    let compared = cognito.service.passwords.compared_with();
    let [known, unknown] = &compared[..] else { panic!("{compared:?}") };
    // Of the same cost, salts and results apart.
    let cost = |hash: &str| hash.split('$').take(4).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(cost(known), cost(unknown));
    assert_ne!(known, unknown);

    let large = "A1-".repeat(350_000);
    for name in [EMAIL, "nobody@example.com"] {
        let guess = parameters(name, &large);
        assert_eq!(cognito.initiate("USER_PASSWORD_AUTH", guess).await.unwrap_err(), answers[0]);
    }
    let input = json!({ "ClientId": "client", "Username": "bob@example.com", "Password": large });
    let refused = cognito.call("SignUp", input).await.unwrap_err();
    assert!(refused.message.contains("256") && refused.message.len() < 1000);
    assert_eq!(cognito.service.passwords.compared_with(), compared);
}

#[tokio::test]
async fn a_code_is_good_for_a_day_and_five_guesses() {
    let cognito = start();
    let input = json!({ "ClientId": "client", "Username": EMAIL, "Password": PASSWORD });
    cognito.call("SignUp", input).await.unwrap();
    let code = || {
        let user = cognito.service.store.user("us-east-1_Test", EMAIL).unwrap().unwrap();
        user.code.unwrap().digits
    };
    let confirm = async |code: &str| {
        let input = json!({ "ClientId": "client", "Username": EMAIL, "ConfirmationCode": code });
        cognito.call("ConfirmSignUp", input).await.map_err(|fault| fault.shape)
    };
    for _ in 0..5 {
        assert_eq!(confirm("wrong").await.unwrap_err(), "CodeMismatchException");
    }
    assert_eq!(confirm(&code()).await.unwrap_err(), "LimitExceededException");
    cognito.advance(DAY);
    assert_eq!(confirm(&code()).await.unwrap_err(), "ExpiredCodeException");
    let again = json!({ "ClientId": "client", "Username": EMAIL });
    cognito.call("ResendConfirmationCode", again).await.unwrap();
    confirm(&code()).await.unwrap();
}
