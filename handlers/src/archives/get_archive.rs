//! getArchive: `GET /archives/{archiveId}`.

use super::ArchivesFunction;
use crate::generated::archives::{GetArchiveRequest, GetArchiveResponse};
use crate::runtime::{Context, Failure, Problem};

/// Gets a job.
pub(super) async fn handle(
    function: &ArchivesFunction,
    request: GetArchiveRequest,
    context: &Context,
) -> Result<GetArchiveResponse, Failure> {
    let id = request.archive_id.to_string();
    match function.jobs.get(&id).await? {
        Some(record) => Ok(GetArchiveResponse::Ok200(record.answer())),
        None => {
            let problem = Problem::new(404, format!("Archive {id} does not exist."));
            Ok(GetArchiveResponse::NotFound404(problem.declared(context)?))
        }
    }
}
