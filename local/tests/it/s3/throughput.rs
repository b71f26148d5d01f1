//! How fast large objects move, beside a plain copy of a file of the same size in the same folder.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use local::s3::Store;

use super::scene::{BUCKET, Scene, noise};

const MIB: u64 = 1 << 20;

/// Bytes of the objects.
const SIZE: u64 = 1024 * MIB;

/// Bytes of a part.
const PART: u64 = 256 * MIB;

#[allow(clippy::print_stdout, reason = "it is what the measuring is for")]
fn say(what: &str, took: Duration, floor: Duration) {
    let rate = u128::from(SIZE / MIB) * 1_000 / took.as_millis().max(1);
    let ratio = took.as_secs_f64() / floor.as_secs_f64();
    println!("{what:<42} {:>6.2} s {rate:>6} MiB/s {ratio:>6.2} x", took.as_secs_f64());
}

fn write_source(path: &Path) {
    let mut file = std::fs::File::create(path).unwrap();
    let block = noise(16 << 20, 1);
    for _ in 0..SIZE / block.len() as u64 {
        file.write_all(&block).unwrap();
    }
    file.sync_all().unwrap();
}

async fn stream(path: &Path) -> ByteStream {
    ByteStream::read_from().path(path).buffer_size(1 << 20).build().await.unwrap()
}

/// Gets an object and counts its bytes.
async fn get(url: &str) -> u64 {
    let mut answer = reqwest::get(url).await.unwrap();
    let mut length = 0;
    while let Some(chunk) = answer.chunk().await.unwrap() {
        length += chunk.len() as u64;
    }
    length
}

async fn copy_in_parts(scene: &Scene) {
    let create = scene.client.create_multipart_upload().bucket(BUCKET).key("copy");
    let id = create.send().await.unwrap().upload_id.unwrap();
    let parts = (0..SIZE / PART).map(|n| {
        let copy = scene.client.upload_part_copy().bucket(BUCKET).key("copy").upload_id(&id);
        let range = format!("bytes={}-{}", n * PART, (n + 1) * PART - 1);
        let number = i32::try_from(n).unwrap() + 1;
        let copy = copy.part_number(number).copy_source(format!("{BUCKET}/k"));
        let copy = copy.copy_source_range(range);
        tokio::spawn(async move {
            let e_tag = copy.send().await.unwrap().copy_part_result.unwrap().e_tag;
            CompletedPart::builder().part_number(number).set_e_tag(e_tag).build()
        })
    });
    let parts: Vec<_> = parts.collect();
    let mut copied = Vec::new();
    for part in parts {
        copied.push(part.await.unwrap());
    }
    let parts = CompletedMultipartUpload::builder().set_parts(Some(copied)).build();
    let complete = scene.client.complete_multipart_upload().bucket(BUCKET).key("copy");
    complete.upload_id(id).multipart_upload(parts).send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "moves gigabytes; prints what it measures"]
async fn a_gibibyte_beside_a_plain_copy() {
    let directory = tempfile::tempdir().unwrap();
    let scene = Scene::with(&Store::Directory(directory.path().join("s3")));
    let source = directory.path().join("source");
    write_source(&source);
    let started = Instant::now();
    std::fs::copy(&source, directory.path().join("plain")).unwrap();
    let floor = started.elapsed();
    say("plain copy of the file", floor, floor);
    std::fs::remove_file(directory.path().join("plain")).unwrap();

    let expiry = PresigningConfig::expires_in(Duration::from_secs(600)).unwrap();
    let put = || scene.client.put_object().bucket(BUCKET).key("k");
    let presigned = put().presigned(expiry.clone()).await.unwrap();
    let body = stream(&source).await.into_inner();
    let started = Instant::now();
    let put_plainly = reqwest::Client::new().put(presigned.uri()).header("content-length", SIZE);
    let answer = put_plainly.body(reqwest::Body::wrap(body)).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    say("PUT, presigned", started.elapsed(), floor);

    let body = stream(&source).await;
    let started = Instant::now();
    put().body(body).send().await.unwrap();
    say("PUT, SDK with CRC32", started.elapsed(), floor);

    let get_object = scene.client.get_object().bucket(BUCKET).key("k");
    let presigned = get_object.presigned(expiry).await.unwrap();
    let started = Instant::now();
    assert_eq!(get(presigned.uri()).await, SIZE);
    say("GET, presigned", started.elapsed(), floor);

    let started = Instant::now();
    copy_in_parts(&scene).await;
    say("UploadPartCopy, 4 parts at once", started.elapsed(), floor);

    let started = Instant::now();
    let copy = scene.client.copy_object().bucket(BUCKET).key("whole");
    copy.copy_source(format!("{BUCKET}/k")).send().await.unwrap();
    say("CopyObject", started.elapsed(), floor);
}

#[tokio::test]
#[ignore = "a thousand requests; prints what it measures"]
async fn a_thousand_small_objects() {
    let scene = Scene::new();
    let started = Instant::now();
    for n in 0..1_000 {
        scene.put(&format!("small/{n:04}"), "x").await;
    }
    println!("1,000 small PUT, one after the other {:.2} s", started.elapsed().as_secs_f64());
    let started = Instant::now();
    for _ in 0..20 {
        let listed = scene.client.list_objects_v2().bucket(BUCKET).send().await.unwrap();
        assert_eq!(listed.key_count(), Some(1_000));
    }
    println!("20 lists of 1,000 keys               {:.2} s", started.elapsed().as_secs_f64());
    let started = Instant::now();
    for n in 0..1_000 {
        let get = scene.client.get_object().bucket(BUCKET).key(format!("small/{n:04}"));
        get.range("bytes=0-0").send().await.unwrap();
    }
    println!("1,000 small ranges                   {:.2} s", started.elapsed().as_secs_f64());
}

/// The highest resident set of this process so far, in MiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "moves gigabytes; prints what it measures"]
#[allow(clippy::print_stdout, reason = "it is what the measuring is for")]
async fn five_gibibytes_of_zeros_take_no_room() {
    use std::os::unix::fs::MetadataExt as _;
    let directory = tempfile::tempdir().unwrap();
    let scene = Scene::with(&Store::Directory(directory.path().to_owned()));
    let source = tempfile::NamedTempFile::new().unwrap();
    source.as_file().set_len(5 * 1024 * MIB).unwrap();
    let expiry = PresigningConfig::expires_in(Duration::from_secs(600)).unwrap();
    let put = scene.client.put_object().bucket(BUCKET).key("k").presigned(expiry.clone());
    let body = reqwest::Body::wrap(stream(source.path()).await.into_inner());
    let put = reqwest::Client::new().put(put.await.unwrap().uri());
    let answer = put.header("content-length", 5 * 1024 * MIB).body(body).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let get_object = scene.client.get_object().bucket(BUCKET).key("k").presigned(expiry);
    assert_eq!(get(get_object.await.unwrap().uri()).await, 5 * 1024 * MIB);
    let files = std::fs::read_dir(directory.path().join("files")).unwrap();
    let blocks: u64 = files.map(|file| file.unwrap().metadata().unwrap().blocks()).sum();
    println!("5 GiB of zeros: {} KiB on the disk, peak {} MiB", blocks / 2, peak());
    // Zeros that arrive in small pieces are written as they are; how many do, the network decides.
    assert!(blocks / 2 < 5 * 1024 * 1024 / 100, "{} KiB", blocks / 2);
}
