//! Forms of browsers: `POST` with a signed policy.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use local::s3::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};
use serde_json::{Value, json};
use sha2::Sha256;

use super::scene::{BUCKET, Scene};
use crate::multipart;

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// The signature of a policy that was made on a day, such as `20261122`.
pub(crate) fn signature(policy: &str, day: &str) -> String {
    let mut key = format!("AWS4{SECRET_ACCESS_KEY}").into_bytes();
    for part in [day, "us-east-1", "s3", "aws4_request"] {
        key = hmac(&key, part);
    }
    hmac(&key, policy).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The fields of a form that is signed as the AWS SDKs sign one.
struct Form {
    fields: Vec<(String, String)>,
}

impl Form {
    /// `fields` are those a page may choose within `conditions`; the policy ends `life` from now.
    fn signed(conditions: &[Value], life: SignedDuration, fields: &[(&str, &str)]) -> Self {
        let now = Timestamp::now();
        let date = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let day = now.strftime("%Y%m%d").to_string();
        let credential = format!("{ACCESS_KEY_ID}/{day}/us-east-1/s3/aws4_request");
        let mut all = vec![
            json!({ "bucket": BUCKET }),
            json!({ "x-amz-algorithm": "AWS4-HMAC-SHA256" }),
            json!({ "x-amz-credential": credential }),
            json!({ "x-amz-date": date }),
        ];
        all.extend_from_slice(conditions);
        let expiration = (now + life).strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
        let policy = json!({ "expiration": expiration, "conditions": all });
        let policy = STANDARD.encode(policy.to_string());
        let signature = signature(&policy, &day);
        let mut form = Self { fields: Vec::new() };
        for (name, value) in fields.iter().copied().chain([
            ("policy", policy.as_str()),
            ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
            ("x-amz-credential", &credential),
            ("x-amz-date", &date),
            ("x-amz-signature", &signature),
        ]) {
            form.fields.push((name.to_owned(), value.to_owned()));
        }
        form
    }

    /// Status and body of the answer.
    async fn send(&self, scene: &Scene, file: &[u8]) -> (u16, String) {
        let fields = self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let (media_type, body) = multipart::form(fields, file);
        let request = reqwest::Client::new().post(scene.url(BUCKET)).body(body);
        let request = request.header("content-type", media_type);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

const MINUTE: SignedDuration = SignedDuration::from_secs(60);

#[tokio::test]
async fn a_form_within_its_policy_becomes_an_object() {
    let mut scene = Scene::new();
    let conditions = [
        json!(["starts-with", "$key", "users/42/"]),
        json!(["eq", "$Content-Type", "image/png"]),
        json!(["content-length-range", 1, 100]),
        json!({ "success_action_status": "201" }),
    ];
    let fields = [
        ("key", "users/42/ü.png"),
        ("Content-Type", "image/png"),
        ("success_action_status", "201"),
    ];
    let form = Form::signed(&conditions, MINUTE, &fields);
    let (status, body) = form.send(&scene, b"picture").await;
    assert_eq!(status, 201, "{body}");
    assert!(body.contains("<Key>users/42/ü.png</Key>"), "{body}");
    let mut placeholder = fields;
    placeholder[0].1 = "users/42/${filename}";
    let form = Form::signed(&conditions, MINUTE, &placeholder);
    assert_eq!(form.send(&scene, b"picture").await.0, 501);
    assert_eq!(scene.get("users/42/ü.png").await, b"picture");
    let head =
        scene.client.head_object().bucket(BUCKET).key("users/42/ü.png").send().await.unwrap();
    assert_eq!(head.content_type(), Some("image/png"));
    assert_eq!(scene.told(), ["ObjectCreated:Post users/42/ü.png"]);
}

#[tokio::test]
async fn a_form_outside_of_its_policy_is_refused() {
    let scene = Scene::new();
    let conditions = [
        json!(["starts-with", "$key", "users/42/"]),
        json!(["eq", "$Content-Type", "image/png"]),
        json!(["content-length-range", 2, 10]),
    ];
    let own = [("key", "users/42/a.png"), ("Content-Type", "image/png")];
    let foreign = [("key", "users/43/a.png"), ("Content-Type", "image/png")];
    let other_type = [("key", "users/42/a.png"), ("Content-Type", "text/html")];
    let picture: &[u8] = b"picture";
    for (fields, life, file, status, code) in [
        (own, MINUTE, &b"0123456789x"[..], 400, "EntityTooLarge"),
        (own, MINUTE, &b"0"[..], 400, "EntityTooSmall"),
        (foreign, MINUTE, picture, 403, "AccessDenied"),
        (other_type, MINUTE, picture, 403, "AccessDenied"),
        (own, -MINUTE, picture, 403, "AccessDenied"),
    ] {
        let (actual, body) = Form::signed(&conditions, life, &fields).send(&scene, file).await;
        assert!(actual == status && body.contains(code), "{code}: {actual} {body}");
    }
    let mut tampered = Form::signed(&conditions, MINUTE, &own);
    let policy = tampered.fields.iter_mut().find(|(name, _)| name == "policy").unwrap();
    let text = String::from_utf8(STANDARD.decode(&policy.1).unwrap()).unwrap();
    policy.1 = STANDARD.encode(text.replace("users/42/", "users/"));
    let (status, body) = tampered.send(&scene, picture).await;
    assert!(status == 403 && body.contains("SignatureDoesNotMatch"), "{status} {body}");
    let unsigned = Form { fields: vec![("key".to_owned(), "k".to_owned())] };
    assert_eq!(unsigned.send(&scene, picture).await.0, 403);
    let listed = scene.client.list_objects_v2().bucket(BUCKET).send().await.unwrap();
    assert_eq!(listed.key_count(), Some(0));
}
