//! createArchive: `POST /archives`.

use std::time::Duration;

use models::value::Uuid;

use super::check::{CheckError, check};
use super::document::{self, Document};
use super::{ArchiveRecord, ArchivesFunction};
use crate::generated::archives::{CreateArchiveRequest, CreateArchiveResponse};
use crate::jobs::{JobState, Request, Standing};
use crate::objects::NewObject;
use crate::runtime::{Context, Failure, Problem};

/// Space of the ids that idempotency keys make; a new one would make retries create anew.
const IDEMPOTENCY: Uuid = Uuid::from_u128(0x9d3c_6b1e_27f4_4c58_8e0a_5b7d_41c9_e263);

/// What is left of an invocation for the answer, once everything is checked.
const MARGIN: Duration = Duration::from_secs(2);

/// Checks everything that can be checked now, and queues the rest.
pub(super) async fn handle(
    function: &ArchivesFunction,
    request: CreateArchiveRequest,
    context: &Context,
) -> Result<CreateArchiveResponse, Failure> {
    let (key, body) = (request.idempotency_key, request.body);
    let request = Request::new(&IDEMPOTENCY, key.as_deref(), &body)?;
    if key.is_some()
        && let Some(answer) = earlier(function.jobs.standing(&request).await?, context)?
    {
        return Ok(answer);
    }

    let limit = context.remaining().saturating_sub(MARGIN);
    let checked = match tokio::time::timeout(limit, check(&*function.objects, &body)).await {
        Ok(Ok(checked)) => checked,
        Ok(Err(CheckError::Violations(violations))) => {
            let problem = Problem::invalid(violations).declared(context)?;
            return Ok(CreateArchiveResponse::UnprocessableContent422(problem));
        }
        Ok(Err(CheckError::Store(error))) => {
            tracing::warn!(error = Failure::new(error).chain(), "the request cannot be checked");
            return unavailable("The sources cannot be read now.", context);
        }
        Err(_) => {
            let detail = format!("The sources could not be checked in {} s.", limit.as_secs());
            return unavailable(&detail, context);
        }
    };

    let size = checked.size;
    let document = Document {
        destination: (&body.destination).into(),
        sources: checked.sources,
        content: checked.content,
        verify: body.verify.unwrap_or_default(),
    };
    let address = document::address(&function.jobs_bucket, &request.id, &request.fingerprint);
    let text = serde_json::to_vec(&document)?.into();
    let object = NewObject { body: text, media_type: "application/json", replace: true };
    function.objects.put(&address, object).await?;

    let state = JobState::new(request.fingerprint, size);
    let record = ArchiveRecord::new(request.id, body.destination, state);
    match earlier(function.jobs.submit(&request, &record).await?, context)? {
        Some(answer) => Ok(answer),
        None => Ok(accepted(record, context)),
    }
}

/// The answer to a request that came before, or whose key did; none to a new one.
fn earlier(
    standing: Standing<ArchiveRecord>,
    context: &Context,
) -> Result<Option<CreateArchiveResponse>, Failure> {
    Ok(match standing {
        Standing::Free => None,
        Standing::Same(record) => Some(accepted(record, context)),
        Standing::Other => {
            let problem = Problem::new(409, "The idempotency key was used for another request.");
            Some(CreateArchiveResponse::Conflict409(problem.declared(context)?))
        }
    })
}

fn accepted(record: ArchiveRecord, context: &Context) -> CreateArchiveResponse {
    let location = context.member_path(&record.archive_id.to_string());
    CreateArchiveResponse::Accepted202 { location, body: record.answer() }
}

fn unavailable(detail: &str, context: &Context) -> Result<CreateArchiveResponse, Failure> {
    let problem = Problem::new(503, detail).declared(context)?;
    Ok(CreateArchiveResponse::ServiceUnavailable503(problem))
}
