//! Amazon Rekognition: the request as its protocol has it, and what its answers mean.

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_rekognition::config::{Credentials, SharedCredentialsProvider};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use handlers::recognition::{Recognizer as _, Rekognition};
use image::ImageFormat;
use serde_json::json;

use super::stub::{Reply, Seen, Stub};
use super::{names, picture_of, refused, unavailable};

fn rekognition(stub: &Stub) -> Rekognition {
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    let soon = std::time::Duration::from_millis(1);
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::standard().with_initial_backoff(soon))
        .endpoint_url(&stub.url)
        .build();
    Rekognition::new(&config)
}

fn sent(seen: &Seen) -> Vec<u8> {
    STANDARD.decode(seen.json()["Image"]["Bytes"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn likely_labels_become_tags() {
    let stub = Stub::start(|_, _| {
        let labels = json!({ "Labels": [
            { "Name": "Golden Retriever", "Confidence": 91.5, "Parents": [{ "Name": "Dog" }] },
            { "Name": "Dog", "Confidence": 99.25 },
            { "Name": "Cat", "Confidence": 89.9 },
        ], "LabelModelVersion": "3.0" });
        Reply::new(200, labels.to_string())
    })
    .await;
    let picture = picture_of(100, 80, ImageFormat::Jpeg);
    let tags = rekognition(&stub).recognize(&picture).await.unwrap();
    assert_eq!(names(&tags), ["dog", "golden retriever"]);
    assert_eq!(tags[0].confidence(), 0.9925);

    let [seen] = &stub.seen()[..] else { panic!("one request") };
    assert_eq!(seen.headers["x-amz-target"], "RekognitionService.DetectLabels");
    assert!(seen.headers["authorization"].contains("/eu-west-1/rekognition/aws4_request"));
    assert_eq!(&sent(seen), picture.bytes());
    assert_eq!(seen.json()["MinConfidence"], 90.0);
    assert_eq!(seen.json()["MaxLabels"], 50);
}

#[tokio::test]
async fn what_rekognition_does_not_take_is_made_a_smaller_jpeg() {
    let stub = Stub::start(|_, _| Reply::new(200, r#"{"Labels":[]}"#)).await;
    let rekognition = rekognition(&stub);
    // Noise does not compress: six million bytes and more.
    let large = picture_of(2000, 1100, ImageFormat::Png);
    assert!(large.bytes().len() > 5_000_000);
    for (picture, size) in [
        (picture_of(100, 80, ImageFormat::Gif), (100, 80)),
        (picture_of(100, 80, ImageFormat::WebP), (100, 80)),
        (large, (1600, 880)),
    ] {
        assert_eq!(rekognition.recognize(&picture).await.unwrap(), []);
        let sent = sent(stub.seen().last().unwrap());
        assert!(sent.len() < 5_000_000, "{}", sent.len());
        let shown = image::load_from_memory_with_format(&sent, ImageFormat::Jpeg).unwrap();
        assert_eq!((shown.width(), shown.height()), size);
    }
}

#[tokio::test]
async fn a_refusal_is_for_good_and_anything_else_is_not() {
    let picture = picture_of(10, 10, ImageFormat::Png);
    for (error, tries) in [
        ("ThrottlingException", 3),
        ("ProvisionedThroughputExceededException", 3),
        ("AccessDeniedException", 1),
    ] {
        let stub = Stub::start(move |_, _| failure(error)).await;
        let told = unavailable(rekognition(&stub).recognize(&picture).await);
        assert!(told.starts_with("the picture cannot be recognised now"), "{told}");
        assert_eq!(stub.seen().len(), tries, "{error}");
    }
    for error in
        ["InvalidImageFormatException", "ImageTooLargeException", "InvalidParameterException"]
    {
        let stub = Stub::start(move |_, _| failure(error)).await;
        let told = refused(rekognition(&stub).recognize(&picture).await);
        assert_eq!(told, "Amazon Rekognition cannot work with the picture");
        assert_eq!(stub.seen().len(), 1, "{error}");
    }
}

fn failure(error: &str) -> Reply {
    Reply::new(400, json!({ "__type": error, "Message": "so it is" }).to_string())
}
