//! A picture that was checked: what it is, how large, and that all of it is there.
//!
//! Nothing is decoded for that: a bomb of any size is refused by what its first bytes say.

mod kind;
mod outline;
mod unfit;

use std::io::Cursor;

use bytes::Bytes;
use image::metadata::Orientation;
use image::{ImageDecoder, ImageReader, ImageResult, Limits};

pub use kind::MediaType;
use kind::described;
use outline::Outline;
pub use unfit::Unfit;

/// How large an upload is at most, in bytes: 15 MiB.
pub const MAX_BYTES: usize = 15 * 1024 * 1024;
/// How many pixels a picture has at most: 50 megapixels.
pub const MAX_PIXELS: u64 = 50_000_000;
/// How many pixels an edge has at most. Only PNG can say more, and decoders hold lines in memory.
pub const MAX_EDGE: u32 = 65_535;

/// Room for what stands before the pixels, in bytes: colour profiles of PNG are compressed, and may be
/// bombs.
const HEADER_ROOM: u64 = 32 * 1024 * 1024;

/// A JPEG, PNG, GIF or WebP picture, whole by its outline. Only decoding shows whether its pixels are
/// sound.
#[derive(Clone, Debug)]
pub struct Picture {
    media_type: MediaType,
    outline: Outline,
    orientation: Orientation,
    bytes: Bytes,
}

impl Picture {
    /// Checks what was uploaded.
    ///
    /// # Errors
    /// If it is no picture, or none to be taken.
    pub fn check(bytes: Bytes) -> Result<Self, Unfit> {
        let size = bytes.len();
        if size == 0 {
            return Err(Unfit::Empty);
        }
        if size > MAX_BYTES {
            return Err(Unfit::TooManyBytes { size });
        }
        let media_type =
            MediaType::sniff(&bytes).ok_or_else(|| Unfit::NoPicture(described(&bytes)))?;
        let outline = Outline::read(media_type, &bytes).ok_or(Unfit::Incomplete { media_type })?;
        let Outline { width, height, .. } = outline;
        if width == 0 || height == 0 {
            return Err(Unfit::NoPixels { width, height });
        }
        if width.max(height) > MAX_EDGE {
            return Err(Unfit::TooLong { width, height });
        }
        if u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(Unfit::TooManyPixels { width, height });
        }
        let orientation =
            orientation(media_type, &bytes, outline).ok_or(Unfit::Damaged { media_type })?;
        Ok(Self { media_type, outline, orientation, bytes })
    }

    /// The same picture, if its kind is the one that was declared.
    ///
    /// # Errors
    /// If it is another.
    pub fn declared_as(self, media_type: &str) -> Result<Self, Unfit> {
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case(self.media_type.as_str()) {
            return Ok(self);
        }
        Err(Unfit::OtherKind { declared: essence.to_owned(), actual: self.media_type })
    }

    /// Its kind, by its bytes.
    pub fn media_type(&self) -> MediaType {
        self.media_type
    }

    /// In pixels, as it is shown: pictures that say they lie on their side are turned.
    pub fn width(&self) -> u32 {
        if self.is_turned() { self.outline.height } else { self.outline.width }
    }

    /// In pixels, as it is shown.
    pub fn height(&self) -> u32 {
        if self.is_turned() { self.outline.width } else { self.outline.height }
    }

    /// Whether it has several frames.
    pub fn is_animated(&self) -> bool {
        self.outline.animated
    }

    /// As they were uploaded.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// How its pixels are to be turned when it is shown.
    pub(super) fn orientation(&self) -> Orientation {
        self.orientation
    }

    /// Width and height as its pixels are stored.
    pub(super) fn stored_size(&self) -> (u32, u32) {
        (self.outline.width, self.outline.height)
    }

    /// A decoder that has read what stands before the pixels.
    ///
    /// # Errors
    /// If that is damaged; it was not when the picture was checked.
    pub(super) fn decoder(&self) -> ImageResult<impl ImageDecoder + '_> {
        decoder(self.media_type, &self.bytes)
    }

    fn is_turned(&self) -> bool {
        use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
        matches!(self.orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
    }
}

/// What EXIF says of the picture's orientation. None, if the decoder cannot begin with the picture or
/// finds other sizes: then what was checked is not what would be decoded.
fn orientation(media_type: MediaType, bytes: &[u8], outline: Outline) -> Option<Orientation> {
    let mut decoder = decoder(media_type, bytes).ok()?;
    if decoder.dimensions() != (outline.width, outline.height) {
        return None;
    }
    // Metadata in disorder is no reason to refuse pixels.
    Some(decoder.orientation().unwrap_or(Orientation::NoTransforms))
}

fn decoder(media_type: MediaType, bytes: &[u8]) -> ImageResult<impl ImageDecoder + '_> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), media_type.format());
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(HEADER_ROOM);
    reader.limits(limits);
    reader.into_decoder()
}

#[cfg(test)]
mod tests;
