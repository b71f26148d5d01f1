//! deleteProposal: `DELETE /proposals/{proposalId}`.

use super::ProposalsFunction;
use crate::generated::proposals::{DeleteProposalRequest, DeleteProposalResponse};
use crate::runtime::{Context, Failure};

/// Delete a proposal.
pub(super) async fn handle(
    _function: &ProposalsFunction,
    _request: DeleteProposalRequest,
    _context: &Context,
) -> Result<DeleteProposalResponse, Failure> {
    Err(Failure::not_implemented("deleteProposal"))
}
