//! What is taken for a zip, and what is refused: libraries' zips with single bytes changed.

use bytes::Bytes;
use handlers::assembly::{Defect, Directory, EntryDefect, LARGEST_DIRECTORY, SurveyError, survey};
use handlers::objects::{Body, InMemory, ObjectAddress, ObjectStore as _};
use proptest::prelude::*;

use super::input::{Item, noise, streamed, text, zip};
use super::place;

async fn read(zip: impl Into<Body>) -> Result<Directory, String> {
    let store = InMemory::default();
    let address = ObjectAddress::new("sources", "in/0.zip");
    let version = store.place(&address, zip);
    assert_eq!(store.head(&address).await.unwrap(), version);
    let source = handlers::assembly::Source { system: "a".to_owned(), version };
    match survey(&store, vec![source]).await {
        Ok(mut directories) => Ok(directories.remove(0)),
        Err(SurveyError::Faults(faults)) => {
            assert_eq!(faults[0].pointer, "/sources/0");
            Err(faults[0].detail.clone())
        }
        Err(other) => panic!("{other:?}"),
    }
}

fn two() -> Vec<u8> {
    zip(&[Item::stored("first", "data"), Item::stored("second", "more data")]).to_vec()
}

/// Where a record with this signature is, counted from the end.
fn last(zip: &[u8], signature: [u8; 4]) -> usize {
    zip.windows(4).rposition(|window| window == signature).unwrap()
}

const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const END: [u8; 4] = *b"PK\x05\x06";

async fn refused(change: impl FnOnce(&mut Vec<u8>), why: &str) {
    let mut zip = two();
    change(&mut zip);
    let error = read(zip).await.unwrap_err();
    assert!(error.starts_with("s3://sources/in/0.zip ") && error.contains(why), "{error}");
}

#[tokio::test]
async fn entries_are_those_another_reader_finds() {
    let items = [
        Item { zip64: true, ..Item::new("ü/a", text(1000)) },
        Item::stored("b", noise(200_000, 1)),
        Item::new("c/", ""),
    ];
    for zip in [zip(&items), streamed(&items)] {
        let directory = read(zip.clone()).await.unwrap();
        let archive = rawzip::ZipArchive::from_slice(&zip).unwrap();
        let mut entries = archive.entries();
        for entry in &directory.entries {
            let other = entries.next_entry().unwrap().unwrap();
            assert_eq!(entry.name.as_bytes(), other.file_path().as_ref());
            assert_eq!(entry.size, other.uncompressed_size_hint());
            assert_eq!(entry.compressed, other.compressed_size_hint());
            assert_eq!(entry.crc32, other.crc32());
        }
        assert!(entries.next_entry().unwrap().is_none());
    }
}

#[tokio::test]
async fn an_empty_zip_and_comments_are_read() {
    assert!(read(zip(&[])).await.unwrap().entries.is_empty());
    for length in [1, 5, 65_535] {
        let mut zip = two();
        let end = zip.len();
        zip[end - 2..].copy_from_slice(&(length as u16).to_le_bytes());
        // A comment may look like an end.
        zip.extend(END.into_iter().cycle().take(length));
        assert_eq!(read(zip).await.unwrap().entries.len(), 2);
    }
}

#[tokio::test]
async fn a_directory_beyond_the_last_kilobytes_is_read() {
    let items: Vec<_> = (0..5000).map(|n| Item::new(&format!("{n:0>60}"), "")).collect();
    assert_eq!(read(zip(&items)).await.unwrap().entries.len(), 5000);
}

#[tokio::test]
async fn what_is_no_zip_is_told_from_what_was_cut() {
    for bytes in [Bytes::new(), "PK".into(), "%PDF-1.7".into(), noise(300_000, 1).into()] {
        assert!(read(bytes).await.unwrap_err().contains("is not a zip"));
    }
    let zip = zip(&[Item::stored("a", noise(300_000, 1))]);
    for length in [zip.len() - 1, zip.len() / 2, 30, 4] {
        let error = read(zip.slice(..length)).await.unwrap_err();
        assert!(error.contains("truncated"), "{length}: {error}");
    }
}

