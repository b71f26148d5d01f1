//! listProposals: `GET /proposals`.

use super::ProposalsFunction;
use crate::generated::proposals::{ListProposalsRequest, ListProposalsResponse};
use crate::runtime::{Context, Failure};

/// List proposals.
pub(super) async fn handle(
    _function: &ProposalsFunction,
    _request: ListProposalsRequest,
    _context: &Context,
) -> Result<ListProposalsResponse, Failure> {
    Err(Failure::not_implemented("listProposals"))
}
