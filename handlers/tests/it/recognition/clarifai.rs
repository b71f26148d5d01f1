//! Clarifai: answers as its documentation has them, and everything that may go wrong on the way.

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use handlers::parameters::{MemoryParameters, ParameterError, Parameters};
use handlers::recognition::{
    Clarifai, MAX_TAGS, Patience, Picture, RecognitionError, Recognizer as _, Tag,
};
use handlers::store::BoxFuture;
use image::ImageFormat;
use models::value::Secret;
use serde_json::{Value, json};

use super::stub::{Reply, Stub};
use super::{chain, names, picture_of, refused, unavailable};

const KEY: &str = "/lychgate/clarifai-key";

#[derive(Clone, Debug, Default)]
struct Shared(Arc<MemoryParameters>);

impl Parameters for Shared {
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Secret, ParameterError>> {
        self.0.get(name)
    }
}

/// Clarifai at a stub, and a picture.
pub(super) struct Asked {
    clarifai: Clarifai<Shared>,
    parameters: Shared,
    picture: Picture,
}

impl Asked {
    pub(super) fn of(stub: &Stub) -> Self {
        Self::within(stub, Duration::from_secs(5), Duration::from_secs(20))
    }

    fn within(stub: &Stub, attempt: Duration, budget: Duration) -> Self {
        let parameters = Shared::default();
        parameters.0.put(KEY, "the-secret");
        let patience = Patience { attempt, budget, pause: Duration::from_millis(1) };
        let clarifai =
            Clarifai::new(parameters.clone(), &stub.url, KEY.to_owned(), patience).unwrap();
        Self { clarifai, parameters, picture: picture_of(20, 10, ImageFormat::Png) }
    }

    pub(super) async fn tags(&self) -> Result<Vec<Tag>, RecognitionError> {
        self.clarifai.recognize(&self.picture).await
    }
}

fn status(code: u32, description: &str) -> Value {
    json!({ "code": code, "description": description, "req_id": "20ab5bcf0566429f9b350e50372456ce" })
}

/// What Clarifai answers if it found these.
pub(super) fn found(concepts: &[(&str, f64)]) -> String {
    let concepts: Vec<Value> = concepts
        .iter()
        .map(|(name, value)| {
            json!({ "id": "ai_HLmqFqBf", "name": name, "value": value, "app_id": "main" })
        })
        .collect();
    let model = json!({
        "id": "general-image-recognition", "app_id": "main", "user_id": "clarifai",
        "model_version": { "id": "aa7f35c01e0642fda5cf400f543e7c40", "status": status(21100, "Model is trained") },
    });
    let output = json!({
        "id": "a03a4b326e3041e88983a88b58c41f2b", "status": status(10000, "Ok"),
        "created_at": "2025-02-28T09:41:55.568082659Z", "model": model,
        "input": { "id": "7fd5", "data": { "image": { "base64": "dHJ1bmNhdGVk" } } },
        "data": { "concepts": concepts },
    });
    json!({ "status": status(10000, "Ok"), "outputs": [output] }).to_string()
}

#[tokio::test]
async fn likely_concepts_become_tags() {
    let stub = Stub::start(|_, _| {
        let concepts =
            [("Train", 0.9996), ("no person", 0.5), ("Subway, System", 0.98), ("edge", 0.9)];
        Reply::new(200, found(&concepts))
    })
    .await;
    let asked = Asked::of(&stub);
    let tags = asked.tags().await.unwrap();
    assert_eq!(names(&tags), ["train", "subway system"]);
    assert_eq!(tags[0].confidence(), 0.9996);

    let [seen] = &stub.seen()[..] else { panic!("one request") };
    assert_eq!(seen.line, "POST /v2/models/general-image-recognition/outputs");
    assert_eq!(seen.headers["authorization"], "Key the-secret");
    assert_eq!(seen.headers["content-type"], "application/json");
    let body = seen.json();
    assert_eq!(body["user_app_id"], json!({ "user_id": "clarifai", "app_id": "main" }));
    let sent = body["inputs"][0]["data"]["image"]["base64"].as_str().unwrap();
    assert_eq!(&STANDARD.decode(sent).unwrap(), asked.picture.bytes());
}

