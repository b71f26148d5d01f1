//! Names of entries: how they are written down, and which of them no result may have.

use super::extra;
use super::record::{Fields, UTF_8};

/// The longest part of a name between slashes, in bytes; file systems take no more.
const LONGEST_PART: usize = 255;
/// The longest name, in bytes; Linux takes no longer path.
const LONGEST: usize = 4095;
/// Info-ZIP's field with a name in UTF-8, and with a comment.
const UNICODE_NAME: u16 = 0x7075;
/// The second half of code page 437, in which zips of old are written.
const CODE_PAGE_437: &str = "\
    ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// The name of an entry: by its flag, by Info-ZIP's extra field, or as [`text`] reads it.
pub(super) fn decode(raw: &[u8], flags: u16, extra: &[u8]) -> Option<String> {
    if flags & UTF_8 != 0 {
        return String::from_utf8(raw.to_vec()).ok();
    }
    let field = extra::fields(extra).find(|(id, _)| *id == UNICODE_NAME);
    let unicode = field.and_then(|(_, data)| {
        let mut data = Fields(data);
        let (version, crc32) = (data.take(1)?, data.u32()?);
        // The field counts only for the name it was made for.
        let counts = version == [1] && crc32 == crc32fast::hash(raw);
        String::from_utf8(data.0.to_vec()).ok().filter(|_| counts)
    });
    Some(unicode.unwrap_or_else(|| text(raw)))
}

/// Text without a flag: UTF-8 if it is that, because macOS and many libraries forget the flag;
/// else code page 437, as the format says.
pub(super) fn text(raw: &[u8]) -> String {
    match std::str::from_utf8(raw) {
        Ok(text) => text.to_owned(),
        Err(_) => raw.iter().map(|byte| character(*byte)).collect(),
    }
}

fn character(byte: u8) -> char {
    match byte.checked_sub(128) {
        None => byte.into(),
        Some(index) => {
            CODE_PAGE_437.chars().nth(index.into()).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
    }
}

/// Why a path is not taken into a result: nothing may leave the folder that it is unpacked to,
/// on any system. A folder's path may end with a slash.
pub(super) fn refusal(path: &str) -> Option<&'static str> {
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.starts_with('/') {
        return Some("is an absolute path");
    }
    if path.len() > LONGEST {
        return Some("is longer than 4,095 bytes");
    }
    path.split('/').find_map(part_refusal)
}

/// Why a part of a path is not taken; a slash is not.
pub(super) fn part_refusal(part: &str) -> Option<&'static str> {
    let mut characters = part.chars();
    match part {
        "" => return Some("has an empty part"),
        "." | ".." => return Some("has a part that is \".\" or \"..\""),
        _ => {}
    }
    if part.contains('/') {
        Some("has a slash: nest folders instead")
    } else if part.contains('\\') {
        Some("has a backslash, which separates folders on Windows")
    } else if part.chars().any(char::is_control) {
        Some("has a control character")
    } else if part.len() > LONGEST_PART {
        Some("has a part longer than 255 bytes")
    } else if characters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && characters.next() == Some(':')
    {
        Some("begins with a drive letter")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::Put as _;
    use super::*;

    #[test]
    fn names_are_read_by_flag_field_or_guess() {
        assert_eq!(decode("ü".as_bytes(), UTF_8, &[]).as_deref(), Some("ü"));
        assert_eq!(decode(b"\x81", UTF_8, &[]), None);
        assert_eq!(decode(b"\x81\xff", 0, &[]).as_deref(), Some("ü\u{a0}"));
        assert_eq!(decode("ü".as_bytes(), 0, &[]).as_deref(), Some("ü"));
        let mut extra = Vec::new();
        extra.put_u16(UNICODE_NAME).put_u16(7).put(&[1]).put_u32(crc32fast::hash(b"u"));
        extra.put("ü".as_bytes());
        assert_eq!(decode(b"u", 0, &extra).as_deref(), Some("ü"));
        assert_eq!(decode(b"v", 0, &extra).as_deref(), Some("v"), "the field is of another name");
    }

    #[test]
    fn code_page_437_is_whole() {
        assert_eq!(CODE_PAGE_437.chars().count(), 128);
    }

    #[test]
    fn paths_that_leave_their_folder_are_refused() {
        for path in [
            "", "/", "/a", "a//b", "..", "a/../b", "./a", "a\\b", "..\\a", "C:/a", "c:a", "a/d:x",
            "a\nb", "a\u{85}", "a\0",
        ] {
            assert!(refusal(path).is_some(), "{path:?}");
        }
        assert!(refusal(&"n".repeat(256)).is_some());
        assert!(refusal(&"name/".repeat(1000)).is_some());
    }

    #[test]
    fn ordinary_paths_are_taken() {
        for path in ["a", "a/b", "a/b/", "...", "a..b", "ü/日本", "12:30", "a b", ".hidden"] {
            assert_eq!(refusal(path), None, "{path:?}");
        }
    }
}
