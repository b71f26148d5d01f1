//! Extra fields: those of 64-bit numbers, and those that are worth keeping.

use super::record::{Fields, IN_ZIP64, Put as _, ZIP64};

/// Times in seconds of Unix.
const UNIX_TIME: u16 = 0x5455;
/// Times of NTFS.
const NTFS: u16 = 0x000a;
/// The longest field that is kept; those above are shorter.
const LONGEST: usize = 64;
/// User and group of Unix.
const UNIX_OWNER: u16 = 0x7875;

/// The fields with their ids; what does not parse at the end is left out, as readers do.
pub(super) fn fields(extra: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = Fields(extra);
    std::iter::from_fn(move || {
        let (id, length) = (rest.u16()?, rest.u16()?);
        Some((id, rest.take(length.into())?))
    })
}

/// Replaces the numbers that are [`IN_ZIP64`] by those of the zip64 field, which holds these
/// alone, in this order. `None` if the field is missing or too short.
pub(super) fn resolve_zip64(extra: &[u8], numbers: &mut [&mut u64]) -> Option<()> {
    let mut field = fields(extra).find(|(id, _)| *id == ZIP64).map(|(_, data)| Fields(data));
    for number in numbers.iter_mut().filter(|number| ***number == u64::from(IN_ZIP64)) {
        **number = field.as_mut()?.u64()?;
    }
    Some(())
}

/// What is kept of a central header's fields, in a form that fits local and central headers:
/// times and owners. What other fields say is said anew (zip64, names in UTF-8), or concerns
/// another place in another file (alignment).
pub(super) fn kept(extra: &[u8]) -> Box<[u8]> {
    let mut kept = Vec::new();
    for (id, data) in fields(extra) {
        match (id, data) {
            // A central header names times it does not hold: only the last change is there.
            (UNIX_TIME, [flags, time @ ..]) if flags & 1 == 1 && time.len() >= 4 => {
                kept.put_u16(id).put_u16(5).put(&[1]).put(time.get(..4).unwrap_or(&[]));
            }
            (NTFS | UNIX_OWNER, [_, ..]) if data.len() <= LONGEST => {
                kept.put_u16(id).put_u16(data.len() as u16).put(data);
            }
            _ => {}
        }
    }
    kept.into_boxed_slice()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_that_do_not_fit_are_in_zip64() {
        let mut extra = Vec::new();
        extra.put_u16(9).put_u16(1).put(b"x").put_u16(ZIP64).put_u16(8).put_u64(1 << 40);
        let (mut size, mut compressed, mut offset) = (u64::from(u32::MAX), 5, 7);
        resolve_zip64(&extra, &mut [&mut size, &mut compressed, &mut offset]).unwrap();
        assert_eq!((size, compressed, offset), (1 << 40, 5, 7));
        let (mut size, mut offset) = (u64::from(u32::MAX), u64::from(u32::MAX));
        assert_eq!(resolve_zip64(&extra, &mut [&mut size, &mut offset]), None);
        assert_eq!(resolve_zip64(&[], &mut [&mut 1]), Some(()));
    }

    #[test]
    fn times_and_owners_are_kept_and_the_rest_is_not() {
        let mut extra = Vec::new();
        extra.put_u16(UNIX_TIME).put_u16(5).put(&[3, 1, 2, 3, 4]);
        extra.put_u16(ZIP64).put_u16(8).put_u64(1);
        extra.put_u16(UNIX_OWNER).put_u16(3).put(&[1, 2, 3]);
        extra.put_u16(0x7075).put_u16(9999);
        let mut expected = Vec::new();
        expected.put_u16(UNIX_TIME).put_u16(5).put(&[1, 1, 2, 3, 4]);
        expected.put_u16(UNIX_OWNER).put_u16(3).put(&[1, 2, 3]);
        assert_eq!(*kept(&extra), *expected);
    }
}
