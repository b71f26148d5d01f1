//! What an execution log must not show: credentials, by the names of the headers, parameters and
//! members of JSON that carry them, and wherever else in a request the same text stands.

use serde_json::Value;

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

/// Whether a member of a JSON body is a password or a token. `nextToken` is none, though its name
/// ends as theirs do.
fn is_secret_member(name: &str) -> bool {
    const ENDINGS: [&str; 7] = [
        "password",
        "idtoken",
        "accesstoken",
        "refreshtoken",
        "sessiontoken",
        "secret",
        "privatekey",
    ];
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_lowercase();
    is_secret(name) || ENDINGS.iter().any(|ending| plain.ends_with(ending))
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
        let escaped = escaped(secret);
        if escaped != secret {
            self.0.push(escaped);
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

    /// Hides the passwords and tokens among the members of a JSON value.
    pub(crate) fn add_members(&mut self, value: &Value) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.add_members(value)),
            Value::Object(members) => {
                for (name, value) in members {
                    match value {
                        Value::String(secret) if is_secret_member(name) => self.add_nested(secret),
                        value => self.add_members(value),
                    }
                }
            }
            _ => {}
        }
    }

    /// Hides a text also where JSON holds the JSON that it stands in, as events do.
    fn add_nested(&mut self, secret: &str) {
        self.add(secret);
        self.add(&escaped(&escaped(secret)));
    }

    /// The text without its secrets.
    pub(crate) fn hide(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.0 {
            // Quotation marks are escaped in JSON within JSON.
            let quotes: &[&str] =
                if secret.len() >= MIN_ANYWHERE { &[""] } else { &["\"", "\\\""] };
            for quote in quotes {
                let from = format!("{quote}{secret}{quote}");
                if text.contains(&from) {
                    text = text.replace(&from, &format!("{quote}{}{quote}", masked(secret)));
                }
            }
        }
        text
    }
}

/// A text as JSON writes it between quotation marks.
fn escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
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
    fn passwords_and_tokens_of_a_body_are_hidden_in_the_event_too() {
        let body = r#"{"email":"a@b.c","password":"pass \"word\" 1","old_password":"short","nextToken":"page-2-of-many"}"#;
        let answer = r#"{"tokens":[{"idToken":"0123456789","AccessToken":"abcdefghij"}]}"#;
        let mut secrets = Secrets::default();
        for text in [body, answer] {
            secrets.add_members(&serde_json::from_str(text).unwrap());
        }
        let event = serde_json::json!({ "body": body }).to_string();
        for text in [body, answer, &event] {
            let hidden = secrets.hide(text);
            for secret in ["word", "short", "0123456789", "abcdefghij"] {
                let shown = hidden.replace("password", "").contains(secret);
                assert!(!shown, "{secret}: {hidden}");
            }
        }
        assert!(secrets.hide(body).contains("page-2-of-many"));
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
