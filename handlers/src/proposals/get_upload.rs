//! getUpload: `GET /proposals/{proposalId}/uploads`.

use super::ProposalsFunction;
use super::keep::unavailable;
use super::uploads::{no_upload, page};
use crate::generated::proposals::{GetUploadRequest, GetUploadResponse};
use crate::objects::ObjectError;
use crate::runtime::{Context, Failure};

/// Tells which parts have arrived, and where the others go.
pub(super) async fn handle(
    function: &ProposalsFunction,
    request: GetUploadRequest,
    context: &Context,
) -> Result<GetUploadResponse, Failure> {
    let id = &request.proposal_id;
    if let Some(problem) = super::no_identifier(id) {
        return Ok(GetUploadResponse::UnprocessableContent422(problem.declared(context)?));
    }
    let Some(record) = function.ports.get(id).await? else {
        return Ok(GetUploadResponse::NotFound404(super::missing(id).declared(context)?));
    };
    let from = match request.from {
        Some(from) => u32::try_from(from.get())?,
        None => 1,
    };
    let Some(upload) = &record.upload else {
        return Ok(GetUploadResponse::NotFound404(no_upload(id).declared(context)?));
    };
    match page(&function.ports, id, upload, from).await {
        Ok(page) => Ok(GetUploadResponse::Ok200(page)),
        Err(ObjectError::UploadGone(_)) => {
            Ok(GetUploadResponse::NotFound404(no_upload(id).declared(context)?))
        }
        Err(error) => {
            let problem = unavailable(error)?.declared(context)?;
            Ok(GetUploadResponse::ServiceUnavailable503(problem))
        }
    }
}
