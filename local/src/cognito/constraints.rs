//! Constraints on members of requests, and the words in which Cognito says that they do not hold. All
//! that are violated are told at once. Values are never repeated: most are secrets.

use super::fault;
use crate::aws_json::Fault;

/// Longest password, in characters.
const MAX_PASSWORD: usize = 256;

/// Longest user name, in characters.
const MAX_USERNAME: usize = 128;

/// Longest confirmation code, in characters.
const MAX_CODE: usize = 2048;

/// Longest value of an attribute, in characters.
const MAX_ATTRIBUTE: usize = 2048;

/// What is wrong with a request's members.
#[derive(Debug, Default)]
pub(super) struct Constraints(Vec<String>);

impl Constraints {
    /// A member that has to be there.
    pub(super) fn required<'a>(&mut self, name: &str, value: Option<&'a str>) -> &'a str {
        if value.is_none() {
            let what = "failed to satisfy constraint: Member must not be null";
            self.0.push(format!("Value null at '{name}' {what}"));
        }
        value.unwrap_or_default()
    }

    pub(super) fn username<'a>(&mut self, value: Option<&'a str>) -> &'a str {
        let username = self.required("username", value);
        if value.is_some() {
            let is_word = |c: char| !c.is_whitespace() && !c.is_control();
            self.pattern(
                "username",
                username.chars().all(is_word),
                r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+",
            );
            self.length("username", username, 1, MAX_USERNAME);
        }
        username
    }

    pub(super) fn password<'a>(&mut self, name: &str, value: Option<&'a str>) -> &'a str {
        let password = self.required(name, value);
        if value.is_some() {
            // `.` is any character but a line end.
            let edges = [password.chars().next(), password.chars().next_back()];
            let is_black = |edge: Option<char>| edge.is_some_and(|c| !c.is_whitespace());
            let is_line = !password.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']);
            let holds = edges.into_iter().all(is_black) && password.len() > 1 && is_line;
            self.pattern(name, holds, r"^[\S]+.*[\S]+$");
            self.length(name, password, 0, MAX_PASSWORD);
        }
        password
    }

    pub(super) fn code<'a>(&mut self, value: Option<&'a str>) -> &'a str {
        let code = self.required("confirmationCode", value);
        if value.is_some() {
            let is_black = !code.is_empty() && !code.chars().any(char::is_whitespace);
            self.pattern("confirmationCode", is_black, r"[\S]+");
            self.length("confirmationCode", code, 1, MAX_CODE);
        }
        code
    }

    /// The value of an attribute.
    pub(super) fn attribute(&mut self, name: &str, value: &str) {
        self.length(&format!("userAttributes.{name}"), value, 0, MAX_ATTRIBUTE);
    }

    fn pattern(&mut self, name: &str, holds: bool, pattern: &str) {
        if !holds {
            self.violated(name, &format!("satisfy regular expression pattern: {pattern}"));
        }
    }

    fn length(&mut self, name: &str, value: &str, least: usize, most: usize) {
        // More bytes than four for each character have more characters as well: nobody counts them.
        let length = if value.len() > 4 * most { most + 1 } else { value.chars().count() };
        if length < least {
            self.violated(name, &format!("have length greater than or equal to {least}"));
        }
        if length > most {
            self.violated(name, &format!("have length less than or equal to {most}"));
        }
    }

    fn violated(&mut self, name: &str, what: &str) {
        self.0.push(format!("Value at '{name}' failed to satisfy constraint: Member must {what}"));
    }

    /// The refusal, if anything is wrong.
    pub(super) fn check(self) -> Result<(), Fault> {
        let plural = match self.0.len() {
            0 => return Ok(()),
            1 => "error",
            _ => "errors",
        };
        let (count, text) = (self.0.len(), self.0.join("; "));
        Err(fault::invalid_parameter(format!("{count} validation {plural} detected: {text}")))
    }
}

/// Whether a password could be anybody's: what is longer is not worth hashing.
pub(super) fn is_possible_password(password: &str) -> bool {
    password.len() <= 4 * MAX_PASSWORD && password.chars().count() <= MAX_PASSWORD
}

/// Whether text has the form of an email address: one `@` with something on both sides of it.
pub(super) fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        let is_sane =
            |part: &str| !part.is_empty() && !part.contains(['@', ' ', ',', '"', '<', '>']);
        is_sane(local) && is_sane(domain) && !domain.starts_with('.') && !domain.ends_with('.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(check: impl FnOnce(&mut Constraints)) -> Option<String> {
        let mut constraints = Constraints::default();
        check(&mut constraints);
        constraints.check().err().map(|fault| fault.message)
    }

    #[test]
    fn every_violation_is_told_without_the_value() {
        let message = refusal(|it| {
            it.username(Some("a b"));
            it.password("password", Some(" x"));
            it.required("clientId", None);
        });
        let message = message.unwrap();
        assert!(message.starts_with("3 validation errors detected: "), "{message}");
        let expected = r"Value at 'password' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[\S]+.*[\S]+$";
        assert!(message.contains(expected), "{message}");
        assert!(message.contains("Value null at 'clientId'"), "{message}");
        assert!(!message.contains("a b"), "{message}");
    }

    #[test]
    fn a_password_has_at_most_256_characters() {
        let check = |password: &str| refusal(|it| _ = it.password("password", Some(password)));
        assert_eq!(check(&"é".repeat(256)), None);
        let long = check(&"é".repeat(257)).unwrap();
        assert!(long.ends_with("Member must have length less than or equal to 256"), "{long}");
        assert!(check(&"x".repeat(1_000_000)).unwrap().contains("256"));
        assert!(is_possible_password(&"é".repeat(256)) && !is_possible_password(&"x".repeat(257)));
    }

    #[test]
    fn an_email_address_has_one_at_sign() {
        assert!(is_email("ada@example.com") && is_email("a+b@c"));
        for text in ["", "ada", "@b", "a@", "a@b@c", "a b@c", "a@.b", "a@b,c@d"] {
            assert!(!is_email(text), "{text}");
        }
    }
}
