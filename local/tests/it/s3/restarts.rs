//! What is on the disk: after a restart, and after a kill in the midst of work.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use local::s3::{S3, SECRET_ACCESS_KEY, Store};
use tokio::sync::mpsc;

use super::scene::{BUCKET, Scene, VERSIONED, client, noise, spec};

/// Tells the process that is to be killed where its objects are.
const DIRECTORY: &str = "LYCHGATE_TEST_S3_DIRECTORY";

fn files(directory: &Path) -> usize {
    std::fs::read_dir(directory.join("files")).unwrap().count()
}

#[tokio::test]
async fn objects_and_uploads_survive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::Directory(directory.path().to_owned());
    let scene = Scene::with(&store);
    scene.put("k", "kept").await;
    let create = scene.client.create_multipart_upload().bucket(BUCKET).key("parts");
    let id = create.send().await.unwrap().upload_id.unwrap();
    let part = scene.client.upload_part().bucket(BUCKET).key("parts").upload_id(&id);
    let part = part.part_number(1).body(ByteStream::from(noise(100, 1))).send().await.unwrap();
    scene.s3.stop();

    let scene = Scene::with(&store);
    assert_eq!(scene.get("k").await, b"kept");
    let part = CompletedPart::builder().part_number(1).set_e_tag(part.e_tag).build();
    let parts = CompletedMultipartUpload::builder().parts(part).build();
    let complete = scene.client.complete_multipart_upload().bucket(BUCKET).key("parts");
    complete.upload_id(id).multipart_upload(parts).send().await.unwrap();
    assert_eq!(scene.get("parts").await, noise(100, 1));
}

#[tokio::test]
async fn what_nothing_refers_to_leaves_the_disk() {
    let directory = tempfile::tempdir().unwrap();
    let scene = Scene::with(&Store::Directory(directory.path().to_owned()));
    for n in 0..3 {
        scene.put("k", noise(100_000, n)).await;
    }
    assert_eq!(files(directory.path()), 1);
    let copy = scene.client.copy_object().bucket(BUCKET).key("copy");
    copy.copy_source(format!("{BUCKET}/k")).send().await.unwrap();
    assert_eq!(files(directory.path()), 1);
    scene.client.delete_object().bucket(BUCKET).key("k").send().await.unwrap();
    assert_eq!(files(directory.path()), 1);
    scene.client.delete_object().bucket(BUCKET).key("copy").send().await.unwrap();
    assert_eq!(files(directory.path()), 0);
    let refused = scene.client.put_object().bucket(BUCKET).key("k").checksum_crc32("AAAAAA==");
    refused.body(ByteStream::from(noise(10, 1))).send().await.unwrap_err();
    assert_eq!(files(directory.path()), 0);
}

#[tokio::test]
async fn a_folder_that_is_none_of_ours_is_refused_with_the_way_out() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("index.sqlite"), "not a database".repeat(100)).unwrap();
    let (listener, _events) = mpsc::unbounded_channel();
    let store = Store::Directory(directory.path().to_owned());
    let message = S3::start(&store, listener).unwrap_err().to_string();
    assert!(message.contains(&directory.path().display().to_string()), "{message}");
    assert!(message.contains("file is not a database"), "{message}");
    assert!(message.contains("--ephemeral"), "{message}");
}

#[tokio::test]
async fn a_client_that_sends_half_a_request_does_not_hold_the_stop() {
    use std::io::Write as _;
    let scene = Scene::new();
    let address = scene.s3.endpoint().replace("http://", "");
    let mut client = std::net::TcpStream::connect(address).unwrap();
    client
        .write_all(b"PUT /local-sources/k HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{")
        .unwrap();
    scene.s3.stop();
}

/// Not a test but the process that one kills: serves the folder it is told, and tells where.
#[test]
#[ignore = "the test of kills starts it"]
fn serves_until_it_is_killed() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let (listener, _events) = mpsc::unbounded_channel();
    let s3 = S3::start(&Store::Directory(directory.into()), listener).unwrap();
    s3.ensure(&[spec(BUCKET, false), spec(VERSIONED, true)]).unwrap();
    println!("\nendpoint {}", s3.endpoint());
    loop {
        std::thread::park();
    }
}

/// Starts the process above; answers it and its endpoint.
fn start(directory: &Path) -> (Child, String) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "s3::restarts::serves_until_it_is_killed", "--ignored", "--nocapture"])
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let endpoint = lines.find_map(|line| Some(line.unwrap().strip_prefix("endpoint ")?.to_owned()));
    (child, endpoint.unwrap())
}

/// The size in bytes of what is written while the process is killed.
const SIZE: usize = 2 << 20;

/// Replaces an object over and over; tells which writes were answered.
async fn write_until_it_ends(
    endpoint: String,
    key: &'static str,
    done: mpsc::UnboundedSender<u64>,
) {
    let client = client(&endpoint, SECRET_ACCESS_KEY);
    for round in 1.. {
        let put = client.put_object().bucket(BUCKET).key(key);
        if put.body(ByteStream::from(noise(SIZE, round))).send().await.is_err() {
            return;
        }
        done.send(round).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_leaves_the_old_object_or_the_new_one() {
    let directory = tempfile::tempdir().unwrap();
    for answered in [1, 2, 3, 5, 8] {
        let (mut child, endpoint) = start(directory.path());
        let (done, mut rounds) = mpsc::unbounded_channel();
        let (other_done, _other_rounds) = mpsc::unbounded_channel();
        let writing = tokio::spawn(write_until_it_ends(endpoint.clone(), "k", done));
        let other = tokio::spawn(write_until_it_ends(endpoint, "other", other_done));
        let mut newest = 0;
        while newest < answered {
            newest = rounds.recv().await.unwrap();
        }
        // The next write is under way by now.
        child.kill().unwrap();
        child.wait().unwrap();
        writing.await.unwrap();
        other.await.unwrap();
        while let Ok(round) = rounds.try_recv() {
            newest = round;
        }

        let scene = Scene::with(&Store::Directory(directory.path().to_owned()));
        let found = scene.get("k").await;
        let whole = [newest, newest + 1].iter().any(|round| found == noise(SIZE, *round));
        assert!(whole, "neither write {newest} nor the next");
        let listed = scene.client.list_objects_v2().bucket(BUCKET).send().await.unwrap();
        let present = listed.contents().len();
        assert_eq!(files(directory.path()), present, "files that nothing refers to");
    }
}
