//! getImage: `GET /images/{imageId}`.

use std::time::Duration;

use models::ImageStatus;

use super::record::ImageRecord;
use super::{ImagesFunction, missing};
use crate::generated::images::{GetImageRequest, GetImageResponse};
use crate::objects::{Disposition, Download};
use crate::runtime::{Claims, Context, Failure};

/// How long a link to a picture works.
const LINK: Duration = Duration::from_secs(5 * 60);

/// Gets an image, with a link to its picture once it was uploaded.
pub(super) async fn handle(
    function: &ImagesFunction,
    request: GetImageRequest,
    claims: &Claims,
    context: &Context,
) -> Result<GetImageResponse, Failure> {
    let Some(record) = function.own(&request.image_id, claims).await? else {
        let problem = missing(&request.image_id).declared(context)?;
        return Ok(GetImageResponse::NotFound404(problem));
    };
    let mut image = record.answer();
    if record.status != ImageStatus::Awaiting {
        image.link = Some(link(function, &record).await?);
    }
    Ok(GetImageResponse::Ok200(image))
}

/// Only what was found to be a picture is shown by a browser: anything else is whatever somebody
/// sent, and is saved.
async fn link(function: &ImagesFunction, record: &ImageRecord) -> Result<String, Failure> {
    let ports = &function.ports;
    let media_type = record.content_type.to_string();
    let (media_type, disposition) = if record.is_picture() {
        (media_type.as_str(), Disposition::Inline)
    } else {
        ("application/octet-stream", Disposition::Attachment)
    };
    let disposition = match &record.file_name {
        Some(name) => disposition.named(name),
        None => disposition.as_str().to_owned(),
    };
    let download = Download { media_type, disposition: &disposition };
    Ok(ports.objects.link(&ports.address(&record.place()), download, LINK).await?)
}
