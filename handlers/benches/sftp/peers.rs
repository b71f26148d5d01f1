//! Who sends: this crate, and OpenSSH's `sftp`, with their own choice of cipher and with each other's.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use russh::keys::ssh_key::LineEnding;

use super::openssh::OpenSsh;
use super::{ours, usage};

/// What the file is called on the server.
pub(crate) const NAME: &str = "arrived";
/// The place of `sftp` as anybody starts it.
pub(crate) const PLAIN_SFTP: usize = 2;

const AES: &str = "aes128-gcm@openssh.com";
const CHACHA: &str = "chacha20-poly1305@openssh.com";

pub(crate) struct Peer {
    pub(crate) name: String,
    /// The place of `sftp` with the same cipher.
    pub(crate) same_cipher: usize,
    folder: PathBuf,
    url: String,
    /// Nothing for this crate.
    sftp: Option<Vec<String>>,
    cipher: &'static str,
}

/// What one transfer took.
pub(crate) struct Run {
    pub(crate) seconds: f64,
    /// Seconds, of all the client's processes.
    pub(crate) cpu: f64,
    /// MiB, of all the client's processes.
    pub(crate) peak: f64,
}

pub(crate) fn all(openssh: &OpenSsh, folder: &Path, source: &Path) -> anyhow::Result<Vec<Peer>> {
    let key = folder.join("key");
    std::fs::write(&key, openssh.user_key.to_openssh(LineEnding::LF)?.as_str())?;
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let known_hosts = folder.join("known_hosts");
    std::fs::write(&known_hosts, openssh.known_hosts(openssh.port(), 0))?;
    let files = openssh.files();
    let url = openssh.url(openssh.port(), &files.to_string_lossy());
    // `put -f` has the server sync, as this crate does.
    let batch = format!("put -f {} {}/{NAME}\n", source.display(), files.display());
    std::fs::write(folder.join("batch"), batch)?;
    let login = url.trim_start_matches("sftp://").split('/').next().unwrap_or_default();
    let (login, _) = login.rsplit_once(':').unwrap_or((login, ""));
    let sftp = |cipher: &'static str, only: bool| {
        let mut arguments: Vec<String> =
            ["-F", "/dev/null", "-q", "-o", "IdentitiesOnly=yes", "-i"].map(String::from).into();
        arguments.push(key.display().to_string());
        arguments
            .extend(["-o".to_owned(), format!("UserKnownHostsFile={}", known_hosts.display())]);
        arguments.extend(["-P".to_owned(), openssh.port().to_string()]);
        if only {
            arguments.extend(["-c".to_owned(), cipher.to_owned()]);
        }
        arguments.extend(["-b".to_owned(), folder.join("batch").display().to_string()]);
        arguments.push(login.to_owned());
        arguments
    };
    let peer = |name: &str, same_cipher, sftp, cipher| Peer {
        name: format!("{name} ({})", cipher_name(cipher)),
        same_cipher,
        folder: folder.to_owned(),
        url: url.clone(),
        sftp,
        cipher,
    };
    Ok(vec![
        peer("Lychgate", 3, None, AES),
        peer("Lychgate, told to", PLAIN_SFTP, None, CHACHA),
        peer("OpenSSH sftp", PLAIN_SFTP, Some(sftp(CHACHA, false)), CHACHA),
        peer("OpenSSH sftp, told to", 3, Some(sftp(AES, true)), AES),
    ])
}

fn cipher_name(cipher: &str) -> &str {
    cipher.split('@').next().unwrap_or(cipher)
}

impl Peer {
    pub(crate) fn run(&self) -> anyhow::Result<Run> {
        let mut command = match &self.sftp {
            Some(arguments) => {
                let mut command = Command::new("sftp");
                command.args(arguments).env_remove("SSH_AUTH_SOCK");
                command
            }
            None => {
                let mut command = Command::new(std::env::current_exe()?);
                command
                    .env(ours::DESTINATION, &self.url)
                    .env(ours::CIPHER, self.cipher)
                    .env(ours::FOLDER, &self.folder);
                command
            }
        };
        let begun = Instant::now();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
        let watch = usage::Watch::start(child.id());
        let status = child.wait()?;
        let seconds = begun.elapsed().as_secs_f64();
        let (cpu, peak) = watch.stop();
        anyhow::ensure!(status.success(), "{} failed: {status}", self.name);
        Ok(Run { seconds, cpu, peak })
    }
}
