//! A payload as it arrives: the JSON of createProposal, of any size.
//!
//! ```text
//! chunks ──▶ Place ──▶ document.content ──▶ ContentDecoder ──▶ bytes
//!              └────▶ everything else, "" in place of the content ──▶ decoded as any body is
//! ```
//!
//! Only where the content begins and ends is found out here. The rest is small, and whether it is
//! JSON and keeps its constraints is for the code to say that reads the bodies of requests.

mod content;
mod place;

use memchr::memchr2;
use models::NewProposal;
use models::validation::{DecodeError, decode};

use crate::runtime::{Refusal, Violation};
use content::ContentDecoder;
use place::Place;

/// The most bytes of a payload beside the document's content.
const LARGEST_REST: usize = 1 << 20;
/// JSON pointer to the document's content.
const CONTENT: &str = "/document/content";

/// Reads a payload.
#[derive(Debug, Default)]
pub(super) struct PayloadReader {
    place: Place,
    /// The payload without the content.
    rest: Vec<u8>,
    decoder: ContentDecoder,
    content: Content,
}

/// How far the content is.
#[derive(Debug, Default)]
enum Content {
    #[default]
    Before,
    Inside(Cut, Escape),
    Behind(Cut),
}

/// What is missing in the rest.
#[derive(Clone, Copy, Debug)]
struct Cut {
    /// Where in the rest.
    at: usize,
    /// How many bytes.
    length: usize,
}

/// How far an escape in the content is: encoders may write `/` as `\/`, and anything as `\u002b`.
#[derive(Clone, Copy, Debug)]
enum Escape {
    None,
    Begun,
    Unicode { digits: u32, code: u32 },
}

impl PayloadReader {
    /// Reads on, and adds what was decoded of the document's content to the bytes. What is wrong
    /// with a payload is the same however it is cut into chunks.
    ///
    /// # Errors
    /// What is wrong; there is no use in reading on.
    pub(super) fn push(&mut self, chunk: &[u8], bytes: &mut Vec<u8>) -> Result<(), Refusal> {
        let mut chunk = chunk;
        while let Some((first, behind)) = chunk.split_first() {
            if let Content::Inside(..) = self.content {
                chunk = self.inside(chunk, bytes).map_err(in_content)?;
                continue;
            }
            if self.rest.len() == LARGEST_REST {
                return Err(self.too_large());
            }
            self.rest.push(*first);
            if self.place.follow(*first, &self.rest) {
                if let Content::Behind(_) = self.content {
                    return Err(in_content("is given twice".to_owned()));
                }
                let cut = Cut { at: self.rest.len(), length: 0 };
                self.content = Content::Inside(cut, Escape::None);
            }
            chunk = behind;
        }
        Ok(())
    }

    /// What the payload says; the content in it is empty.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(super) fn finish(self) -> Result<NewProposal, Refusal> {
        let proposal: NewProposal = decode(&self.rest).map_err(|error| self.refusal(error))?;
        if proposal.document.content.is_empty() {
            return Ok(proposal);
        }
        Err(in_content("cannot be told from the rest of the payload".to_owned()))
    }

    /// Reads on in the content; answers what is behind what was read.
    fn inside<'c>(&mut self, chunk: &'c [u8], bytes: &mut Vec<u8>) -> Result<&'c [u8], String> {
        let Content::Inside(cut, escape) = &mut self.content else { return Ok(chunk) };
        if !matches!(escape, Escape::None) {
            let Some((first, behind)) = chunk.split_first() else { return Ok(chunk) };
            cut.length += 1;
            if let Some(character) = escape.follow(*first)? {
                self.decoder.push(&[character], bytes)?;
            }
            return Ok(behind);
        }
        let end = memchr2(b'"', b'\\', chunk);
        let (text, rest) = chunk.split_at(end.unwrap_or(chunk.len()));
        cut.length += text.len();
        self.decoder.push(text, bytes)?;
        let Some((first, behind)) = rest.split_first() else { return Ok(rest) };
        if *first == b'\\' {
            cut.length += 1;
            *escape = Escape::Begun;
        } else {
            self.content = Content::Behind(*cut);
            self.decoder.finish()?;
            self.rest.push(b'"');
        }
        Ok(behind)
    }

    /// Too much beside the content; but what is no JSON at all had better be called so.
    fn too_large(&self) -> Refusal {
        match decode::<NewProposal>(&self.rest) {
            Err(error @ DecodeError::Syntax { .. }) if !is_end(&error) => self.refusal(error),
            _ => Refusal::Malformed(format!(
                "The body has more than {LARGEST_REST} bytes beside document.content."
            )),
        }
    }

    /// The error, with its place in the payload instead of in the rest.
    fn refusal(&self, error: DecodeError) -> Refusal {
        let error = match (error, &self.content) {
            (
                DecodeError::Syntax { line, column, message },
                Content::Inside(cut, _) | Content::Behind(cut),
            ) => {
                // Strings have no line breaks, so all of the content is on one line.
                let before = self.rest.get(..cut.at).unwrap_or_default();
                let cut_line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
                let line_start = before.iter().rposition(|byte| *byte == b'\n');
                let cut_column = before.len() - line_start.map_or(0, |at| at + 1);
                let is_behind = line == cut_line && column > cut_column;
                let column = if is_behind { column + cut.length } else { column };
                DecodeError::Syntax { line, column, message }
            }
            (error, _) => error,
        };
        error.into()
    }
}

impl Escape {
    /// The next byte of an escape; answers the character once it is complete.
    fn follow(&mut self, byte: u8) -> Result<Option<u8>, String> {
        let unknown = || "has an escape that JSON does not know".to_owned();
        match self {
            Self::Unicode { digits, code } => {
                let digit = char::from(byte).to_digit(16).ok_or_else(unknown)?;
                *code = *code * 16 + digit;
                *digits += 1;
                if *digits < 4 {
                    return Ok(None);
                }
                // No character of base64 is beyond ASCII.
                let character = u8::try_from(*code).unwrap_or(u8::MAX);
                *self = Self::None;
                Ok(Some(character))
            }
            _ if byte == b'u' => {
                *self = Self::Unicode { digits: 0, code: 0 };
                Ok(None)
            }
            _ => {
                *self = Self::None;
                match byte {
                    b'"' | b'\\' | b'/' => Ok(Some(byte)),
                    b'b' | b'f' | b'n' | b'r' | b't' => Ok(Some(b'\n')),
                    _ => Err(unknown()),
                }
            }
        }
    }
}

/// The document of a body that is in memory as a whole.
///
/// # Errors
/// If it is not base64.
pub(super) fn decode_content(text: &str) -> Result<Vec<u8>, Violation> {
    let (mut decoder, mut bytes) = (ContentDecoder::default(), Vec::new());
    let decoded = decoder.push(text.as_bytes(), &mut bytes).and_then(|()| decoder.finish());
    decoded.map(|()| bytes).map_err(content_violation)
}

fn in_content(detail: String) -> Refusal {
    Refusal::Invalid(vec![content_violation(detail)])
}

fn content_violation(detail: String) -> Violation {
    Violation { location: "body", pointer: CONTENT.to_owned(), detail }
}

fn is_end(error: &DecodeError) -> bool {
    matches!(error, DecodeError::Syntax { message, .. } if message == "ends too early")
}

#[cfg(test)]
mod tests;
