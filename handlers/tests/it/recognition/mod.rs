//! Recognizers that ask services, against stubs that speak as the services do.

mod clarifai;
mod rekognition;
#[cfg(target_os = "linux")]
mod room;
mod stub;
mod tls;

use std::io::Cursor;

use bytes::Bytes;
use handlers::recognition::{Picture, RecognitionError, Tag};
use image::{DynamicImage, ImageFormat, RgbImage};

fn picture_of(width: u32, height: u32, format: ImageFormat) -> Picture {
    let mut state = 1_u32;
    let noise = RgbImage::from_fn(width, height, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [red, green, blue, _] = state.to_be_bytes();
        image::Rgb([red, green, blue])
    });
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(noise).write_to(&mut bytes, format).unwrap();
    Picture::check(Bytes::from(bytes.into_inner())).unwrap()
}

fn names(tags: &[Tag]) -> Vec<&str> {
    tags.iter().map(Tag::name).collect()
}

/// All that a log would say.
fn chain(error: &RecognitionError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

fn unavailable(result: Result<Vec<Tag>, RecognitionError>) -> String {
    let error = result.unwrap_err();
    assert!(matches!(error, RecognitionError::Unavailable(_)), "{error:?}");
    chain(&error)
}

fn refused(result: Result<Vec<Tag>, RecognitionError>) -> String {
    let error = result.unwrap_err();
    assert!(matches!(error, RecognitionError::Refused(_)), "{error:?}");
    chain(&error)
}
