//! The embedded services together: started before the functions that use them, stopped after.

mod endpoints;

use std::sync::Arc;

use gateway::invoke::Invoke;
use openapi::Diagnostic;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

pub use endpoints::Endpoints;

use crate::cognito::{Cognito, CognitoError, SentCode};
use crate::data_directory::DataDirectory;
use crate::dynamodb::{DynamoDb, DynamoDbError, Reader, Store};
use crate::jobs::Jobs;
use crate::plan::Plan;
use crate::s3::{self, Browser, ObjectEvent, S3, S3Error};
use crate::sftp::{self, SftpError, SftpServer};
use crate::sqs::{GivenUp, Queues, Sqs, SqsError};
use crate::ssm::{Ssm, SsmError};

/// Tells what happens to objects in buckets.
pub(crate) type ObjectEvents = UnboundedReceiver<ObjectEvent>;

/// Every embedded service; dropping it stops them and closes their files.
#[derive(Debug)]
pub(crate) struct Services {
    dynamodb: DynamoDb,
    s3: S3,
    sqs: Sqs,
    ssm: Ssm,
    cognito: Cognito,
    sftp: SftpServer,
}

/// What the services keep.
#[derive(Clone)]
pub(crate) struct Stores {
    pub(crate) tables: Reader,
    pub(crate) objects: Browser,
    pub(crate) queues: Arc<Queues>,
}

/// Why an embedded service does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The embedded DynamoDB.
    #[error(transparent)]
    DynamoDb(#[from] DynamoDbError),
    /// The embedded S3.
    #[error(transparent)]
    S3(#[from] S3Error),
    /// The embedded SQS.
    #[error(transparent)]
    Sqs(#[from] SqsError),
    /// The embedded Parameter Store.
    #[error(transparent)]
    Ssm(#[from] SsmError),
    /// The embedded user pools.
    #[error(transparent)]
    Cognito(#[from] CognitoError),
    /// The embedded SFTP server.
    #[error(transparent)]
    Sftp(#[from] SftpError),
}

impl Services {
    /// Starts them on free ports of the loopback interface. What they keep is in the data
    /// directory, or in memory and temporary folders without one. Also answers what tells of objects.
    pub(crate) fn start(
        data: Option<&DataDirectory>,
        jobs: &Jobs,
    ) -> Result<(Self, ObjectEvents), ServiceError> {
        let (told, object_events) = unbounded_channel();
        let (of_queues, of_pools) = (jobs.clone(), jobs.clone());
        let given_up = Box::new(move |given_up: &GivenUp<'_>| of_queues.given_up(given_up));
        let on_code = Box::new(move |sent: &SentCode<'_>| of_pools.code_sent(sent));
        let objects = data.map_or(s3::Store::Memory, |data| s3::Store::Directory(data.objects()));
        let tables = data.map_or(Store::Memory, |data| Store::File(data.dynamodb_file()));
        let files = data.map_or(sftp::Store::Memory, |data| sftp::Store::Directory(data.sftp()));
        let queues = data.map(DataDirectory::queues_file);
        let parameters = data.map(DataDirectory::parameters_file);
        let user_pools = data.map(DataDirectory::user_pools_file);
        let services = Self {
            dynamodb: DynamoDb::start(&tables)?,
            s3: S3::start(&objects, told)?,
            sqs: Sqs::start(queues.as_deref(), given_up)?,
            ssm: Ssm::start(parameters.as_deref())?,
            cognito: Cognito::start(user_pools.as_deref(), on_code)?,
            sftp: SftpServer::start(&files)?,
        };
        Ok((services, object_events))
    }

    /// Where they answer.
    pub(crate) fn endpoints(&self) -> Endpoints {
        Endpoints {
            dynamodb: self.dynamodb.endpoint(),
            s3: self.s3.endpoint(),
            sqs: self.sqs.endpoint(),
            ssm: self.ssm.endpoint(),
            cognito: self.cognito.endpoint(),
            sftp: self.sftp.url(),
        }
    }

    /// What is known only once they run, by the placeholders that stand for it.
    pub(crate) fn placeholders(&self) -> Vec<(String, String)> {
        let values = [
            ("sftp_url", self.sftp.url()),
            ("sftp_private_key", self.sftp.private_key().to_owned()),
            ("sftp_known_hosts", self.sftp.known_hosts()),
        ];
        values.map(|(name, value)| (name.to_owned(), value)).into()
    }

    /// What they keep, for those who look at it without a request.
    pub(crate) fn stores(&self) -> Option<Stores> {
        let queues = Arc::clone(self.sqs.queues());
        Some(Stores { tables: self.dynamodb.reader()?, objects: self.s3.browser(), queues })
    }

    /// The queues, for what works on them without a request.
    pub(crate) fn queues(&self) -> &Arc<Queues> {
        self.sqs.queues()
    }

    /// Has user pools call these functions, which live on the runtime this is called on.
    pub(crate) fn connect(&self, functions: Arc<dyn Invoke>) {
        self.cognito.connect(functions, Handle::current());
    }

    /// Makes the stores of a document that are missing.
    pub(crate) fn ensure(&self, plan: &Plan) -> Result<(), Vec<Diagnostic>> {
        self.dynamodb.ensure(&plan.tables)?;
        self.s3.ensure(&plan.buckets)?;
        self.sqs.ensure(&plan.queues);
        self.ssm.ensure(&plan.parameters);
        self.cognito.ensure(&plan.user_pools);
        Ok(())
    }
}
