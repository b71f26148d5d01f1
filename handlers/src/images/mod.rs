//! The functions `images` and `image-tagger`: pictures of users, tagged with what is to be seen on them.
//!
//! ```text
//! POST ─▶ create_image ─▶ record (awaiting) and a form ─▶ the browser posts it to S3
//!                           ▲                                       │ message
//!   GET, DELETE ────────────┤                                       ▼
//!                           └──── tags, or why not ◀──── tagging: picture ─▶ recognition
//! ```
//!
//! A picture is at the key `images/OWNER/IMAGE`. What lies there without a record is deleted by
//! whoever hears of it, so that nothing stays that nobody can delete.

mod create_image;
mod delete_image;
mod get_image;
mod list_images;
mod place;
mod ports;
mod record;
mod tagging;

use models::value::Uuid;

use crate::generated::images::*;
use crate::runtime::{Claims, Context, Failure, Problem};

pub use ports::Ports;
pub use record::{ImageRecord, Reading};
pub use tagging::ImageTagger;

/// Serves the operations of the function `images`.
#[derive(Clone, Debug)]
pub struct ImagesFunction {
    ports: Ports,
}

impl ImagesFunction {
    /// The function that works with these.
    pub fn new(ports: &Ports) -> Self {
        Self { ports: ports.clone() }
    }

    /// The image, if it is there and the caller's.
    async fn own(&self, id: &Uuid, claims: &Claims) -> Result<Option<ImageRecord>, Failure> {
        let record = self.ports.get(id).await?;
        Ok(record.filter(|record| record.owner == claims.sub() && record.is_there()))
    }
}

/// One answer for what never was and for what is somebody else's.
fn missing(id: &Uuid) -> Problem {
    Problem::new(404, format!("Image {id} does not exist."))
}

impl Images for ImagesFunction {
    async fn create_image(
        &self,
        request: CreateImageRequest,
        claims: &Claims,
        context: &Context,
    ) -> Result<CreateImageResponse, Failure> {
        create_image::handle(self, request, claims, context).await
    }

    async fn list_images(
        &self,
        request: ListImagesRequest,
        claims: &Claims,
        context: &Context,
    ) -> Result<ListImagesResponse, Failure> {
        list_images::handle(self, request, claims, context).await
    }

    async fn get_image(
        &self,
        request: GetImageRequest,
        claims: &Claims,
        context: &Context,
    ) -> Result<GetImageResponse, Failure> {
        get_image::handle(self, request, claims, context).await
    }

    async fn delete_image(
        &self,
        request: DeleteImageRequest,
        claims: &Claims,
        context: &Context,
    ) -> Result<DeleteImageResponse, Failure> {
        delete_image::handle(self, request, claims, context).await
    }
}
