//! Signing up, signing in, and what follows.

use serde_json::json;

use super::tokens::parts;
use super::{ADA, CLIENT, PASSWORD, POOL, Pools, said, spec};
use local::cognito::UserPoolSpec;

#[tokio::test]
async fn a_user_signs_up_proves_the_address_and_signs_in() {
    let pools = Pools::start();
    let sign_up = pools.client.sign_up().client_id(CLIENT).username(ADA).password(PASSWORD);
    let signed_up = sign_up.send().await.unwrap();
    assert!(!signed_up.user_confirmed());
    let delivery = signed_up.code_delivery_details().unwrap();
    assert_eq!(delivery.destination(), Some("a***@e***"));
    let refused = pools.sign_in(ADA, PASSWORD).await.unwrap_err();
    assert_eq!(refused, "UserNotConfirmedException: User is not confirmed.");

    let confirm = |code: &str| {
        let request = pools.client.confirm_sign_up().client_id(CLIENT).username(ADA);
        let request = request.confirmation_code(code);
        async move { request.send().await.map_err(said) }
    };
    let wrong = confirm("none").await.unwrap_err();
    assert!(wrong.starts_with("CodeMismatchException: Invalid verification code"), "{wrong}");
    confirm(&pools.code()).await.unwrap();
    let again = confirm(&pools.code()).await.unwrap_err();
    let expected = "NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED";
    assert_eq!(again, expected);

    let signed_in = pools.sign_in("ADA@example.com", PASSWORD).await.unwrap();
    let user = pools.client.get_user().access_token(signed_in.access_token().unwrap());
    let user = user.send().await.unwrap();
    assert_eq!(user.username(), signed_up.user_sub());
    let shown = |name: &str| {
        user.user_attributes().iter().find(|it| it.name() == name).and_then(|it| it.value())
    };
    assert_eq!((shown("email"), shown("email_verified")), (Some(ADA), Some("true")));
    assert_eq!(shown("sub"), Some(signed_up.user_sub()));
}

#[tokio::test]
async fn tokens_have_the_claims_of_cognito() {
    let pools = Pools::with(&[UserPoolSpec { token_minutes: 5, ..spec() }], None);
    let sub = pools.user(ADA).await;
    let result = pools.sign_in(ADA, PASSWORD).await.unwrap();
    assert_eq!((result.expires_in(), result.token_type()), (300, Some("Bearer")));
    let [id_header, mut id] = parts(result.id_token().unwrap());
    let [access_header, mut access] = parts(result.access_token().unwrap());
    assert_eq!(id_header["alg"], "RS256");
    assert_ne!(id_header["kid"], access_header["kid"]);
    assert_eq!((&id["origin_jti"], &id["event_id"]), (&access["origin_jti"], &access["event_id"]));
    assert_ne!(id["jti"], access["jti"]);
    for token in [&mut id, &mut access] {
        assert_eq!(token["exp"].as_i64().unwrap(), token["iat"].as_i64().unwrap() + 300);
        assert_eq!(token["auth_time"], token["iat"]);
        let token = token.as_object_mut().unwrap();
        for random in ["jti", "origin_jti", "event_id", "exp", "iat", "auth_time"] {
            assert!(token.remove(random).is_some(), "{random}");
        }
    }
    let issuer = format!("https://cognito-idp.us-east-1.amazonaws.com/{POOL}");
    let expected = json!({
        "sub": sub, "iss": issuer, "cognito:username": sub, "email": ADA, "email_verified": false,
        "aud": CLIENT, "token_use": "id",
    });
    assert_eq!(id, expected);
    let expected = json!({
        "sub": sub, "iss": issuer, "username": sub, "client_id": CLIENT, "token_use": "access",
        "scope": "aws.cognito.signin.user.admin",
    });
    assert_eq!(access, expected);
}

