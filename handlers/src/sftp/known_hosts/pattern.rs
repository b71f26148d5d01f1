//! The first field of a line: names with `*` and `?`, exceptions with `!`, or one hashed name.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use super::LineFault;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HostPatterns {
    /// Lower case, with whether a match is an exception.
    Plain(Vec<(String, bool)>),
    /// HMAC-SHA1 of the name under the salt.
    Hashed { salt: Vec<u8>, hash: Vec<u8> },
}

impl HostPatterns {
    pub(super) fn parse(field: &str) -> Result<Self, LineFault> {
        if let Some(hashed) = field.strip_prefix('|') {
            let parts = hashed.strip_prefix("1|").and_then(|parts| parts.split_once('|'));
            let (salt, hash) = parts.ok_or(LineFault::Hash)?;
            let decode = |text| STANDARD.decode(text).map_err(|_| LineFault::Hash);
            return Ok(Self::Hashed { salt: decode(salt)?, hash: decode(hash)? });
        }
        let patterns = field.split(',').filter(|pattern| !pattern.is_empty());
        Ok(Self::Plain(
            patterns
                .map(|pattern| match pattern.strip_prefix('!') {
                    Some(exception) => (exception.to_ascii_lowercase(), true),
                    None => (pattern.to_ascii_lowercase(), false),
                })
                .collect(),
        ))
    }

    /// Whether the line is about `name`: `host`, or `[host]:port` in lower case.
    pub(super) fn matches(&self, name: &str) -> bool {
        match self {
            Self::Plain(patterns) => {
                let found = |exception| {
                    patterns
                        .iter()
                        .any(|(pattern, is_one)| *is_one == exception && glob(pattern, name))
                };
                found(false) && !found(true)
            }
            Self::Hashed { salt, hash } => Hmac::<Sha1>::new_from_slice(salt)
                .is_ok_and(|mac| mac.chain_update(name).verify_slice(hash).is_ok()),
        }
    }
}

/// `*` for any run of characters, `?` for one; everything else, brackets included, for itself.
fn glob(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut position) = (0, 0);
    // Where to go on if what followed the last star does not fit.
    let mut retry: Option<(usize, usize)> = None;
    while position < name.len() {
        match pattern.get(at) {
            Some('*') => {
                retry = Some((at, position));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || Some(wanted) == name.get(position) => {
                at += 1;
                position += 1;
            }
            _ => {
                let Some((star, from)) = retry else { return false };
                retry = Some((star, from + 1));
                at = star + 1;
                position = from + 1;
            }
        }
    }
    pattern.iter().skip(at).all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_names() {
        for (field, name, expected) in [
            ("h", "h", true),
            ("H", "h", true),
            ("h", "hh", false),
            ("*.example.com", "files.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com,!bad.example.com", "bad.example.com", false),
            ("!bad.example.com", "files.example.com", false),
            ("192.0.2.?", "192.0.2.7", true),
            ("192.0.2.?", "192.0.2.77", false),
            ("[*]:2022", "[files]:2022", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("*", "", true),
            ("", "h", false),
        ] {
            assert_eq!(
                HostPatterns::parse(field).unwrap().matches(name),
                expected,
                "{field} {name}"
            );
        }
    }

    #[test]
    fn a_hashed_name_is_recognized() {
        // Printed by `ssh-keygen -H`.
        let plain = "|1|ZJErzFxYinZ13Pa8zPqV3VILqrA=|ryWpqYvmID8vgTBZ94eLTEme9ik=";
        let with_port = "|1|A748+cpkNvrXKrza3cJvMDNDmg4=|zoMlzIJTivfoICoqMxNXwv3y2kA=";
        for (field, name) in [(plain, "files.example.com"), (with_port, "[files.example.com]:2022")]
        {
            let hashed = HostPatterns::parse(field).unwrap();
            for other in ["files.example.com", "[files.example.com]:2022", "example.com"] {
                assert_eq!(hashed.matches(other), other == name);
            }
        }
    }
}
