//! Images and whose they are: a user signs up and in, uploads a picture by a form, finds it by what is seen on it.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use client::{Client, ResponseValue, Settings, Token, Tokens, models};
use models::{ImageStatus, ImageUpload};
use serde_json::json;

use crate::{parse, show, show_status};

const EMAIL: &str = "walker@example.com";
/// As the strictest policy of the environments wants it.
const PASSWORD: &str = "Analytical-Engine-1843";
/// Longest a picture may take to be looked at.
const PATIENCE: Duration = Duration::from_secs(120);
/// A PNG of eight by six pixels, all of them blue.
const PICTURE: &str = "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAGCAIAAABxZ0isAAAAEUlEQVR42mMQ0TiBFTEMpAQAJ+gwwVjsXmEAAAAASUVORK5CYII=";

pub(crate) async fn walk(settings: Settings, stranger: &Client) {
    show("listImages without a token", &stranger.list_images().send().await);
    let Some(token) = signed_in(stranger).await else { return };
    let tokens = Tokens::default();
    tokens.set(token);
    match settings.tokens(tokens).build() {
        Ok(walker) => with_token(&walker).await,
        Err(error) => println!("images: {error}"),
    }
}

/// Signs up and in; answers a token that was refreshed since.
async fn signed_in(client: &Client) -> Option<Token> {
    let credentials = |password: &str| {
        parse::<models::Credentials>(json!({ "email": EMAIL, "password": password }))
    };
    // In words of the pool, which emulators do not find.
    show_status("signUp weak", &client.sign_up().body(credentials("weak")).send().await);
    show("signUp", &client.sign_up().body(credentials(PASSWORD)).send().await);
    show("signUp again", &client.sign_up().body(credentials(PASSWORD)).send().await);
    show("signIn wrong", &client.sign_in().body(credentials("Wrong-Engine-1843")).send().await);
    let signed_in = client.sign_in().body(credentials(PASSWORD)).send().await;
    show("signIn", &signed_in);
    let refresh = json!({ "refreshToken": signed_in.ok()?.refresh_token.as_ref()?.expose() });
    let refresh = client.refresh_tokens().body(parse::<models::TokenRefresh>(refresh));
    let refreshed = refresh.send().await;
    show("refreshTokens", &refreshed);
    Token::new(refreshed.ok()?.id_token.expose()).ok()
}

async fn with_token(client: &Client) {
    let new =
        parse::<models::NewImage>(json!({ "contentType": "image/png", "fileName": "sea.png" }));
    let created = client.create_image().body(new).send().await;
    show("createImage", &created);
    let Ok(upload) = created.map(ResponseValue::into_inner) else { return };
    let id = upload.image_id;
    show("getImage awaiting", &client.get_image().image_id(id).send().await);
    let picture = STANDARD.decode(PICTURE).unwrap_or_default();
    let altered = [("key", "images/somebody/else")];
    println!("POST form altered: {}", post(&upload, &altered, &picture).await);
    println!("POST form: {}", post(&upload, &[], &picture).await);
    let link = looked_at(client, &upload).await;
    let tags = |tags: &[&str]| {
        let tags = parse::<models::ListImagesTags>(json!(tags));
        client.list_images().tags(tags).send()
    };
    show("listImages by tag", &tags(&["blue"]).await);
    show("listImages by another tag", &tags(&["blue", "red"]).await);
    if let Some(link) = link {
        let got = reqwest::get(link).await.and_then(reqwest::Response::error_for_status);
        let bytes = match got {
            Ok(answer) => answer.bytes().await,
            Err(error) => Err(error),
        };
        println!("GET link: {}", bytes.map_or(0, |bytes| bytes.len()));
    }
    show("deleteImage", &client.delete_image().image_id(id).send().await);
    // It names the image, by an id that is made anew each time.
    show_status("getImage deleted", &client.get_image().image_id(id).send().await);
    show("listImages", &client.list_images().send().await);
}

/// Sends the form as a page does, with some fields changed; answers the status.
async fn post(upload: &ImageUpload, changed: &[(&str, &str)], file: &[u8]) -> u16 {
    let mut body = Vec::new();
    for (name, value) in &upload.fields {
        let value = changed.iter().find(|(it, _)| it == name).map_or(value.as_str(), |(_, it)| it);
        let field =
            format!("--part\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(field.as_bytes());
    }
    let head = "--part\r\ncontent-disposition: form-data; name=\"file\"; filename=\"sea.png\"\r\n\
        content-type: image/png\r\n\r\n";
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--part--\r\n");
    let request = reqwest::Client::new().post(&upload.url);
    let request = request.header("content-type", "multipart/form-data; boundary=part");
    request.body(body).send().await.map_or(0, |answer| answer.status().as_u16())
}

/// Waits until a picture was looked at, and shows what was seen; answers where its bytes are.
async fn looked_at(client: &Client, upload: &ImageUpload) -> Option<String> {
    let started = Instant::now();
    loop {
        let got = client.get_image().image_id(upload.image_id).send().await;
        let decided = got.as_ref().is_ok_and(|got| got.status != ImageStatus::Awaiting);
        if decided || started.elapsed() > PATIENCE {
            show("getImage tagged", &got);
            return got.ok().and_then(|got| got.into_inner().link);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
