//! Where files go: `sftp://USER@HOST:PORT/DIRECTORY`.

use std::fmt::{self, Display};
use std::str::FromStr;

/// The port of SSH (RFC 4253, section 4.1).
const SSH_PORT: u16 = 22;

/// A server, a user and a directory.
///
/// The directory is absolute, as in curl's SFTP URLs; `/~/inbox` stands for one below the user's home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    user: String,
    host: String,
    port: u16,
    directory: String,
}

/// What is wrong with a destination. No variant repeats the text: it might hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DestinationError {
    /// Not `sftp://`.
    #[error(
        "an SFTP destination is sftp://USER@HOST:PORT/DIRECTORY; this one does not start with sftp://"
    )]
    Scheme,
    /// `USER:PASSWORD@`.
    #[error(
        "an SFTP destination holds no password, because settings are shown in logs and consoles; \
         write sftp://USER@HOST:PORT/DIRECTORY and log in with a key"
    )]
    Password,
    /// No `USER@`.
    #[error("the SFTP destination names no user: write sftp://USER@HOST:PORT/DIRECTORY")]
    User,
    /// No host, or characters that no host name has.
    #[error(
        "the host of the SFTP destination is no host name or address; an IPv6 address stands in brackets"
    )]
    Host,
    /// Not 1 to 65535.
    #[error("the port of the SFTP destination is not a number from 1 to 65535")]
    Port,
    /// No path.
    #[error(
        "the SFTP destination names no directory: /inbox is an absolute one, /~/inbox one below the \
         user's home, / the server's root"
    )]
    Directory,
    /// `..`, a control character, or bytes that are not UTF-8.
    #[error(
        "the directory of the SFTP destination contains `..`, a control character or bytes that are not UTF-8"
    )]
    DirectoryName,
    /// `?` or `#` that is not percent-encoded.
    #[error("the SFTP destination has a query or a fragment; write ? as %3F and # as %23")]
    Query,
    /// A `%` without two hexadecimal digits.
    #[error(
        "the SFTP destination has a % without two hexadecimal digits behind it; write % as %25"
    )]
    Escape,
}

impl Destination {
    /// Who logs in.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Name or address, lower case, IPv6 without its brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// 22 where none was given.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// As the server is asked for it: absolute, or relative to the user's home; never with a slash at
    /// its end unless it is the root.
    pub fn directory(&self) -> &str {
        &self.directory
    }

    /// The path of a file in the directory.
    pub(super) fn path(&self, name: &str) -> String {
        match self.directory.as_str() {
            "/" => format!("/{name}"),
            directory => format!("{directory}/{name}"),
        }
    }
}

impl FromStr for Destination {
    type Err = DestinationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text
            .get(..7)
            .filter(|scheme| scheme.eq_ignore_ascii_case("sftp://"))
            .and_then(|scheme| text.get(scheme.len()..))
            .ok_or(DestinationError::Scheme)?;
        if rest.contains(['?', '#']) {
            return Err(DestinationError::Query);
        }
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, ""),
        };
        // The last @: whoever forgot to encode one in a password is told about the password.
        let (user, server) = authority.rsplit_once('@').ok_or(DestinationError::User)?;
        if user.contains([':', '@']) {
            return Err(DestinationError::Password);
        }
        let user = decode(user)?.ok_or(DestinationError::User)?;
        if user.is_empty() || user.contains(char::is_control) {
            return Err(DestinationError::User);
        }
        let (host, port) = host_and_port(server)?;
        Ok(Self { user, host, port, directory: directory(path)? })
    }
}

impl Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, host, port, directory } = self;
        if host.contains(':') {
            write!(f, "{user}@[{host}]:{port}:{directory}")
        } else {
            write!(f, "{user}@{host}:{port}:{directory}")
        }
    }
}

fn host_and_port(server: &str) -> Result<(String, u16), DestinationError> {
    let (host, port) = match server.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(Some((address, rest))) => {
            address.parse::<std::net::Ipv6Addr>().map_err(|_| DestinationError::Host)?;
            match rest {
                "" => (address, None),
                _ => (address, Some(rest.strip_prefix(':').ok_or(DestinationError::Host)?)),
            }
        }
        Some(None) => return Err(DestinationError::Host),
        None => match server.split_once(':') {
            Some((host, port)) => (named(host)?, Some(port)),
            None => (named(server)?, None),
        },
    };
    let port = match port {
        None => SSH_PORT,
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().ok().filter(|&port| port != 0).ok_or(DestinationError::Port)?
        }
        Some(_) => return Err(DestinationError::Port),
    };
    Ok((host.to_ascii_lowercase(), port))
}