#[tokio::test]
async fn ten_thousand_concepts_are_as_many_tags_as_may_be() {
    let stub = Stub::start(|_, _| {
        let named: Vec<(String, f64)> =
            (0..10_000).map(|n| (format!("Concept {n}"), 0.95 + f64::from(n) / 1e6)).collect();
        let concepts: Vec<(&str, f64)> =
            named.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        Reply::new(200, found(&concepts))
    })
    .await;
    let tags = Asked::of(&stub).tags().await.unwrap();
    assert_eq!((tags.len(), tags[0].name()), (MAX_TAGS, "concept 9999"));
}

#[tokio::test]
async fn a_picture_without_concepts_has_no_tags() {
    let empty = json!({
        "status": status(10000, "Ok"), "outputs": [{ "status": status(10000, "Ok"), "data": {} }],
    });
    let stub = Stub::start(move |_, _| Reply::new(200, empty.to_string())).await;
    assert_eq!(Asked::of(&stub).tags().await.unwrap(), []);
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    let throttled = || Reply::Answer {
        status: 429,
        headers: "Retry-After: 0\r\n".to_owned(),
        body: json!({ "status": {
            "code": "CONN_THROTTLED", "description": "Making too many requests",
        } })
        .to_string(),
    };
    let busy = json!({ "status": status(10030, "Try the request again") }).to_string();
    let stub = Stub::start(move |_, number| match number {
        1 => throttled(),
        2 => Reply::new(500, "<html>"),
        3 => Reply::Cut,
        4 => Reply::new(200, busy.clone()),
        5 => Reply::Silence,
        _ => Reply::new(200, found(&[("train", 0.99)])),
    })
    .await;
    let asked = Asked::within(&stub, Duration::from_secs(1), Duration::from_secs(20));
    assert_eq!(names(&asked.tags().await.unwrap()), ["train"]);
    assert_eq!(stub.seen().len(), 6);
}

