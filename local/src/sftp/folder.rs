//! One folder that no path leads out of: not with `..`, not from `/`, not along a symbolic link.
//!
//! Clients see the folder as `/`. Their paths are taken apart as text, as OpenSSH's server does for
//! `realpath`; what is left is looked up by `cap-std`, which follows no link to the outside.

use std::io::{Error, ErrorKind, Result};
use std::path::Path;
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, Metadata, OpenOptions};

#[derive(Clone, Debug)]
pub(super) struct Folder(Arc<Dir>);

impl Folder {
    pub(super) fn open(path: &Path) -> Result<Self> {
        Dir::open_ambient_dir(path, ambient_authority()).map(|folder| Self(Arc::new(folder)))
    }

    pub(super) fn open_file(&self, path: &str, options: &OpenOptions) -> Result<std::fs::File> {
        let file = self.0.open_with(inside(path)?, options)?.into_std();
        // Directories can be opened to read, but not as files.
        if file.metadata()?.is_dir() {
            return Err(Error::new(ErrorKind::IsADirectory, "it is a directory"));
        }
        Ok(file)
    }

    /// What the path, or with `follow` the link there, stands for.
    pub(super) fn metadata(&self, path: &str, follow: bool) -> Result<Metadata> {
        let path = inside(path)?;
        if follow { self.0.metadata(path) } else { self.0.symlink_metadata(path) }
    }

    /// Names and what they stand for, in the order of names.
    pub(super) fn list(&self, path: &str) -> Result<Vec<(String, Metadata)>> {
        let mut entries = Vec::new();
        for entry in self.0.read_dir(inside(path)?)? {
            let entry = entry?;
            entries.push((entry.file_name().to_string_lossy().into_owned(), entry.metadata()?));
        }
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(entries)
    }

    pub(super) fn remove_file(&self, path: &str) -> Result<()> {
        self.0.remove_file(inside(path)?)
    }

    pub(super) fn make_folder(&self, path: &str) -> Result<()> {
        self.0.create_dir(inside(path)?)
    }

    pub(super) fn remove_folder(&self, path: &str) -> Result<()> {
        self.0.remove_dir(inside(path)?)
    }

    /// Renames; what has the new name already is replaced if it may be.
    pub(super) fn rename(&self, from: &str, to: &str, replace: bool) -> Result<()> {
        let (from, to) = (inside(from)?, inside(to)?);
        if !replace && self.0.symlink_metadata(&to).is_ok() {
            return Err(Error::new(ErrorKind::AlreadyExists, "the name is taken"));
        }
        self.0.rename(from, &self.0, to)
    }
}

/// The path as clients see it: absolute, without `.` and `..`.
pub(super) fn seen(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            // As in `/`, which is its own parent.
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The path from the folder on.
fn inside(path: &str) -> Result<String> {
    if path.contains('\0') {
        return Err(Error::new(ErrorKind::InvalidInput, "a name has a null character"));
    }
    Ok(match seen(path).trim_start_matches('/') {
        "" => ".".to_owned(),
        path => path.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn paths_start_at_the_root_and_stay_below_it() {
        for (path, expected) in [
            ("", "/"),
            (".", "/"),
            ("..", "/"),
            ("/../../etc/passwd", "/etc/passwd"),
            ("a/./b//c/", "/a/b/c"),
            ("a/../../b", "/b"),
            ("...", "/..."),
        ] {
            assert_eq!(seen(path), expected);
        }
    }

    #[test]
    fn links_lead_nowhere_else() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret"), "secret").unwrap();
        let inner = tempfile::tempdir().unwrap();
        symlink(outside.path(), inner.path().join("folder")).unwrap();
        symlink(outside.path().join("secret"), inner.path().join("file")).unwrap();
        symlink("../../../../../../etc/passwd", inner.path().join("up")).unwrap();
        std::fs::write(inner.path().join("own"), "own").unwrap();
        symlink("own", inner.path().join("link")).unwrap();

        let folder = Folder::open(inner.path()).unwrap();
        let mut reading = OpenOptions::new();
        reading.read(true);
        let mut writing = OpenOptions::new();
        writing.write(true).create(true).truncate(true);
        for path in ["folder/secret", "/folder/secret", "file", "up", "folder/../../file"] {
            assert!(folder.open_file(path, &reading).is_err(), "{path}");
            assert!(folder.open_file(path, &writing).is_err(), "{path}");
            assert!(folder.metadata(path, true).is_err(), "{path}");
        }
        assert!(folder.list("folder").is_err());
        assert!(folder.rename("own", "folder/own", true).is_err());
        assert!(folder.remove_file("folder/secret").is_err());
        assert!(folder.make_folder("folder/new").is_err());
        assert_eq!(std::fs::read(outside.path().join("secret")).unwrap(), b"secret");
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 1);
        assert!(folder.open_file("link", &reading).is_ok());
    }
}
