//! What is taken as a picture, shown on pictures that the `image` crate makes.

use std::time::{Duration, Instant};

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, ImageFormat, RgbImage, RgbaImage};

use super::*;

const KINDS: [MediaType; 4] = [MediaType::Jpeg, MediaType::Png, MediaType::Gif, MediaType::WebP];

fn encoded(media_type: MediaType, width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let pixels = RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 7]));
    DynamicImage::from(pixels).write_to(&mut bytes, media_type.format()).unwrap();
    bytes.into_inner()
}

fn check(bytes: impl Into<Vec<u8>>) -> Result<Picture, Unfit> {
    Picture::check(Bytes::from(bytes.into()))
}

#[test]
fn pictures_are_known_by_their_bytes() {
    for media_type in KINDS {
        let picture = check(encoded(media_type, 31, 17)).unwrap();
        assert_eq!(picture.media_type(), media_type);
        assert_eq!((picture.width(), picture.height()), (31, 17), "{media_type}");
        assert!(!picture.is_animated());
        let picture = picture.declared_as(&media_type.as_str().to_uppercase()).unwrap();
        let error = picture.declared_as("image/avif; q=1").unwrap_err().to_string();
        assert_eq!(error, format!("the upload was declared as image/avif, but is {media_type}"));
    }
}

#[test]
fn what_is_no_picture_is_refused_with_what_it_is() {
    for (bytes, error) in [
        (&b""[..], "the upload is empty"),
        (b"a text named .png", "the upload is text, and pictures are JPEG, PNG, GIF or WebP"),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            "the upload is an SVG drawing, and pictures are JPEG, PNG, GIF or WebP",
        ),
    ] {
        assert_eq!(check(bytes).unwrap_err().to_string(), error);
    }
    let large = check(vec![0; MAX_BYTES + 1]).unwrap_err().to_string();
    assert_eq!(large, "the upload has 15728641 bytes, and a picture may have 15 MiB");
}

#[test]
fn a_picture_that_was_cut_off_is_incomplete_wherever_it_was_cut() {
    for media_type in KINDS {
        let whole = encoded(media_type, 40, 30);
        // Less than that is not known as a picture.
        for end in 12..whole.len() {
            let incomplete = Unfit::Incomplete { media_type };
            assert_eq!(check(&whole[..end]).unwrap_err(), incomplete, "{end} of {}", whole.len());
        }
    }
}

#[test]
fn no_byte_that_is_wrong_makes_the_check_panic() {
    for media_type in KINDS {
        let whole = encoded(media_type, 9, 9);
        for at in 0..whole.len() {
            for wrong in [0, 1, 0x7F, 0x80, 0xFF] {
                let mut bytes = whole.clone();
                bytes[at] = wrong;
                let _ = check(bytes);
            }
        }
    }
}

/// The PNG of one pixel, said to have other sizes.
fn png_of(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = encoded(MediaType::Png, 1, 1);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = crc32fast::hash(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
    bytes
}

#[test]
fn a_bomb_is_refused_by_its_header() {
    let begun = Instant::now();
    for (width, height) in [(10_000, 10_000), (50_001, 1000), (1000, 50_001)] {
        let refused = check(png_of(width, height)).unwrap_err();
        assert_eq!(refused, Unfit::TooManyPixels { width, height });
    }
    let error = check(png_of(10_000, 10_000)).unwrap_err().to_string();
    assert_eq!(error, "the picture has 10000 x 10000 pixels, and may have 50 million");
    assert!(begun.elapsed() < Duration::from_secs(1));
    assert_eq!(check(png_of(50_000, 1000)).unwrap().width(), 50_000);
    for (width, height) in [(u32::MAX, u32::MAX), (65_536, 1), (1, 65_536)] {
        assert_eq!(check(png_of(width, height)).unwrap_err(), Unfit::TooLong { width, height });
    }
    assert_eq!(check(png_of(65_535, 1)).unwrap().width(), 65_535);
    assert_eq!(check(png_of(0, 5)).unwrap_err(), Unfit::NoPixels { width: 0, height: 5 });
    // A frame of JPEG: marker, length, precision, height, width.
    let mut jpeg = encoded(MediaType::Jpeg, 8, 8);
    let frame = memchr::memmem::find(&jpeg, &[0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xFF);
    let refused = Unfit::TooManyPixels { width: 65_535, height: 65_535 };
    assert_eq!(check(jpeg).unwrap_err(), refused);
    let mut gif = encoded(MediaType::Gif, 8, 8);
    gif[6..10].fill(0xFF);
    assert_eq!(check(gif).unwrap_err(), refused);
}

#[test]
fn a_small_canvas_does_not_hide_a_large_picture() {
    let inner = encoded(MediaType::WebP, 300, 200);
    let mut webp = b"RIFF\0\0\0\0WEBPVP8X\x0A\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    webp.extend_from_slice(&inner[12..]);
    let length = u32::try_from(webp.len() - 8).unwrap();
    webp[4..8].copy_from_slice(&length.to_le_bytes());
    assert_eq!(check(webp).unwrap_err(), Unfit::Damaged { media_type: MediaType::WebP });
}

#[test]
fn a_gif_of_several_frames_is_animated() {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for _ in 0..3 {
        encoder.encode_frame(Frame::new(RgbaImage::new(5, 5))).unwrap();
    }
    drop(encoder);
    assert!(check(bytes).unwrap().is_animated());
}

/// A JPEG with an EXIF segment that has nothing but the orientation.
fn turned(orientation: u8) -> Vec<u8> {
    let jpeg = encoded(MediaType::Jpeg, 40, 30);
    let mut exif = b"\xFF\xE1\0\x22Exif\0\0MM\0\x2A\0\0\0\x08\0\x01".to_vec();
    exif.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]);
    [&jpeg[..2], &exif, &jpeg[2..]].concat()
}

#[test]
fn a_picture_that_lies_on_its_side_is_measured_as_it_is_shown() {
    for (orientation, size) in [(1, (40, 30)), (3, (40, 30)), (6, (30, 40)), (8, (30, 40))] {
        let picture = check(turned(orientation)).unwrap();
        assert_eq!((picture.width(), picture.height()), size, "{orientation}");
    }
}

#[test]
fn formats_of_the_decoders_are_those_of_the_check() {
    assert_eq!(
        KINDS.map(MediaType::format),
        [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP]
    );
    for media_type in KINDS {
        assert_eq!(media_type.format().to_mime_type(), media_type.as_str());
    }
}
