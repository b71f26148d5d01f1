//! deleteProposal: `DELETE /proposals/{proposalId}`.

use models::ProposalStatus;

use super::attempt::KeepError;
use super::keep::unavailable;
use super::record::{Draft, ProposalRecord};
use super::{Ports, ProposalsFunction, ROUNDS};
use crate::generated::proposals::{DeleteProposalRequest, DeleteProposalResponse};
use crate::runtime::{Context, Failure};

/// What a proposal failed with whose deletion did not come to its end. A retry goes on with it.
const REASON: &str = "Its deletion has begun.";

/// Deletes a proposal with everything that was kept for it.
pub(super) async fn handle(
    function: &ProposalsFunction,
    request: DeleteProposalRequest,
    context: &Context,
) -> Result<DeleteProposalResponse, Failure> {
    let id = &request.proposal_id;
    if let Some(problem) = super::no_identifier(id) {
        return Ok(DeleteProposalResponse::UnprocessableContent422(problem.declared(context)?));
    }
    let mut was_there = false;
    for _ in 0..ROUNDS {
        let Some(record) = function.ports.get(id).await? else {
            if was_there {
                return Ok(DeleteProposalResponse::NoContent204);
            }
            let problem = super::missing(id).declared(context)?;
            return Ok(DeleteProposalResponse::NotFound404(problem));
        };
        was_there = true;
        match delete(&function.ports, &record).await {
            Ok(true) => return Ok(DeleteProposalResponse::NoContent204),
            Ok(false) => {}
            Err(error) => {
                let problem = unavailable(error)?.declared(context)?;
                return Ok(DeleteProposalResponse::ServiceUnavailable503(problem));
            }
        }
    }
    let problem = unavailable(KeepError::Superseded)?.declared(context)?;
    Ok(DeleteProposalResponse::ServiceUnavailable503(problem))
}

/// Whether it is deleted; if not, somebody else has changed the record.
async fn delete(ports: &Ports, record: &ProposalRecord) -> Result<bool, KeepError> {
    // From here on nobody is told of a document that may be gone already.
    let failed = record.changed(|next| {
        next.status = ProposalStatus::Failed;
        next.reason = Some(REASON.to_owned());
        next.client_id = None;
        next.title = None;
        let document = next.document.take().map(|it| Draft { key: it.key, upload_id: None });
        next.drafts.extend(document);
        next.reader = None;
    });
    if !ports.put(Some(record), &failed).await? {
        return Ok(false);
    }
    if let Some(upload) = &failed.upload {
        let upload = ports.payload_upload(&failed.proposal_id, upload);
        ports.objects.abort(&upload).await?;
    }
    // Whoever reads the submission finds that it is gone.
    let submission = ports.submission(&failed.proposal_id);
    ports.delete(&submission.bucket, &[submission.key]).await?;
    ports.clear(&failed.drafts).await?;
    Ok(ports.records.remove_unchanged(&failed).await?)
}
