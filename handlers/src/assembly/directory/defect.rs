//! Why a zip cannot be copied from.

use super::LARGEST_DIRECTORY;

/// What is wrong with a zip. It reads on from the zip's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Defect {
    /// It has neither beginning nor end of one.
    #[error("is not a zip")]
    NotAZip,
    /// It begins like one.
    #[error("is truncated: it begins like a zip, but has no directory")]
    Truncated,
    /// It is a part of a zip of several.
    #[error("is part of a zip that was split; join the parts first")]
    Split,
    /// Its directory takes too much memory.
    #[error("has a directory of {0} bytes, at most {LARGEST_DIRECTORY} are read")]
    LargeDirectory(u64),
    /// It does not agree with itself.
    #[error("contradicts itself: {0}")]
    Contradiction(String),
    /// An entry.
    #[error("has an entry {entry:?} that {defect}")]
    Entry {
        /// The entry's name.
        entry: String,
        /// What is wrong with it.
        defect: EntryDefect,
    },
}

impl Defect {
    pub(super) fn contradiction(what: impl Into<String>) -> Self {
        Self::Contradiction(what.into())
    }

    pub(super) fn of(entry: &str, defect: EntryDefect) -> Self {
        Self::Entry { entry: entry.to_owned(), defect }
    }
}

/// What is wrong with an entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryDefect {
    /// Its password would be lost on the way.
    #[error("is encrypted")]
    Encrypted,
    /// It changes another file instead of being one.
    #[error("is a patch")]
    Patch,
    /// It needs a reader of the future.
    #[error("needs version {}.{} of the format, which is unknown", .0 / 10, .0 % 10)]
    Version(u16),
    /// Its comment, written in a code page, grows beyond the format in UTF-8.
    #[error("has a comment that is too long in UTF-8")]
    Comment,
    /// Its bytes are another's too.
    #[error("overlaps with {0:?}, as in a zip bomb")]
    Overlap(String),
    /// Its bytes reach into the directory, or beyond.
    #[error("reaches beyond the data of the zip")]
    Outside,
    /// Its sizes cannot both be right.
    #[error("cannot be {size} bytes, compressed to {compressed} by method {method}")]
    Sizes {
        /// In bytes.
        size: u64,
        /// In bytes.
        compressed: u64,
        /// APPNOTE 4.4.5.
        method: u16,
    },
}
