//! Tags are true, shown on pictures that the `image` crate makes.

use std::io::Cursor;

use bytes::Bytes;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use super::*;

async fn names(pixels: impl Into<DynamicImage>, format: ImageFormat) -> Vec<String> {
    let mut bytes = Cursor::new(Vec::new());
    pixels.into().write_to(&mut bytes, format).unwrap();
    let picture = Picture::check(Bytes::from(bytes.into_inner())).unwrap();
    let tags = Builtin.recognize(&picture).await.unwrap();
    assert_eq!(tags, Builtin.recognize(&picture).await.unwrap(), "the same picture, other tags");
    assert!(tags.is_sorted_by(|one, next| one.confidence() >= next.confidence()), "{tags:?}");
    tags.iter().map(|tag| tag.name().to_owned()).collect()
}

#[tokio::test]
async fn a_red_picture_is_red_in_every_format() {
    for (format, name) in [
        (ImageFormat::Jpeg, "jpeg"),
        (ImageFormat::Png, "png"),
        (ImageFormat::Gif, "gif"),
        (ImageFormat::WebP, "webp"),
    ] {
        let red = RgbImage::from_pixel(60, 40, Rgb([220, 20, 20]));
        assert_eq!(names(red, format).await, [name, "landscape", "small", "red", "dark"]);
    }
}

#[tokio::test]
async fn colours_are_told_by_their_share() {
    // Three fifths blue, a bit over a quarter yellow, the rest green.
    let flag = RgbImage::from_fn(400, 1000, |_, y| match y {
        0..600 => Rgb([60, 60, 255]),
        600..880 => Rgb([250, 230, 0]),
        _ => Rgb([0, 200, 0]),
    });
    let expected = ["png", "portrait", "medium", "blue", "yellow"];
    assert_eq!(names(flag, ImageFormat::Png).await, expected);
}

#[tokio::test]
async fn a_fine_pattern_is_seen_as_what_it_is_made_of() {
    // Looking at every second pixel would find one of the two.
    let board = RgbImage::from_fn(2048, 2048, |x, y| {
        if (x + y) % 2 == 0 { Rgb([255, 0, 0]) } else { Rgb([0, 160, 0]) }
    });
    let names = names(board, ImageFormat::Png).await;
    for expected in ["square", "large", "red", "green"] {
        assert!(names.iter().any(|name| name == expected), "{expected} of {names:?}");
    }
}

#[tokio::test]
async fn grey_light_and_what_shines_through_are_told() {
    let grey = RgbImage::from_fn(256, 256, |x, _| Rgb([x as u8; 3]));
    let expected = ["jpeg", "square", "small", "greyscale", "grey"];
    assert_eq!(names(grey, ImageFormat::Jpeg).await[..5], expected);
    let white = RgbImage::from_pixel(10, 10, Rgb([255; 3]));
    let expected = ["png", "square", "small", "greyscale", "white", "bright"];
    assert_eq!(names(white, ImageFormat::Png).await, expected);
    let glass = RgbaImage::from_fn(10, 10, |x, _| Rgba([0, 0, 0, if x < 5 { 255 } else { 0 }]));
    let expected = ["png", "square", "small", "greyscale", "transparent", "black", "dark"];
    assert_eq!(names(glass, ImageFormat::Png).await, expected);
    let nothing = RgbaImage::new(10, 10);
    let expected = ["png", "square", "small", "transparent"];
    assert_eq!(names(nothing, ImageFormat::Png).await, expected);
}

#[tokio::test]
async fn sixteen_bits_are_seen_as_eight_are() {
    let deep = DynamicImage::from(RgbImage::from_pixel(9, 9, Rgb([10, 10, 250]))).into_rgb16();
    assert_eq!(names(deep, ImageFormat::Png).await[3], "blue");
}

#[tokio::test]
async fn damaged_pixels_are_refused() {
    let mut bytes = Cursor::new(Vec::new());
    let noise = RgbImage::from_fn(64, 64, |x, y| Rgb([(x * y) as u8, (x ^ y) as u8, x as u8]));
    DynamicImage::from(noise).write_to(&mut bytes, ImageFormat::Png).unwrap();
    let mut bytes = bytes.into_inner();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 9].fill(0);
    let picture = Picture::check(Bytes::from(bytes)).unwrap();
    let error = Builtin.recognize(&picture).await.unwrap_err();
    assert!(matches!(error, RecognitionError::Refused(_)), "{error:?}");
    assert_eq!(error.to_string(), "the image/png picture is damaged: it cannot be decoded");
}
