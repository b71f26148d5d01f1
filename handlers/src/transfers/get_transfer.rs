//! getTransfer: `GET /transfers/{transferId}`.

use super::TransfersFunction;
use crate::generated::transfers::{GetTransferRequest, GetTransferResponse};
use crate::runtime::{Context, Failure, Problem};

/// Gets a job.
pub(super) async fn handle(
    function: &TransfersFunction,
    request: GetTransferRequest,
    context: &Context,
) -> Result<GetTransferResponse, Failure> {
    let id = request.transfer_id.to_string();
    match function.jobs.get(&id).await? {
        Some(record) => Ok(GetTransferResponse::Ok200(record.answer())),
        None => {
            let problem = Problem::new(404, format!("Transfer {id} does not exist."));
            Ok(GetTransferResponse::NotFound404(problem.declared(context)?))
        }
    }
}
