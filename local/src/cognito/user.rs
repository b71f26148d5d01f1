//! A user, and the attributes that describe one.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::constraints::{Constraints, is_email};
use super::fault;
use crate::aws_json::Fault;

/// The attributes of every pool (developer guide, "Working with user attributes"), but for those the
/// pool sets itself.
const STANDARD: &[&str] = &[
    "address",
    "birthdate",
    "email",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "picture",
    "preferred_username",
    "profile",
    "updated_at",
    "website",
    "zoneinfo",
];

/// What only administrators write.
const VERIFIED: &[&str] = &["email_verified", "phone_number_verified"];

/// A user as the store keeps it. No Debug: the hash is for nobody's eyes.
#[derive(Clone)]
pub(super) struct User {
    /// Also the user's name, since users sign in with their email address.
    pub(super) sub: String,
    pub(super) pool: String,
    /// As it was written; case tells no two users apart.
    pub(super) email: String,
    pub(super) email_verified: bool,
    /// Attributes but the address and whether it is verified.
    pub(super) attributes: BTreeMap<String, String>,
    /// The password's hash.
    pub(super) password: Option<String>,
    pub(super) status: Status,
    /// Milliseconds since 1970, as are all times here.
    pub(super) created_at: i64,
    pub(super) modified_at: i64,
    pub(super) code: Option<Code>,
}

/// What a user proves an address with.
#[derive(Clone)]
pub(super) struct Code {
    pub(super) digits: String,
    pub(super) expires_at: i64,
}

/// How far a user's account has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Unconfirmed,
    Confirmed,
    /// The password is a temporary one.
    ForceChangePassword,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Unconfirmed => "UNCONFIRMED",
            Self::Confirmed => "CONFIRMED",
            Self::ForceChangePassword => "FORCE_CHANGE_PASSWORD",
        }
    }

    pub(super) fn of_name(name: &str) -> Self {
        let all = [Self::Unconfirmed, Self::Confirmed, Self::ForceChangePassword];
        all.into_iter().find(|status| status.name() == name).unwrap_or(Self::Unconfirmed)
    }
}

impl User {
    /// Every attribute with its value as text, `sub` first.
    pub(super) fn all_attributes(&self) -> Vec<(&str, &str)> {
        let verified = if self.email_verified { "true" } else { "false" };
        let mut all =
            vec![("sub", &*self.sub), ("email_verified", verified), ("email", &*self.email)];
        all.extend(self.attributes.iter().map(|(name, value)| (&**name, &**value)));
        all
    }

    /// The same as the service lists them.
    pub(super) fn listed_attributes(&self) -> Value {
        let pair = |(name, value): (&str, &str)| json!({ "Name": name, "Value": value });
        self.all_attributes().into_iter().map(pair).collect()
    }

    /// The user as lists show it.
    pub(super) fn listed(&self) -> Value {
        json!({
            "Username": self.sub,
            "Attributes": self.listed_attributes(),
            "UserCreateDate": seconds(self.created_at),
            "UserLastModifiedDate": seconds(self.modified_at),
            "Enabled": true,
            "UserStatus": self.status.name(),
        })
    }
}

/// A time as the protocol has it: seconds, with a fraction.
pub(super) fn seconds(milliseconds: i64) -> f64 {
    // Exact for as long as anybody cares.
    milliseconds as f64 / 1000.0
}

/// An attribute in a request.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AttributeInput {
    name: String,
    #[serde(default)]
    value: String,
}

impl AttributeInput {
    pub(super) fn into_pair(self) -> (String, String) {
        (self.name, self.value)
    }
}

/// What a request says about a user to be.
pub(super) struct GivenAttributes {
    pub(super) email_verified: bool,
    /// Attributes but the address and whether it is verified.
    pub(super) others: BTreeMap<String, String>,
}

impl GivenAttributes {
    /// The attributes of a request for this address; administrators may say that it is verified.
    pub(super) fn read(
        given: &[AttributeInput],
        email: &str,
        by_administrator: bool,
    ) -> Result<Self, Fault> {
        if !is_email(email) {
            return Err(fault::invalid_parameter("Username should be an email."));
        }
        let mut constraints = Constraints::default();
        let mut read = Self { email_verified: false, others: BTreeMap::new() };
        for AttributeInput { name, value } in given {
            constraints.attribute(name, value);
            match &**name {
                "email" if value.eq_ignore_ascii_case(email) => {}
                "email" => {
                    let message = "the attribute email has to be the Username on this machine, \
                        since users sign in with it";
                    return Err(fault::invalid_parameter(message));
                }
                "email_verified" if by_administrator => {
                    read.email_verified = value.eq_ignore_ascii_case("true");
                }
                name if VERIFIED.contains(&name) && !by_administrator => {
                    let message = "A client attempted to write unauthorized attribute";
                    return Err(fault::not_authorized(message));
                }
                "phone_number" if !is_phone_number(value) => {
                    return Err(fault::invalid_parameter("Invalid phone number format."));
                }
                name if STANDARD.contains(&name) || VERIFIED.contains(&name) => {
                    read.others.insert(name.to_owned(), value.clone());
                }
                name => {
                    let reason = format!("Type for attribute {{{name}}} could not be determined");
                    let message = format!("Attributes did not conform to the schema: {reason}");
                    return Err(fault::invalid_parameter(message));
                }
            }
        }
        constraints.check()?;
        Ok(read)
    }
}

fn is_phone_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (1..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)], by_administrator: bool) -> Result<GivenAttributes, String> {
        let given: Vec<_> = pairs
            .iter()
            .map(|(name, value)| AttributeInput {
                name: (*name).to_owned(),
                value: (*value).to_owned(),
            })
            .collect();
        GivenAttributes::read(&given, "ada@example.com", by_administrator)
            .map_err(|fault| fault.message)
    }

    #[test]
    fn attributes_are_those_of_the_schema() {
        let read_well = read(&[("email", "Ada@example.com"), ("name", "Ada")], false).unwrap();
        assert_eq!(
            read_well.others.into_iter().collect::<Vec<_>>(),
            [("name".to_owned(), "Ada".to_owned())]
        );
        for (name, value, reason) in [
            ("custom:x", "1", "Type for attribute {custom:x} could not be determined"),
            ("sub", "1", "Type for attribute {sub} could not be determined"),
            ("email", "bob@example.com", "has to be the Username"),
            ("phone_number", "123", "Invalid phone number format."),
            ("email_verified", "true", "A client attempted to write unauthorized attribute"),
        ] {
            let refusal = read(&[(name, value)], false).err().unwrap();
            assert!(refusal.contains(reason), "{name}: {refusal}");
        }
    }

    #[test]
    fn administrators_say_whether_an_address_is_verified() {
        assert!(read(&[("email_verified", "true")], true).unwrap().email_verified);
        assert!(!read(&[("email_verified", "no")], true).unwrap().email_verified);
    }
}
