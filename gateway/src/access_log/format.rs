//! The format of an access log: text with `$context` variables, or one of AWS's samples by name.

use std::fmt::Write as _;

use super::variables;

/// Longest format (guide, "quotas": 3 KB).
const MAX_BYTES: usize = 3 * 1024;

/// AWS's samples (guide, "Access logging for REST APIs"), by the names its console gives them.
const SAMPLES: [(&str, &str); 4] = [
    (
        "clf",
        r#"$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime]"$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength $context.requestId $context.extendedRequestId"#,
    ),
    (
        "json",
        r#"{ "requestId":"$context.requestId", "extendedRequestId":"$context.extendedRequestId","ip": "$context.identity.sourceIp", "caller":"$context.identity.caller", "user":"$context.identity.user", "requestTime":"$context.requestTime", "httpMethod":"$context.httpMethod", "resourcePath":"$context.resourcePath", "status":"$context.status", "protocol":"$context.protocol", "responseLength":"$context.responseLength" }"#,
    ),
    (
        "csv",
        "$context.identity.sourceIp,$context.identity.caller,$context.identity.user,$context.requestTime,$context.httpMethod,$context.resourcePath,$context.protocol,$context.status,$context.responseLength,$context.requestId,$context.extendedRequestId",
    ),
    (
        "xml",
        r#"<request id="$context.requestId"> <extendedRequestId>$context.extendedRequestId</extendedRequestId> <ip>$context.identity.sourceIp</ip> <caller>$context.identity.caller</caller> <user>$context.identity.user</user> <requestTime>$context.requestTime</requestTime> <httpMethod>$context.httpMethod</httpMethod> <resourcePath>$context.resourcePath</resourcePath> <status>$context.status</status> <protocol>$context.protocol</protocol> <responseLength>$context.responseLength</responseLength> </request>"#,
    ),
];

/// What a line of the access log says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessLogFormat {
    pieces: Vec<Piece>,
    escaping: Escaping,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// A variable's name without `$context.`.
    Variable(String),
}

/// What a value may not contain, so that it cannot end where it stands: clients choose some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escaping {
    Json,
    Xml,
    /// Only what would end the line.
    Text,
}

/// Why a text is no format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// No line could be matched to its request.
    #[error(
        "the format must include $context.requestId or $context.extendedRequestId (in a shell, \
         write it in single quotes), or be one of clf, json, csv and xml"
    )]
    NoRequestId,
    /// Longer than API Gateway takes.
    #[error("the format has {0} bytes; API Gateway takes {MAX_BYTES}")]
    TooLong(usize),
    /// A line break that is not the last character.
    #[error("the format must be a single line: a line break is allowed only at its end")]
    SeveralLines,
    /// A variable that access logs do not know.
    #[error(
        "`${0}` is not a variable of access logs; they are case-sensitive, for example \
         $context.requestId, $context.status or $context.identity.sourceIp"
    )]
    UnknownVariable(String),
}

impl AccessLogFormat {
    /// Reads a format, or the name of a sample: `clf`, `json`, `csv` or `xml`.
    ///
    /// # Errors
    /// What API Gateway would refuse it for.
    pub fn parse(text: &str) -> Result<Self, FormatError> {
        let sample = SAMPLES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        let text = sample.map_or(text, |(_, format)| format);
        if text.len() > MAX_BYTES {
            return Err(FormatError::TooLong(text.len()));
        }
        let text = text.strip_suffix('\n').unwrap_or(text);
        if text.contains(['\n', '\r']) {
            return Err(FormatError::SeveralLines);
        }
        let pieces = pieces(text)?;
        let identifies = |piece: &Piece| matches!(piece, Piece::Variable(name) if name == "requestId" || name == "extendedRequestId");
        if !pieces.iter().any(identifies) {
            return Err(FormatError::NoRequestId);
        }
        let escaping = match text.trim_start().chars().next() {
            Some('{' | '[') => Escaping::Json,
            Some('<') => Escaping::Xml,
            _ => Escaping::Text,
        };
        Ok(Self { pieces, escaping })
    }

    /// A line with its end; a variable without value is written as `-`.
    pub(super) fn line(&self, value: impl Fn(&str) -> Option<String>) -> String {
        let mut line = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => line.push_str(text),
                // It is written with the quotation marks it needs.
                Piece::Variable(name) if name == "error.messageString" => {
                    line.push_str(value(name).as_deref().unwrap_or("-"));
                }
                Piece::Variable(name) => {
                    self.escaping.push(&mut line, value(name).as_deref().unwrap_or("-"));
                }
            }
        }
        line.push('\n');
        line
    }
}

