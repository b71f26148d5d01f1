//! One look at a picture: from its bytes to the record that says what is to be seen.

use models::ImageStatus;

use crate::images::Ports;
use crate::images::record::ImageRecord;
use crate::objects::{ObjectError, ObjectVersion, fetch};
use crate::recognition::{MAX_BYTES, Picture, RecognitionError, Recognizer, Unfit};
use crate::runtime::Failure;

/// There was nothing to be found out.
pub(super) enum LookError {
    /// The picture was deleted, or another took its place.
    Gone,
    /// Something else is wrong, which may pass.
    Failed(Failure),
}

impl From<ObjectError> for LookError {
    fn from(error: ObjectError) -> Self {
        match error {
            ObjectError::NotFound(_) | ObjectError::Changed(_) => Self::Gone,
            error => Self::Failed(error.into()),
        }
    }
}

/// The record after a look at this version of its picture.
pub(super) async fn look_at(
    ports: &Ports,
    recognizer: &impl Recognizer,
    record: &ImageRecord,
    found: &ObjectVersion,
) -> Result<ImageRecord, LookError> {
    let ended = |status, picture: Option<&Picture>, change: &dyn Fn(&mut ImageRecord)| {
        record.ended(status, picture, |next| {
            next.e_tag = Some(found.etag.clone());
            next.size = Some(found.size);
            change(next);
        })
    };
    let failed = |picture: Option<&Picture>, reason: String| {
        let reason = sentence(&reason);
        tracing::info!(image = %record.image_id, reason, "the picture is not tagged");
        ended(ImageStatus::Failed, picture, &|next| next.reason = Some(reason.clone()))
    };
    let picture = match picture(ports, record, found).await? {
        Ok(picture) => picture,
        Err(unfit) => return Ok(failed(None, unfit.to_string())),
    };
    match recognizer.recognize(&picture).await {
        Ok(tags) => {
            // A name that is no tag would keep the image from being answered at all.
            let tags: Vec<_> = tags.iter().filter_map(|tag| tag.name().parse().ok()).collect();
            Ok(ended(ImageStatus::Tagged, Some(&picture), &|next| next.tags.clone_from(&tags)))
        }
        Err(RecognitionError::Refused(reason)) => Ok(failed(Some(&picture), reason)),
        Err(error @ RecognitionError::Unavailable(_)) => Err(LookError::Failed(error.into())),
    }
}

/// The picture in an object, which may hold anything.
async fn picture(
    ports: &Ports,
    record: &ImageRecord,
    found: &ObjectVersion,
) -> Result<Result<Picture, Unfit>, LookError> {
    // The form lets nothing larger through; whoever put it otherwise is not waited for.
    if found.size > MAX_BYTES as u64 {
        let size = usize::try_from(found.size).unwrap_or(usize::MAX);
        return Ok(Err(Unfit::TooManyBytes { size }));
    }
    let bytes = fetch(&*ports.objects, found, 0..found.size).await?;
    let declared = record.content_type.to_string();
    Ok(Picture::check(bytes).and_then(|picture| picture.declared_as(&declared)))
}

/// Words of an error as the owner reads them.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_become_sentences() {
        assert_eq!(sentence("the upload is empty"), "The upload is empty.");
        assert_eq!(sentence("Ünfit."), "Ünfit.");
        assert_eq!(sentence(""), ".");
    }
}
