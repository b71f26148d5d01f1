//! The names of a result: each at most once, on systems too that take `A` for `a`.

use std::collections::HashMap;
use std::rc::Rc;

/// The names that are taken, with the folders they imply.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// By their names in lower case, without a slash at the end.
    taken: HashMap<Box<str>, Owner>,
    /// The folder of the last name: most names share it with the next.
    last_folder: String,
    /// The last pointer: most names share it too.
    last_pointer: Option<Rc<str>>,
}

#[derive(Debug)]
struct Owner {
    name: Box<str>,
    pointer: Rc<str>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
    /// A folder that other names imply, and that has no entry.
    Implied,
}

/// Whether a name was taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It was not; now it is.
    No,
    /// By the very folder it names.
    SameFolder,
    /// By another.
    By {
        /// The name there.
        name: Box<str>,
        /// The part of the request that made it.
        pointer: Rc<str>,
        /// How the new name relates to it.
        how: &'static str,
    },
}

impl Names {
    /// Takes a name, and the folders it lies in; a folder's own name ends with a slash.
    pub(super) fn take(&mut self, path: &str, pointer: &str) -> Taken {
        let pointer = match &self.last_pointer {
            Some(last) if **last == *pointer => Rc::clone(last),
            _ => Rc::clone(self.last_pointer.insert(pointer.into())),
        };
        let bare = path.strip_suffix('/').unwrap_or(path);
        let folder = bare.rfind('/').and_then(|slash| path.get(..slash)).unwrap_or("");
        if self.last_folder != folder {
            for (slash, _) in bare.match_indices('/') {
                let implied = path.get(..slash).unwrap_or(path);
                let taken = self.insert(implied, &pointer, Kind::Implied);
                if !matches!(taken, Taken::No | Taken::SameFolder) {
                    return taken;
                }
            }
            folder.clone_into(&mut self.last_folder);
        }
        let kind = if bare.len() < path.len() { Kind::Folder } else { Kind::File };
        self.insert(bare, &pointer, kind)
    }

    fn insert(&mut self, name: &str, pointer: &Rc<str>, kind: Kind) -> Taken {
        let key = name.to_lowercase().into_boxed_str();
        let Some(owner) = self.taken.get_mut(&key) else {
            let owner = Owner { name: name.into(), pointer: Rc::clone(pointer), kind };
            self.taken.insert(key, owner);
            return Taken::No;
        };
        let same = *owner.name == *name;
        let how = match (owner.kind, kind) {
            (Kind::File, Kind::File) if same => "is also the name of",
            (Kind::File, Kind::File) => "differs only by case from",
            (Kind::File, _) => "needs a folder where there is the file",
            (_, Kind::File) => "is a file where there is the folder",
            // Unpacked where case does not count, folders become one, and lose nothing.
            (Kind::Implied, Kind::Folder) if same => {
                owner.kind = Kind::Folder;
                return Taken::No;
            }
            (_, Kind::Implied) => return Taken::SameFolder,
            _ if same => return Taken::SameFolder,
            _ => "differs only by case from",
        };
        Taken::By { name: owner.name.clone(), pointer: Rc::clone(&owner.pointer), how }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(names: &[&str], next: &str) -> Taken {
        let mut taken = Names::default();
        for name in names {
            assert_eq!(taken.take(name, "/before"), Taken::No, "{name}");
        }
        taken.take(next, "/now")
    }

    #[test]
    fn names_that_are_free_are_taken() {
        assert_eq!(taken(&["a", "b/", "c/d"], "b/a"), Taken::No);
        assert_eq!(taken(&["c/d/e"], "c/"), Taken::No, "an implied folder has no entry yet");
        assert_eq!(taken(&["c/d"], "C/e"), Taken::No, "folders unpack into one");
    }

    #[test]
    fn a_folder_may_be_named_twice() {
        assert_eq!(taken(&["a/"], "a/"), Taken::SameFolder);
    }

    #[test]
    fn names_that_collide_say_with_which_and_how() {
        for (before, now, name, part) in [
            ("a/b", "a/b", "a/b", "also"),
            ("a/B", "a/b", "a/B", "case"),
            ("Ä", "ä", "Ä", "case"),
            ("A/", "a/", "A", "case"),
            ("a", "a/b", "a", "the file"),
            ("a", "a/b/c/", "a", "the file"),
            ("a/b", "a", "a", "the folder"),
            ("a/", "A", "a", "the folder"),
        ] {
            match taken(&[before], now) {
                Taken::By { name: found, pointer, how } => {
                    assert_eq!((&*found, &*pointer), (name, "/before"));
                    assert!(how.contains(part), "{before} {now}: {how}");
                }
                other => panic!("{before} {now}: {other:?}"),
            }
        }
    }
}
