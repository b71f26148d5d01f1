//! What workers post: results of invocations and errors of their initialisation, in their place only.

use std::sync::Arc;

use bytes::Bytes;

use super::Dispatcher;
use crate::function::job::Event;
use crate::function::phase::{Misplaced, Phase, WorkerId};
use crate::invoke::Invocation;

impl Dispatcher {
    /// Whether a worker may post a result for `request_id` now.
    pub(in crate::function) fn running(
        &self,
        id: WorkerId,
        request_id: &str,
        invocation_id: Option<&[u8]>,
    ) -> Result<Arc<Event>, Misplaced> {
        match self.workers.get(&id).map(|worker| &worker.phase) {
            Some(Phase::Busy { job, .. }) if job.event.request_id != request_id => {
                Err(Misplaced::RequestId)
            }
            Some(Phase::Busy { job, .. }) => match invocation_id {
                Some(echoed) if echoed != job.event.invocation_id.as_bytes() => {
                    Err(Misplaced::InvocationId)
                }
                _ => Ok(Arc::clone(&job.event)),
            },
            Some(Phase::Starting { .. }) => Err(Misplaced::State("Started")),
            Some(Phase::Waiting(_)) => Err(Misplaced::State("Ready")),
            Some(Phase::Returning) => Err(Misplaced::State("InvocationResponse")),
            Some(Phase::Stopping) | None => Err(Misplaced::State("Exited")),
        }
    }

    /// The result of the running invocation.
    pub(in crate::function) fn complete(
        &mut self,
        id: WorkerId,
        request_id: &str,
        result: Invocation,
    ) -> Result<(), Misplaced> {
        self.running(id, request_id, None)?;
        if let Some(job) = self.take_job(id, Phase::Returning) {
            job.answer(Ok(result));
        }
        Ok(())
    }

    /// A worker says that its initialisation failed.
    pub(in crate::function) fn report_init_error(
        &mut self,
        id: WorkerId,
        document: Bytes,
    ) -> Result<(), Misplaced> {
        if let Some(worker) = self.workers.get_mut(&id)
            && let Phase::Starting { reported, .. } = &mut worker.phase
        {
            *reported = Some(document);
            worker.attention.notify_one();
            return Ok(());
        }
        self.running(id, "", None).map(|_| ()).map_err(|misplaced| match misplaced {
            Misplaced::State(state) => Misplaced::State(state),
            _ => Misplaced::State("Running"),
        })
    }
}
