//! Beyond 4 GiB: sizes and offsets of 64 bits, with zeros that take no room.

use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use client::models;
use serde_json::json;

use super::{reader, request};
use crate::service::{Service, zip};

/// Zeros are put in once and copied by the store.
const PIECE: usize = 64 << 20;
const PIECES: u64 = 80;
const FIVE_GIB: u64 = PIECES * PIECE as u64;
const KEY: &str = "in/sparse.zip";

/// What stands before and behind 5 GiB of zeros in a zip that has nothing else, stored as `z`. Made
/// by hand: a library would take the zeros one by one.
fn frame() -> (Vec<u8>, Vec<u8>) {
    let mut piece = crc32fast::Hasher::new();
    piece.update(&vec![0; PIECE]);
    let mut zeros = crc32fast::Hasher::new();
    (0..PIECES).for_each(|_| zeros.combine(&piece));
    let crc32 = zeros.finalize().to_le_bytes();
    let sizes = [FIVE_GIB.to_le_bytes(), FIVE_GIB.to_le_bytes()].concat();

    let mut before = b"PK\x03\x04\x2d\0\0\0\0\0\0\0\x21\0".to_vec();
    before.extend(crc32);
    before.extend([0xff; 8]);
    before.extend(b"\x01\0\x14\0z\x01\0\x10\0");
    before.extend(&sizes);

    let mut behind = b"PK\x01\x02\x2d\x03\x2d\0\0\0\0\0\0\0\x21\0".to_vec();
    behind.extend(crc32);
    behind.extend([0xff; 8]);
    behind.extend(b"\x01\0\x14\0\0\0\0\0\0\0\0\0\xa4\x81\0\0\0\0z\x01\0\x10\0");
    behind.extend(&sizes);
    let (size, directory) = (behind.len() as u64, before.len() as u64 + FIVE_GIB);
    behind.extend(b"PK\x06\x06\x2c\0\0\0\0\0\0\0\x2d\x03\x2d\0\0\0\0\0\0\0\0\0");
    behind.extend([1, 1, size, directory].map(u64::to_le_bytes).concat());
    behind.extend(b"PK\x06\x07\0\0\0\0");
    behind.extend((directory + size).to_le_bytes());
    behind.extend(b"\x01\0\0\0PK\x05\x06\0\0\0\0\x01\0\x01\0");
    behind.extend((size as u32).to_le_bytes());
    behind.extend(b"\xff\xff\xff\xff\0\0");
    (before, behind)
}

/// Puts that zip among the sources.
async fn put_sparse(service: &Service) {
    let (mut before, behind) = frame();
    service.put("local-sources", "zeros", vec![0; PIECE]).await;
    before.resize(before.len() + PIECE, 0);
    let create = service.s3.create_multipart_upload().bucket("local-sources").key(KEY);
    let id = create.send().await.unwrap().upload_id.unwrap();
    let mut parts = CompletedMultipartUpload::builder();
    for (number, body) in [(1, Some(before))]
        .into_iter()
        .chain((2..=80).map(|number| (number, None)))
        .chain([(81, Some(behind))])
    {
        let etag = match body {
            Some(body) => {
                let part = service.s3.upload_part().bucket("local-sources").key(KEY);
                let part = part.upload_id(&id).part_number(number).body(body.into());
                part.send().await.unwrap().e_tag
            }
            None => {
                let copy = service.s3.upload_part_copy().bucket("local-sources").key(KEY);
                let copy = copy.upload_id(&id).part_number(number);
                let copied = copy.copy_source("local-sources/zeros").send().await.unwrap();
                copied.copy_part_result.unwrap().e_tag
            }
        };
        parts = parts.parts(CompletedPart::builder().part_number(number).set_e_tag(etag).build());
    }
    let complete = service.s3.complete_multipart_upload().bucket("local-sources").key(KEY);
    complete.upload_id(&id).multipart_upload(parts.build()).send().await.unwrap();
}

/// Writes an object to a file, zeros as holes.
async fn download(service: &Service, key: &str, path: &Path) {
    let zeros = vec![0; 1 << 20];
    let mut file = std::fs::File::create(path).unwrap();
    let get = service.s3.get_object().bucket("local-archives").key(key);
    let mut body = get.send().await.unwrap().body;
    while let Some(chunk) = body.try_next().await.unwrap() {
        for piece in chunk.chunks(zeros.len()) {
            if piece == &zeros[..piece.len()] {
                file.seek(SeekFrom::Current(piece.len() as i64)).unwrap();
            } else {
                file.write_all(piece).unwrap();
            }
        }
    }
    let size = file.stream_position().unwrap();
    file.set_len(size).unwrap();
}

/// Run by `.ci/run`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the standard tools read 5 GiB each"]
async fn five_gib_become_an_archive_that_every_tool_reads() {
    let service = Service::start().await;
    put_sparse(&service).await;
    service.put("local-sources", "in/small.zip", zip(&[("small.txt", b"small")])).await;
    let folder = |name: &str| json!({"name": name, "entries": [{"system": name, "match": "**", "keepFolders": true}]});
    let content = json!({"folders": [folder("crm"), folder("erp")]});
    let sources = [("crm", KEY), ("erp", "in/small.zip")];
    let job = service.archive(request(&sources, content)).await;
    assert_eq!(job.status, models::JobStatus::Succeeded, "{job:?}");
    assert!(job.size.unwrap() > FIVE_GIB.cast_signed(), "{job:?}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("final.zip");
    download(&service, "out/final.zip", &path).await;
    assert_eq!(std::fs::metadata(&path).unwrap().len(), job.size.unwrap().cast_unsigned());
    reader::tools_read(&path);
    service.stop().await;
}
