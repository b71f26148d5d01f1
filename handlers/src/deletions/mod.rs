//! The function `deletions`: deletes objects, many at a time.

mod delete_objects;

use std::sync::Arc;

use crate::aws;
use crate::generated::deletions::*;
use crate::objects::{self, ObjectStore, S3};
use crate::runtime::{Context, Failure};

/// Serves the operations of the function `deletions`.
#[derive(Clone, Debug)]
pub struct DeletionsFunction {
    objects: Arc<dyn ObjectStore>,
}

impl DeletionsFunction {
    /// A function that deletes objects of this store.
    pub fn new(objects: Arc<dyn ObjectStore>) -> Self {
        Self { objects }
    }

    /// Connects to S3.
    pub async fn start() -> Self {
        Self::new(Arc::new(S3::new(&objects::client(&aws::config().await))))
    }
}

impl Deletions for DeletionsFunction {
    async fn delete_objects(
        &self,
        request: DeleteObjectsRequest,
        context: &Context,
    ) -> Result<DeleteObjectsResponse, Failure> {
        delete_objects::handle(self, request, context).await
    }
}
