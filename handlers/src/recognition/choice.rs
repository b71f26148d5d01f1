//! Which recognizer a function uses: the environment says so.

use aws_config::SdkConfig;

use super::{
    Builtin, Clarifai, ClarifaiStartError, Patience, Picture, RecognitionError, Recognizer,
    Rekognition, Tag,
};
use crate::parameters::Ssm;
use crate::runtime::configuration::{Lookup, MissingVariable, required};

/// The recognizer that was chosen.
#[derive(Debug)]
pub enum Recognition {
    /// Looks at the pixels itself.
    Builtin(Builtin),
    /// Asks Clarifai.
    Clarifai(Box<Clarifai<Ssm>>),
    /// Asks Amazon Rekognition.
    Rekognition(Rekognition),
}

/// No recognizer can be chosen.
#[derive(Debug, thiserror::Error)]
pub enum RecognizerError {
    /// A variable is missing.
    #[error(transparent)]
    Variable(#[from] MissingVariable),
    /// It names none.
    #[error("RECOGNIZER is `{0}`, and may be builtin, clarifai or rekognition")]
    Unknown(String),
    /// Clarifai cannot be asked.
    #[error("CLARIFAI_URL cannot be used")]
    Clarifai(#[from] ClarifaiStartError),
}

impl Recognition {
    /// The one that `RECOGNIZER` names: `builtin`; `clarifai`, at `CLARIFAI_URL` with the key in the
    /// parameter that `CLARIFAI_KEY_PARAMETER` names; or `rekognition`.
    ///
    /// # Errors
    /// If the variable, or one that this recognizer needs, is missing or unfit.
    pub fn from_environment(
        lookup: Lookup<'_>,
        config: &SdkConfig,
    ) -> Result<Self, RecognizerError> {
        match required(lookup, "RECOGNIZER")?.as_str() {
            "builtin" => Ok(Self::Builtin(Builtin)),
            "clarifai" => {
                let url = required(lookup, "CLARIFAI_URL")?;
                let key = required(lookup, "CLARIFAI_KEY_PARAMETER")?;
                let clarifai = Clarifai::new(Ssm::new(config), &url, key, Patience::default())?;
                Ok(Self::Clarifai(Box::new(clarifai)))
            }
            "rekognition" => Ok(Self::Rekognition(Rekognition::new(config))),
            other => Err(RecognizerError::Unknown(other.to_owned())),
        }
    }
}

impl Recognizer for Recognition {
    async fn recognize(&self, picture: &Picture) -> Result<Vec<Tag>, RecognitionError> {
        match self {
            Self::Builtin(recognizer) => recognizer.recognize(picture).await,
            Self::Clarifai(recognizer) => recognizer.recognize(picture).await,
            Self::Rekognition(recognizer) => recognizer.recognize(picture).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(variables: &[(&str, &str)]) -> Result<Recognition, String> {
        let lookup = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let config = SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .region(aws_config::Region::new("eu-west-1"))
            .build();
        Recognition::from_environment(&lookup, &config).map_err(|error| error.to_string())
    }

    #[test]
    fn the_environment_chooses_one_of_three() {
        assert!(matches!(chosen(&[("RECOGNIZER", "builtin")]), Ok(Recognition::Builtin(_))));
        let rekognition = chosen(&[("RECOGNIZER", "rekognition")]);
        assert!(matches!(rekognition, Ok(Recognition::Rekognition(_))));
        let url = ("CLARIFAI_URL", "https://api.clarifai.com");
        let key = ("CLARIFAI_KEY_PARAMETER", "/lychgate/clarifai-key");
        let clarifai = chosen(&[("RECOGNIZER", "clarifai"), url, key]);
        assert!(matches!(clarifai, Ok(Recognition::Clarifai(_))), "{clarifai:?}");
    }

    #[test]
    fn what_is_missing_or_unknown_is_named() {
        let error = chosen(&[("RECOGNIZER", "oracle")]).unwrap_err();
        assert_eq!(error, "RECOGNIZER is `oracle`, and may be builtin, clarifai or rekognition");
        assert!(chosen(&[]).unwrap_err().contains("RECOGNIZER"));
        let url = ("CLARIFAI_URL", "https://api.clarifai.com");
        let error = chosen(&[("RECOGNIZER", "clarifai"), url]).unwrap_err();
        assert!(error.contains("CLARIFAI_KEY_PARAMETER"), "{error}");
    }
}