fn named(host: &str) -> Result<&str, DestinationError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if host.is_empty() || host.starts_with('-') || !host.bytes().all(fits) {
        return Err(DestinationError::Host);
    }
    Ok(host)
}

fn directory(path: &str) -> Result<String, DestinationError> {
    if path.is_empty() {
        return Err(DestinationError::Directory);
    }
    let path = decode(path)?.ok_or(DestinationError::DirectoryName)?;
    if path.contains(char::is_control) || path.split('/').any(|part| part == "..") {
        return Err(DestinationError::DirectoryName);
    }
    let parts: Vec<&str> =
        path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    Ok(match parts.split_first() {
        // A relative path starts in the user's home; most servers do not know `~` itself.
        Some((&"~", [])) => ".".to_owned(),
        Some((&"~", below)) => below.join("/"),
        _ => format!("/{}", parts.join("/")),
    })
}

/// Percent-decoded text, or nothing if that is not UTF-8.
fn decode(text: &str) -> Result<Option<String>, DestinationError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err(DestinationError::Escape);
        };
        bytes.extend(u8::try_from(high * 16 + low));
    }
    Ok(String::from_utf8(bytes).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (String, String, u16, String) {
        let Destination { user, host, port, directory } = text.parse().unwrap();
        (user, host, port, directory)
    }

    #[test]
    fn all_parts_are_read() {
        let all = parts("sftp://lychgate@files.Example.com:2022/in/box/");
        assert_eq!(
            all,
            ("lychgate".to_owned(), "files.example.com".to_owned(), 2022, "/in/box".to_owned())
        );
        assert_eq!(parts("sftp://u@[::1]:22/x").1, "::1");
        assert_eq!(parts("SFTP://u@h/").2, 22);
        assert_eq!(
            parts("sftp://a%40b@h/%C3%A4%20b"),
            ("a@b".to_owned(), "h".to_owned(), 22, "/ä b".to_owned())
        );
    }

    #[test]
    fn a_directory_is_absolute_unless_it_starts_at_home() {
        for (url, directory, file) in [
            ("sftp://u@h/", "/", "/f"),
            ("sftp://u@h//a//./b/", "/a/b", "/a/b/f"),
            ("sftp://u@h/~", ".", "./f"),
            ("sftp://u@h/~/in/box", "in/box", "in/box/f"),
            ("sftp://u@h/~other", "/~other", "/~other/f"),
        ] {
            let destination: Destination = url.parse().unwrap();
            assert_eq!(destination.directory(), directory, "{url}");
            assert_eq!(destination.path("f"), file, "{url}");
        }
    }

    #[test]
    fn every_fault_is_named() {
        use DestinationError::*;
        for (url, fault) in [
            ("", Scheme),
            ("ftp://u@h/x", Scheme),
            ("sftp:/", Scheme),
            ("äftp://u@h/x", Scheme),
            ("sftp://h/x", User),
            ("sftp://@h/x", User),
            ("sftp://u%0A@h/x", User),
            ("sftp://u:secret@h/x", Password),
            ("sftp://u:sec@ret@h/x", Password),
            ("sftp://u@/x", Host),
            ("sftp://u@h h/x", Host),
            ("sftp://u@-oProxyCommand/x", Host),
            ("sftp://u@[::1/x", Host),
            ("sftp://u@[h]/x", Host),
            ("sftp://u@[::1]22/x", Host),
            ("sftp://u@::1/x", Host),
            ("sftp://u@h:/x", Port),
            ("sftp://u@h:0/x", Port),
            ("sftp://u@h:65536/x", Port),
            ("sftp://u@h:+22/x", Port),
            ("sftp://u@h:22", Directory),
            ("sftp://u@h/a/../b", DirectoryName),
            ("sftp://u@h/a%00", DirectoryName),
            ("sftp://u@h/%ff", DirectoryName),
            ("sftp://u@h/%", Escape),
            ("sftp://u@h/%4", Escape),
            ("sftp://u@h/a?b", Query),
            ("sftp://u@h/a#b", Query),
        ] {
            assert_eq!(url.parse::<Destination>().unwrap_err(), fault, "{url}");
        }
    }

    #[test]
    fn no_error_repeats_a_password() {
        let error = "sftp://u:hunter2@h/x".parse::<Destination>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
