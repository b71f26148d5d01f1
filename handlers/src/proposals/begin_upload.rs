//! beginUpload: `POST /proposals/{proposalId}/uploads`.

use models::{ProposalId, ProposalStatus};

use super::attempt::KeepError;
use super::document::part_size;
use super::keep::unavailable;
use super::record::{PayloadUpload, ProposalRecord};
use super::uploads::page;
use super::{Ports, ProposalsFunction, ROUNDS};
use crate::generated::proposals::{BeginUploadRequest, BeginUploadResponse};
use crate::objects::ObjectError;
use crate::runtime::{Context, Failure, Problem};

/// The media type of submissions.
const MEDIA_TYPE: &str = "application/octet-stream";

/// Where an upload stands.
enum Begun {
    Upload(models::Upload),
    Taken(String),
    /// Somebody else has changed the record.
    Meanwhile,
}

/// Begins the upload of a payload, or goes on with the one that is under way.
pub(super) async fn handle(
    function: &ProposalsFunction,
    request: BeginUploadRequest,
    context: &Context,
) -> Result<BeginUploadResponse, Failure> {
    let id = &request.proposal_id;
    if let Some(problem) = super::no_identifier(id) {
        return Ok(BeginUploadResponse::UnprocessableContent422(problem.declared(context)?));
    }
    let size = u64::try_from(request.body.size.get())?;
    for _ in 0..ROUNDS {
        match begin(&function.ports, id, size).await {
            Ok(Begun::Upload(upload)) => return Ok(BeginUploadResponse::Created201(upload)),
            Ok(Begun::Taken(why)) => {
                let problem = Problem::new(409, why).declared(context)?;
                return Ok(BeginUploadResponse::Conflict409(problem));
            }
            Ok(Begun::Meanwhile) => {}
            Err(error) => {
                let problem = unavailable(error)?.declared(context)?;
                return Ok(BeginUploadResponse::ServiceUnavailable503(problem));
            }
        }
    }
    let problem = unavailable(KeepError::Superseded)?.declared(context)?;
    Ok(BeginUploadResponse::ServiceUnavailable503(problem))
}

async fn begin(ports: &Ports, id: &ProposalId, size: u64) -> Result<Begun, KeepError> {
    let former = ports.get(id).await?;
    match former.as_ref().map(|former| former.status) {
        Some(ProposalStatus::Accepted) => {
            return Ok(Begun::Taken(format!("Proposal {id} exists.")));
        }
        Some(ProposalStatus::Processing) => {
            return Ok(Begun::Taken(format!("Proposal {id} is being processed.")));
        }
        Some(ProposalStatus::Uploading | ProposalStatus::Failed) | None => {}
    }
    let under_way = former.as_ref().and_then(|former| former.upload.as_ref());
    if let Some(upload) = under_way.filter(|upload| upload.submission.is_none()) {
        match page(ports, id, upload, 1).await {
            Ok(_) if upload.size != size => {
                let why = format!("An upload of {} bytes is under way.", upload.size);
                return Ok(Begun::Taken(why));
            }
            Ok(page) => return Ok(Begun::Upload(page)),
            // It became a submission that failed, or was not completed in time.
            Err(ObjectError::UploadGone(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    begin_anew(ports, id, size, former).await
}

async fn begin_anew(
    ports: &Ports,
    id: &ProposalId,
    size: u64,
    former: Option<ProposalRecord>,
) -> Result<Begun, KeepError> {
    let address = ports.submission(id);
    let begun = ports.objects.begin_for_others(&address, MEDIA_TYPE).await?;
    let part_size = part_size(size);
    let upload = PayloadUpload { id: begun.id.clone(), size, part_size, submission: None };
    let next = ProposalRecord::next(former.as_ref(), id, ProposalStatus::Uploading, |next| {
        next.upload = Some(upload.clone());
    });
    let noted = ports.put(former.as_ref(), &next).await;
    if !matches!(noted, Ok(true)) {
        // Should it be noted all the same, the next call finds it gone and begins another.
        ports.objects.abort(&begun).await?;
        noted?;
        return Ok(Begun::Meanwhile);
    }
    Ok(Begun::Upload(page(ports, id, &upload, 1).await?))
}
