//! Beyond 4 GiB: sizes and offsets of 64 bits, with data that take no memory.

use std::io::{Seek as _, SeekFrom, Write};

use bytes::Bytes;
use handlers::assembly::{Budget, Content, Plan, Source, build, survey};
use handlers::objects::{Body, InMemory, ObjectAddress};

use super::input::{Item, text, zip};
use super::layout::in_folders;
use super::{Progress, destination, place, reader};

const FIVE_GIB: u64 = 5 << 30;

/// A zip with 5 GiB of zeros and a small entry before and behind them, made by hand: making it
/// by a library takes its CRC-32 byte by byte.
fn sparse() -> Body {
    let mut zeros = Body::default();
    zeros.push_zeros(FIVE_GIB);
    let (size, crc32) = (FIVE_GIB.to_le_bytes(), zeros.crc32().to_le_bytes());
    let small = zip(&[Item::stored("a", "before")]);
    // The local header of "a" and its data, and its header in the directory.
    let (local, central) = (small.slice(..37), small.slice(37..37 + 47));
    let mut body = Body::from(local.clone());
    let mut header = b"PK\x03\x04\x2d\x00\x00\x00\x00\x00\x00\x00\x21\x00".to_vec();
    header.extend(crc32);
    header.extend([0xff; 8]);
    header.extend(b"\x01\x00\x14\x00z\x01\x00\x10\x00");
    header.extend([size, size].concat());
    body.push(header.into());
    body.append(zeros);
    let third = body.size();
    let mut local = local.to_vec();
    local[30] = b'b';
    body.push(local.into());
    let directory = body.size();
    body.push(central.clone());
    let mut header = b"PK\x01\x02\x2d\x03\x2d\x00\x00\x00\x00\x00\x00\x00\x21\x00".to_vec();
    header.extend(crc32);
    header.extend([0xff; 8]);
    header.extend(b"\x01\x00\x14\x00\x00\x00\x00\x00\x00\x00\x00\x00\xa4\x81\x25\x00\x00\x00z");
    header.extend(b"\x01\x00\x10\x00");
    header.extend([size, size].concat());
    body.push(header.into());
    let mut header = central.to_vec();
    (header[30], header[46]) = (12, b'b');
    header[42..46].fill(0xff);
    header.extend(b"\x01\x00\x08\x00");
    header.extend(third.to_le_bytes());
    body.push(header.into());
    let size = body.size() - directory;
    let end = body.size();
    let mut records = b"PK\x06\x06\x2c\0\0\0\0\0\0\0\x2d\x03\x2d\0\0\0\0\0\0\0\0\0".to_vec();
    records.extend([3_u64, 3, size, directory].map(u64::to_le_bytes).concat());
    records.extend(b"PK\x06\x07\0\0\0\0");
    records.extend(end.to_le_bytes());
    records.extend(b"\x01\0\0\0PK\x05\x06\0\0\0\0\x03\0\x03\0");
    records.extend((size as u32).to_le_bytes());
    records.extend(b"\xff\xff\xff\xff\0\0");
    body.push(records.into());
    body
}

async fn assemble(verify: bool) -> (InMemory, u64) {
    let store = InMemory::default();
    let address = ObjectAddress::new("sources", "sparse.zip");
    let version = store.place(&address, sparse());
    let mut sources = place(&store, &[("b", zip(&[Item::new("x", text(100_000))]))]).await;
    sources.insert(0, Source { system: "a".to_owned(), version });
    let directories = survey(&store, sources).await.unwrap();
    let plan = Plan::new(&in_folders(&["a", "b"]), directories, verify).unwrap();
    let progress = Progress::default();
    let report = build(&store, &plan, &destination(), Budget::default(), &progress).await.unwrap();
    assert_eq!(progress.last(), plan.size());
    (store, report.copied)
}

#[tokio::test]
async fn five_gib_are_copied_by_the_store() {
    let (store, copied) = assemble(false).await;
    assert!(copied > FIVE_GIB - (16 << 20), "{copied}");
    let result = store.body(&destination()).unwrap();
    // Read by the reader under test, whose reading of zip64 others' zips prove.
    let version = handlers::assembly::pin(&store, &[destination()]).await.unwrap().remove(0);
    let source = Source { system: "c".to_owned(), version };
    let directory = survey(&store, vec![source]).await.unwrap().remove(0);
    let entries: Vec<_> =
        directory.entries.iter().map(|entry| (&*entry.name, entry.size)).collect();
    assert_eq!(entries, [("a/a", 6), ("a/z", FIVE_GIB), ("a/b", 6), ("b/x", 100_000)]);
    assert!(result.resident() < 32 << 20, "{}", result.resident());
}

#[tokio::test]
#[ignore = "the standard tools read 5 GiB each"]
async fn five_gib_read_back_in_every_tool() {
    for verify in [false, true] {
        let (store, _) = assemble(verify).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("result.zip");
        write_sparse(&store.body(&destination()).unwrap(), &path);
        reader::tools_read(&path);
    }
}

/// Writes zeros as holes.
fn write_sparse(body: &Body, path: &std::path::Path) {
    let mut file = std::fs::File::create(path).unwrap();
    for chunk in body.clone().chunks() {
        if chunk.iter().all(|byte| *byte == 0) {
            file.seek(SeekFrom::Current(chunk.len() as i64)).unwrap();
        } else {
            file.write_all(&chunk).unwrap();
        }
    }
    file.set_len(body.size()).unwrap();
}

#[tokio::test]
async fn more_entries_than_16_bits_count_need_zip64() {
    let items: Vec<_> = (0..70_000).map(|n| Item::stored(&n.to_string(), "")).collect();
    let content: Content = in_folders(&["a"]);
    let (result, report) = super::assemble(&[("a", zip(&items))], &content, false).await;
    assert_eq!(report.entries, 70_000);
    assert_eq!(rawzip::ZipArchive::from_slice(&result).unwrap().entries().count(), 70_000);
    reader::tools_agree(&result);
    let _: Bytes = result.into();
}
