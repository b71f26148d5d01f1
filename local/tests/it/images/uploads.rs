//! What a form lets through, and what becomes of what it should not have.

use client::models::ImageStatus;

use super::{picture, post};
use crate::service::Service;

#[tokio::test(flavor = "multi_thread")]
async fn s3_holds_an_upload_to_its_form() {
    let service = Service::start().await;
    let ada = service.member("ada@example.com").await;
    let (upload, other) = (ada.create("image/png").await, ada.create("image/png").await);
    let largest = usize::try_from(upload.max_bytes).unwrap();
    let (picture, large) = (picture(8, 8), vec![7; largest + 1]);
    let bobs = format!("images/bob/{}", upload.image_id);
    for (file, changed, status, code) in [
        (&large, &[][..], 400, "EntityTooLarge"),
        (&Vec::new(), &[][..], 400, "EntityTooSmall"),
        (&picture, &[("Content-Type", "text/html")][..], 403, "AccessDenied"),
        (&picture, &[("key", bobs.as_str())][..], 403, "AccessDenied"),
        (&picture, &[("key", "images/../x")][..], 403, "AccessDenied"),
        (&picture, &[("x-amz-meta-more", "than allowed")][..], 403, "AccessDenied"),
        (
            &picture,
            &[("policy", other.fields["policy"].as_str())][..],
            403,
            "SignatureDoesNotMatch",
        ),
    ] {
        let answer = post(&upload, file, changed).await;
        // A page has to be able to read it.
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        let (actual, body) = (answer.status(), answer.text().await.unwrap());
        assert!(actual == status && body.contains(code), "{code}: {actual} {body}");
    }
    assert_eq!(service.pictures().await, 0);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_picture_fails_and_is_never_shown_by_a_browser() {
    let service = Service::start().await;
    let ada = service.member("ada@example.com").await;
    let text = b"no picture, whatever its name".to_vec();
    let script =
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec();
    for (bytes, word) in [(text, "pictures are"), (script, "pictures are"), (bomb(), "pixels")] {
        let image = ada.upload(&service, "image/png", &bytes).await;
        assert_eq!(image.status, ImageStatus::Failed);
        assert!(image.reason.as_ref().unwrap().contains(word), "{:?}", image.reason);
        let answer = reqwest::get(image.link.unwrap()).await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/octet-stream");
        let disposition = answer.headers()["content-disposition"].to_str().unwrap();
        assert!(disposition.starts_with("attachment; "), "{disposition}");
    }
    service.stop().await;
}

/// A PNG that says it has a hundred megapixels.
fn bomb() -> Vec<u8> {
    let mut bytes = picture(8, 8);
    let header = 16..24;
    bytes[header].copy_from_slice(&[10_000_u32.to_be_bytes(), 10_000_u32.to_be_bytes()].concat());
    // The checksum of the chunk IHDR: type and content.
    let crc = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32IsoHdlc, &bytes[12..29]);
    bytes[29..33].copy_from_slice(&u32::try_from(crc).unwrap().to_be_bytes());
    bytes
}
