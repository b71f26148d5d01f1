//! The storage below the protocol: what time and accidents do to it.

use std::path::Path;
use std::sync::Arc;

use super::*;

const DAY: i64 = 24 * 60 * 60 * 1000;

fn put(storage: &Arc<Storage>, key: &str, bytes: &[u8], versioning: bool) -> Published {
    let mut file = storage.create_file().unwrap();
    file.write(bytes).unwrap();
    let (file, length, _pins) = file.finish().unwrap();
    let new = NewVersion {
        bucket: "b",
        key,
        headers: &Headers::default(),
        tags: &Tags::new(),
        etag: "e",
        checksum: None,
        segments: &[Segment { file, start: 0, length }],
    };
    storage.publish(&new, versioning, &WriteCondition::None).unwrap()
}

fn keys(storage: &Storage) -> Vec<String> {
    let listing = Listing { bucket: "b", prefix: "", delimiter: None, after: None, most: 1_000 };
    storage.list(&listing).unwrap().entries.into_iter().map(|entry| entry.key).collect()
}

fn versions(storage: &Storage) -> usize {
    let listing = Listing { bucket: "b", prefix: "", delimiter: None, after: None, most: 1_000 };
    storage.list_versions(&listing).unwrap().entries.len()
}

fn files(directory: &Path) -> Vec<std::path::PathBuf> {
    let files = std::fs::read_dir(directory.join("files")).unwrap();
    files.map(|entry| entry.unwrap().path()).collect()
}

fn begin(storage: &Storage) -> String {
    let new = NewUpload {
        bucket: "b",
        key: "k",
        headers: &Headers::default(),
        tags: &Tags::new(),
        algorithm: None,
        full_object: false,
    };
    storage.begin_upload(&new).unwrap()
}

#[test]
fn what_was_never_published_is_gone_after_the_next_start() {
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::open(directory.path()).unwrap();
    put(&storage, "k", b"kept", false);
    let mut file = storage.create_file().unwrap();
    file.write(b"half").unwrap();
    // As in a killed process nothing is tidied up.
    std::mem::forget(file);
    std::mem::forget(Arc::clone(&storage));
    assert_eq!(files(directory.path()).len(), 2);

    let storage = Storage::open(directory.path()).unwrap();
    assert_eq!(files(directory.path()).len(), 1);
    assert_eq!(keys(&storage), ["k"]);
    // Numbers are not given twice.
    put(&storage, "l", b"new", false);
    assert_eq!(files(directory.path()).len(), 2);
}

#[test]
fn an_object_that_lost_bytes_is_dropped_and_the_one_before_it_is_back() {
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::open(directory.path()).unwrap();
    put(&storage, "k", b"old", true);
    put(&storage, "other", b"other", true);
    let before = files(directory.path());
    put(&storage, "k", b"new and longer", true);
    let newest = files(directory.path()).into_iter().find(|file| !before.contains(file)).unwrap();
    std::fs::File::options().write(true).open(newest).unwrap().set_len(3).unwrap();
    drop(storage);

    let storage = Storage::open(directory.path()).unwrap();
    assert_eq!(keys(&storage), ["k", "other"]);
    assert_eq!(storage.version("b", "k", None).unwrap().size, 3);
    assert_eq!(files(directory.path()).len(), 2);
}

#[test]
fn a_file_that_is_read_goes_when_the_reader_does() {
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::open(directory.path()).unwrap();
    put(&storage, "k", b"bytes", false);
    let (_, content) = storage
        .open_version("b", "k", None, |found| Ok::<_, Fault>(0..found.version.size))
        .unwrap();
    storage.delete("b", "k", None, false, &WriteCondition::None).unwrap();
    assert_eq!(files(directory.path()).len(), 1);
    drop(content);
    assert!(files(directory.path()).is_empty());
}

