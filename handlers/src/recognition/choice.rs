//! Which recognizer a function uses: the environment says so.

use aws_config::SdkConfig;

use super::{Builtin, Picture, RecognitionError, Recognizer, Tag};
use crate::runtime::configuration::{Lookup, MissingVariable, required};

/// The recognizer that was chosen.
#[derive(Debug)]
pub enum Recognition {
    /// Looks at the pixels itself.
    Builtin(Builtin),
}

/// No recognizer can be chosen.
#[derive(Debug, thiserror::Error)]
pub enum RecognizerError {
    /// A variable is missing.
    #[error(transparent)]
    Variable(#[from] MissingVariable),
    /// It names none.
    #[error("RECOGNIZER is `{0}`, and may be builtin")]
    Unknown(String),
}

impl Recognition {
    /// The one that `RECOGNIZER` names.
    ///
    /// # Errors
    /// If the variable, or one that this recognizer needs, is missing or unfit.
    pub fn from_environment(
        lookup: Lookup<'_>,
        _config: &SdkConfig,
    ) -> Result<Self, RecognizerError> {
        match required(lookup, "RECOGNIZER")?.as_str() {
            "builtin" => Ok(Self::Builtin(Builtin)),
            other => Err(RecognizerError::Unknown(other.to_owned())),
        }
    }
}

impl Recognizer for Recognition {
    async fn recognize(&self, picture: &Picture) -> Result<Vec<Tag>, RecognitionError> {
        match self {
            Self::Builtin(recognizer) => recognizer.recognize(picture).await,
        }
    }
}
