//! Header names in a form that survives hyper, which lower-cases them.
//!
//! `X-Amzn-Trace-Id` goes through hyper as `^x-^amzn-^trace-^id`: `^` is allowed in a name, and stands for
//! "the next letter is a capital". [`super::wire`] restores the name on its way out.

/// Marks a capital letter, or itself.
const MARK: char = '^';

/// The name as hyper gets it.
pub(super) fn encode(name: &str) -> String {
    let mut encoded = String::with_capacity(2 * name.len());
    for c in name.chars() {
        if c.is_ascii_uppercase() || c == MARK {
            encoded.push(MARK);
        }
        encoded.push(c.to_ascii_lowercase());
    }
    encoded
}

/// The name as it goes over the wire, appended to `out`.
pub(super) fn decode(encoded: &[u8], out: &mut Vec<u8>) {
    let mut is_marked = false;
    for &byte in encoded {
        if byte == b'^' && !is_marked {
            is_marked = true;
            continue;
        }
        out.push(if is_marked { byte.to_ascii_uppercase() } else { byte });
        is_marked = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn every_name_comes_back_from_its_lower_case_form(name in "[A-Za-z0-9^_.!-]{1,20}") {
            let encoded = encode(&name);
            proptest::prop_assert_eq!(&encoded.to_ascii_lowercase(), &encoded);
            let mut decoded = Vec::new();
            decode(encoded.as_bytes(), &mut decoded);
            proptest::prop_assert_eq!(decoded, name.into_bytes());
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            decode(&bytes, &mut Vec::new());
        }
    }
}
