//! The plan: every byte of the result, before the first is written.
//!
//! ```text
//! ┌ header ┬ data ┬ header ┬ data ┬ … ┬ directory: header, header, … ┬ end ┐
//! ```
//! Headers are written anew, data are ranges of the sources. No byte is stored: spans say what
//! lies where, so a plan takes memory by the number of entries alone.

mod header;
mod parts;
mod span;

pub(super) use parts::{Part, SMALL, parts};
pub(super) use span::What;

use super::directory::{Directory, Entry};
use super::layout::{Placed, arrange};
use super::{Content, Fault};
use crate::objects::LARGEST_OBJECT;

/// Every byte of the result: headers of our own, data of the sources.
#[derive(Clone, Debug)]
pub struct Plan {
    directories: Vec<Directory>,
    members: Vec<Member>,
    /// Where the directory begins.
    directory: u64,
    /// Where the directory ends.
    end: u64,
    size: u64,
    verify: bool,
}

/// An entry of the result.
#[derive(Clone, Debug)]
pub(super) struct Member {
    placed: Placed,
    /// Where its local header begins.
    local: u64,
    /// Where its header in the directory begins.
    central: u64,
}

impl Plan {
    /// Lays out what is asked for. With `verify`, entries are inflated while they are copied and
    /// held against their CRC-32; nothing is copied by the store then.
    ///
    /// # Errors
    /// Everything that is wrong with the content, by pointers into `/content`.
    pub fn new(
        content: &Content,
        directories: Vec<Directory>,
        verify: bool,
    ) -> Result<Self, Vec<Fault>> {
        let placed = arrange(content, &directories, verify)?;
        let members = placed.into_iter().map(|placed| Member { placed, local: 0, central: 0 });
        let members = members.collect();
        let mut plan = Self { directories, members, directory: 0, end: 0, size: 0, verify };
        plan.measure();
        if plan.size > LARGEST_OBJECT {
            let detail = format!("makes {} bytes, and an object takes 5 TiB", plan.size);
            return Err(vec![Fault::new("/content", detail)]);
        }
        Ok(plan)
    }

    /// Finds where everything begins.
    fn measure(&mut self) {
        let mut position = 0_u64;
        let mut members = std::mem::take(&mut self.members);
        for member in &mut members {
            member.local = position;
            let length = self.local_length(member) as u64 + self.data_length(member);
            // Beyond 5 TiB the plan is refused, so a sum that does not fit is large enough.
            position = position.saturating_add(length);
        }
        self.directory = position;
        for member in &mut members {
            member.central = position;
            position = position.saturating_add(self.central_length(member) as u64);
        }
        self.end = position;
        self.members = members;
        self.size = position.saturating_add(self.end_records().len() as u64);
    }

    /// The exact size of the result, in bytes.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// How many entries the result has, folders included.
    pub const fn entries(&self) -> usize {
        self.members.len()
    }

    /// The names in the result, in order; a folder's ends with a slash.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|member| &*member.placed.name)
    }

    /// Whether entries are to be verified.
    pub const fn verifies(&self) -> bool {
        self.verify
    }

    /// The entry that a member's data come from, and the directory it is in; a folder that was
    /// asked for has none.
    pub(super) fn origin(&self, member: usize) -> Option<(&Directory, &Entry)> {
        self.origin_of(self.members.get(member)?)
    }

    /// The index of the directory that [`Plan::origin`] answers.
    pub(super) fn source(&self, member: usize) -> Option<u32> {
        Some(self.members.get(member)?.placed.origin?.0)
    }

    fn origin_of(&self, member: &Member) -> Option<(&Directory, &Entry)> {
        let (directory, entry) = member.placed.origin?;
        let directory = self.directories.get(directory as usize)?;
        Some((directory, directory.entries.get(entry as usize)?))
    }

    fn data_length(&self, member: &Member) -> u64 {
        self.origin_of(member).map_or(0, |(_, entry)| entry.compressed)
    }
}
