//! The end of a zip, from which everything else is found.

use std::ops::Range;

use super::super::record::{
    CENTRAL_LENGTH, END, END_64, END_64_LENGTH, END_LENGTH, Fields, LOCAL, LOCATOR_64,
    LOCATOR_64_LENGTH,
};
use super::{Defect, LARGEST_DIRECTORY};

/// What the end records say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct End {
    /// How many entries there are.
    pub(super) entries: usize,
    /// Where the directory is in the object.
    pub(super) directory: Range<u64>,
    /// How much precedes the zip, as in one that extracts itself.
    pub(super) prefix: u64,
}

impl End {
    /// The directory's length, in bytes; it is at most [`LARGEST_DIRECTORY`].
    pub(super) const fn length(&self) -> usize {
        (self.directory.end - self.directory.start) as usize
    }
}

/// The numbers of an end record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Numbers {
    disk: u64,
    directory_disk: u64,
    entries_here: u64,
    entries: u64,
    size: u64,
    offset: u64,
}

impl Numbers {
    fn all(&mut self) -> [&mut u64; 6] {
        let Self { disk, directory_disk, entries_here, entries, size, offset } = self;
        [disk, directory_disk, entries_here, entries, size, offset]
    }
}

/// What a file without an end record is, by its first bytes.
pub(super) fn missing(start: &[u8]) -> Defect {
    if Fields(start).is(LOCAL) { Defect::Truncated } else { Defect::NotAZip }
}

/// The end that the last bytes of an object hold, which begin at `tail_start`.
pub(super) fn locate(tail: &[u8], tail_start: u64) -> Result<Option<End>, Defect> {
    let Some(position) = find(tail) else { return Ok(None) };
    let (before, end) = tail.split_at(position);
    let mut numbers = numbers(end).ok_or(Defect::Truncated)?;
    let mut records = position;
    let mut prefix = None;
    if let Some(zip64) = zip64(before, tail_start)? {
        merge(&mut numbers, zip64.numbers)?;
        records = zip64.position;
        prefix = Some(zip64.prefix);
    }
    if numbers.disk != 0 || numbers.directory_disk != 0 || numbers.entries_here != numbers.entries {
        return Err(Defect::Split);
    }
    let end = tail_start + records as u64;
    let start = end.checked_sub(numbers.size);
    let start = start.ok_or_else(|| Defect::contradiction("its directory is larger than it"))?;
    let found =
        start.checked_sub(numbers.offset).filter(|found| prefix.is_none_or(|p| p == *found));
    let prefix =
        found.ok_or_else(|| Defect::contradiction("its directory is not where it says"))?;
    if numbers.size > LARGEST_DIRECTORY {
        return Err(Defect::LargeDirectory(numbers.size));
    }
    // No room is made for entries that the directory cannot hold.
    let entries = usize::try_from(numbers.entries).ok();
    let entries = entries.filter(|n| *n as u64 <= numbers.size / CENTRAL_LENGTH as u64);
    let entries = entries.ok_or_else(|| {
        let Numbers { entries, size, .. } = numbers;
        Defect::contradiction(format!("{entries} entries in a directory of {size} bytes"))
    })?;
    Ok(Some(End { entries, directory: start..end, prefix }))
}

/// Where the end record is: the last one whose comment ends with the object.
fn find(tail: &[u8]) -> Option<usize> {
    let last = tail.len().checked_sub(END_LENGTH)?;
    let first = last.saturating_sub(u16::MAX.into());
    (first..=last).rev().find(|position| {
        let mut record = Fields(tail.get(*position..).unwrap_or(&[]));
        record.is(END)
            && record.take(END_LENGTH - 6).is_some()
            && record.u16().is_some_and(|comment| usize::from(comment) == record.0.len())
    })
}

fn numbers(record: &[u8]) -> Option<Numbers> {
    let mut fields = Fields(record);
    if !fields.is(END) {
        return None;
    }
    Some(Numbers {
        disk: fields.u16()?.into(),
        directory_disk: fields.u16()?.into(),
        entries_here: fields.u16()?.into(),
        entries: fields.u16()?.into(),
        size: fields.u32()?.into(),
        offset: fields.u32()?.into(),
    })
}

/// What the record of zip64 says, and where in the tail it is.
struct Zip64 {
    numbers: Numbers,
    position: usize,
    prefix: u64,
}

/// The record of zip64 that ends with these bytes, if they do.
fn zip64(before: &[u8], tail_start: u64) -> Result<Option<Zip64>, Defect> {
    let Some(locator) = before.len().checked_sub(LOCATOR_64_LENGTH) else { return Ok(None) };
    let mut fields = Fields(before.get(locator..).unwrap_or(&[]));
    if !fields.is(LOCATOR_64) {
        return Ok(None);
    }
    let (disk, offset, disks) = (fields.u32(), fields.u64(), fields.u32());
    if disk != Some(0) || disks.is_none_or(|disks| disks > 1) {
        return Err(Defect::Split);
    }
    // With a prefix, it is behind where the locator says; it ends where the locator begins,
    // unless it holds more than anybody puts there.
    let said = offset.and_then(|offset| usize::try_from(offset.checked_sub(tail_start)?).ok());
    let adjacent = locator.checked_sub(END_64_LENGTH);
    let found = [adjacent, said]
        .into_iter()
        .flatten()
        .find_map(|position| Some((position, numbers_64(before.get(position..)?)?)));
    let missing = || Defect::contradiction("its zip64 record is not where it says");
    let (position, numbers) = found.ok_or_else(missing)?;
    let prefix = (tail_start + position as u64).checked_sub(offset.unwrap_or_default());
    Ok(Some(Zip64 { numbers, position, prefix: prefix.ok_or_else(missing)? }))
}

fn numbers_64(record: &[u8]) -> Option<Numbers> {
    let mut fields = Fields(record);
    if !fields.is(END_64) {
        return None;
    }
    // Its own length, and two versions.
    fields.take(12)?;
    Some(Numbers {
        disk: fields.u32()?.into(),
        directory_disk: fields.u32()?.into(),
        entries_here: fields.u64()?,
        entries: fields.u64()?,
        size: fields.u64()?,
        offset: fields.u64()?,
    })
}

/// Takes the numbers of zip64 where those of the end record refer to them; the others agree.
fn merge(numbers: &mut Numbers, mut zip64: Numbers) -> Result<(), Defect> {
    const MASKS: [u64; 6] = [0xffff, 0xffff, 0xffff, 0xffff, 0xffff_ffff, 0xffff_ffff];
    for ((number, wide), mask) in numbers.all().into_iter().zip(zip64.all()).zip(MASKS) {
        if *number == mask {
            *number = *wide;
        } else if number != wide {
            return Err(Defect::contradiction("its zip64 record says other than its end"));
        }
    }
    Ok(())
}
