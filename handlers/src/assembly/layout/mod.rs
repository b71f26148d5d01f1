//! The layout: which entries go where in the result, and everything that is wrong with that.

mod faults;
mod names;
mod pattern;

use std::collections::HashMap;

use faults::Faults;
use names::{Names, Taken};
use pattern::Pattern;

use super::directory::{Directory, Entry};
use super::name;
use super::record::{DEFLATED, STORED};
use super::{Content, DEEPEST_NESTING, Fault, Folder, Selection};

/// The entries of the result, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    /// The name in the result; a folder's ends with a slash.
    pub(super) name: Box<str>,
    /// The source and the entry in it; a folder that was asked for comes from none.
    pub(super) origin: Option<(u32, u32)>,
}

/// Lays out what is asked for. With `verify`, every entry must be one whose data can be unpacked.
///
/// # Errors
/// Everything that is wrong, each by its pointer into the request.
pub(super) fn arrange(
    content: &Content,
    directories: &[Directory],
    verify: bool,
) -> Result<Vec<Placed>, Vec<Fault>> {
    let mut systems: HashMap<&str, Vec<u32>> = HashMap::new();
    for (index, directory) in (0..).zip(directories) {
        systems.entry(&directory.source.system).or_default().push(index);
    }
    let mut layout = Layout {
        directories,
        systems,
        verify,
        placed: Vec::new(),
        names: Names::default(),
        faults: Faults::default(),
    };
    if content.entries.is_empty() && content.folders.is_empty() {
        layout.faults.add("/content", "holds nothing: list entries or folders");
    }
    let place = Place { pointer: "/content", path: "", depth: 0 };
    layout.folder(&place, &content.entries, &content.folders);
    layout.faults.none()?;
    Ok(layout.placed)
}

/// A layout in the making.
struct Layout<'a> {
    directories: &'a [Directory],
    systems: HashMap<&'a str, Vec<u32>>,
    verify: bool,
    placed: Vec<Placed>,
    names: Names,
    faults: Faults,
}

/// Where in the request, and where in the result.
struct Place<'a> {
    pointer: &'a str,
    /// Empty, or ending with a slash.
    path: &'a str,
    depth: usize,
}

impl Layout<'_> {
    fn folder(&mut self, place: &Place<'_>, entries: &[Selection], folders: &[Folder]) {
        for (index, selection) in entries.iter().enumerate() {
            let pointer = format!("{}/entries/{index}", place.pointer);
            self.select(&Place { pointer: &pointer, ..*place }, selection);
        }
        for (index, folder) in folders.iter().enumerate() {
            let pointer = format!("{}/folders/{index}", place.pointer);
            if place.depth == DEEPEST_NESTING {
                let detail = format!("is nested deeper than {DEEPEST_NESTING} folders");
                self.faults.add(&pointer, detail);
                continue;
            }
            if let Some(refusal) = name::part_refusal(&folder.name) {
                self.faults.add(&format!("{pointer}/name"), refusal);
                continue;
            }
            let path = format!("{}{}/", place.path, folder.name);
            let place = Place { pointer: &pointer, path: &path, depth: place.depth + 1 };
            if folder.entries.is_empty() && folder.folders.is_empty() {
                self.place(&pointer, path.clone(), None);
            }
            self.folder(&place, &folder.entries, &folder.folders);
        }
    }

    /// Places the entries that a selection matches.
    fn select(&mut self, place: &Place<'_>, selection: &Selection) {
        let pointer = place.pointer;
        let Some(sources) = self.systems.get(&*selection.system).cloned() else {
            let detail = format!("no source is of the system {:?}", selection.system);
            return self.faults.add(&format!("{pointer}/system"), detail);
        };
        let at_match = format!("{pointer}/match");
        let matches = match self.matches(&sources, selection) {
            Ok(matches) => matches,
            Err(fault) => return self.faults.add(&at_match, fault),
        };
        if matches.is_empty() {
            let Selection { system, pattern, .. } = selection;
            let detail = format!("no entry of the system {system:?} matches {pattern:?}");
            return self.faults.add(&at_match, detail);
        }
        if let Some(rename) = &selection.rename {
            let at_rename = format!("{pointer}/rename");
            if matches.len() > 1 {
                let count = matches.len();
                let detail = format!("{count} entries match, and one name is for one alone");
                return self.faults.add(&at_rename, detail);
            }
            if let Some(refusal) = name::part_refusal(rename) {
                return self.faults.add(&at_rename, refusal);
            }
        }
        for (origin, entry) in matches {
            self.take(place, selection, origin, entry);
        }
    }
}

