//! createImage: `POST /images`.

use std::time::Duration;

use models::ImageUpload;
use models::value::Uuid;

use super::ImagesFunction;
use super::place::Place;
use super::record::ImageRecord;
use crate::generated::images::{CreateImageRequest, CreateImageResponse};
use crate::jobs::count;
use crate::objects::NewForm;
use crate::recognition::MAX_BYTES;
use crate::runtime::{Claims, Context, Failure};

/// How long S3 takes a form.
const FORM: Duration = Duration::from_secs(5 * 60);

/// Keeps an image that awaits its upload, and answers the form for it.
pub(super) async fn handle(
    function: &ImagesFunction,
    request: CreateImageRequest,
    claims: &Claims,
    context: &Context,
) -> Result<CreateImageResponse, Failure> {
    let ports = &function.ports;
    // Random, so that nobody can guess it.
    let place = Place { owner: claims.sub().to_owned(), id: Uuid::new_v4() };
    let media_type = request.body.content_type.to_string();
    let sizes = 1..=MAX_BYTES as u64;
    let form = NewForm { media_type: &media_type, sizes, lifetime: FORM };
    let form = ports.forms.form(&ports.address(&place), form).await?;
    let record = ImageRecord::new(place, request.body);
    if !ports.records.insert(&record).await? {
        return Err(Failure::new("a random identifier is taken"));
    }
    let body = ImageUpload {
        image_id: record.image_id,
        url: form.url,
        fields: form.fields.into_iter().collect(),
        max_bytes: count(MAX_BYTES as u64),
        expires_at: form.expires,
    };
    let location = context.member_path(&record.image_id.to_string());
    Ok(CreateImageResponse::Created201 { body, location })
}
