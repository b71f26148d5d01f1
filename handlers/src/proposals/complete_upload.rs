//! completeUpload: `POST /proposals/{proposalId}/uploads/completion`.

use super::ProposalsFunction;
use crate::generated::proposals::{CompleteUploadRequest, CompleteUploadResponse};
use crate::runtime::{Context, Failure};

/// Make a submission of the parts that arrived.
pub(super) async fn handle(
    _function: &ProposalsFunction,
    _request: CompleteUploadRequest,
    _context: &Context,
) -> Result<CompleteUploadResponse, Failure> {
    Err(Failure::not_implemented("completeUpload"))
}
