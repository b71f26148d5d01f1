//! beginUpload: `POST /proposals/{proposalId}/uploads`.

use super::ProposalsFunction;
use crate::generated::proposals::{BeginUploadRequest, BeginUploadResponse};
use crate::runtime::{Context, Failure};

/// Begin the upload of a large proposal, or go on with it.
pub(super) async fn handle(
    _function: &ProposalsFunction,
    _request: BeginUploadRequest,
    _context: &Context,
) -> Result<BeginUploadResponse, Failure> {
    Err(Failure::not_implemented("beginUpload"))
}
