//! The embedded services together: started before the functions that use them, stopped after.

mod endpoints;

use openapi::Diagnostic;

pub use endpoints::Endpoints;

use crate::data_directory::DataDirectory;
use crate::dynamodb::{DynamoDb, DynamoDbError, Store};
use crate::plan::Plan;

/// Every embedded service; dropping it stops them and closes their files.
#[derive(Debug)]
pub(crate) struct Services {
    dynamodb: DynamoDb,
}

/// Why an embedded service does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The embedded DynamoDB.
    #[error(transparent)]
    DynamoDb(#[from] DynamoDbError),
}

impl Services {
    /// Starts them on free ports of the loopback interface. What they keep is in the data
    /// directory, or in memory without one.
    pub(crate) fn start(data: Option<&DataDirectory>) -> Result<Self, ServiceError> {
        let dynamodb = data.map_or(Store::Memory, |data| Store::File(data.dynamodb_file()));
        Ok(Self { dynamodb: DynamoDb::start(&dynamodb)? })
    }

    /// Where they answer.
    pub(crate) fn endpoints(&self) -> Endpoints {
        Endpoints { dynamodb: self.dynamodb.endpoint() }
    }

    /// Makes the stores of a document that are missing.
    pub(crate) fn ensure(&self, plan: &Plan) -> Result<(), Vec<Diagnostic>> {
        self.dynamodb.ensure(&plan.tables)?;
        Ok(())
    }
}
