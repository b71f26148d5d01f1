//! Users of the document's pools: signing up and in. Tokens go to the page that asked, and are kept
//! nowhere else.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Request, StatusCode};
use http_body_util::Full;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Web;
use super::answer::{self, Answer};
use super::loopback;

/// What the form holds.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Form {
    /// Name of the pool.
    pool: String,
    email: String,
    password: String,
    /// The user is new.
    #[serde(default)]
    sign_up: bool,
}

/// Signs a user in, as a new one if the form says so; answers `{id, access, minutes}`.
pub(super) async fn answer(web: &Web, body: &[u8]) -> Answer {
    match tokens(web, body).await {
        Ok(tokens) => answer::json(StatusCode::OK, &tokens),
        Err(error) => answer::json(StatusCode::UNPROCESSABLE_ENTITY, &json!({ "error": error })),
    }
}

async fn tokens(web: &Web, body: &[u8]) -> Result<Value, String> {
    // What is wrong with it may be the password: the error would show it.
    let form: Form = serde_json::from_slice(body).map_err(|_| "The form is not as expected.")?;
    let plan = web.plan();
    let pool = plan.user_pools.iter().find(|pool| pool.name == form.pool);
    let client = &pool.ok_or("The document has no such user pool any more.")?.client_id;
    let (email, password) = (&form.email, &form.password);
    if form.sign_up {
        let attributes = json!([{ "Name": "email", "Value": email }]);
        let new = json!({ "ClientId": client, "Username": email, "Password": password, "UserAttributes": attributes });
        call(web, "SignUp", &new).await?;
    }
    let signing_in = json!({
        "ClientId": client,
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": { "USERNAME": email, "PASSWORD": password },
    });
    let answered = call(web, "InitiateAuth", &signing_in).await?;
    let result = &answered["AuthenticationResult"];
    match (result["IdToken"].as_str(), result["AccessToken"].as_str()) {
        (Some(id), Some(access)) => {
            let minutes = result["ExpiresIn"].as_u64().unwrap_or_default() / 60;
            Ok(json!({ "id": id, "access": access, "minutes": minutes }))
        }
        _ => {
            Err("The pool asks for more than a password, which the console does not offer."
                .to_owned())
        }
    }
}

/// An operation of Cognito; of an error, what it says.
async fn call(web: &Web, operation: &str, input: &Value) -> Result<Value, String> {
    let request = Request::post("/")
        .header("x-amz-target", format!("AWSCognitoIdentityProviderService.{operation}"))
        .header(CONTENT_TYPE, "application/x-amz-json-1.1")
        .body(Full::new(Bytes::from(input.to_string())))
        .map_err(|error| error.to_string())?;
    let endpoint = &web.site.parts.endpoints().cognito;
    let authority = endpoint.split('/').nth(2).unwrap_or_default();
    let answered = loopback::send(authority, request).await.map_err(|error| error.to_string())?;
    let value: Value = serde_json::from_slice(&answered.body).unwrap_or_default();
    if answered.status.is_success() {
        return Ok(value);
    }
    let kind = value["__type"].as_str().and_then(|kind| kind.rsplit('#').next());
    let message = value["message"].as_str().unwrap_or("The pool does not say why.");
    Err(format!("{}: {message}", kind.unwrap_or("Cognito refuses it")))
}
