//! The headers of the result.
//!
//! Local headers hold CRC-32 and sizes, so no data descriptor follows the data: readers that
//! stream need none, and Java's refuses them behind stored data.

use super::super::record::{
    CENTRAL, CENTRAL_LENGTH, END, END_64, END_64_LENGTH, IN_ZIP64, LOCAL, LOCAL_LENGTH, LOCATOR_64,
    OF_METHOD, Put as _, STORED, UTF_8, VERSION_NEWEST, VERSION_ZIP64, ZIP64, low,
};
use super::{Member, Plan};

/// The first version of the format that is asked of readers; it knows folders and deflate.
const VERSION_FIRST: u16 = 20;
/// The first of January 1980, when the format's time begins: folders that were asked for have
/// no other, and the same request makes the same bytes.
const FIRST_DAY: u16 = 1 << 5 | 1;
/// Made on Unix, whose modes are in the external attributes.
const UNIX: u16 = 3 << 8;
/// A folder anybody may enter, in terms of Unix and of MS-DOS.
const FOLDER_ATTRIBUTES: u32 = 0o040_755 << 16 | 0x10;

/// What headers of an entry say.
#[derive(Clone, Copy, Debug)]
struct Fields<'a> {
    name: &'a str,
    comment: &'a str,
    extra: &'a [u8],
    made_by: u16,
    needed: u16,
    flags: u16,
    method: u16,
    time: u16,
    date: u16,
    crc32: u32,
    compressed: u64,
    size: u64,
    internal: u16,
    external: u32,
}

impl Fields<'_> {
    /// What both headers have in common, between their versions and their lengths.
    fn put_common(&self, header: &mut Vec<u8>, needed: u16) {
        header.put_u16(needed).put_u16(self.flags).put_u16(self.method);
        header.put_u16(self.time).put_u16(self.date).put_u32(self.crc32);
    }

    /// Whether the sizes need zip64. A local header must then hold both.
    fn large(&self) -> bool {
        self.size >= IN_ZIP64.into() || self.compressed >= IN_ZIP64.into()
    }

    fn needed(&self, zip64: bool) -> u16 {
        let least = if zip64 { VERSION_ZIP64 } else { VERSION_FIRST };
        (self.needed & 0xff).max(least)
    }

    /// The numbers of the zip64 field in the directory: those that do not fit elsewhere.
    fn wide(&self, offset: u64) -> impl Iterator<Item = u64> {
        let numbers = [self.size, self.compressed, offset];
        numbers.into_iter().filter(|number| *number >= IN_ZIP64.into())
    }
}

impl Plan {
    fn fields<'a>(&'a self, member: &'a Member) -> Fields<'a> {
        let name = &*member.placed.name;
        match self.origin_of(member) {
            Some((_, entry)) => Fields {
                name,
                comment: &entry.comment,
                extra: &entry.extra,
                made_by: entry.made_by & 0xff00 | VERSION_NEWEST,
                needed: entry.needed,
                flags: entry.flags & OF_METHOD | UTF_8,
                method: entry.method,
                time: entry.time,
                date: entry.date,
                crc32: entry.crc32,
                compressed: entry.compressed,
                size: entry.size,
                internal: entry.internal,
                external: entry.external,
            },
            None => Fields {
                name,
                comment: "",
                extra: &[],
                made_by: UNIX | VERSION_NEWEST,
                needed: VERSION_FIRST,
                flags: UTF_8,
                method: STORED,
                time: 0,
                date: FIRST_DAY,
                crc32: 0,
                compressed: 0,
                size: 0,
                internal: 0,
                external: FOLDER_ATTRIBUTES,
            },
        }
    }

    /// The length of [`Plan::local_header`].
    pub(super) fn local_length(&self, member: &Member) -> usize {
        let fields = self.fields(member);
        let zip64 = if fields.large() { 20 } else { 0 };
        LOCAL_LENGTH + fields.name.len() + zip64 + fields.extra.len()
    }

    /// The header before a member's data.
    pub(super) fn local_header(&self, member: &Member) -> Vec<u8> {
        let fields = self.fields(member);
        let large = fields.large();
        let mut header = Vec::with_capacity(self.local_length(member));
        header.put_u32(LOCAL);
        fields.put_common(&mut header, fields.needed(large));
        let sizes = if large { [IN_ZIP64; 2] } else { [low(fields.compressed), low(fields.size)] };
        header.put_u32(sizes[0]).put_u32(sizes[1]);
        let extra = fields.extra.len() + if large { 20 } else { 0 };
        header.put_u16(fields.name.len() as u16).put_u16(extra as u16);
        header.put(fields.name.as_bytes());
        if large {
            header.put_u16(ZIP64).put_u16(16).put_u64(fields.size).put_u64(fields.compressed);
        }
        header.put(fields.extra);
        header
    }

    /// The length of [`Plan::central_header`].
    pub(super) fn central_length(&self, member: &Member) -> usize {
        let fields = self.fields(member);
        let wide = fields.wide(member.local).count();
        let zip64 = if wide > 0 { 4 + 8 * wide } else { 0 };
        CENTRAL_LENGTH + fields.name.len() + zip64 + fields.extra.len() + fields.comment.len()
    }

    /// A member's header in the directory.
    pub(super) fn central_header(&self, member: &Member) -> Vec<u8> {
        let fields = self.fields(member);
        let wide: Vec<u64> = fields.wide(member.local).collect();
        let mut header = Vec::with_capacity(self.central_length(member));
        header.put_u32(CENTRAL).put_u16(fields.made_by);
        fields.put_common(&mut header, fields.needed(!wide.is_empty()));
        header.put_u32(low(fields.compressed)).put_u32(low(fields.size));
        let extra = fields.extra.len() + if wide.is_empty() { 0 } else { 4 + 8 * wide.len() };
        header.put_u16(fields.name.len() as u16).put_u16(extra as u16);
        header.put_u16(fields.comment.len() as u16).put_u16(0);
        header.put_u16(fields.internal).put_u32(fields.external).put_u32(low(member.local));
        header.put(fields.name.as_bytes());
        if !wide.is_empty() {
            header.put_u16(ZIP64).put_u16(8 * wide.len() as u16);
            wide.into_iter().for_each(|number| {
                header.put_u64(number);
            });
        }
        header.put(fields.extra).put(fields.comment.as_bytes());
        header
    }

    /// What follows the directory: its end, with that of zip64 if numbers are too large.
    pub(super) fn end_records(&self) -> Vec<u8> {
        let (count, size) = (self.members.len() as u64, self.end - self.directory);
        let mut end = Vec::new();
        if count >= u16::MAX.into() || size >= IN_ZIP64.into() || self.directory >= IN_ZIP64.into()
        {
            end.put_u32(END_64).put_u64(END_64_LENGTH as u64 - 12);
            end.put_u16(UNIX | VERSION_NEWEST).put_u16(VERSION_ZIP64).put_u32(0).put_u32(0);
            end.put_u64(count).put_u64(count).put_u64(size).put_u64(self.directory);
            end.put_u32(LOCATOR_64).put_u32(0).put_u64(self.end).put_u32(1);
        }
        let short = u16::try_from(count).unwrap_or(u16::MAX);
        end.put_u32(END).put_u16(0).put_u16(0).put_u16(short).put_u16(short);
        end.put_u32(low(size)).put_u32(low(self.directory)).put_u16(0);
        end
    }
}
