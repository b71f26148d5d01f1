//! Clarifai: its general model, by the REST API of version 2.
//!
//! ```text
//! picture ─▶ request ─▶ exchange (one try) ─▶ answer ─▶ concepts above 0.9
//!                ▲          ▲       │ passing: again, by Patience
//!                │     key ─┘       │ key refused: read anew, once more
//!                └──────────────────┘
//! ```
//!
//! Sources: <https://docs.clarifai.com/resources/api-overview/api-outputs>,
//! <https://docs.clarifai.com/resources/api-overview/status-codes>; request and answer as in
//! `code_snippets/api-guide/predict/curl` of <https://github.com/Clarifai/docs>.

mod answer;
mod exchange;
mod patience;
mod request;

use std::time::{Duration, Instant};

use bytes::Bytes;
use models::value::Secret;

use super::{Picture, RecognitionError, Recognizer, Tag};
use crate::parameters::{Cached, ParameterError, Parameters};
use answer::Verdict;
use exchange::Connection;
pub use exchange::StartError;
pub use patience::Patience;

/// The model, and who it belongs to: <https://clarifai.com/clarifai/main/models/general-image-recognition>.
const MODEL: &str = "general-image-recognition";
/// How long the key is kept before it is asked for again.
const KEY_KEPT: Duration = Duration::from_secs(300);

/// Clarifai, with a key from a parameter.
#[derive(Debug)]
pub struct Clarifai<P> {
    connection: Connection,
    parameters: Cached<P>,
    key: String,
    patience: Patience,
}

/// Clarifai has not told what the picture shows.
#[derive(Debug, thiserror::Error)]
enum ClarifaiError {
    #[error("the key of Clarifai cannot be read")]
    Parameter(#[from] ParameterError),
    #[error("the parameter {0} holds what can be no key of Clarifai")]
    NoKey(String),
    #[error("Clarifai refuses the key in the parameter {0}: a valid one has to be put there")]
    Key(String),
    #[error("Clarifai cannot be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error(
        "whoever answers in Clarifai's place does not prove to be it, and was not sent the key"
    )]
    Untrusted(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("Clarifai has not answered within {} seconds", .0.as_secs_f32())]
    Silent(Duration),
    #[error("Clarifai answered with status {status}{words}")]
    Status { status: u16, words: String },
    #[error("Clarifai cannot work with the picture{0}")]
    Picture(String),
    #[error("Clarifai's answer of status {status} is not as its schema says: {place}")]
    Malformed { status: u16, place: String },
    #[error("Clarifai's answer has more than {} MiB", exchange::MAX_ANSWER / 1024 / 1024)]
    TooLong,
}

impl<P: Parameters> Clarifai<P> {
    /// Clarifai at the URL, such as `https://api.clarifai.com`; `key` is the name of a parameter.
    ///
    /// # Errors
    /// If the URL is none to send a key to, or no certificate is trusted.
    pub fn new(
        parameters: P,
        url: &str,
        key: String,
        patience: Patience,
    ) -> Result<Self, StartError> {
        let connection = Connection::new(url, &format!("/v2/models/{MODEL}/outputs"))?;
        let parameters = Cached::new(parameters, KEY_KEPT);
        Ok(Self { connection, parameters, key, patience })
    }

    async fn ask(&self, body: Bytes) -> Result<Vec<Tag>, ClarifaiError> {
        let deadline = Instant::now() + self.patience.budget;
        let mut tried = 0;
        let mut key = self.parameters.get(&self.key).await?;
        let mut renewed = false;
        loop {
            tried += 1;
            let (error, asked) = match self.attempt(&key, &body, deadline).await? {
                Verdict::Tags(tags) => return Ok(tags),
                Verdict::KeyRefused if renewed => return Err(ClarifaiError::Key(self.key.clone())),
                Verdict::KeyRefused => {
                    key = self.renewed(&key).await?;
                    renewed = true;
                    continue;
                }
                Verdict::Again { error, asked } => (error, asked),
            };
            let left = deadline.saturating_duration_since(Instant::now());
            let Some(pause) = self.patience.pause(tried, asked, left) else {
                return Err(error);
            };
            tracing::info!(
                error = &error as &dyn std::error::Error,
                tried,
                "Clarifai is tried again"
            );
            tokio::time::sleep(pause).await;
        }
    }

    /// The key as it is now. Somebody may have changed it since it was read.
    async fn renewed(&self, refused: &Secret) -> Result<Secret, ClarifaiError> {
        self.parameters.forget(&self.key);
        let key = self.parameters.get(&self.key).await?;
        if key.expose() == refused.expose() {
            return Err(ClarifaiError::Key(self.key.clone()));
        }
        Ok(key)
    }

    async fn attempt(
        &self,
        key: &Secret,
        body: &Bytes,
        deadline: Instant,
    ) -> Result<Verdict, ClarifaiError> {
        let left = deadline.saturating_duration_since(Instant::now());
        let limit = self.patience.attempt.min(left);
        let authorization =
            request::authorization(key).ok_or_else(|| ClarifaiError::NoKey(self.key.clone()))?;
        match self.connection.post(authorization, body.clone(), limit).await {
            Ok(reply) => answer::judge(&reply, key),
            // What would be the same in a moment is left to the queue.
            Err(error @ (ClarifaiError::Untrusted(_) | ClarifaiError::TooLong)) => Err(error),
            Err(error) => Ok(Verdict::Again { error, asked: None }),
        }
    }
}

impl<P: Parameters> Recognizer for Clarifai<P> {
    async fn recognize(&self, picture: &Picture) -> Result<Vec<Tag>, RecognitionError> {
        self.ask(request::body(picture)).await.map_err(|error| match error {
            ClarifaiError::Picture(_) => RecognitionError::Refused(error.to_string()),
            error => RecognitionError::Unavailable(Box::new(error)),
        })
    }
}