#[test]
fn objects_go_by_age_where_a_rule_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::open(directory.path()).unwrap();
    put(&storage, "tmp/a", b"x", false);
    put(&storage, "kept/b", b"x", false);
    let lifetimes = Lifetimes { objects: vec![("tmp/".to_owned(), 30)], uploads: 7 };
    let expire = |days: i64| storage.expire("b", false, &lifetimes, now() + days * DAY).unwrap();
    assert_eq!(expire(29), 0);
    assert_eq!(expire(31), 1);
    assert_eq!(keys(&storage), ["kept/b"]);
    assert_eq!(files(directory.path()).len(), 1);
}

#[test]
fn replaced_versions_and_lone_markers_go_after_a_day() {
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::open(directory.path()).unwrap();
    put(&storage, "k", b"1", true);
    put(&storage, "k", b"2", true);
    put(&storage, "gone", b"1", true);
    storage.delete("b", "gone", None, true, &WriteCondition::None).unwrap();
    assert_eq!(versions(&storage), 4);
    let lifetimes = Lifetimes { objects: Vec::new(), uploads: 7 };
    assert_eq!(storage.expire("b", true, &lifetimes, now()).unwrap(), 0);
    assert_eq!(storage.expire("b", true, &lifetimes, now() + 2 * DAY).unwrap(), 3);
    assert_eq!(keys(&storage), ["k"]);
    assert_eq!(versions(&storage), 1);
    assert_eq!(files(directory.path()).len(), 1);
}

#[test]
fn uploads_nobody_ended_go_with_their_parts() {
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::open(directory.path()).unwrap();
    let id = begin(&storage);
    let upload = storage.upload("b", "k", &id).unwrap();
    let mut file = storage.create_file().unwrap();
    file.write(b"part").unwrap();
    let (file, length, pins) = file.finish().unwrap();
    let segments = &[Segment { file, start: 0, length }];
    let part = NewPart { number: 1, md5: [0; 16], checksum: None, segments };
    storage.put_part(&upload, "b", &part).unwrap();
    drop(pins);
    let lifetimes = Lifetimes { objects: Vec::new(), uploads: 7 };
    assert_eq!(storage.expire("b", true, &lifetimes, now() + 6 * DAY).unwrap(), 0);
    assert_eq!(storage.expire("b", true, &lifetimes, now() + 8 * DAY).unwrap(), 1);
    assert!(files(directory.path()).is_empty());
    assert!(matches!(storage.upload("b", "k", &id), Err(Fault::NoSuchUpload)));
}

#[test]
fn where_versioning_was_switched_off_the_versions_stay_below_a_marker() {
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::open(directory.path()).unwrap();
    let first = put(&storage, "k", b"1", true).id.unwrap();
    put(&storage, "k", b"22", false);
    assert_eq!(storage.version("b", "k", None).unwrap().size, 2);
    put(&storage, "k", b"333", false);
    assert_eq!(versions(&storage), 2);
    let (deleted, _) = storage.delete("b", "k", None, false, &WriteCondition::None).unwrap();
    assert_eq!(deleted, Deleted::Marker { id: NULL_VERSION.to_owned() });
    assert!(matches!(storage.version("b", "k", None), Err(Fault::NoSuchKey { .. })));
    assert_eq!(storage.version("b", "k", Some(&first)).unwrap().size, 1);
}

#[test]
fn long_runs_of_zeros_are_holes() {
    use std::os::unix::fs::MetadataExt as _;
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::open(directory.path()).unwrap();
    let mut file = storage.create_file().unwrap();
    for _ in 0..64 {
        file.write(&vec![0; 1 << 20]).unwrap();
    }
    file.write(b"end").unwrap();
    file.write(&vec![0; 1 << 20]).unwrap();
    let (_, length, _pins) = file.finish().unwrap();
    let metadata = files(directory.path())[0].metadata().unwrap();
    assert_eq!((length, metadata.len()), ((65 << 20) + 3, (65 << 20) + 3));
    assert!(metadata.blocks() < 64, "{} blocks", metadata.blocks());
}

#[test]
fn another_format_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    drop(Storage::open(directory.path()).unwrap());
    let index = Connection::open(directory.path().join("index.sqlite")).unwrap();
    index.pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(Storage::open(directory.path()), Err(Fault::Format(99))));
}