#[tokio::test]
async fn patience_ends() {
    let stub = Stub::start(|_, _| Reply::Silence).await;
    let begun = Instant::now();
    let asked = Asked::within(&stub, Duration::from_millis(100), Duration::from_millis(300));
    let error = unavailable(asked.tags().await);
    assert!(error.contains("Clarifai has not answered within"), "{error}");
    assert!(stub.seen().len() > 1);
    assert!(begun.elapsed() < Duration::from_secs(5));

    // An answer that begins is not one that ends.
    let stub = Stub::start(|_, _| Reply::Begun).await;
    let asked = Asked::within(&stub, Duration::from_millis(100), Duration::from_millis(300));
    let error = unavailable(asked.tags().await);
    assert!(error.contains("Clarifai has not answered within"), "{error}");
    assert!(stub.seen().len() > 1);
    assert!(begun.elapsed() < Duration::from_secs(5));

    let stub = Stub::start(|_, _| Reply::Answer {
        status: 429,
        headers: "Retry-After: 3600\r\n".to_owned(),
        body: json!({ "status": status(11005, "Making too many requests") }).to_string(),
    })
    .await;
    let error = unavailable(Asked::of(&stub).tags().await);
    assert!(error.ends_with("with status 429: Making too many requests (11005)"), "{error}");
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn answers_that_are_none_say_where_and_not_what() {
    for (body, told) in [
        ("<html>the-secret</html>".to_owned(), "it is no JSON at line 1, column 1"),
        (found(&[("a", 1.0)])[..90].to_owned(), "it ends at line 1, column 90"),
        (r#"{"status":"the-secret"}"#.to_owned(), "something else is expected at line 1"),
        (String::new(), "it ends at line 1, column 0"),
    ] {
        let stub = Stub::start(move |_, _| Reply::new(200, body.clone())).await;
        let error = unavailable(Asked::of(&stub).tags().await);
        assert!(error.contains(told), "{error}");
        assert!(!error.contains("the-secret"), "{error}");
        assert_eq!(stub.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_key_that_was_changed_is_found_at_once() {
    let valid = Arc::new(std::sync::Mutex::new("Key the-secret"));
    let accepted = Arc::clone(&valid);
    let stub = Stub::start(move |seen, _| {
        if seen.headers["authorization"] == *accepted.lock().unwrap() {
            return Reply::new(200, found(&[("train", 0.99)]));
        }
        let answer = json!({ "status": status(11008, "Invalid API key") });
        Reply::new(401, answer.to_string())
    })
    .await;
    let asked = Asked::of(&stub);
    asked.tags().await.unwrap();
    *valid.lock().unwrap() = "Key another";
    asked.parameters.0.put(KEY, "another");
    asked.tags().await.unwrap();
    assert_eq!(stub.seen().len(), 3);
    asked.tags().await.unwrap();
    assert_eq!(stub.seen().len(), 4);
    // One that is wrong as well is not tried for ever.
    *valid.lock().unwrap() = "Key a third";
    asked.parameters.0.put(KEY, "a fourth");
    let error = unavailable(asked.tags().await);
    let told = "Clarifai refuses the key in the parameter /lychgate/clarifai-key";
    assert!(error.contains(told), "{error}");
    assert_eq!(stub.seen().len(), 6);
    // The very same one is not tried twice.
    unavailable(asked.tags().await);
    assert_eq!(stub.seen().len(), 7);
}

#[tokio::test]
async fn a_missing_key_is_waited_for() {
    let stub = Stub::start(|_, _| Reply::new(200, found(&[("train", 0.99)]))).await;
    let parameters = Shared::default();
    let clarifai = |parameters| {
        Clarifai::new(parameters, &stub.url, KEY.to_owned(), Patience::default()).unwrap()
    };
    let asked = clarifai(parameters.clone());
    let picture = picture_of(5, 5, ImageFormat::Jpeg);
    let error = unavailable(asked.recognize(&picture).await);
    assert!(error.contains("the parameter /lychgate/clarifai-key does not exist"), "{error}");
    for unfit in ["", " ", "two\nlines"] {
        parameters.0.put(KEY, unfit);
        let error = unavailable(clarifai(parameters.clone()).recognize(&picture).await);
        assert!(error.contains("holds what can be no key"), "{error}");
    }
    assert_eq!(stub.seen().len(), 0);
    // With the end of line that editors leave.
    parameters.0.put(KEY, "the-secret\n");
    asked.recognize(&picture).await.unwrap();
    assert_eq!(stub.seen()[0].headers["authorization"], "Key the-secret");
}

#[tokio::test]
async fn a_picture_that_clarifai_cannot_use_is_refused_for_good() {
    let undecodable = json!({ "status": status(30300, "Input image decoding failed") });
    let of_output = json!({
        "status": status(10020, "Failure"),
        "outputs": [{ "status": status(30101, "Input image format unsupported") }],
    });
    for (code, body, told) in [
        (400, undecodable.to_string(), ": Input image decoding failed (30300)"),
        (200, of_output.to_string(), ": Input image format unsupported (30101)"),
        (413, "<html>".to_owned(), ""),
    ] {
        let stub = Stub::start(move |_, _| Reply::new(code, body.clone())).await;
        let error = refused(Asked::of(&stub).tags().await);
        assert_eq!(error, format!("Clarifai cannot work with the picture{told}"));
        assert_eq!(stub.seen().len(), 1);
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_request_is_no_fault_of_the_picture() {
    let unknown = json!({ "status": status(21200, "Model does not exist") }).to_string();
    let stub = Stub::start(move |_, _| Reply::new(404, unknown.clone())).await;
    let error = unavailable(Asked::of(&stub).tags().await);
    assert!(error.ends_with("with status 404: Model does not exist (21200)"), "{error}");
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn the_key_follows_nobody_elsewhere() {
    let elsewhere = Stub::start(|_, _| Reply::new(200, found(&[("train", 0.99)]))).await;
    for status in [301, 302, 303, 307, 308] {
        let headers = format!("Location: {}/\r\n", elsewhere.url);
        let stub = Stub::start(move |_, _| Reply::Answer {
            status,
            headers: headers.clone(),
            body: String::new(),
        })
        .await;
        let error = unavailable(Asked::of(&stub).tags().await);
        assert!(error.ends_with(&format!("with status {status}")), "{error}");
        assert_eq!((stub.seen().len(), elsewhere.connections()), (1, 0));
    }
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let stub = Stub::start(|_, _| Reply::new(200, " ".repeat(5 << 20))).await;
    let error = unavailable(Asked::of(&stub).tags().await);
    assert!(error.ends_with("Clarifai's answer has more than 4 MiB"), "{error}");
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn the_key_is_shown_nowhere() {
    let stub = Stub::start(|seen, _| {
        let echo = format!("no {}\r\nthanks", seen.headers["authorization"]);
        Reply::new(404, json!({ "status": status(11101, &echo) }).to_string())
    })
    .await;
    let asked = Asked::of(&stub);
    let error = asked.tags().await.unwrap_err();
    assert!(chain(&error).ends_with(": no Key ***  thanks (11101)"), "{}", chain(&error));
    for shown in [format!("{error:?}"), format!("{:?}", asked.clarifai)] {
        assert!(!shown.contains("the-secret"), "{shown}");
    }
}
