//! The server's key and the user's: made once, kept in files that only their owner may read.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use russh::keys::key::safe_rng;
use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, PrivateKey, PublicKey};

use super::SftpError;

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It cannot be read or written.
    #[error("the system refuses")]
    Io(#[from] std::io::Error),
    /// It is no private key in OpenSSH's format. What the parser says might quote it.
    #[error("it is no private key")]
    Format,
}

pub(super) struct Keys {
    folder: PathBuf,
    pub(super) host: PrivateKey,
    user: PrivateKey,
}

impl Keys {
    /// The keys in this folder; makes what is missing.
    pub(super) fn at(folder: &Path) -> Result<Self, SftpError> {
        let made = std::fs::create_dir_all(folder);
        made.map_err(|source| SftpError::Folder { path: folder.to_owned(), source })?;
        let key = |name: &str| {
            let path = folder.join(name);
            read_or_make(&path).map_err(|source| SftpError::Key { path, source })
        };
        Ok(Self { folder: folder.to_owned(), host: key("host")?, user: key("user")? })
    }

    /// The one key that logs in.
    pub(super) fn user(&self) -> &PublicKey {
        self.user.public_key()
    }

    pub(super) fn private_key(&self) -> Result<String, SftpError> {
        self.text("user", self.user.to_openssh(LineEnding::LF).map(|text| text.to_string()))
    }

    /// Type and key, as a line of `known_hosts` ends.
    pub(super) fn public_host_key(&self) -> Result<String, SftpError> {
        self.text("host", self.host.public_key().to_openssh())
    }

    fn text<E>(&self, name: &str, text: Result<String, E>) -> Result<String, SftpError> {
        text.map_err(|_| SftpError::Key { path: self.folder.join(name), source: KeyError::Format })
    }
}

fn read_or_make(path: &Path) -> Result<PrivateKey, KeyError> {
    match std::fs::read_to_string(path) {
        Ok(text) => PrivateKey::from_openssh(&text).map_err(|_| KeyError::Format),
        Err(error) if error.kind() == ErrorKind::NotFound => make(path),
        Err(error) => Err(error.into()),
    }
}

fn make(path: &Path) -> Result<PrivateKey, KeyError> {
    let key = PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519);
    let key = key.map_err(|_| KeyError::Format)?;
    let text = key.to_openssh(LineEnding::LF).map_err(|_| KeyError::Format)?;
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    Ok(key)
}
