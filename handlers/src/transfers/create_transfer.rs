//! createTransfer: `POST /transfers`.

use models::value::Uuid;
use models::{FileName, NewTransfer};

use super::{TransferRecord, TransfersFunction};
use crate::generated::transfers::{CreateTransferRequest, CreateTransferResponse};
use crate::jobs::{JobState, Request, Standing};
use crate::objects::{LONGEST_KEY, ObjectAddress};
use crate::runtime::{Context, Failure, Problem, Violation};
use crate::sftp::RemoteFile;

/// Space of the ids that idempotency keys make; a new one would make retries create anew.
const IDEMPOTENCY: Uuid = Uuid::from_u128(0x2f81_0c6d_b3a9_4e17_a6d4_70e2_95bf_18c3);
/// What the status object has behind the key of what was sent.
pub(super) const STATUS_SUFFIX: &str = ".transfer.status.csv";

/// Looks for the object and queues the rest.
pub(super) async fn handle(
    function: &TransfersFunction,
    request: CreateTransferRequest,
    context: &Context,
) -> Result<CreateTransferResponse, Failure> {
    let (key, body) = (request.idempotency_key, request.body);
    let request = Request::new(&IDEMPOTENCY, key.as_deref(), &body)?;
    if key.is_some()
        && let Some(answer) = earlier(function.jobs.standing(&request).await?, context)?
    {
        return Ok(answer);
    }

    let address = ObjectAddress::from(&body.source);
    let (version, mut violations) = match function.objects.head(&address).await {
        Ok(version) => (Some(version), Vec::new()),
        Err(error) if error.is_passing() => {
            tracing::warn!(error = Failure::from(error).chain(), "the request cannot be checked");
            let problem = Problem::new(503, "The object cannot be read now.").declared(context)?;
            return Ok(CreateTransferResponse::ServiceUnavailable503(problem));
        }
        Err(error) => (None, vec![of_body("/source", error.to_string())]),
    };
    let file_name = match file_name(&body, &request.id) {
        Ok(name) => Some(name),
        Err(violation) => {
            violations.push(violation);
            None
        }
    };
    if body.source.key.len() + STATUS_SUFFIX.len() > LONGEST_KEY {
        let detail = format!("leaves no room for {STATUS_SUFFIX} within {LONGEST_KEY} bytes");
        violations.push(of_body("/source/key", detail));
    }
    let (Some(version), Some(file_name), true) = (version, file_name, violations.is_empty()) else {
        let problem = Problem::invalid(violations).declared(context)?;
        return Ok(CreateTransferResponse::UnprocessableContent422(problem));
    };

    let state = JobState::new(request.fingerprint, version.size);
    let (transfer_id, source) = (request.id, body.source);
    let record = TransferRecord { transfer_id, source, version, file_name, state };
    match earlier(function.jobs.submit(&request, &record).await?, context)? {
        Some(answer) => Ok(answer),
        None => Ok(accepted(record, context)),
    }
}

/// The name that was asked for, or what follows the last slash of the key.
fn file_name(body: &NewTransfer, id: &Uuid) -> Result<FileName, Violation> {
    let (name, pointer) = match &body.file_name {
        Some(name) => (name.as_str(), "/fileName"),
        None => (body.source.key.rsplit('/').next().unwrap_or_default(), "/source/key"),
    };
    let unfit = |detail: String| match body.file_name {
        Some(_) => of_body(pointer, detail),
        None => of_body(pointer, format!("{detail}; say fileName")),
    };
    RemoteFile::new(name, &id.to_string()).map_err(|error| unfit(error.to_string()))?;
    FileName::try_from(name.to_owned()).map_err(|error| unfit(error.to_string()))
}

fn of_body(pointer: &str, detail: String) -> Violation {
    Violation { location: "body", pointer: pointer.to_owned(), detail }
}

/// The answer to a request that came before, or whose key did; none to a new one.
fn earlier(
    standing: Standing<TransferRecord>,
    context: &Context,
) -> Result<Option<CreateTransferResponse>, Failure> {
    Ok(match standing {
        Standing::Free => None,
        Standing::Same(record) => Some(accepted(record, context)),
        Standing::Other => {
            let problem = Problem::new(409, "The idempotency key was used for another request.");
            Some(CreateTransferResponse::Conflict409(problem.declared(context)?))
        }
    })
}

fn accepted(record: TransferRecord, context: &Context) -> CreateTransferResponse {
    let location = context.member_path(&record.transfer_id.to_string());
    CreateTransferResponse::Accepted202 { location, body: record.answer() }
}
