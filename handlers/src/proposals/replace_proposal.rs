//! replaceProposal: `PUT /proposals/{proposalId}`.

use super::ProposalsFunction;
use crate::generated::proposals::{ReplaceProposalRequest, ReplaceProposalResponse};
use crate::runtime::{Context, Failure};

/// Change a proposal.
pub(super) async fn handle(
    _function: &ProposalsFunction,
    _request: ReplaceProposalRequest,
    _context: &Context,
) -> Result<ReplaceProposalResponse, Failure> {
    Err(Failure::not_implemented("replaceProposal"))
}
