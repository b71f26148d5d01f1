//! OpenSSH's own server, started for one test on a free port of the loopback interface.
//!
//! The test listens and gives every connection to an `sshd` of its own (`sshd -i`, as inetd does), so
//! nothing has to be waited for and nothing outlives its connection. It runs without privileges: as
//! whoever runs the test, or as `nobody` where that is root, whom no file permission would stop.

use std::fmt::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use russh::keys::key::safe_rng;
use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, EcdsaCurve, PrivateKey as Key};
use tempfile::TempDir;

/// Set where the tests must not be skipped.
const REQUIRED: &str = "LYCHGATE_REQUIRE_OPENSSH";
const NOBODY: u32 = 65534;

/// How the server differs from an ordinary one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Setup {
    /// Arguments of `internal-sftp`; nothing for no SFTP at all.
    pub(crate) sftp: Option<&'static str>,
    /// Shell commands before the server.
    pub(crate) before: &'static str,
    /// Whether the folder is on a disk of 4 MiB: a new one for each connection.
    pub(crate) small_disk: bool,
}

impl Setup {
    /// A server with these arguments of `internal-sftp`.
    pub(crate) fn sftp(arguments: &'static str) -> Self {
        Self { sftp: Some(arguments), ..Self::default() }
    }
}

pub(crate) struct OpenSsh {
    folder: TempDir,
    address: SocketAddr,
    pub(crate) user_key: Key,
    pub(crate) host_keys: Vec<Key>,
}

/// An ordinary server, or nothing where `sshd` is not installed: the test then says so and passes.
pub(crate) fn start() -> Option<OpenSsh> {
    OpenSsh::start(Setup::sftp(""))
}

impl OpenSsh {
    pub(crate) fn start(setup: Setup) -> Option<Self> {
        let Some(sshd) = sshd() else {
            let why = "there is no sshd; install Debian's openssh-server or its like";
            assert!(std::env::var_os(REQUIRED).is_none(), "{why}");
            return skipped(why);
        };
        if setup.small_disk && !may_mount() {
            return skipped("a small disk can be mounted by root only");
        }
        let folder = tempfile::tempdir().unwrap();
        let user_key = key(Algorithm::Ed25519);
        let host_keys =
            vec![key(Algorithm::Ed25519), key(Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 })];
        write_configuration(folder.path(), setup, &user_key, &host_keys);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (path, program) = (folder.path().to_owned(), sshd);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                if !path.exists() {
                    return;
                }
                serve(&program, &path, setup, connection);
            }
        });
        Some(Self { folder, address, user_key, host_keys })
    }

    /// The folder that the destination names.
    pub(crate) fn files(&self) -> PathBuf {
        self.folder.path().join("files")
    }

    pub(crate) fn file(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.files().join(name)).unwrap()
    }

    /// All names in the folder, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.files()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Puts a file into the folder, as its owner would have.
    pub(crate) fn place(&self, name: &str, bytes: &[u8]) {
        let path = self.files().join(name);
        std::fs::write(&path, bytes).unwrap();
        give_away(&path);
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn url(&self, port: u16, directory: &str) -> String {
        format!("sftp://{}@127.0.0.1:{port}{directory}", user())
    }

    /// The line for the server's Ed25519 key (0) or its ECDSA key (1).
    pub(crate) fn known_hosts(&self, port: u16, key: usize) -> String {
        format!("[127.0.0.1]:{port} {}", self.host_keys[key].public_key().to_openssh().unwrap())
    }

    /// Lets in one more key.
    pub(crate) fn authorize(&self, key: &Key) {
        let path = self.folder.path().join("authorized_keys");
        let mut keys = std::fs::read_to_string(&path).unwrap();
        writeln!(keys, "\n{}", key.public_key().to_openssh().unwrap()).unwrap();
        std::fs::write(path, keys).unwrap();
    }

    /// Takes away the right to write into the folder.
    pub(crate) fn protect(&self) {
        std::fs::set_permissions(self.files(), std::fs::Permissions::from_mode(0o555)).unwrap();
    }
}

