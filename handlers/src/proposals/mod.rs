//! The function `proposals`.

mod begin_upload;
mod complete_upload;
mod create_proposal;
mod delete_proposal;
mod get_proposal;
mod get_upload;
mod list_proposals;
mod replace_proposal;

use crate::generated::proposals::*;
use crate::runtime::configuration::{Lookup, MissingVariable};
use crate::runtime::{Context, Failure};

/// Serves the operations of the function `proposals`.
#[derive(Clone, Debug)]
pub struct ProposalsFunction {}

impl ProposalsFunction {
    /// Reads the configuration and connects what the function needs.
    ///
    /// # Errors
    /// If a variable is missing.
    pub async fn start(_lookup: Lookup<'_>) -> Result<Self, MissingVariable> {
        Ok(Self {})
    }
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
