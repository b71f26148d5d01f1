//! createProposal: `POST /proposals`.

use super::ProposalsFunction;
use super::check::check;
use super::keep::{Kept, keep, unavailable};
use crate::generated::proposals::{CreateProposalRequest, CreateProposalResponse};
use crate::runtime::{Context, Failure, Problem};

/// Keeps a proposal with its document. A retry finds what the first try kept.
pub(super) async fn handle(
    function: &ProposalsFunction,
    request: CreateProposalRequest,
    context: &Context,
) -> Result<CreateProposalResponse, Failure> {
    let checked = match check(request.body)? {
        Ok(checked) => checked,
        Err(violations) => {
            let problem = Problem::invalid(violations).declared(context)?;
            return Ok(CreateProposalResponse::UnprocessableContent422(problem));
        }
    };
    let id = &checked.new.proposal_id;
    match keep(&function.ports, &checked).await {
        Ok(Kept::Same(record)) => {
            let location = context.member_path(&segment(id));
            let (body, e_tag) = (record.answer(), record.etag());
            Ok(CreateProposalResponse::Created201 { body, location, e_tag })
        }
        Ok(Kept::Other) => {
            let problem = Problem::new(409, format!("Proposal {id} exists.")).declared(context)?;
            Ok(CreateProposalResponse::Conflict409(problem))
        }
        Err(error) => {
            let problem = unavailable(error)?.declared(context)?;
            Ok(CreateProposalResponse::ServiceUnavailable503(problem))
        }
    }
}

/// The identifier as a segment of a path.
fn segment(id: &str) -> String {
    percent_encoding::utf8_percent_encode(id, super::UNRESERVED).to_string()
}