impl Drop for OpenSsh {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.folder.path());
        // Wakes the thread that listens, which finds the folder gone.
        let _ = TcpStream::connect(self.address);
    }
}

pub(crate) fn key(algorithm: Algorithm) -> Key {
    Key::random(&mut safe_rng(), algorithm).unwrap()
}

#[allow(clippy::print_stderr, reason = "who reads the test's output should know")]
fn skipped(why: &str) -> Option<OpenSsh> {
    eprintln!("skipped: {why}");
    None
}

fn may_mount() -> bool {
    let tried = Command::new("unshare").args(["--mount", "true"]).stderr(Stdio::null()).status();
    is_root() && tried.is_ok_and(|status| status.success())
}

/// The server's program, which wants to be called by its whole path.
fn sshd() -> Option<PathBuf> {
    ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/sbin/sshd"]
        .map(PathBuf::from)
        .into_iter()
        .find(|path| path.exists())
}

fn write_configuration(folder: &Path, setup: Setup, user_key: &Key, host_keys: &[Key]) {
    let path = |name: &str| folder.join(name);
    std::fs::create_dir(path("files")).unwrap();
    std::fs::write(path("authorized_keys"), user_key.public_key().to_openssh().unwrap()).unwrap();
    // PAM lets an account log in by key that has no password; without PAM sshd calls it locked.
    let mut configuration = format!(
        "AuthorizedKeysFile {}\nStrictModes no\nUsePAM yes\nPasswordAuthentication no\n\
         KbdInteractiveAuthentication no\nPidFile none\n",
        path("authorized_keys").display()
    );
    for (number, key) in host_keys.iter().enumerate() {
        let file = path(&format!("host_key_{number}"));
        std::fs::write(&file, key.to_openssh(LineEnding::LF).unwrap()).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        writeln!(configuration, "HostKey {}", file.display()).unwrap();
        give_away(&file);
    }
    if let Some(arguments) = setup.sftp {
        writeln!(configuration, "Subsystem sftp internal-sftp {arguments}").unwrap();
    }
    std::fs::write(path("sshd_config"), configuration).unwrap();
    for name in ["", "files"] {
        give_away(&path(name));
    }
}

/// To the user that the server runs as, if the test is root.
fn give_away(path: &Path) {
    if is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn user() -> String {
    if is_root() {
        return "nobody".to_owned();
    }
    let id = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(id.stdout).unwrap().trim().to_owned()
}

/// Starts a server whose input and output are the connection.
fn serve(sshd: &Path, folder: &Path, setup: Setup, connection: TcpStream) {
    let sshd = format!("{} -i -e -f {}", sshd.display(), folder.join("sshd_config").display());
    let unprivileged = format!("setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups {sshd}");
    let server = if is_root() { unprivileged } else { sshd };
    let script = format!("{}\nexec {server}", setup.before);
    let mut command = Command::new(if setup.small_disk { "unshare" } else { "/bin/sh" });
    if setup.small_disk {
        // Mounted for this server alone, and gone with it.
        let mount = "mount -t tmpfs -o size=4m,mode=0777 tmpfs \"$FILES\"";
        command.args(["--mount", "/bin/sh", "-c", &format!("{mount}\n{script}")]);
    } else {
        command.args(["-c", &script]);
    }
    let log = std::fs::File::options().create(true).append(true).open(folder.join("log"));
    let (Ok(log), Ok(input)) = (log, connection.try_clone()) else { return };
    let child = command
        .env("FILES", folder.join("files"))
        .current_dir("/")
        .stdin(OwnedFd::from(input))
        .stdout(OwnedFd::from(connection))
        .stderr(log)
        .spawn();
    if let Ok(mut child) = child {
        std::thread::spawn(move || child.wait());
    }
}
