//! getProposal: `GET /proposals/{proposalId}`.

use super::ProposalsFunction;
use crate::generated::proposals::{GetProposalRequest, GetProposalResponse};
use crate::runtime::{Context, Failure};

/// Get a proposal.
pub(super) async fn handle(
    _function: &ProposalsFunction,
    _request: GetProposalRequest,
    _context: &Context,
) -> Result<GetProposalResponse, Failure> {
    Err(Failure::not_implemented("getProposal"))
}
