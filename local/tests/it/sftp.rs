//! The embedded SFTP server, through OpenSSH's client.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use local::sftp::{SftpServer, Store, USER};
use tempfile::TempDir;

/// Set where the tests must not be skipped.
const REQUIRED: &str = "LYCHGATE_REQUIRE_OPENSSH";

/// A server, and what a client needs: files of its own, the key and the known hosts.
struct Client {
    server: SftpServer,
    folder: TempDir,
}

struct Answer {
    succeeded: bool,
    output: String,
}

#[allow(clippy::print_stderr, reason = "who reads the test's output should know")]
fn client(store: &Store) -> Option<Client> {
    if Command::new("sftp").arg("-h").stderr(Stdio::null()).status().is_err() {
        let why = "there is no sftp; install Debian's openssh-client or its like";
        assert!(std::env::var_os(REQUIRED).is_none(), "{why}");
        eprintln!("skipped: {why}");
        return None;
    }
    let (server, folder) = (SftpServer::start(store).unwrap(), tempfile::tempdir().unwrap());
    let key = folder.path().join("key");
    std::fs::write(&key, server.private_key()).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(folder.path().join("known_hosts"), server.known_hosts()).unwrap();
    Some(Client { server, folder })
}

impl Client {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, program: &str, key: &Path) -> Command {
        let mut command = Command::new(program);
        let known_hosts = self.path("known_hosts");
        command
            .args(["-F", "/dev/null", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-i"])
            .arg(key)
            .arg("-o")
            .arg(format!("UserKnownHostsFile={}", known_hosts.display()))
            .current_dir(self.folder.path())
            .env_remove("SSH_AUTH_SOCK");
        command
    }

    /// Runs a batch of the client's commands; it ends with the first that fails.
    fn run(&self, batch: &str) -> Answer {
        self.run_with(&self.path("key"), batch)
    }

    fn run_with(&self, key: &Path, batch: &str) -> Answer {
        let mut command = self.command("sftp", key);
        let url = self.server.url();
        let mut child = command
            .args(["-b", "-", &url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A client that was not let in has gone by then.
        let _ = child.stdin.take().unwrap().write_all(batch.as_bytes());
        let output = child.wait_with_output().unwrap();
        Answer {
            succeeded: output.status.success(),
            output: String::from_utf8([output.stdout, output.stderr].concat()).unwrap(),
        }
    }

    fn must(&self, batch: &str) -> String {
        let Answer { succeeded, output } = self.run(batch);
        assert!(succeeded, "{output}");
        output
    }
}

fn bytes(count: usize) -> Vec<u8> {
    (0u32..)
        .flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes())
        .take(count)
        .collect()
}

#[test]
fn files_come_and_go_byte_for_byte() {
    let Some(client) = client(&Store::Memory) else { return };
    let content = bytes(3_000_001);
    std::fs::write(client.path("final.zip"), &content).unwrap();
    client.must("put -f final.zip\nget final.zip back.zip\n");
    assert!(std::fs::read(client.server.files().join("final.zip")).unwrap() == content);
    assert!(std::fs::read(client.path("back.zip")).unwrap() == content);
}

#[test]
fn uploads_are_resumed() {
    let Some(client) = client(&Store::Memory) else { return };
    let content = bytes(1_000_000);
    std::fs::write(client.path("final.zip"), &content).unwrap();
    std::fs::write(client.server.files().join("final.zip"), &content[..400_000]).unwrap();
    client.must("reput final.zip\n");
    assert!(std::fs::read(client.server.files().join("final.zip")).unwrap() == content);
}

#[test]
fn folders_names_and_attributes_are_what_clients_make_of_them() {
    let Some(client) = client(&Store::Memory) else { return };
    std::fs::write(client.path("one"), "1").unwrap();
    std::fs::write(client.path("two"), "22").unwrap();
    let output = client.must(
        "pwd\nmkdir in\nput -p one in/one\nput two\nrename two in/one\nchmod 640 in/one\n\
         ls -l in\ncd in\npwd\nput two two\nrm one\nls\ncd ..\nrm in/two\nrmdir in\nls\n",
    );
    assert!(output.contains("Remote working directory: /\n"), "{output}");
    assert!(output.contains("Remote working directory: /in\n"), "{output}");
    assert!(output.contains("-rw-r-----"), "{output}");
    assert_eq!(std::fs::read_dir(client.server.files()).unwrap().count(), 0);
}

#[test]
fn times_are_kept() {
    let Some(client) = client(&Store::Memory) else { return };
    std::fs::write(client.path("old"), "1").unwrap();
    let modified = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    let file = std::fs::File::options().write(true).open(client.path("old")).unwrap();
    file.set_modified(modified).unwrap();
    client.must("put -p old\n");
    let arrived = std::fs::metadata(client.server.files().join("old")).unwrap();
    assert_eq!(arrived.modified().unwrap(), modified);
}

#[test]
fn what_is_not_there_is_not_there() {
    let Some(client) = client(&Store::Memory) else { return };
    for (batch, words) in [
        ("get nothing\n", "not found"),
        ("cd nowhere\n", "No such file"),
        ("rmdir nowhere\n", "No such file"),
        ("ln -s a b\n", "Operation unsupported"),
        ("mkdir a\nmkdir a\n", "Failure"),
    ] {
        let Answer { succeeded, output } = client.run(batch);
        assert!(!succeeded && output.contains(words), "{batch}{output}");
    }
}

#[test]
fn no_path_leads_out_of_the_folder() {
    let Some(client) = client(&Store::Memory) else { return };
    std::fs::write(client.path("secret"), "secret").unwrap();
    let outside = client.path("secret");
    std::os::unix::fs::symlink(&outside, client.server.files().join("link")).unwrap();
    std::os::unix::fs::symlink("/etc", client.server.files().join("etc")).unwrap();
    let climbing = format!("/../../../../../..{}", outside.display());
    for batch in [
        format!("get {} stolen\n", outside.display()),
        format!("get {climbing} stolen\n"),
        "get link stolen\n".to_owned(),
        "get etc/hostname stolen\n".to_owned(),
        "cd etc\n".to_owned(),
        "put key link\n".to_owned(),
        "put key etc/lychgate\n".to_owned(),
    ] {
        let Answer { succeeded, output } = client.run(&batch);
        assert!(!succeeded, "{batch}{output}");
        assert!(!client.path("stolen").exists(), "{batch}");
    }
    assert_eq!(std::fs::read(outside).unwrap(), b"secret");
    client.must("cd ..\ncd ../..\npwd\n");
}

#[test]
fn nobody_else_is_let_in_and_nothing_else_is_served() {
    let Some(client) = client(&Store::Memory) else { return };
    let stranger = self::client(&Store::Memory).unwrap();
    let answer = client.run_with(&stranger.path("key"), "ls\n");
    assert!(!answer.succeeded && answer.output.contains("Permission denied"), "{}", answer.output);

    let port = client.server.url();
    let port = port.trim_end_matches('/').rsplit_once(':').unwrap().1;
    for (user, command) in [("root", "-N"), (USER, "true")] {
        let login = format!("{user}@127.0.0.1");
        let mut ssh = client.command("ssh", &client.path("key"));
        ssh.args(["-p", port, &login, command]).stdin(Stdio::null());
        assert!(!ssh.output().unwrap().status.success(), "{user} {command}");
    }
}

#[test]
fn files_survive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::Directory(directory.path().join("sftp"));
    let Some(first) = client(&store) else { return };
    std::fs::write(first.path("a"), "a").unwrap();
    first.must("put a\n");
    drop(first);
    let second = client(&store).unwrap();
    second.must("get a b\n");
    assert_eq!(std::fs::read(second.path("b")).unwrap(), b"a");
}
