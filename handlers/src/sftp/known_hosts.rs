//! The server's keys, as lines of OpenSSH's `known_hosts` (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT").

mod pattern;

use russh::keys::PublicKey;
use russh::keys::ssh_key::Algorithm;

use pattern::HostPatterns;

/// Which keys which hosts are known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownHosts(Vec<Line>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    /// Counted from 1.
    number: usize,
    revoked: bool,
    hosts: HostPatterns,
    key: PublicKey,
}

/// Why a text is not a list of known hosts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KnownHostsError {
    /// No line with a key.
    #[error(
        "the SFTP server's known hosts are empty; ssh-keyscan -p PORT HOST prints the lines, to be compared with what the server's owner says"
    )]
    Empty,
    /// A line is not `HOSTS TYPE KEY`.
    #[error("line {line} of the SFTP server's known hosts {fault}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        fault: LineFault,
    },
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    /// Fewer than three fields.
    #[error("has fewer than three fields; one is HOSTS TYPE KEY, as ssh-keyscan prints it")]
    Fields,
    /// A marker that is not `@revoked`.
    #[error(
        "starts with a marker that is not @revoked; list the server's own keys instead of an authority's"
    )]
    Marker,
    /// A hashed name that cannot be read.
    #[error("has a hashed host name that is not |1|SALT|HASH")]
    Hash,
    /// The key is damaged, or of another type than said.
    #[error("has a key that cannot be read or is not of the type before it")]
    Key,
}

/// What the list says about a key that a server offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// This is the server.
    Known,
    /// The list has no key for this host.
    UnknownHost,
    /// The list has other keys for this host, on these lines.
    OtherKeys(Vec<usize>),
    /// The line says never to trust the key.
    Revoked(usize),
}

impl KnownHosts {
    /// Reads the lines; blank ones and comments (`#`) count for nothing. Lines with certificate
    /// authorities are refused rather than passed over.
    pub fn parse(text: &str) -> Result<Self, KnownHostsError> {
        let mut lines = Vec::new();
        for (number, text) in (1..).zip(text.lines()) {
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let line = Line::parse(number, text)
                .map_err(|fault| KnownHostsError::Line { line: number, fault })?;
            lines.push(line);
        }
        if lines.iter().all(|line| line.revoked) {
            return Err(KnownHostsError::Empty);
        }
        Ok(Self(lines))
    }

    /// The kinds of keys that are known for the host, as they come in the list. A server has keys of
    /// several kinds; asked for one of these it shows a key that can be compared.
    pub(super) fn algorithms(&self, host: &str, port: u16) -> Vec<Algorithm> {
        let mut algorithms = Vec::new();
        for line in self.of(host, port).filter(|line| !line.revoked) {
            let algorithm = line.key.algorithm();
            if !algorithms.contains(&algorithm) {
                algorithms.push(algorithm);
            }
        }
        algorithms
    }

    pub(super) fn judge(&self, host: &str, port: u16, offered: &PublicKey) -> Verdict {
        let same = |line: &&Line| line.key.key_data() == offered.key_data();
        if let Some(line) = self.of(host, port).filter(same).find(|line| line.revoked) {
            return Verdict::Revoked(line.number);
        }
        if self.of(host, port).any(|line| same(&line)) {
            return Verdict::Known;
        }
        let others: Vec<usize> =
            self.of(host, port).filter(|line| !line.revoked).map(|line| line.number).collect();
        if others.is_empty() { Verdict::UnknownHost } else { Verdict::OtherKeys(others) }
    }

    fn of(&self, host: &str, port: u16) -> impl Iterator<Item = &Line> {
        let name = recorded_name(host, port);
        self.0.iter().filter(move |line| line.hosts.matches(&name))
    }
}

/// How a list names a server: with its port, unless that is 22.
pub(super) fn recorded_name(host: &str, port: u16) -> String {
    if port == 22 { host.to_owned() } else { format!("[{host}]:{port}") }
}

