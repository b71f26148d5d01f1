//! createProposal: `POST /proposals`.

use super::ProposalsFunction;
use crate::generated::proposals::{CreateProposalRequest, CreateProposalResponse};
use crate::runtime::{Context, Failure};

/// Keep a proposal with its document.
pub(super) async fn handle(
    _function: &ProposalsFunction,
    _request: CreateProposalRequest,
    _context: &Context,
) -> Result<CreateProposalResponse, Failure> {
    Err(Failure::not_implemented("createProposal"))
}
