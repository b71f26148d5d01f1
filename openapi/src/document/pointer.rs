//! JSON pointers (RFC 6901), also as the fragment of a URI.

use std::borrow::Cow;

/// A key as a reference token.
pub(crate) fn escape(key: &str) -> Cow<'_, str> {
    if key.contains(['~', '/']) {
        Cow::Owned(key.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(key)
    }
}

/// The key a reference token stands for.
pub(crate) fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// The pointer of a reference within the document; `None` for any other reference.
pub(crate) fn local_pointer(reference: &str) -> Option<String> {
    decode_fragment(reference.strip_prefix('#')?)
}

/// A URI fragment without its percent-encoding; `None` if that is malformed.
pub(super) fn decode_fragment(fragment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_and_tildes_survive() {
        assert_eq!(escape("/a~b"), "~1a~0b");
        assert_eq!(unescape("~1a~0b"), "/a~b");
        assert_eq!(unescape("~01"), "~1");
    }

    #[test]
    fn fragments_are_percent_decoded() {
        assert_eq!(decode_fragment("/paths/~1a%7Bid%7D").as_deref(), Some("/paths/~1a{id}"));
        assert_eq!(decode_fragment("%zz"), None);
        assert_eq!(decode_fragment("%ff"), None);
    }
}
