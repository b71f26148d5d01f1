//! Zips to assemble, made by the `zip` crate, and data to put into them.

use std::io::{Cursor, Seek, Write};

use bytes::Bytes;
use handlers::assembly::{Content, Folder};
use zip::write::FullFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// An entry to be made.
#[derive(Clone, Debug, Default)]
pub(super) struct Item {
    pub(super) name: String,
    pub(super) data: Vec<u8>,
    pub(super) stored: bool,
    pub(super) zip64: bool,
    pub(super) mode: Option<u32>,
    pub(super) comment: &'static str,
}

impl Item {
    pub(super) fn new(name: &str, data: impl Into<Vec<u8>>) -> Self {
        Self { name: name.to_owned(), data: data.into(), ..Self::default() }
    }

    pub(super) fn stored(name: &str, data: impl Into<Vec<u8>>) -> Self {
        Self { stored: true, ..Self::new(name, data) }
    }
}

/// When all entries were last changed.
pub(super) fn modified() -> DateTime {
    DateTime::from_date_and_time(2024, 2, 29, 12, 34, 56).unwrap()
}

/// A zip whose local headers hold the sizes.
pub(super) fn zip(items: &[Item]) -> Bytes {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    write(&mut writer, items);
    writer.finish().unwrap().into_inner().into()
}

/// A zip as a stream makes it: sizes stand behind the data, in descriptors.
pub(super) fn streamed(items: &[Item]) -> Bytes {
    let mut writer = ZipWriter::new_stream(Vec::new());
    write(&mut writer, items);
    writer.finish().unwrap().into_inner().into()
}

pub(super) fn write<W: Write + Seek>(writer: &mut ZipWriter<W>, items: &[Item]) {
    for item in items {
        let method =
            if item.stored { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        let mut options = FullFileOptions::default()
            .compression_method(method)
            .large_file(item.zip64)
            .last_modified_time(modified())
            .with_file_comment(item.comment);
        if let Some(mode) = item.mode {
            options = options.unix_permissions(mode);
        }
        if item.name.ends_with('/') {
            writer.add_directory(item.name.clone(), options).unwrap();
        } else {
            writer.start_file(item.name.clone(), options).unwrap();
            writer.write_all(&item.data).unwrap();
        }
    }
}

/// Bytes that no method makes smaller, and that are the same on every run. They recur after
/// 64 KiB, which is farther than deflate looks back.
pub(super) fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    let block: Vec<u8> = words.take(8 << 10).flatten().collect();
    let mut bytes = block.repeat(length.div_ceil(block.len()));
    bytes.truncate(length);
    bytes
}

/// Text that gets much smaller.
pub(super) fn text(length: usize) -> Vec<u8> {
    b"All that is gold does not glitter, not all those who wander are lost. "
        .iter()
        .copied()
        .cycle()
        .take(length)
        .collect()
}

/// The least there is to ask for.
pub(super) fn one_empty_folder() -> Content {
    let folder = Folder { name: "empty".to_owned(), entries: Vec::new(), folders: Vec::new() };
    Content { entries: Vec::new(), folders: vec![folder] }
}
