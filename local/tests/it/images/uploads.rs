//! What a form lets through, and what becomes of what it should not have.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use client::models::{ImageStatus, ImageUpload};
use jiff::{SignedDuration, Timestamp};

use super::{Member, picture, post};
use crate::s3::forms::signature;
use crate::service::Service;

impl Member {
    /// What S3 says to a form that it refuses: status and body. Nothing comes of it.
    async fn refused(
        &self,
        service: &Service,
        upload: &ImageUpload,
        file: &[u8],
        changed: &[(&str, &str)],
    ) -> (u16, String) {
        let answer = post(upload, file, changed).await;
        // A page has to be able to read it.
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        let said = (answer.status().as_u16(), answer.text().await.unwrap());
        assert_eq!(service.pictures().await, 0, "{said:?}");
        service.nothing_is_left_to_hear().await;
        let image = self.get(upload.image_id).await.unwrap();
        assert_eq!((image.status, image.size), (ImageStatus::Awaiting, None));
        said
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_holds_an_upload_to_its_form() {
    let service = Service::start().await;
    let ada = service.member("ada@example.com").await;
    let (upload, other) = (ada.create("image/png").await, ada.create("image/png").await);
    let largest = usize::try_from(upload.max_bytes).unwrap();
    let (picture, large) = (picture(8, 8), vec![7; largest + 1]);
    let key = upload.fields["key"].as_str();
    let bobs = format!("images/bob/{}", upload.image_id);
    let (up, below) = (format!("{key}/../../bob/1"), format!("{key}/1"));
    for (file, changed, status, code) in [
        (&large, &[][..], 400, "EntityTooLarge"),
        (&Vec::new(), &[][..], 400, "EntityTooSmall"),
        (&picture, &[("Content-Type", "text/html")][..], 403, "AccessDenied"),
        (&picture, &[("Content-Type", "image/svg+xml")][..], 403, "AccessDenied"),
        (&picture, &[("key", bobs.as_str())][..], 403, "AccessDenied"),
        (&picture, &[("key", "images/../x")][..], 403, "AccessDenied"),
        (&picture, &[("key", up.as_str())][..], 403, "AccessDenied"),
        (&picture, &[("key", below.as_str())][..], 403, "AccessDenied"),
        (&picture, &[("key", other.fields["key"].as_str())][..], 403, "AccessDenied"),
        (&picture, &[("x-amz-meta-more", "than allowed")][..], 403, "AccessDenied"),
        (
            &picture,
            &[("policy", other.fields["policy"].as_str())][..],
            403,
            "SignatureDoesNotMatch",
        ),
    ] {
        let (actual, body) = ada.refused(&service, &upload, file, changed).await;
        assert!(actual == status && body.contains(code), "{code}: {actual} {body}");
    }
    for name in upload.fields.keys() {
        let mut lacking = upload.clone();
        lacking.fields.remove(name).unwrap();
        let (status, body) = ada.refused(&service, &lacking, &picture, &[]).await;
        assert!([400, 403].contains(&status), "without {name}: {status} {body}");
    }
    // The form itself was good all the time.
    assert_eq!(post(&upload, &picture, &[]).await.status(), 204);
    service.stop().await;
}

/// The form as it would be had it been asked for earlier.
fn earlier(upload: &ImageUpload, by: SignedDuration) -> ImageUpload {
    let mut form = upload.clone();
    let expires: Timestamp = upload.expires_at.to_string().parse().unwrap();
    let time = |time: Timestamp| time.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let date = form.fields["x-amz-date"].clone();
    let made = Timestamp::strptime("%Y%m%dT%H%M%S%z", date.replace('Z', "+0000")).unwrap() - by;
    let earlier = made.strftime("%Y%m%dT%H%M%SZ").to_string();
    let (day, before) = (&date[..8], &earlier[..8]);
    let policy = String::from_utf8(STANDARD.decode(&form.fields["policy"]).unwrap()).unwrap();
    let policy = policy
        .replace(&time(expires), &time(expires - by))
        .replace(&date, &earlier)
        .replace(&format!("/{day}/"), &format!("/{before}/"));
    let credential =
        form.fields["x-amz-credential"].replace(&format!("/{day}/"), &format!("/{before}/"));
    let policy = STANDARD.encode(policy);
    form.fields.extend(
        [
            ("x-amz-signature", signature(&policy, before)),
            ("policy", policy),
            ("x-amz-credential", credential),
            ("x-amz-date", earlier),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    form
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_good_for_five_minutes_by_the_clock_of_the_service() {
    let service = Service::start().await;
    let ada = service.member("ada@example.com").await;
    let upload = ada.create("image/png").await;
    let minutes = |minutes| SignedDuration::from_mins(minutes);
    for by in [SignedDuration::from_secs(301), minutes(14)] {
        let old = earlier(&upload, by);
        let (status, body) = ada.refused(&service, &old, &picture(8, 8), &[]).await;
        assert!(status == 403 && body.contains("AccessDenied"), "{status} {body}");
        assert!(body.contains("Invalid according to Policy: Policy expired."), "{body}");
    }
    // Else those before prove nothing. No clock of the caller matters: nothing in it is the caller's.
    let good = earlier(&upload, minutes(3));
    let fields = good.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let (media_type, body) = crate::multipart::form(fields, &picture(8, 8));
    let request = reqwest::Client::new().post(&good.url).header("content-type", media_type);
    let request = request.header("date", "Sat, 01 Jan 2000 00:00:00 GMT");
    assert_eq!(request.body(body).send().await.unwrap().status(), 204);
    let image = ada.looked_at(&service, upload.image_id).await;
    assert_eq!(image.status, ImageStatus::Tagged);
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
