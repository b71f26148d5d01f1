//! Why an upload is not taken as a picture.

use super::{MAX_BYTES, MAX_EDGE, MAX_PIXELS, MediaType};

/// Why an upload is not taken as a picture, in words for its owner.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// No bytes.
    #[error("the upload is empty")]
    Empty,
    /// Over [`MAX_BYTES`].
    #[error(
        "the upload has {size} bytes, and a picture may have {} MiB", MAX_BYTES / 1024 / 1024
    )]
    TooManyBytes {
        /// In bytes.
        size: usize,
    },
    /// Something else.
    #[error("the upload is {0}, and pictures are JPEG, PNG, GIF or WebP")]
    NoPicture(&'static str),
    /// A picture, but not of the kind that was declared.
    #[error("the upload was declared as {declared}, but is {actual}")]
    OtherKind {
        /// The media type as it was declared.
        declared: String,
        /// The media type by the bytes.
        actual: MediaType,
    },
    /// Over [`MAX_PIXELS`].
    #[error(
        "the picture has {width} x {height} pixels, and may have {} million", MAX_PIXELS / 1_000_000
    )]
    TooManyPixels {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// Over [`MAX_EDGE`].
    #[error("the picture has {width} x {height} pixels, and an edge may have {MAX_EDGE}")]
    TooLong {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// No pixels.
    #[error("the picture has {width} x {height} pixels, so it shows nothing")]
    NoPixels {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// Cut off.
    #[error("the {media_type} picture is incomplete: its end is missing")]
    Incomplete {
        /// By the bytes.
        media_type: MediaType,
    },
    /// Unreadable.
    #[error("the {media_type} picture is damaged: its header cannot be read")]
    Damaged {
        /// By the bytes.
        media_type: MediaType,
    },
}