#[tokio::test]
async fn a_refresh_token_gives_new_tokens_until_it_is_revoked() {
    let pools = Pools::start();
    pools.user(ADA).await;
    let first = pools.sign_in(ADA, PASSWORD).await.unwrap();
    let other = pools.sign_in(ADA, PASSWORD).await.unwrap();
    let refresh_token = first.refresh_token().unwrap();
    assert!(refresh_token.len() > 1_500, "those of AWS are as long");
    let second = pools.refresh(refresh_token).await.unwrap();
    assert_eq!(second.refresh_token(), None);
    let [_, before] = parts(first.id_token().unwrap());
    let [_, after] = parts(second.id_token().unwrap());
    assert_eq!(before["origin_jti"], after["origin_jti"]);
    assert_ne!(before["jti"], after["jti"]);
    let tokens = pools.client.get_tokens_from_refresh_token().client_id(CLIENT);
    let third = tokens.refresh_token(refresh_token).send().await.unwrap();
    assert!(third.authentication_result().unwrap().id_token().is_some());

    let revoke = |token: &str| pools.client.revoke_token().client_id(CLIENT).token(token).send();
    let unsupported = revoke(first.access_token().unwrap()).await.map_err(said).unwrap_err();
    assert!(unsupported.starts_with("UnsupportedTokenTypeException"), "{unsupported}");
    revoke(refresh_token).await.unwrap();
    revoke("none").await.unwrap();
    let refused = pools.refresh(refresh_token).await.unwrap_err();
    assert_eq!(refused, "NotAuthorizedException: Refresh Token has been revoked");
    let get = |token: &str| pools.client.get_user().access_token(token).send();
    // With a refresh token go the access tokens that it led to, and no others.
    let refused = get(second.access_token().unwrap()).await.map_err(said).unwrap_err();
    assert_eq!(refused, "NotAuthorizedException: Access Token has been revoked");
    get(other.access_token().unwrap()).await.unwrap();
    let refused = pools.refresh("none").await.unwrap_err();
    assert_eq!(refused, "NotAuthorizedException: Invalid Refresh Token");
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session() {
    let pools = Pools::start();
    pools.user(ADA).await;
    let first = pools.sign_in(ADA, PASSWORD).await.unwrap();
    let second = pools.sign_in(ADA, PASSWORD).await.unwrap();
    let sign_out = pools.client.global_sign_out().access_token(first.access_token().unwrap());
    sign_out.send().await.unwrap();
    for session in [&first, &second] {
        let refused = pools.refresh(session.refresh_token().unwrap()).await.unwrap_err();
        assert_eq!(refused, "NotAuthorizedException: Refresh Token has been revoked");
        let get = pools.client.get_user().access_token(session.access_token().unwrap());
        let refused = get.send().await.map_err(said).unwrap_err();
        assert_eq!(refused, "NotAuthorizedException: Access Token has been revoked");
    }
    pools.sign_in(ADA, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_user_changes_the_password_and_goes() {
    let pools = Pools::start();
    pools.user(ADA).await;
    let session = pools.sign_in(ADA, PASSWORD).await.unwrap();
    let token = session.access_token().unwrap();
    let change = |previous: &str, proposed: &str| {
        let request = pools.client.change_password().access_token(token);
        let request = request.previous_password(previous).proposed_password(proposed);
        async move { request.send().await.map_err(said) }
    };
    let refused = change("Wrong-horse-1", "Another-horse-1").await.unwrap_err();
    assert_eq!(refused, "NotAuthorizedException: Incorrect username or password.");
    let refused = change(PASSWORD, "Another-horse").await.unwrap_err();
    let weak = "InvalidPasswordException: Password did not conform with policy: ";
    assert_eq!(refused, format!("{weak}Password must have numeric characters"));
    change(PASSWORD, "Another-horse-1").await.unwrap();
    assert!(pools.sign_in(ADA, PASSWORD).await.is_err());
    pools.sign_in(ADA, "Another-horse-1").await.unwrap();

    pools.client.delete_user().access_token(token).send().await.unwrap();
    let get = pools.client.get_user().access_token(token).send().await;
    assert_eq!(get.map_err(said).unwrap_err(), "UserNotFoundException: User does not exist.");
    let refused = pools.refresh(session.refresh_token().unwrap()).await.unwrap_err();
    assert_eq!(refused, "NotAuthorizedException: Invalid Refresh Token");
    pools.sign_up(ADA).await.unwrap();
}

#[tokio::test]
async fn passwords_are_refused_in_the_words_of_cognito() {
    let pools = Pools::start();
    let sign_up = |password: String| {
        let request = pools.client.sign_up().client_id(CLIENT).username(ADA).password(password);
        async move { request.send().await.map_err(said).unwrap_err() }
    };
    let policy = "InvalidPasswordException: Password did not conform with policy: ";
    assert_eq!(sign_up("Short-1".into()).await, format!("{policy}Password not long enough"));
    let expected = format!("{policy}Password must have uppercase characters");
    assert_eq!(sign_up("correct-horse-1".into()).await, expected);
    let constraint = "InvalidParameterException: 1 validation error detected: Value at 'password' \
        failed to satisfy constraint: Member must ";
    let begun = std::time::Instant::now();
    let expected = format!("{constraint}have length less than or equal to 256");
    assert_eq!(sign_up("aA1".repeat(350_000)).await, expected);
    assert!(begun.elapsed().as_secs() < 2, "it was hashed");
    let refused = sign_up(" Correct-horse-1".into()).await;
    assert!(refused.contains("satisfy regular expression pattern"), "{refused}");
    // No such password can be anybody's, so signing in with it says no more than a wrong one.
    let refused = pools.sign_in(ADA, &"aA1".repeat(350_000)).await.unwrap_err();
    assert_eq!(refused, "NotAuthorizedException: Incorrect username or password.");
}

#[tokio::test]
async fn users_pools_and_clients_have_to_be_what_they_are_said_to_be() {
    let pools = Pools::start();
    let sign_up = |client: &str, email: &str| {
        let request = pools.client.sign_up().client_id(client).username(email).password(PASSWORD);
        async move { request.send().await.map(|_| ()).map_err(said) }
    };
    let refused = sign_up(CLIENT, "ada").await.unwrap_err();
    assert_eq!(refused, "InvalidParameterException: Username should be an email.");
    let refused = sign_up("nobody", ADA).await.unwrap_err();
    assert_eq!(refused, "ResourceNotFoundException: User pool client nobody does not exist.");
    sign_up(CLIENT, ADA).await.unwrap();
    let refused = sign_up(CLIENT, "Ada@Example.com").await.unwrap_err();
    let expected = "UsernameExistsException: An account with the given email already exists.";
    assert_eq!(refused, expected);
    pools.cognito.ensure(&[UserPoolSpec { self_sign_up: false, ..spec() }]);
    let refused = sign_up(CLIENT, "bob@example.com").await.unwrap_err();
    let expected = "NotAuthorizedException: SignUp is not permitted for this user pool";
    assert_eq!(refused, expected);
}

#[tokio::test]
async fn users_keys_and_sessions_survive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("user-pools.sqlite");
    let pools = Pools::with(&[spec()], Some(&file));
    pools.user(ADA).await;
    let session = pools.sign_in(ADA, PASSWORD).await.unwrap();
    drop(pools);

    let pools = Pools::with(&[spec()], Some(&file));
    let get = pools.client.get_user().access_token(session.access_token().unwrap());
    get.send().await.unwrap();
    let renewed = pools.refresh(session.refresh_token().unwrap()).await.unwrap();
    let [before, _] = parts(session.id_token().unwrap());
    let [after, _] = parts(renewed.id_token().unwrap());
    assert_eq!(before, after, "the key is the same");
    pools.sign_in(ADA, PASSWORD).await.unwrap();
}
