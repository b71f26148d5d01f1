//! Images through the front door: users sign up and in, upload by a form, and find what they uploaded.

mod clarifai;
mod deletions;
mod identity;
mod intruders;
mod lists;
mod pictures;
mod recognition;
mod tokens;
mod uploads;

use std::io::Cursor;

use client::{Client, Settings, Token, Tokens, models};
use reqwest::Response;
use serde_json::json;

use crate::multipart;
use crate::service::{Service, value};

const BUCKET: &str = "local-images";
const QUEUE: &str = "imageUploads";
pub(crate) const PASSWORD: &str = "Difference-1822";

/// Somebody who has signed in.
struct Member {
    client: Client,
    tokens: models::Tokens,
}

fn credentials(email: &str, password: &str) -> models::Credentials {
    value(json!({ "email": email, "password": password }))
}

impl Service {
    /// Signs somebody up.
    pub(crate) async fn signed_up(&self, email: &str) {
        self.client.sign_up().body(credentials(email, PASSWORD)).send().await.unwrap();
    }

    async fn member(&self, email: &str) -> Member {
        self.signed_up(email).await;
        let sign_in = self.client.sign_in().body(credentials(email, PASSWORD));
        let tokens = sign_in.send().await.unwrap().into_inner();
        let sent = Tokens::default();
        sent.set(Token::new(tokens.id_token.expose()).unwrap());
        let client = Settings::new(self.cloud.base_url.clone()).tokens(sent).build().unwrap();
        Member { client, tokens }
    }

    /// Tells the tagger of a picture, as S3 does.
    async fn tell(&self, key: &str) {
        let event = json!({ "Records": [{
            "eventSource": "aws:s3", "eventName": "ObjectCreated:Post",
            "s3": { "bucket": { "name": BUCKET }, "object": { "key": key } },
        }] });
        self.send(QUEUE, &event.to_string()).await;
    }

    /// Waits until the tagger has heard all that there is to hear, and nothing was given up.
    async fn nothing_is_left_to_hear(&self) {
        self.messages(QUEUE, 0).await;
        self.messages(&format!("{QUEUE}-dead-letters"), 0).await;
    }

    /// How many pictures there are.
    async fn pictures(&self) -> usize {
        let listed = self.s3.list_objects_v2().bucket(BUCKET).send().await.unwrap();
        listed.contents().len()
    }
}

impl Member {
    async fn create(&self, media_type: &str) -> models::ImageUpload {
        let new = value(json!({ "contentType": media_type, "fileName": "lake.png" }));
        let created = self.client.create_image().body::<models::NewImage>(new).send().await;
        created.unwrap().into_inner()
    }

    async fn get(&self, id: models::value::Uuid) -> Option<models::Image> {
        match self.client.get_image().image_id(id).send().await {
            Ok(image) => Some(image.into_inner()),
            Err(error) if error.status().unwrap() == 404 => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// Sends something to S3 as a picture.
    async fn posted(&self, media_type: &str, bytes: &[u8]) -> models::ImageUpload {
        let upload = self.create(media_type).await;
        let answer = post(&upload, bytes, &[]).await;
        assert_eq!(answer.status(), 204, "{}", answer.text().await.unwrap());
        upload
    }

    /// Uploads something as a picture; answers what becomes of it.
    async fn upload(&self, service: &Service, media_type: &str, bytes: &[u8]) -> models::Image {
        let upload = self.posted(media_type, bytes).await;
        self.looked_at(service, upload.image_id).await
    }

    /// The image, once it has been looked at.
    async fn looked_at(&self, service: &Service, id: models::value::Uuid) -> models::Image {
        let done = |image: &models::Image| image.status != models::ImageStatus::Awaiting;
        service.wait("an image is looked at", async || self.get(id).await.filter(done)).await
    }

    /// Images with these tags.
    async fn find(&self, tags: &[&str]) -> Vec<models::value::Uuid> {
        let list = self.client.list_images();
        let list = if tags.is_empty() {
            list
        } else {
            list.tags(value::<models::ListImagesTags>(json!(tags)))
        };
        let page = list.send().await.unwrap().into_inner();
        page.images.into_iter().map(|image| image.image_id).collect()
    }
}

/// Sends a form, with some of its fields changed.
async fn post(upload: &models::ImageUpload, file: &[u8], changed: &[(&str, &str)]) -> Response {
    let mut fields = upload.fields.clone();
    fields.extend(changed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let fields = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let (media_type, body) = multipart::form(fields, file);
    let request = reqwest::Client::new().post(&upload.url).header("content-type", media_type);
    request.header("origin", "https://app.example").body(body).send().await.unwrap()
}

/// A blue picture.
pub(crate) fn picture(width: u32, height: u32) -> Vec<u8> {
    coloured(width, height, [20, 40, 200])
}

/// A picture in one colour.
fn coloured(width: u32, height: u32, colour: [u8; 3]) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let pixels = image::RgbImage::from_pixel(width, height, image::Rgb(colour));
    pixels.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}
