//! SQS.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;

use super::{Queue, QueueError};
use crate::store::BoxFuture;

/// An SQS queue.
#[derive(Clone, Debug)]
pub struct Sqs {
    client: Client,
    url: String,
}

impl Sqs {
    /// The queue at this address.
    pub fn new(config: &SdkConfig, url: String) -> Self {
        Self { client: Client::new(config), url }
    }

    fn failure<E>(&self, action: &'static str) -> impl FnOnce(E) -> QueueError
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        let queue = self.url.clone();
        move |error| QueueError { action, queue, source: Box::new(error) }
    }
}

impl Queue for Sqs {
    fn send<'a>(&'a self, body: &'a str) -> BoxFuture<'a, Result<(), QueueError>> {
        Box::pin(async move {
            let send = self.client.send_message().queue_url(&self.url).message_body(body);
            send.send().await.map(|_| ()).map_err(self.failure("send to"))
        })
    }

    fn release<'a>(
        &'a self,
        receipt_handle: &'a str,
        delay: Duration,
    ) -> BoxFuture<'a, Result<(), QueueError>> {
        Box::pin(async move {
            let seconds = i32::try_from(delay.as_secs()).unwrap_or(i32::MAX);
            let change = self.client.change_message_visibility().queue_url(&self.url);
            let change = change.receipt_handle(receipt_handle).visibility_timeout(seconds);
            change.send().await.map(|_| ()).map_err(self.failure("release to"))
        })
    }
}
