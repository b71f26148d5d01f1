//! The key that logs in.

use std::fmt;
use std::sync::Arc;

use russh::keys::ssh_key::{Algorithm, HashAlg};

/// A private key, as `ssh-keygen` writes one. Neither `Debug` nor an error shows anything of it.
#[derive(Clone)]
pub struct PrivateKey(Arc<russh::keys::PrivateKey>);

/// Why a text is not a key that can log in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrivateKeyError {
    /// Nothing there.
    #[error("the SFTP private key is empty")]
    Empty,
    /// The other half.
    #[error("this is a public key; the SFTP private key is the file without .pub beside it")]
    Public,
    /// It has a passphrase.
    #[error(
        "the SFTP private key has a passphrase; take it off with ssh-keygen -p -N '' -f FILE, the \
         parameter store keeps it secret"
    )]
    Encrypted,
    /// RSA, DSA, or one that lives in hardware.
    #[error(
        "SFTP logs in with Ed25519 and ECDSA keys, not with {0} ones; make one with \
         ssh-keygen -t ed25519 -N '' -f FILE and give the server FILE.pub"
    )]
    Algorithm(String),
    /// Anything else.
    #[error(
        "the SFTP private key cannot be read; it is the whole text of a file that ssh-keygen wrote, from \
         -----BEGIN to END----- with its line breaks"
    )]
    Unreadable,
}

impl PrivateKey {
    /// Reads the text of a key file: OpenSSH's format, or PKCS #8.
    pub fn parse(text: &str) -> Result<Self, PrivateKeyError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(PrivateKeyError::Empty);
        }
        if russh::keys::PublicKey::from_openssh(text).is_ok() {
            return Err(PrivateKeyError::Public);
        }
        // What the reader says about a text it cannot read might quote the text.
        let key = russh::keys::decode_secret_key(text, None).map_err(|error| match error {
            russh::keys::Error::KeyIsEncrypted => PrivateKeyError::Encrypted,
            russh::keys::Error::UnsupportedKeyType { .. } => {
                PrivateKeyError::Algorithm("RSA".to_owned())
            }
            _ if text.contains("ENCRYPTED") => PrivateKeyError::Encrypted,
            _ => PrivateKeyError::Unreadable,
        })?;
        match key.algorithm() {
            Algorithm::Ed25519 | Algorithm::Ecdsa { .. } => Ok(Self(Arc::new(key))),
            // The crate `rsa` signs in a time that tells about the key (RUSTSEC-2023-0071).
            Algorithm::Rsa { .. } => Err(PrivateKeyError::Algorithm("RSA".to_owned())),
            other => Err(PrivateKeyError::Algorithm(other.to_string())),
        }
    }

    /// `SHA256:...`, as `ssh-keygen -l` prints it: what the server's owner can look for.
    pub fn fingerprint(&self) -> String {
        self.0.public_key().fingerprint(HashAlg::Sha256).to_string()
    }

    pub(super) fn key(&self) -> Arc<russh::keys::PrivateKey> {
        Arc::clone(&self.0)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.fingerprint())
    }
}

#[cfg(test)]
mod tests {
    use russh::keys::EcdsaCurve;
    use russh::keys::key::safe_rng;
    use russh::keys::ssh_key::LineEnding;

    use super::*;

    fn made(algorithm: Algorithm) -> russh::keys::PrivateKey {
        russh::keys::PrivateKey::random(&mut safe_rng(), algorithm).unwrap()
    }

    #[test]
    fn ed25519_and_ecdsa_keys_are_read_with_any_line_ending() {
        for algorithm in [
            Algorithm::Ed25519,
            Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
            Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
        ] {
            let key = made(algorithm);
            for ending in [LineEnding::LF, LineEnding::CRLF] {
                let text = key.to_openssh(ending).unwrap();
                let read = PrivateKey::parse(&format!("\n{}", text.trim_end())).unwrap();
                assert_eq!(
                    read.fingerprint(),
                    key.public_key().fingerprint(HashAlg::Sha256).to_string()
                );
            }
        }
    }

    #[test]
    fn what_is_no_key_is_told_apart_and_never_repeated() {
        let key = made(Algorithm::Ed25519);
        let text = key.to_openssh(LineEnding::LF).unwrap();
        let locked = key.encrypt(&mut safe_rng(), "passphrase").unwrap();
        let locked = locked.to_openssh(LineEnding::LF).unwrap();
        let public = key.public_key().to_openssh().unwrap();
        let joined = text.replace('\n', " ");
        for (text, error) in [
            (" \n", PrivateKeyError::Empty),
            (public.as_str(), PrivateKeyError::Public),
            (locked.as_str(), PrivateKeyError::Encrypted),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n",
                PrivateKeyError::Algorithm("RSA".to_owned()),
            ),
            ("hunter2", PrivateKeyError::Unreadable),
            (&text[..120], PrivateKeyError::Unreadable),
            (joined.as_str(), PrivateKeyError::Unreadable),
        ] {
            let found = PrivateKey::parse(text).unwrap_err();
            assert_eq!(found, error);
            assert!(!format!("{found} {found:?}").contains("hunter2"));
        }
    }

    #[test]
    fn debug_shows_only_the_fingerprint() {
        let key = made(Algorithm::Ed25519);
        let read = PrivateKey::parse(&key.to_openssh(LineEnding::LF).unwrap()).unwrap();
        assert_eq!(format!("{read:?}"), format!("PrivateKey({})", read.fingerprint()));
    }
}
