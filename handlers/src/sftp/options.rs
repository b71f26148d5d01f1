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
    pub(super) ciphers: Option<&'static [cipher::Name]>,
}

impl Options {
    /// The same with one cipher only, by its SSH name: to compare with other clients.
    #[must_use]
    pub fn with_cipher(self, name: &str) -> Option<Self> {
        const ONLY: &[(&str, &[cipher::Name])] = &[
            ("aes128-gcm@openssh.com", &[cipher::AES_128_GCM]),
            ("aes256-gcm@openssh.com", &[cipher::AES_256_GCM]),
            ("aes256-ctr", &[cipher::AES_256_CTR]),
            ("chacha20-poly1305@openssh.com", &[cipher::CHACHA20_POLY1305]),
        ];
        let (_, ciphers) = ONLY.iter().find(|(known, _)| *known == name)?;
        Some(Self { ciphers: Some(ciphers), ..self })
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(20),
            silence_timeout: Duration::from_secs(60),
            // OpenSSH's channel window is 2 MiB; more would only wait in queues.
            window: 2 << 20,
            ciphers: None,
        }
    }
}
