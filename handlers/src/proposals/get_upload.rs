//! getUpload: `GET /proposals/{proposalId}/uploads`.

use super::ProposalsFunction;
use crate::generated::proposals::{GetUploadRequest, GetUploadResponse};
use crate::runtime::{Context, Failure};

/// Parts of an upload, with fresh links.
pub(super) async fn handle(
    _function: &ProposalsFunction,
    _request: GetUploadRequest,
    _context: &Context,
) -> Result<GetUploadResponse, Failure> {
    Err(Failure::not_implemented("getUpload"))
}
