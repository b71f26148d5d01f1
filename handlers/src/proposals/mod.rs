//! The functions `proposals` and `proposal-intake`: client investment profiles, each with a document
//! of any size.
//!
//! ```text
//! POST ─▶ create_proposal ─────────────▶ check ─▶ keep ──┐
//! POST ─▶ S3 ─────────┐                                  ▼
//! POST ─▶ uploads ─▶ S3 ─▶ message ─▶ intake ─▶ check ─▶ attempt ─▶ document, then record
//! ```
//!
//! Whichever way a proposal comes, it is held against the same checks and kept by the same
//! kind of attempt (`attempt.rs`).

mod attempt;
mod begin_upload;
mod check;
mod complete_upload;
mod create_proposal;
mod delete_proposal;
mod document;
mod get_proposal;
mod get_upload;
mod identifier;
mod intake;
mod keep;
mod list_proposals;
mod payload;
mod ports;
mod record;
mod replace_proposal;
mod uploads;

use models::ProposalId;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

use crate::generated::proposals::*;
use crate::runtime::{Context, Failure, Location, Problem, Violation};

pub use intake::ProposalIntake;
pub use ports::Ports;
pub use record::{Draft, KeptDocument, PayloadUpload, ProposalRecord};

/// What stands for itself in a path and in a parameter of a header (RFC 3986 and RFC 8187).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How often somebody else may change the record before a call gives up.
const ROUNDS: usize = 5;

/// Serves the operations of the function `proposals`.
#[derive(Clone, Debug)]
pub struct ProposalsFunction {
    ports: Ports,
}

impl ProposalsFunction {
    /// The function that works with these.
    pub fn new(ports: &Ports) -> Self {
        Self { ports: ports.clone() }
    }
}

/// The problem with a path whose identifier is none.
fn no_identifier(id: &ProposalId) -> Option<Problem> {
    let detail = identifier::check(id).err()?;
    Some(Problem::invalid(vec![Violation::of(Location::Path, "proposalId", detail)]))
}

fn missing(id: &ProposalId) -> Problem {
    Problem::new(404, format!("Proposal {id} does not exist."))
}

impl Proposals for ProposalsFunction {
    async fn create_proposal(
        &self,
        request: CreateProposalRequest,
        context: &Context,
    ) -> Result<CreateProposalResponse, Failure> {
        create_proposal::handle(self, request, context).await
    }

    async fn list_proposals(
        &self,
        request: ListProposalsRequest,
        context: &Context,
    ) -> Result<ListProposalsResponse, Failure> {
        list_proposals::handle(self, request, context).await
    }

    async fn get_proposal(
        &self,
        request: GetProposalRequest,
        context: &Context,
    ) -> Result<GetProposalResponse, Failure> {
        get_proposal::handle(self, request, context).await
    }

    async fn replace_proposal(
        &self,
        request: ReplaceProposalRequest,
        context: &Context,
    ) -> Result<ReplaceProposalResponse, Failure> {
        replace_proposal::handle(self, request, context).await
    }

    async fn delete_proposal(
        &self,
        request: DeleteProposalRequest,
        context: &Context,
    ) -> Result<DeleteProposalResponse, Failure> {
        delete_proposal::handle(self, request, context).await
    }

    async fn begin_upload(
        &self,
        request: BeginUploadRequest,
        context: &Context,
    ) -> Result<BeginUploadResponse, Failure> {
        begin_upload::handle(self, request, context).await
    }

    async fn get_upload(
        &self,
        request: GetUploadRequest,
        context: &Context,
    ) -> Result<GetUploadResponse, Failure> {
        get_upload::handle(self, request, context).await
    }

    async fn complete_upload(
        &self,
        request: CompleteUploadRequest,
        context: &Context,
    ) -> Result<CompleteUploadResponse, Failure> {
        complete_upload::handle(self, request, context).await
    }
}
