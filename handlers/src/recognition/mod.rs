//! What is in a picture: the port to whoever recognises it, and what is known of the picture before.
//!
//! ```text
//! bytes ─▶ Picture::check ─▶ Recognizer::recognize ─▶ tags
//!              │ Unfit            │ RecognitionError
//! ```
//!
//! [`Builtin`] looks at the pixels itself, without a network; [`Clarifai`] and [`Rekognition`] ask
//! services. [`Recognition`] is the one that the environment chooses.

mod builtin;
mod choice;
mod clarifai;
mod decode;
mod picture;
mod rekognition;
mod tag;

pub use builtin::Builtin;
pub use choice::{Recognition, RecognizerError};
pub use clarifai::{Clarifai, Patience, StartError as ClarifaiStartError};
pub use picture::{MAX_BYTES, MAX_EDGE, MAX_PIXELS, MediaType, Picture, Unfit};
pub use rekognition::Rekognition;
pub use tag::{MAX_NAME_CHARS, MAX_TAGS, Tag};

/// What recognises pictures.
pub trait Recognizer: Send + Sync {
    /// Tags of the picture, the surest first: at most [`MAX_TAGS`], no name twice.
    fn recognize(
        &self,
        picture: &Picture,
    ) -> impl Future<Output = Result<Vec<Tag>, RecognitionError>> + Send;
}

/// The picture has no tags.
#[derive(Debug, thiserror::Error)]
pub enum RecognitionError {
    /// For good: the same picture is refused each time. The words are meant for its owner.
    #[error("{0}")]
    Refused(String),
    /// For now: the same may succeed later.
    #[error("the picture cannot be recognised now")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}
