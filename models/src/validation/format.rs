//! Formats of text that are checked. Every other `format` is a remark to the reader.

use std::net::{Ipv4Addr, Ipv6Addr};

use base64::Engine as _;

/// A format of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// `byte`: base64 (RFC 4648, padded).
    Base64,
    /// `date`: RFC 3339 full-date.
    Date,
    /// `date-time`: RFC 3339.
    DateTime,
    /// `email`: a mailbox as RFC 5321 delivers to, without quoted local parts.
    Email,
    /// `hostname`: RFC 1123.
    Hostname,
    /// `ipv4`.
    Ipv4,
    /// `ipv6`.
    Ipv6,
    /// `uri`: an absolute URI (RFC 3986).
    Uri,
    /// `uri-reference`: a URI or a relative reference (RFC 3986).
    UriReference,
    /// `uuid`: RFC 9562, hyphenated.
    Uuid,
}

impl Format {
    /// Whether `text` is of the format.
    pub fn is_match(self, text: &str) -> bool {
        match self {
            Self::Base64 => base64::engine::general_purpose::STANDARD.decode(text).is_ok(),
            Self::Date => is_date(text),
            Self::DateTime => is_date_time(text),
            Self::Email => is_email(text),
            Self::Hostname => is_hostname(text),
            Self::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
            Self::Ipv6 => text.parse::<Ipv6Addr>().is_ok(),
            Self::Uri => is_uri(text),
            Self::UriReference => is_uri_reference(text),
            Self::Uuid => text.len() == 36 && uuid::Uuid::try_parse(text).is_ok(),
        }
    }

    /// What was expected, after "is not".
    pub(super) const fn expectation(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Date => "a date such as 2026-03-14",
            Self::DateTime => "a date-time such as 2026-03-14T15:09:26Z",
            Self::Email => "an email address",
            Self::Hostname => "a host name",
            Self::Ipv4 => "an IPv4 address",
            Self::Ipv6 => "an IPv6 address",
            Self::Uri => "a URI",
            Self::UriReference => "a URI or a relative reference",
            Self::Uuid => "a UUID",
        }
    }
}

fn is_date(text: &str) -> bool {
    has_shape(text, "dddd-dd-dd") && text.parse::<jiff::civil::Date>().is_ok()
}

/// Shape by hand, since jiff also reads other notations than RFC 3339.
fn is_date_time(text: &str) -> bool {
    let Some((date_time, rest)) = text.split_at_checked(19) else { return false };
    let fraction = rest
        .strip_prefix('.')
        .map_or(0, |rest| 1 + rest.bytes().take_while(u8::is_ascii_digit).count());
    let offset = &rest[fraction..];
    let has_offset = matches!(offset, "Z" | "z")
        || (offset.starts_with(['+', '-']) && has_shape(&offset[1..], "dd:dd"));
    has_shape(&date_time.replace('t', "T"), "dddd-dd-ddTdd:dd:dd")
        && fraction != 1
        && has_offset
        && text.parse::<jiff::Timestamp>().is_ok()
}

/// Whether `text` has a digit for each `d` of `shape` and is equal to it elsewhere.
fn has_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, expected)| match expected {
            b'd' => byte.is_ascii_digit(),
            expected => byte == expected,
        })
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_local = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    !local.is_empty()
        && local.len() <= 64
        && local.chars().all(is_local)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && is_hostname(domain)
}

fn is_hostname(text: &str) -> bool {
    text.len() <= 253
        && text.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}

fn is_uri(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    }) && is_uri_reference(text)
}

fn is_uri_reference(text: &str) -> bool {
    let bytes = text.as_bytes();
    let well_escaped =
        bytes.iter().enumerate().filter(|&(_, &byte)| byte == b'%').all(|(at, _)| {
            bytes.get(at + 1..at + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
        });
    well_escaped
        && text.matches('#').count() <= 1
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(format: Format, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(format.is_match(text), "{format:?} refuses {text}");
        }
        for text in bad {
            assert!(!format.is_match(text), "{format:?} accepts {text}");
        }
    }

    #[test]
    fn email_addresses() {
        accepts(
            Format::Email,
            &["ada@example.com", "a.b+c@x.org", "o'neil@localhost", "müller@bücher.de"],
            &["", "@", "ada", "ada@", "@x", "a b@x", "a@b@c", ".a@x", "a..b@x", "a@-x", "a@x..y"],
        );
    }

    #[test]
    fn dates_and_times() {
        accepts(
            Format::Date,
            &["2024-02-29"],
            &["2023-02-29", "2024-2-29", "20240229", "2024-02-29Z"],
        );
        accepts(
            Format::DateTime,
            &[
                "2024-02-29T12:00:00Z",
                "2024-02-29t12:00:00.5z",
                "2016-12-31T23:59:60Z",
                "2024-02-29T12:00:00.123456789+02:00",
            ],
            &[
                "2024-02-29",
                "2024-02-29T12:00:00",
                "2024-02-29 12:00:00Z",
                "2024-02-29T12:00Z",
                "2024-02-29T25:00:00Z",
                "2024-02-29T12:00:00.Z",
                "2024-02-29T12:00:00+0200",
                "2024-02-29T12:00:00Z[UTC]",
                "ä024-02-29T12:00:00Z",
            ],
        );
    }

    #[test]
    fn identifiers_and_hosts() {
        accepts(
            Format::Uuid,
            &["6f1c1d9e-0f0b-4f6f-8a55-1b7f0f8f2a11", "6F1C1D9E-0F0B-4F6F-8A55-1B7F0F8F2A11"],
            &["6f1c1d9e0f0b4f6f8a551b7f0f8f2a11", "{6f1c1d9e-0f0b-4f6f-8a55-1b7f0f8f2a1}", ""],
        );
        accepts(Format::Ipv4, &["127.0.0.1"], &["127.0.0.256", "127.1", "01.0.0.1"]);
        accepts(Format::Ipv6, &["::1", "fe80::1"], &["::g", "1::2::3"]);
        accepts(Format::Hostname, &["a.example", "x"], &["", "-a", "a.", "a_b"]);
    }

    #[test]
    fn uris() {
        accepts(
            Format::Uri,
            &["https://example.com/a?b#c", "urn:isbn:1", "about:blank", "mailto:a@b"],
            &["", "/a", "1a:b", "http://a b", "http://a/%2", "a:#x#y", "://x"],
        );
        accepts(Format::UriReference, &["", "/a", "?b", "a:b"], &["a b", "%zz"]);
    }

    #[test]
    fn base64_is_padded() {
        accepts(Format::Base64, &["", "AA==", "AAAA"], &["A", "AA", "A A=", "-_=="]);
    }
}
