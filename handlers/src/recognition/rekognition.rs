//! Amazon Rekognition: `DetectLabels`, with the picture in the request.
//!
//! It takes JPEG and PNG up to 5 MB that way
//! (<https://docs.aws.amazon.com/rekognition/latest/dg/limits.html>). Anything else is made a smaller
//! JPEG first, of the first frame: labels need few pixels, and a reference to the object instead would
//! need rights on the bucket.

use std::io::Cursor;

use aws_config::SdkConfig;
use aws_sdk_rekognition::Client;
use aws_sdk_rekognition::error::SdkError;
use aws_sdk_rekognition::operation::detect_labels::DetectLabelsError;
use aws_sdk_rekognition::primitives::Blob;
use aws_sdk_rekognition::types::{Image, Label};
use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageResult, RgbImage};

use super::decode;
use super::picture::{MediaType, Picture};
use super::{MAX_TAGS, RecognitionError, Recognizer, Tag};

/// Largest picture in a request, in bytes.
const MAX_SENT: usize = 5_000_000;
/// The longer edge of what was made smaller, in pixels: below the limit in bytes, whatever it shows.
const EDGE: u32 = 1600;
/// Of JPEG, up to 100.
const QUALITY: u8 = 90;
/// Percent; what is less likely is left out.
const LIKELY: f32 = 90.0;

/// Amazon Rekognition in the function's region.
#[derive(Clone, Debug)]
pub struct Rekognition {
    client: Client,
}

impl Rekognition {
    /// What this configuration reaches. The SDK tries again what was throttled.
    pub fn new(config: &SdkConfig) -> Self {
        Self { client: Client::new(config) }
    }
}

impl Recognizer for Rekognition {
    async fn recognize(&self, picture: &Picture) -> Result<Vec<Tag>, RecognitionError> {
        let bytes = fit(picture).await?;
        let image = Image::builder().bytes(Blob::new(bytes)).build();
        let request = self.client.detect_labels().image(image);
        let limit = i32::try_from(MAX_TAGS).unwrap_or(i32::MAX);
        let answer = request.min_confidence(LIKELY).max_labels(limit).send().await;
        let labels = answer.map_err(failure)?.labels.unwrap_or_default();
        Ok(Tag::surest(labels.iter().filter_map(tag)))
    }
}

fn tag(label: &Label) -> Option<Tag> {
    let confidence = label.confidence().filter(|confidence| *confidence >= LIKELY)?;
    Tag::new(label.name()?, confidence / 100.0)
}

fn failure(error: SdkError<DetectLabelsError>) -> RecognitionError {
    match error.as_service_error() {
        // A parameter that is invalid can only be the picture, such as one of few pixels.
        Some(
            DetectLabelsError::ImageTooLargeException(_)
            | DetectLabelsError::InvalidImageFormatException(_)
            | DetectLabelsError::InvalidParameterException(_),
        ) => {
            RecognitionError::Refused("Amazon Rekognition cannot work with the picture".to_owned())
        }
        _ => RecognitionError::Unavailable(Box::new(error)),
    }
}

/// What is sent of the picture.
async fn fit(picture: &Picture) -> Result<Bytes, RecognitionError> {
    let taken = matches!(picture.media_type(), MediaType::Jpeg | MediaType::Png);
    if taken && picture.bytes().len() <= MAX_SENT {
        return Ok(picture.bytes().clone());
    }
    let (_, made) = decode::off_thread(picture.clone(), smaller).await?;
    made.map_err(|error| RecognitionError::Unavailable(Box::new(error)))
}

fn smaller(picture: &Picture, pixels: DynamicImage) -> ImageResult<Bytes> {
    let fits = pixels.width().max(pixels.height()) <= EDGE;
    let mut pixels = if fits { pixels } else { pixels.thumbnail(EDGE, EDGE) };
    pixels.apply_orientation(picture.orientation());
    let mut bytes = Cursor::new(Vec::new());
    on_white(pixels).write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, QUALITY))?;
    Ok(Bytes::from(bytes.into_inner()))
}

/// JPEG knows no transparency.
fn on_white(pixels: DynamicImage) -> RgbImage {
    if !pixels.color().has_alpha() {
        return pixels.into_rgb8();
    }
    let pixels = pixels.into_rgba8();
    RgbImage::from_fn(pixels.width(), pixels.height(), |x, y| {
        let [red, green, blue, alpha] = pixels.get_pixel(x, y).0;
        let over = |channel: u8| {
            let mixed = u32::from(channel) * u32::from(alpha) + 255 * (255 - u32::from(alpha));
            u8::try_from(mixed / 255).unwrap_or(u8::MAX)
        };
        image::Rgb([over(red), over(green), over(blue)])
    })
}

#[cfg(test)]
mod tests {
    use image::{Rgba, RgbaImage};

    use super::*;

    #[test]
    fn what_shines_through_lies_on_white() {
        let glass = RgbaImage::from_pixel(1, 1, Rgba([100, 0, 0, 51]));
        assert_eq!(on_white(glass.into()).get_pixel(0, 0).0, [224, 204, 204]);
    }
}
