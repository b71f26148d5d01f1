//! How a browser takes what a link answers: the header `Content-Disposition` (RFC 6266).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands for itself in a parameter of a header (RFC 8187).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What a browser does with the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// It saves it, whatever it is.
    Attachment,
    /// It shows it, if it can.
    Inline,
}

impl Disposition {
    /// The header's value, without a name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Attachment => "attachment",
            Self::Inline => "inline",
        }
    }

    /// The header's value with the name to save it under. The first name is for clients that know
    /// ASCII only (RFC 6266, appendix D).
    pub fn named(self, name: &str) -> String {
        let plain =
            |c: char| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') { c } else { '_' };
        let ascii: String = name.chars().map(plain).collect();
        let encoded = utf8_percent_encode(name, UNRESERVED);
        format!("{}; filename=\"{ascii}\"; filename*=UTF-8''{encoded}", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_so_that_no_client_misreads_them() {
        assert_eq!(
            Disposition::Inline.named("plan.pdf"),
            "inline; filename=\"plan.pdf\"; filename*=UTF-8''plan.pdf"
        );
        assert_eq!(
            Disposition::Attachment.named("a \"b\"\\%é;.txt"),
            "attachment; filename=\"a__b____;.txt\"; filename*=UTF-8''a%20%22b%22%5C%25%C3%A9%3B.txt"
        );
    }
}
