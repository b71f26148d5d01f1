//! A pool of a document in the laptop cloud: its function, its authorizer, edits and restarts.

use std::time::Duration;

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::types::AuthFlowType;
use local::{Captured, Cloud, Console, Options, Records};

use super::{ADA, client};
use crate::scratch::Scratch;

const GATE: &str = include_str!("../scratch/gate.rs");
const DOCUMENT: &str = include_str!("../scratch/members.yaml");

/// Longest anything may take to be said before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(300);

/// Enough for the document's policy, but not for the edited one.
const PASSWORD: &str = "horses-1";

async fn start(scratch: &Scratch) -> (Cloud, Captured) {
    let (console, said) = Console::captured();
    let mut options = Options::new(scratch.root());
    options.target = Some(scratch.path("target"));
    options.listen.set_port(0);
    options.records = Records::Directory(scratch.path("data"));
    options.console = console;
    (Cloud::start(options).await.unwrap(), said)
}

async fn says(said: &Captured, words: &str) {
    let found = tokio::time::timeout(PATIENCE, said.until(|said| said.contains(words))).await;
    assert!(found.is_ok(), "not `{words}`, but:\n{}", said.text());
}

/// What the console says behind this.
fn value(said: &Captured, name: &str) -> String {
    let text = said.text();
    text.split(name).nth(1).unwrap().split_whitespace().next().unwrap().to_owned()
}

async fn sign_up(client: &Client, client_id: &str, email: &str) -> Result<bool, String> {
    let request = client.sign_up().client_id(client_id).username(email).password(PASSWORD);
    request.send().await.map(|answer| answer.user_confirmed).map_err(super::said)
}

async fn get(cloud: &Cloud, token: &str) -> (u16, String) {
    let url = format!("{}/me", cloud.base_url);
    let request = reqwest::Client::new().get(url).header("Authorization", token);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn a_pool_follows_its_document_and_survives_the_cloud() {
    let scratch = Scratch::new(GATE);
    scratch.write("openapi/api.yaml", DOCUMENT);
    let (cloud, said) = start(&scratch).await;
    says(&said, "CLIENT=").await;
    says(&said, "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=http://127.0.0.1:").await;
    let (pool, id) = (value(&said, "POOL="), value(&said, "CLIENT="));
    assert!(said.text().contains(&format!("cognito-idp list-users --user-pool-id {pool}")));

    let pools = client(&cloud.endpoints.cognito);
    let refused = sign_up(&pools, &id, "no@example.com").await.unwrap_err();
    let expected = "UserLambdaValidationException: PreSignUp failed with error not you.";
    assert_eq!(refused, expected);
    assert_eq!(sign_up(&pools, &id, ADA).await, Ok(true));
    let sign_in = pools.initiate_auth().client_id(&id).auth_flow(AuthFlowType::UserPasswordAuth);
    let sign_in = sign_in.auth_parameters("USERNAME", ADA).auth_parameters("PASSWORD", PASSWORD);
    let session = sign_in.send().await.unwrap().authentication_result.unwrap();
    let token = session.id_token().unwrap();
    assert_eq!(get(&cloud, token).await, (200, ADA.to_owned()));
    assert_eq!(get(&cloud, "none").await.0, 401);

    scratch.replace("openapi/api.yaml", &DOCUMENT.replace("length: 8", "length: 20"));
    says(&said, "is read again").await;
    let refused = sign_up(&pools, &id, "bob@example.com").await.unwrap_err();
    assert!(refused.ends_with("Password not long enough"), "{refused}");
    cloud.stop().await;

    // Another port, and the same keys: what was issued before is good.
    let (cloud, _) = start(&scratch).await;
    assert_eq!(get(&cloud, token).await, (200, ADA.to_owned()));
    let pools = client(&cloud.endpoints.cognito);
    let user = pools.get_user().access_token(session.access_token().unwrap()).send().await;
    assert_eq!(user.unwrap().username(), super::tokens::parts(token)[1]["sub"]);
    cloud.stop().await;
}
