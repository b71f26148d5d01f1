//! deleteImage: `DELETE /images/{imageId}`.

use super::{ImagesFunction, missing};
use crate::generated::images::{DeleteImageRequest, DeleteImageResponse};
use crate::runtime::{Claims, Context, Failure};

/// Deletes an image with its picture. The picture goes first: should the record stay, a retry goes on.
/// A picture that is uploaded afterwards finds no record, and is deleted by the tagger.
pub(super) async fn handle(
    function: &ImagesFunction,
    request: DeleteImageRequest,
    claims: &Claims,
    context: &Context,
) -> Result<DeleteImageResponse, Failure> {
    let Some(record) = function.own(&request.image_id, claims).await? else {
        let problem = missing(&request.image_id).declared(context)?;
        return Ok(DeleteImageResponse::NotFound404(problem));
    };
    let ports = &function.ports;
    ports.delete_picture(&record.place()).await?;
    // Whatever has become of it meanwhile: whoever tags it finds that it is gone.
    ports.records.remove(&record.image_id.to_string()).await?;
    // One that came and was tagged in between is heard of no more.
    ports.delete_picture(&record.place()).await?;
    Ok(DeleteImageResponse::NoContent204)
}