/// An entry and where it comes from.
type Match<'a> = ((u32, u32), &'a Entry);

impl<'a> Layout<'a> {
    /// What a selection matches. Folders count only where they are kept, under their own names.
    fn matches(&self, sources: &[u32], selection: &Selection) -> Result<Vec<Match<'a>>, String> {
        let folders = selection.keep_folders && selection.rename.is_none();
        let all = sources.iter().filter_map(|source| {
            let directory = self.directories.get(*source as usize)?;
            Some((0..).zip(&directory.entries).map(|(index, entry)| ((*source, index), entry)))
        });
        let all = all.flatten().filter(|(_, entry)| folders || !entry.is_folder());
        let pattern = Pattern::new(&selection.pattern)?;
        let (mut exact, mut by_glob) = (Vec::new(), Vec::new());
        for (origin, entry) in all {
            if *entry.name == *selection.pattern {
                exact.push((origin, entry));
            } else if exact.is_empty() && pattern.matches(&entry.name) {
                by_glob.push((origin, entry));
            }
        }
        // A name may look like a glob; who writes one that exists means it.
        Ok(if exact.is_empty() { by_glob } else { exact })
    }

    /// Places one entry.
    fn take(
        &mut self,
        place: &Place<'_>,
        selection: &Selection,
        origin: (u32, u32),
        entry: &Entry,
    ) {
        let at_match = || format!("{}/match", place.pointer);
        if let Some(refusal) = name::refusal(&entry.name) {
            let detail = format!("matches the entry {:?}, whose name {refusal}", entry.name);
            return self.faults.add(&at_match(), detail);
        }
        if self.verify && !matches!(entry.method, STORED | DEFLATED) {
            let (name, method) = (&entry.name, entry.method);
            let detail = format!(
                "matches the entry {name:?}, whose method of compression, {method}, cannot be \
                 unpacked to verify it"
            );
            return self.faults.add(&at_match(), detail);
        }
        let (folders, base) = match entry.name.rfind('/') {
            Some(slash) if !entry.is_folder() => entry.name.split_at(slash + 1),
            _ if entry.is_folder() => (&*entry.name, ""),
            _ => ("", &*entry.name),
        };
        let folders = if selection.keep_folders { folders } else { "" };
        let base = selection.rename.as_deref().unwrap_or(base);
        let path = format!("{}{folders}{base}", place.path);
        if let Some(refusal) = name::refusal(&path) {
            let detail = format!("makes the name {path:?}, which {refusal}");
            return self.faults.add(&at_match(), detail);
        }
        self.place(place.pointer, path, Some(origin));
    }

    /// Gives an entry its name, unless that is taken.
    fn place(&mut self, pointer: &str, path: String, origin: Option<(u32, u32)>) {
        match self.names.take(&path, pointer) {
            Taken::No => self.placed.push(Placed { name: path.into(), origin }),
            // Two sources may hold the same folder; it is one in the result.
            Taken::SameFolder => {}
            Taken::By { name, pointer: other, how } => {
                let by = if *other == *pointer { "the same selection" } else { &*other };
                let detail = format!("makes {path:?}, which {how} {name:?}, made by {by}");
                self.faults.add(pointer, detail);
            }
        }
    }
}
