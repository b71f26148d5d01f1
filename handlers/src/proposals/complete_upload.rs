//! completeUpload: `POST /proposals/{proposalId}/uploads/completion`.

use models::{ProposalId, ProposalStatus, Submission};

use super::attempt::KeepError;
use super::keep::unavailable;
use super::record::{PayloadUpload, ProposalRecord};
use super::uploads::{all, no_upload, told};
use super::{Ports, ProposalsFunction, ROUNDS};
use crate::generated::proposals::{CompleteUploadRequest, CompleteUploadResponse};
use crate::objects::ObjectError;
use crate::runtime::{Context, Failure, Problem};

/// What became of an upload.
enum Completed {
    Submission(String),
    Missing(String),
    /// There is none, or it was given up.
    Gone,
}

/// Makes a submission of the parts that arrived.
pub(super) async fn handle(
    function: &ProposalsFunction,
    request: CompleteUploadRequest,
    context: &Context,
) -> Result<CompleteUploadResponse, Failure> {
    let id = &request.proposal_id;
    if let Some(problem) = super::no_identifier(id) {
        return Ok(CompleteUploadResponse::UnprocessableContent422(problem.declared(context)?));
    }
    let Some(record) = function.ports.get(id).await? else {
        return Ok(CompleteUploadResponse::NotFound404(super::missing(id).declared(context)?));
    };
    let Some(upload) = &record.upload else {
        return Ok(CompleteUploadResponse::NotFound404(no_upload(id).declared(context)?));
    };
    match complete(&function.ports, id, upload).await {
        Ok(Completed::Submission(version)) => {
            let submission = Submission { received: true, submission: Some(version) };
            Ok(CompleteUploadResponse::Accepted202(submission))
        }
        Ok(Completed::Missing(parts)) => {
            let problem = Problem::new(409, parts).declared(context)?;
            Ok(CompleteUploadResponse::Conflict409(problem))
        }
        Ok(Completed::Gone) => {
            Ok(CompleteUploadResponse::NotFound404(no_upload(id).declared(context)?))
        }
        Err(error) => {
            let problem = unavailable(error)?.declared(context)?;
            Ok(CompleteUploadResponse::ServiceUnavailable503(problem))
        }
    }
}

async fn complete(
    ports: &Ports,
    id: &ProposalId,
    upload: &PayloadUpload,
) -> Result<Completed, KeepError> {
    if let Some(submission) = &upload.submission {
        return Ok(Completed::Submission(submission.clone()));
    }
    let completed = match all(ports, id, upload).await {
        Ok(Err(missing)) => return Ok(Completed::Missing(told(&missing))),
        Ok(Ok(parts)) => ports.objects.complete(&ports.payload_upload(id, upload), &parts).await,
        Err(error) => Err(error),
    };
    let version = match completed {
        Ok(completion) => completion.version_id,
        Err(ObjectError::UploadGone(_)) => match earlier(ports, id, upload).await? {
            Some(version) => Some(version),
            None => return Ok(Completed::Gone),
        },
        Err(error) => return Err(error.into()),
    };
    let version = version.unwrap_or_default();
    note(ports, id, upload, &version).await?;
    Ok(Completed::Submission(version))
}

/// What an earlier call made of the upload, if its answer was lost: the submission that is there,
/// if it is as large as the upload was to be.
async fn earlier(
    ports: &Ports,
    id: &ProposalId,
    upload: &PayloadUpload,
) -> Result<Option<String>, ObjectError> {
    match ports.objects.describe(&ports.submission(id)).await {
        Ok(found) if found.version.size == upload.size => Ok(found.version_id),
        // S3 denies what is not there to whoever may not list the bucket.
        Ok(_) | Err(ObjectError::NotFound(_) | ObjectError::Denied(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Notes the submission in the record. Whoever reads it may have begun already, and needs no such
/// note; nor does whoever has deleted the proposal.
async fn note(
    ports: &Ports,
    id: &ProposalId,
    upload: &PayloadUpload,
    version: &str,
) -> Result<(), KeepError> {
    for _ in 0..ROUNDS {
        let record = ports.get(id).await?;
        let is_awaited = |record: &ProposalRecord| {
            record.status == ProposalStatus::Uploading
                && record.upload.as_ref().is_some_and(|it| it.id == upload.id)
        };
        let Some(record) = record.filter(is_awaited) else { return Ok(()) };
        let next = record.changed(|next| {
            next.status = ProposalStatus::Processing;
            next.submission = Some(version.to_owned());
            next.upload =
                Some(PayloadUpload { submission: Some(version.to_owned()), ..upload.clone() });
        });
        if ports.put(Some(&record), &next).await? {
            return Ok(());
        }
    }
    Ok(())
}