impl Escaping {
    fn push(self, line: &mut String, value: &str) {
        for character in value.chars() {
            // Writing to a string cannot fail.
            let _ = match (self, character) {
                (Self::Json, '"' | '\\') => write!(line, "\\{character}"),
                (Self::Xml, '<') => write!(line, "&lt;"),
                (Self::Xml, '>') => write!(line, "&gt;"),
                (Self::Xml, '&') => write!(line, "&amp;"),
                (Self::Xml, '"') => write!(line, "&quot;"),
                (_, control) if control.is_control() => {
                    write!(line, "\\u{:04x}", u32::from(control))
                }
                (_, other) => write!(line, "{other}"),
            };
        }
    }
}

fn pieces(text: &str) -> Result<Vec<Piece>, FormatError> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        let name = &after[..length_of_name(after)];
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        }
        if name.is_empty() {
            pieces.push(Piece::Text("$".to_owned()));
        } else {
            let variable = name.strip_prefix("context.").filter(|name| variables::exists(name));
            let variable = variable.ok_or_else(|| FormatError::UnknownVariable(name.to_owned()))?;
            pieces.push(Piece::Variable(variable.to_owned()));
        }
        rest = &after[name.len()..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

/// How far a variable's name reaches. Claims may have a colon inside (`cognito:username`), headers
/// a hyphen.
fn length_of_name(text: &str) -> usize {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let plain = text.find(|c| !is_plain(c)).unwrap_or(text.len());
    let name = &text[..plain];
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return 0;
    }
    let is_open = name.strip_prefix("context.").is_some_and(variables::is_open);
    let end = match is_open {
        true => text.find(|c| !is_plain(c) && c != ':' && c != '-').unwrap_or(text.len()),
        false => plain,
    };
    text[..end].trim_end_matches(['.', ':', '-']).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(format: &str) -> String {
        let value = |name: &str| match name {
            "requestId" => Some("r-1".to_owned()),
            "identity.userAgent" => Some("a\"b\\<c>&\n".to_owned()),
            "authorizer.claims.cognito:username" => Some("ada".to_owned()),
            "error.messageString" => Some("\"it failed\"".to_owned()),
            _ => None,
        };
        AccessLogFormat::parse(format).unwrap().line(value)
    }

    #[test]
    fn variables_are_filled_in_and_missing_ones_are_a_hyphen() {
        assert_eq!(line("[$context.requestId]\"$context.status\" $5."), "[r-1]\"-\" $5.\n");
        assert_eq!(line("$context.requestId.$context.path\n"), "r-1.-\n");
        assert_eq!(
            line("$context.requestId $context.authorizer.claims.cognito:username: x"),
            "r-1 ada: x\n"
        );
    }

    #[test]
    fn values_cannot_leave_their_place() {
        let json = line(
            r#"{"id":"$context.requestId","agent":"$context.identity.userAgent","error":$context.error.messageString}"#,
        );
        let parsed: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(parsed["agent"], "a\"b\\<c>&\n");
        assert_eq!(parsed["error"], "it failed");
        assert_eq!(
            line("<r id=\"$context.requestId\">$context.identity.userAgent</r>"),
            "<r id=\"r-1\">a&quot;b\\&lt;c&gt;&amp;\\u000a</r>\n"
        );
        assert_eq!(
            line("$context.requestId $context.identity.userAgent"),
            "r-1 a\"b\\<c>&\\u000a\n"
        );
    }

    #[test]
    fn samples_go_by_their_names() {
        assert_eq!(line("clf"), "- - - [-]\"- - -\" - - r-1 -\n");
        assert_eq!(line("CSV"), "-,-,-,-,-,-,-,-,-,r-1,-\n");
        assert!(line("xml").starts_with("<request id=\"r-1\"> <extendedRequestId>-<"));
        let json: serde_json::Value = serde_json::from_str(&line("json")).unwrap();
        assert_eq!(json["requestId"], "r-1");
        assert_eq!(json.as_object().unwrap().len(), 11);
    }

    #[test]
    fn what_api_gateway_would_not_take_is_refused() {
        let unknown = |name: &str| FormatError::UnknownVariable(name.to_owned());
        for (format, error) in [
            ("", FormatError::NoRequestId),
            ("apache", FormatError::NoRequestId),
            ("$context.status", FormatError::NoRequestId),
            ("$context.requestId\n$context.status", FormatError::SeveralLines),
            ("$context.requestId $context.requestID", unknown("context.requestID")),
            ("$context.requestId $context.routeKey", unknown("context.routeKey")),
            ("$context", unknown("context")),
            ("$context.requestId $input.body", unknown("input.body")),
            ("$context.requestId $context.authorizer.", unknown("context.authorizer")),
        ] {
            assert_eq!(AccessLogFormat::parse(format), Err(error), "{format}");
        }
        let long = format!("$context.requestId {}", "x".repeat(3072));
        assert_eq!(AccessLogFormat::parse(&long), Err(FormatError::TooLong(3091)));
    }
}
