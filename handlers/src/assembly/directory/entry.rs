//! An entry of a directory.

use super::super::record::{
    CENTRAL, DEFLATED, ENCRYPTED, Fields, LOCAL_LENGTH, PATCHED, STORED, VERSION_NEWEST,
};
use super::super::{extra, name};
use super::EntryDefect;

/// Deflate makes at most 1,032 bytes of one: 258 of each two bits.
/// <https://www.zlib.net/zlib_tech.html>
const DEFLATE_RATIO: u64 = 1032;
/// The field of WinZip's encryption.
const AES: u16 = 0x9901;

/// An entry, as the directory has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, folders ahead of it; a folder's ends with a slash.
    pub name: Box<str>,
    /// The name as bytes, where they are not the name in UTF-8.
    pub(crate) raw_name: Option<Box<[u8]>>,
    pub(crate) made_by: u16,
    pub(crate) needed: u16,
    pub(crate) flags: u16,
    /// How it is compressed (APPNOTE 4.4.5).
    pub method: u16,
    pub(crate) time: u16,
    pub(crate) date: u16,
    /// The CRC-32 of what it unpacks to.
    pub crc32: u32,
    /// In bytes, compressed.
    pub compressed: u64,
    /// In bytes, unpacked.
    pub size: u64,
    pub(crate) internal: u16,
    pub(crate) external: u32,
    pub(crate) extra: Box<[u8]>,
    pub(crate) comment: Box<str>,
    /// Where its own header begins in the object.
    pub(crate) header: u64,
    /// Where its bytes end at the latest.
    pub(crate) limit: u64,
}

impl Entry {
    /// Reads the next entry; `None` if these bytes are none.
    pub(super) fn parse(fields: &mut Fields<'_>, prefix: u64) -> Option<Self> {
        if !fields.is(CENTRAL) {
            return None;
        }
        let (made_by, needed, flags, method) =
            (fields.u16()?, fields.u16()?, fields.u16()?, fields.u16()?);
        let (time, date, crc32) = (fields.u16()?, fields.u16()?, fields.u32()?);
        let (mut compressed, mut size) = (fields.u32()?.into(), fields.u32()?.into());
        let lengths = [fields.u16()?, fields.u16()?, fields.u16()?];
        let (disk, internal, external) = (fields.u16()?, fields.u16()?, fields.u32()?);
        let mut header = fields.u32()?.into();
        let [raw_name, raw_extra, comment] = lengths.map(|length| fields.take(length.into()));
        let (raw_name, raw_extra, comment) = (raw_name?, raw_extra?, comment?);
        extra::resolve_zip64(raw_extra, &mut [&mut size, &mut compressed, &mut header])?;
        if !matches!(disk, 0 | u16::MAX) {
            return None;
        }
        let name = name::decode(raw_name, flags, raw_extra)?;
        let differs = name.as_bytes() != raw_name;
        let aes = extra::fields(raw_extra).any(|(id, _)| id == AES);
        Some(Self {
            name: name.into(),
            raw_name: differs.then(|| raw_name.into()),
            made_by,
            needed,
            flags: if aes { flags | 1 } else { flags },
            method,
            time,
            date,
            crc32,
            compressed,
            size,
            internal,
            external,
            extra: extra::kept(raw_extra),
            comment: name::text(comment).into(),
            header: header.checked_add(prefix)?,
            limit: 0,
        })
    }

    /// Whether it is a folder.
    pub fn is_folder(&self) -> bool {
        self.name.ends_with('/')
    }

    /// The name as the zip has it.
    pub(crate) fn raw_name(&self) -> &[u8] {
        self.raw_name.as_deref().unwrap_or(self.name.as_bytes())
    }

    /// Where its bytes end at the earliest: behind a header without extra fields.
    pub(super) fn least_end(&self) -> Option<u64> {
        let header = self.header.checked_add((LOCAL_LENGTH + self.raw_name().len()) as u64)?;
        header.checked_add(self.compressed)
    }

    /// That it can be copied, and may be what it says.
    pub(super) fn check(&self) -> Result<(), EntryDefect> {
        let (size, compressed, method) = (self.size, self.compressed, self.method);
        let possible = match method {
            STORED => size == compressed,
            DEFLATED => size <= compressed.saturating_mul(DEFLATE_RATIO),
            _ => size == 0 || compressed > 0,
        };
        // The upper byte is the system's, of no use here.
        let version = self.needed & 0xff;
        if self.flags & ENCRYPTED != 0 {
            Err(EntryDefect::Encrypted)
        } else if self.flags & PATCHED != 0 {
            Err(EntryDefect::Patch)
        } else if version > VERSION_NEWEST {
            Err(EntryDefect::Version(version))
        } else if self.comment.len() > u16::MAX.into() {
            Err(EntryDefect::Comment)
        } else if !possible || (self.is_folder() && size > 0) {
            Err(EntryDefect::Sizes { size, compressed, method })
        } else {
            Ok(())
        }
    }
}
