//! Decoding, within bounds of room.
//!
//! With a picture of 50 megapixels the function takes 150 to 670 MiB meanwhile: three bytes for each pixel
//! of most, eight of the deepest PNG, nine to eleven of a progressive JPEG, whose coefficients are held as
//! well, and twelve of an animated WebP, which has frame, canvas and result. That is what its memory has
//! to be chosen by.

use image::{DynamicImage, ImageDecoder as _, Limits};

use super::RecognitionError;
use super::picture::Picture;

/// What pixels may take, in bytes. The deepest take 400 MB: four channels of two bytes.
const MAX_ROOM: u64 = 512 * 1024 * 1024;

/// Decodes the picture on a thread for such work and makes something of its pixels there.
///
/// # Errors
/// If the pixels are damaged.
pub(super) async fn off_thread<T: Send + 'static>(
    picture: Picture,
    make: fn(&Picture, DynamicImage) -> T,
) -> Result<(Picture, T), RecognitionError> {
    let work = tokio::task::spawn_blocking(move || {
        let made = decode(&picture).map(|pixels| make(&picture, pixels));
        (picture, made)
    });
    match work.await {
        Ok((picture, Ok(made))) => Ok((picture, made)),
        Ok((picture, Err(error))) => {
            tracing::warn!(%error, "a picture cannot be decoded");
            Err(damaged(&picture.media_type().to_string()))
        }
        // A decoder gave up on bytes that are not as they should be.
        Err(error) if error.is_panic() => Err(damaged("uploaded")),
        Err(error) => Err(RecognitionError::Unavailable(Box::new(error))),
    }
}

fn damaged(kind: &str) -> RecognitionError {
    RecognitionError::Refused(format!("the {kind} picture is damaged: it cannot be decoded"))
}

fn decode(picture: &Picture) -> image::ImageResult<DynamicImage> {
    let (width, height) = picture.stored_size();
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(width);
    limits.max_image_height = Some(height);
    limits.max_alloc = Some(MAX_ROOM);
    let mut decoder = picture.decoder()?;
    limits.reserve(decoder.total_bytes())?;
    decoder.set_limits(limits)?;
    DynamicImage::from_decoder(decoder)
}