#[tokio::test]
async fn encrypted_patched_and_future_entries_are_refused() {
    for (offset, bit, why) in [
        (8, 1, "\"second\" that is encrypted"),
        (8, 1 << 6, "is encrypted"),
        (8, 1 << 5, "is a patch"),
        (6, 64, "needs version"),
    ] {
        refused(
            |zip| {
                let at = last(zip, CENTRAL);
                zip[at + offset] |= bit;
            },
            why,
        )
        .await;
    }
}

#[tokio::test]
async fn split_zips_are_refused() {
    for offset in [4, 6, 8] {
        refused(
            |zip| {
                let at = last(zip, END);
                zip[at + offset] ^= 1;
            },
            "split",
        )
        .await;
    }
}

#[tokio::test]
async fn numbers_that_contradict_each_other_are_refused() {
    for (offset, value, why) in [
        (8, 3, "3 entries in a directory of 103 bytes"),
        (8, 1, "more than its entries"),
        (12, 0, "2 entries in a directory of 0 bytes"),
        (16, 255, "not where it says"),
    ] {
        refused(
            |zip| {
                let at = last(zip, END);
                zip[at + offset] = value;
                if offset == 8 {
                    zip[at + 10] = value;
                }
            },
            why,
        )
        .await;
    }
    let garbled = |zip: &mut Vec<u8>| {
        let at = last(zip, CENTRAL);
        zip[at] = 0;
    };
    refused(garbled, "of 2 entries, number 2 cannot be read").await;
}

#[tokio::test]
async fn sizes_that_cannot_be_are_refused() {
    refused(
        |zip| {
            let at = last(zip, CENTRAL);
            zip[at + 24] += 1;
        },
        "cannot be 10 bytes",
    )
    .await;
    // A megabyte of deflate in ten bytes.
    refused(
        |zip| {
            let at = last(zip, CENTRAL);
            (zip[at + 10], zip[at + 26]) = (8, 16);
        },
        "by method 8",
    )
    .await;
}

#[tokio::test]
async fn entries_that_overlap_are_refused() {
    let shift = |zip: &mut Vec<u8>, by: u8| {
        let at = last(zip, CENTRAL);
        zip[at + 42] = zip[at + 42].wrapping_sub(by);
    };
    refused(|zip| shift(zip, 1), "\"first\" that overlaps with \"second\"").await;
    refused(
        |zip| {
            let at = last(zip, CENTRAL);
            zip[at + 42] = 0;
        },
        "overlaps",
    )
    .await;
    refused(|zip| shift(zip, 0_u8.wrapping_sub(1)), "beyond the data").await;
}

#[tokio::test]
async fn a_directory_that_takes_too_much_memory_is_refused() {
    let mut body = Body::from(zip(&[Item::new("a", "b")]).slice(..30));
    let size = LARGEST_DIRECTORY as u32 + 1;
    body.push_zeros(size.into());
    let mut end = END.to_vec();
    end.extend([0; 8]);
    end.extend(size.to_le_bytes());
    end.extend(30_u32.to_le_bytes());
    end.extend([0; 2]);
    body.push(end.into());
    assert!(read(body).await.unwrap_err().contains("has a directory of 16777217 bytes"));
}

#[test]
fn defects_say_what_is_wrong() {
    let defect = EntryDefect::Version(91);
    let defect = Defect::Entry { entry: "a\nb".to_owned(), defect };
    let text = defect.to_string();
    assert_eq!(
        text,
        r#"has an entry "a\nb" that needs version 9.1 of the format, which is unknown"#
    );
}

proptest! {
    /// Whatever was done to a zip, it is read or refused.
    #[test]
    fn damage_never_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
        zip64 in any::<bool>(),
    ) {
        let items = [Item { zip64, ..Item::new("a/b", text(300)) }, Item::new("c", "")];
        let mut zip = if zip64 { streamed(&items) } else { zip(&items) }.to_vec();
        for (index, byte) in changes {
            *index.get_mut(&mut zip) = byte;
        }
        let length = zip.len() - cut.index(zip.len()) / 8;
        zip.truncate(length);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _ = runtime.block_on(async {
            let store = InMemory::default();
            let sources = place(&store, &[("a", zip.into())]).await;
            survey(&store, sources).await
        });
    }
}
