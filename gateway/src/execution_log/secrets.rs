//! What an execution log must not show: credentials, by the names of the headers and parameters
//! that carry them, and wherever else in a request the same text stands.

/// How many of its last characters a hidden text keeps, as AWS's log does.
const KEPT: usize = 6;
/// Shorter texts keep nothing: too much of them would be seen.
const MIN_KEPT_FROM: usize = 20;
/// Shorter texts are hidden only where they are a whole value: elsewhere they are likely to be
/// something else.
const MIN_ANYWHERE: usize = 8;

/// Names of headers and parameters whose values are credentials, in lower case.
const NAMES: [&str; 14] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "api-key",
    "api_key",
    "apikey",
    "x-amz-signature",
    "token",
    "secret",
    "password",
    "client_secret",
    "x-amz-credential",
];

/// Texts to be hidden.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets(Vec<String>);

/// Whether a header or parameter of this name carries credentials.
pub(crate) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    NAMES.contains(&name.as_str()) || name.ends_with("-token") || name.ends_with("_token")
}

/// Asterisks, and the end of a text that is long enough.
pub(crate) fn masked(secret: &str) -> String {
    let length = secret.chars().count();
    let kept = if length >= MIN_KEPT_FROM { KEPT } else { 0 };
    let tail: String = secret.chars().skip(length - kept).collect();
    format!("******{tail}")
}

impl Secrets {
    /// Hides a text, as it is and as JSON writes it.
    pub(crate) fn add(&mut self, secret: &str) {
        if secret.is_empty() || self.0.iter().any(|known| known == secret) {
            return;
        }
        self.0.push(secret.to_owned());
        let escaped = serde_json::Value::from(secret).to_string();
        let escaped = &escaped[1..escaped.len() - 1];
        if escaped != secret {
            self.0.push(escaped.to_owned());
        }
        // The longest first: it may contain the others.
        self.0.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    }

    /// Hides what these headers or parameters carry, if they carry credentials: the whole value,
    /// and the credential in it.
    pub(crate) fn add_fields<'a>(&mut self, fields: impl Iterator<Item = (&'a str, &'a str)>) {
        for (name, value) in fields.filter(|(name, _)| is_secret(name)) {
            self.add(value);
            let parts: Vec<&str> = match name.to_ascii_lowercase().as_str() {
                "cookie" => value.split(';').filter_map(after_equals).collect(),
                "set-cookie" => value.split(';').take(1).filter_map(after_equals).collect(),
                _ => value.split_once(' ').map(|(_, credential)| credential).into_iter().collect(),
            };
            for part in parts.into_iter().filter(|part| part.len() >= MIN_ANYWHERE) {
                self.add(part);
            }
        }
    }

    /// The text without its secrets.
    pub(crate) fn hide(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.0 {
            let (from, to) = if secret.len() >= MIN_ANYWHERE {
                (secret.clone(), masked(secret))
            } else {
                (format!("\"{secret}\""), format!("\"{}\"", masked(secret)))
            };
            if text.contains(&from) {
                text = text.replace(&from, &to);
            }
        }
        text
    }
}

fn after_equals(pair: &str) -> Option<&str> {
    pair.split_once('=').map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(fields: &[(&str, &str)]) -> Secrets {
        let mut secrets = Secrets::default();
        secrets.add_fields(fields.iter().copied());
        secrets
    }

    #[test]
    fn credentials_keep_six_characters_at_most() {
        assert_eq!(masked("0123456789abcdefghij"), "******efghij");
        assert_eq!(masked("0123456789"), "******");
    }

    #[test]
    fn a_credential_is_hidden_wherever_it_stands() {
        let secrets = secrets(&[("Authorization", "Bearer abcdefghijklmnopqrstuvwxyz")]);
        let hidden = secrets.hide(
            r#"{"headers":{"Authorization":"Bearer abcdefghijklmnopqrstuvwxyz"},"jwt":"abcdefghijklmnopqrstuvwxyz"}"#,
        );
        assert_eq!(hidden, r#"{"headers":{"Authorization":"******uvwxyz"},"jwt":"******uvwxyz"}"#);
    }

    #[test]
    fn short_credentials_are_hidden_where_they_are_a_whole_value() {
        let secrets = secrets(&[("authorization", "allow")]);
        assert_eq!(secrets.hide(r#"{"a":"allow"} allowed"#), r#"{"a":"******"} allowed"#);
    }

    #[test]
    fn cookies_and_what_json_escapes_are_hidden() {
        let secrets = secrets(&[("Cookie", r#"theme=dark; session="0123456789""#)]);
        for text in [r#"x "0123456789" y"#, r#"{"cookie":"theme=dark; session=\"0123456789\""}"#] {
            assert!(!secrets.hide(text).contains("0123456789"), "{text}");
        }
        assert_eq!(secrets.hide("dark mode"), "dark mode");
    }

    #[test]
    fn names_tell_credentials() {
        for name in ["X-API-Key", "X-Amz-Security-Token", "access_token", "Set-Cookie"] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["Accept", "limit", "nextToken", "X-Amzn-Trace-Id"] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
