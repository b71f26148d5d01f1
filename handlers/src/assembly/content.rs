//! What is asked for: the sources and the folders of the result.

use serde::{Deserialize, Serialize};

use crate::objects::ObjectVersion;

/// How deep folders may be nested.
pub const DEEPEST_NESTING: usize = 32;

/// A zip to take entries from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The system it comes from; several zips may come from one.
    pub system: String,
    /// What is read, and nothing that takes its place.
    pub version: ObjectVersion,
}

/// What the result holds: its outermost folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// What lies in no folder.
    #[serde(default)]
    pub entries: Vec<Selection>,
    /// The folders.
    #[serde(default)]
    pub folders: Vec<Folder>,
}

/// A folder of the result. One with nothing in it is kept as an empty folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Folder {
    /// Its name, without slashes.
    pub name: String,
    /// What lies in it.
    #[serde(default)]
    pub entries: Vec<Selection>,
    /// The folders in it.
    #[serde(default)]
    pub folders: Vec<Self>,
}

/// Entries that are taken from the sources of a system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Selection {
    /// The system.
    pub system: String,
    /// An entry's name, or a glob: `*` and `?` stay within a folder, `**` crosses folders.
    #[serde(rename = "match")]
    pub pattern: String,
    /// A new name for the one entry that matches, in place of the last part of its own.
    #[serde(default)]
    pub rename: Option<String>,
    /// Whether the folders an entry had in its source are kept, or only its name.
    #[serde(default)]
    pub keep_folders: bool,
}
