//! The document in a payload: base64 as it arrives, bytes as they are done.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Characters that are decoded together, and the bytes they are.
const GROUP: usize = 4;
const GROUP_BYTES: usize = 3;

/// Decodes base64 (RFC 4648, section 4) that comes in pieces of any length.
#[derive(Debug, Default)]
pub(super) struct ContentDecoder {
    /// Characters of a group that is not complete yet.
    begun: [u8; GROUP],
    begun_length: usize,
    /// Characters that were decoded.
    decoded: u64,
    is_padded: bool,
}

/// Why the text is not base64, as the end of a sentence.
pub(super) type NotBase64 = String;

impl ContentDecoder {
    /// Adds what the text stands for to the bytes. What is wrong with a text is the same however
    /// it is cut.
    pub(super) fn push(&mut self, text: &[u8], bytes: &mut Vec<u8>) -> Result<(), NotBase64> {
        let mut text = text;
        if self.begun_length > 0 {
            let missing = (GROUP - self.begun_length).min(text.len());
            let (head, rest) = text.split_at(missing);
            self.begin(head);
            text = rest;
            if self.begun_length < GROUP {
                return Ok(());
            }
            let group = self.begun;
            self.begun_length = 0;
            self.decode(&group, bytes)?;
        }
        let (whole, rest) = text.split_at(text.len() / GROUP * GROUP);
        self.decode(whole, bytes)?;
        self.begin(rest);
        Ok(())
    }

    /// Checks that the text is complete.
    pub(super) fn finish(&self) -> Result<(), NotBase64> {
        if self.begun_length == 0 {
            return Ok(());
        }
        Err("is not base64: its length is no multiple of 4, so something or its padding is missing"
            .to_owned())
    }

    fn begin(&mut self, text: &[u8]) {
        for (place, character) in self.begun.iter_mut().skip(self.begun_length).zip(text) {
            *place = *character;
        }
        self.begun_length += text.len();
    }

    fn decode(&mut self, groups: &[u8], bytes: &mut Vec<u8>) -> Result<(), NotBase64> {
        let Some(last) = groups.last() else { return Ok(()) };
        if self.is_padded {
            return Err(padding());
        }
        let start = bytes.len();
        bytes.resize(start + groups.len() / GROUP * GROUP_BYTES, 0);
        let room = bytes.get_mut(start..).unwrap_or_default();
        let Ok(length) = STANDARD.decode_slice(groups, room) else {
            return Err(self.diagnosis(groups));
        };
        bytes.truncate(start + length);
        self.is_padded = *last == b'=';
        self.decoded += groups.len() as u64;
        Ok(())
    }

    /// What is wrong first.
    fn diagnosis(&self, groups: &[u8]) -> NotBase64 {
        let known = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        let first = groups.iter().position(|byte| !known(byte));
        match first.map(|index| (index, groups.get(index))) {
            Some((index, Some(byte))) if *byte != b'=' => {
                let place = self.decoded + index as u64 + 1;
                format!("is not base64: character {place} is none of its alphabet")
            }
            _ => padding(),
        }
    }
}

fn padding() -> NotBase64 {
    "is not base64: padding (=) stands where none belongs, or hides bits".to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, NotBase64> {
        let (mut decoder, mut bytes) = (ContentDecoder::default(), Vec::new());
        for piece in pieces {
            decoder.push(piece, &mut bytes)?;
        }
        decoder.finish()?;
        Ok(bytes)
    }

    #[test]
    fn faults_are_told_apart() {
        for (text, words) in [
            ("dGVzd", "no multiple of 4"),
            ("dGVzdA", "no multiple of 4"),
            ("dGVzdA=", "no multiple of 4"),
            ("dGV*dA==", "character 4 "),
            ("dGVzdA==\n", "no multiple of 4"),
            ("dGVz\ndA==\n\n\n", "character 5 "),
            ("dGVz_-==", "character 5 "),
            ("dGVzdA==dGVz", "padding"),
            ("dGVzdB==", "padding"),
            ("====", "padding"),
            ("dGVz====", "padding"),
            ("dG=zdGVz", "padding"),
        ] {
            let fault = decoded([text.as_bytes()]).unwrap_err();
            assert!(fault.contains(words), "{text:?}: {fault}");
        }
        assert_eq!(decoded([&b""[..]]), Ok(Vec::new()));
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same(
            text in "[A-Za-z0-9+/]{0,40}[=*\n]{0,3}[A-Z]{0,4}={0,2}",
            cuts in prop::collection::vec(0_usize..60, 0..6),
        ) {
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces = cuts.windows(2).map(|cut| &text.as_bytes()[cut[0]..cut[1]]);
            let whole = decoded([text.as_bytes()]);
            prop_assert_eq!(decoded(pieces), whole.clone());
            prop_assert_eq!(whole.ok(), STANDARD.decode(&text).ok());
        }
    }
}