impl Line {
    fn parse(number: usize, text: &str) -> Result<Self, LineFault> {
        let mut fields = text.split_ascii_whitespace();
        let mut next = || fields.next().ok_or(LineFault::Fields);
        let mut hosts = next()?;
        let revoked = hosts == "@revoked";
        if revoked {
            hosts = next()?;
        } else if hosts.starts_with('@') {
            return Err(LineFault::Marker);
        }
        let (kind, key) = (next()?, next()?);
        Ok(Self {
            number,
            revoked,
            hosts: HostPatterns::parse(hosts)?,
            key: PublicKey::from_openssh(&format!("{kind} {key}")).map_err(|_| LineFault::Key)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Keys of nobody, made for these lines.
    const ED25519: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFdjfV87AUWwy3llT4IzXm7zdv9nY1BV207V+RUGKHIe";
    const OTHER: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFb/uxKR6GqiP5N9E/XBjV4bA4tgMzzW+BjAbfstOHOw";

    fn key(text: &str) -> PublicKey {
        PublicKey::from_openssh(text).unwrap()
    }

    fn judge(list: &str, host: &str, port: u16) -> Verdict {
        KnownHosts::parse(list).unwrap().judge(host, port, &key(ED25519))
    }

    #[test]
    fn a_host_is_known_by_its_name_and_port() {
        let list = format!("# files\n\nfiles.example.com,192.0.2.7 {ED25519} comment\r\n");
        assert_eq!(judge(&list, "files.example.com", 22), Verdict::Known);
        assert_eq!(judge(&list, "192.0.2.7", 22), Verdict::Known);
        assert_eq!(judge(&list, "files.example.com", 2022), Verdict::UnknownHost);
        let list = format!("[files.example.com]:2022 {ED25519}");
        assert_eq!(judge(&list, "files.example.com", 2022), Verdict::Known);
        assert_eq!(judge(&list, "files.example.com", 22), Verdict::UnknownHost);
        assert_eq!(judge(&format!("[::1]:2022 {ED25519}"), "::1", 2022), Verdict::Known);
    }

    #[test]
    fn one_of_several_keys_is_enough() {
        let list = format!("h {OTHER}\nh {ED25519}\nelse {OTHER}\n");
        assert_eq!(judge(&list, "h", 22), Verdict::Known);
        assert_eq!(judge(&list, "else", 22), Verdict::OtherKeys(vec![3]));
    }

    #[test]
    fn a_revoked_key_is_refused_whatever_else_the_list_says() {
        let list = format!("h {ED25519}\n@revoked * {ED25519}\n");
        assert_eq!(judge(&list, "h", 22), Verdict::Revoked(2));
        let list = format!("h {ED25519}\n@revoked h {OTHER}\n");
        assert_eq!(judge(&list, "h", 22), Verdict::Known);
    }

    #[test]
    fn the_kinds_of_known_keys_are_told_once_each() {
        let list = KnownHosts::parse(&format!("h {OTHER}\nh {ED25519}\n@revoked i {ED25519}\n"));
        let list = list.unwrap();
        assert_eq!(list.algorithms("h", 22), [Algorithm::Ed25519]);
        assert_eq!(list.algorithms("i", 22), []);
    }

    #[test]
    fn every_fault_has_its_line() {
        for (text, fault) in [
            ("h ssh-ed25519".to_owned(), LineFault::Fields),
            ("@revoked h ssh-ed25519".to_owned(), LineFault::Fields),
            (format!("@cert-authority h {ED25519}"), LineFault::Marker),
            (format!("|1|salt {ED25519}"), LineFault::Hash),
            (format!("|2|c2FsdA==|aGFzaA== {ED25519}"), LineFault::Hash),
            ("h ssh-ed25519 AAAA".to_owned(), LineFault::Key),
            (format!("h ecdsa-sha2-nistp256 {}", &ED25519[12..]), LineFault::Key),
        ] {
            let error = KnownHosts::parse(&format!("# one\n{text}\n")).unwrap_err();
            assert_eq!(error, KnownHostsError::Line { line: 2, fault }, "{text}");
        }
        for text in ["", "\n# nothing\n", &format!("@revoked h {ED25519}")] {
            assert_eq!(KnownHosts::parse(text), Err(KnownHostsError::Empty));
        }
    }
}
