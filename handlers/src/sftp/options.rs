//! How patiently and how fast to send.

use std::time::Duration;

use russh::cipher;

/// How patiently and how fast to send. The defaults are meant for everybody.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// From the first packet to an open SFTP session.
    pub connect_timeout: Duration,
    /// A server that has been silent for so long is taken for dead.
    pub silence_timeout: Duration,
    /// Bytes on their way that the server has not confirmed; with as many again in queues, this is
    /// what a transfer holds in memory.
    pub window: usize,
    /// The only cipher to use, instead of the first one that the server knows too.
    pub cipher: Option<Cipher>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(20),
            silence_timeout: Duration::from_secs(60),
            // OpenSSH's channel window is 2 MiB; more would only wait in queues.
            window: 2 << 20,
            cipher: None,
        }
    }
}

/// The ciphers that protect what they encrypt against changes, so that no MAC is needed beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cipher {
    /// `aes128-gcm@openssh.com`.
    Aes128Gcm,
    /// `aes256-gcm@openssh.com`.
    Aes256Gcm,
    /// `chacha20-poly1305@openssh.com`.
    ChaCha20Poly1305,
}

/// AES in hardware is fastest, and every machine that runs this has it. The rest is for servers that are
/// configured otherwise.
const PREFERRED: &[cipher::Name] = &[
    cipher::AES_128_GCM,
    cipher::AES_256_GCM,
    cipher::CHACHA20_POLY1305,
    cipher::AES_256_CTR,
    cipher::AES_192_CTR,
    cipher::AES_128_CTR,
];

/// What to propose to the server.
pub(super) fn proposal(only: Option<Cipher>) -> &'static [cipher::Name] {
    match only {
        None => PREFERRED,
        Some(Cipher::Aes128Gcm) => &[cipher::AES_128_GCM],
        Some(Cipher::Aes256Gcm) => &[cipher::AES_256_GCM],
        Some(Cipher::ChaCha20Poly1305) => &[cipher::CHACHA20_POLY1305],
    }
}
