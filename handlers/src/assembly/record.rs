//! The records of a zip: their signatures, their lengths, and numbers in little-endian order.
//! <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT> (APPNOTE 6.3.10)

/// Before the data of each entry.
pub(super) const LOCAL: u32 = 0x0403_4b50;
/// For each entry, behind all data.
pub(super) const CENTRAL: u32 = 0x0201_4b50;
/// At the very end.
pub(super) const END: u32 = 0x0605_4b50;
/// Before [`END`], when its numbers do not suffice.
pub(super) const END_64: u32 = 0x0606_4b50;
/// Between the two, to find the former.
pub(super) const LOCATOR_64: u32 = 0x0706_4b50;

/// Lengths of the records without what varies, in bytes.
pub(super) const LOCAL_LENGTH: usize = 30;
pub(super) const CENTRAL_LENGTH: usize = 46;
pub(super) const END_LENGTH: usize = 22;
pub(super) const END_64_LENGTH: usize = 56;
pub(super) const LOCATOR_64_LENGTH: usize = 20;

/// Flags of an entry.
pub(super) const ENCRYPTED: u16 = 1 << 0 | 1 << 6 | 1 << 13;
pub(super) const DESCRIPTOR: u16 = 1 << 3;
pub(super) const PATCHED: u16 = 1 << 5;
pub(super) const UTF_8: u16 = 1 << 11;
/// What a method says about its own data: it travels with them.
pub(super) const OF_METHOD: u16 = 1 << 1 | 1 << 2 | 1 << 4;

/// Methods of compression.
pub(super) const STORED: u16 = 0;
pub(super) const DEFLATED: u16 = 8;

/// A 32-bit number that stands for one in the zip64 extra field.
pub(super) const IN_ZIP64: u32 = u32::MAX;
/// The extra field that holds numbers of 64 bits.
pub(super) const ZIP64: u16 = 0x0001;

/// The version of the format that knows zip64, and the newest there is.
pub(super) const VERSION_ZIP64: u16 = 45;
pub(super) const VERSION_NEWEST: u16 = 63;

/// Reads the fields of a record one after the other; `None` where it ends too early.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    /// Whether the record is one of this kind; its fields follow.
    pub(super) fn is(&mut self, signature: u32) -> bool {
        self.u32() == Some(signature)
    }
}

/// Writes fields one after the other.
pub(super) trait Put {
    fn put_u16(&mut self, value: u16) -> &mut Self;
    fn put_u32(&mut self, value: u32) -> &mut Self;
    fn put_u64(&mut self, value: u64) -> &mut Self;
    fn put(&mut self, bytes: &[u8]) -> &mut Self;
}

impl Put for Vec<u8> {
    fn put_u16(&mut self, value: u16) -> &mut Self {
        self.put(&value.to_le_bytes())
    }

    fn put_u32(&mut self, value: u32) -> &mut Self {
        self.put(&value.to_le_bytes())
    }

    fn put_u64(&mut self, value: u64) -> &mut Self {
        self.put(&value.to_le_bytes())
    }

    fn put(&mut self, bytes: &[u8]) -> &mut Self {
        self.extend_from_slice(bytes);
        self
    }
}

/// The number in 32 bits, or [`IN_ZIP64`].
pub(super) fn low(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(IN_ZIP64)
}
