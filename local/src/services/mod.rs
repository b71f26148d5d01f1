//! The embedded services together: started before the functions that use them, stopped after.

mod endpoints;

use openapi::Diagnostic;

pub use endpoints::Endpoints;

use crate::data_directory::DataDirectory;
use crate::dynamodb::{DynamoDb, DynamoDbError, Store};
use crate::plan::Plan;
use crate::sqs::{DeadLetterListener, Sqs, SqsError};
use crate::ssm::{Ssm, SsmError};

/// Every embedded service; dropping it stops them and closes their files.
#[derive(Debug)]
pub(crate) struct Services {
    dynamodb: DynamoDb,
    sqs: Sqs,
    ssm: Ssm,
}

/// Why an embedded service does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The embedded DynamoDB.
    #[error(transparent)]
    DynamoDb(#[from] DynamoDbError),
    /// The embedded SQS.
    #[error(transparent)]
    Sqs(#[from] SqsError),
    /// The embedded Parameter Store.
    #[error(transparent)]
    Ssm(#[from] SsmError),
}

impl Services {
    /// Starts them on free ports of the loopback interface. What they keep is in the data
    /// directory, or in memory without one.
    pub(crate) fn start(
        data: Option<&DataDirectory>,
        on_dead_letters: DeadLetterListener,
    ) -> Result<Self, ServiceError> {
        let tables = data.map_or(Store::Memory, |data| Store::File(data.dynamodb_file()));
        let queues = data.map(DataDirectory::queues_file);
        let parameters = data.map(DataDirectory::parameters_file);
        Ok(Self {
            dynamodb: DynamoDb::start(&tables)?,
            sqs: Sqs::start(queues.as_deref(), on_dead_letters)?,
            ssm: Ssm::start(parameters.as_deref())?,
        })
    }

    /// Where they answer.
    pub(crate) fn endpoints(&self) -> Endpoints {
        Endpoints {
            dynamodb: self.dynamodb.endpoint(),
            sqs: self.sqs.endpoint(),
            ssm: self.ssm.endpoint(),
        }
    }

    /// Makes the stores of a document that are missing.
    pub(crate) fn ensure(&self, plan: &Plan) -> Result<(), Vec<Diagnostic>> {
        self.dynamodb.ensure(&plan.tables)?;
        self.sqs.ensure(&plan.queues);
        self.ssm.ensure(&plan.parameters);
        Ok(())
    }
}
