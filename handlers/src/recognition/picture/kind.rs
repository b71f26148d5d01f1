//! Kinds of uploads, by their first bytes. Names and declared types prove nothing.

use std::fmt;

use image::ImageFormat;

/// How many bytes are looked at to name what is no picture.
const LOOKED_AT: usize = 1024;

/// A kind of picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `image/jpeg`
    Jpeg,
    /// `image/png`
    Png,
    /// `image/gif`
    Gif,
    /// `image/webp`
    WebP,
}

impl MediaType {
    /// As headers say it, such as `image/jpeg`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
        }
    }

    /// In one word, such as `jpeg`.
    pub(in crate::recognition) fn word(self) -> &'static str {
        self.as_str().trim_start_matches("image/")
    }

    /// As the decoders call it.
    pub(in crate::recognition) fn format(self) -> ImageFormat {
        match self {
            Self::Jpeg => ImageFormat::Jpeg,
            Self::Png => ImageFormat::Png,
            Self::Gif => ImageFormat::Gif,
            Self::WebP => ImageFormat::WebP,
        }
    }

    /// The kind that the first bytes are of.
    pub(super) fn sniff(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            _ => None,
        }
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an upload is that is no picture, as far as it can be told.
pub(super) fn described(bytes: &[u8]) -> &'static str {
    match bytes {
        [b'%', b'P', b'D', b'F', ..] => return "a PDF document",
        [b'P', b'K', 3, 4, ..] => return "a ZIP archive",
        [0x1F, 0x8B, ..] => return "compressed data",
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => return "a BMP picture",
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => return "a TIFF picture",
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => {
            return match brand {
                [b'a', b'v', b'i', ..] => "an AVIF picture",
                [b'h', b'e', ..] | [b'm', b'i', b'f', b'1', ..] => "a HEIF picture",
                _ => "a film",
            };
        }
        _ => {}
    }
    let start = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    if start.contains(&0) {
        return "data of an unknown kind";
    }
    let text = String::from_utf8_lossy(start).to_ascii_lowercase();
    let is_text = text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count() <= 1;
    match text.trim_start_matches('\u{FEFF}').trim_start() {
        markup if markup.starts_with('<') && markup.contains("<svg") => "an SVG drawing",
        page if page.starts_with("<!doctype html") || page.starts_with("<html") => "an HTML page",
        _ if is_text => "text",
        _ => "data of an unknown kind",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_picture_is_named() {
        for (bytes, named) in [
            (&b"<?xml version='1.0'?>\n<svg onload='alert(1)'/>"[..], "an SVG drawing"),
            (b"\xEF\xBB\xBF <SVG/>", "an SVG drawing"),
            (b"<!DOCTYPE html><script>alert(1)</script>", "an HTML page"),
            (b"hello", "text"),
            ("gr\u{fc}n".as_bytes(), "text"),
            (b"%PDF-1.7", "a PDF document"),
            (b"PK\x03\x04", "a ZIP archive"),
            (b"BM\x01\x02\x03\x04\0\0\0\0", "a BMP picture"),
            (b"II*\0", "a TIFF picture"),
            (b"\0\0\0\x20ftypavif", "an AVIF picture"),
            (b"\0\0\0\x20ftypheic", "a HEIF picture"),
            (b"\0\0\0\x20ftypisom", "a film"),
            (b"\0\x01\x02", "data of an unknown kind"),
            (b"\xFE\xFE\xFE\xFE", "data of an unknown kind"),
            // No picture either, though it nearly begins as one.
            (b"GIF88a", "text"),
        ] {
            assert_eq!(MediaType::sniff(bytes), None);
            assert_eq!(described(bytes), named, "{bytes:?}");
        }
    }

    #[test]
    fn text_that_is_cut_within_a_character_is_text() {
        let text = format!("a{}", "\u{fc}".repeat(LOOKED_AT));
        assert_eq!(described(text.as_bytes()), "text");
    }
}
