//! getProposal: `GET /proposals/{proposalId}`.

use std::time::Duration;

use super::ProposalsFunction;
use super::record::KeptDocument;
use crate::generated::proposals::{GetProposalRequest, GetProposalResponse};
use crate::objects::{Disposition, Download};
use crate::runtime::{Context, Failure};

/// How long a link to a document works.
const LINK: Duration = Duration::from_secs(5 * 60);

/// Gets a proposal, with a link to its document if one is wanted.
pub(super) async fn handle(
    function: &ProposalsFunction,
    request: GetProposalRequest,
    context: &Context,
) -> Result<GetProposalResponse, Failure> {
    let id = &request.proposal_id;
    if let Some(problem) = super::no_identifier(id) {
        return Ok(GetProposalResponse::UnprocessableContent422(problem.declared(context)?));
    }
    let Some(record) = function.ports.get(id).await? else {
        return Ok(GetProposalResponse::NotFound404(super::missing(id).declared(context)?));
    };
    let mut body = record.answer();
    if request.document == Some(true)
        && let Some((answer, kept)) = body.document.as_mut().zip(record.document.as_ref())
    {
        answer.link = Some(link(function, kept).await?);
    }
    Ok(GetProposalResponse::Ok200 { body, e_tag: record.etag() })
}

async fn link(function: &ProposalsFunction, kept: &KeptDocument) -> Result<String, Failure> {
    let address = function.ports.document(&kept.key);
    // A document is whatever somebody sent.
    let disposition = Disposition::Attachment.named(&kept.file_name);
    let download = Download { media_type: &kept.media_type, disposition: &disposition };
    Ok(function.ports.objects.link(&address, download, LINK).await?)
}
