//! Folders for one run. Whoever ends removes them; those of a run that was killed go with the next.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Held by whoever uses the folder, and by nobody once that process is gone.
const LOCK: &str = "lock";

/// A folder that is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct TemporaryFolder {
    // Removed before the lock goes.
    folder: TempDir,
    _lock: File,
}

impl TemporaryFolder {
    /// A folder among the temporary ones of this machine. Those with the same prefix that nobody uses
    /// any more are removed.
    ///
    /// # Errors
    /// If there can be none.
    pub(crate) fn new(prefix: &str) -> io::Result<Self> {
        Self::within(&std::env::temp_dir(), prefix)
    }

    fn within(parent: &Path, prefix: &str) -> io::Result<Self> {
        sweep(parent, prefix);
        let folder = tempfile::Builder::new().prefix(prefix).tempdir_in(parent)?;
        // Named only when it is held: another start must not take the folder for abandoned.
        let unnamed = folder.path().join("new");
        let lock = File::create_new(&unnamed)?;
        lock.lock()?;
        std::fs::rename(unnamed, folder.path().join(LOCK))?;
        Ok(Self { folder, _lock: lock })
    }

    /// Where to put things; it does not exist yet.
    pub(crate) fn content(&self) -> PathBuf {
        self.folder.path().join("content")
    }
}

/// Removes what killed runs of this user left. What cannot be removed stays: it is in nobody's way.
fn sweep(parent: &Path, prefix: &str) {
    let user = rustix::process::getuid().as_raw();
    let is_own = |metadata: &Metadata| metadata.is_dir() && metadata.uid() == user;
    for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
        let has_prefix = entry.file_name().to_str().is_some_and(|name| name.starts_with(prefix));
        // The metadata of a link are its own: it is no folder.
        if !has_prefix || !entry.metadata().is_ok_and(|metadata| is_own(&metadata)) {
            continue;
        }
        if let Ok(lock) = File::open(entry.path().join(LOCK))
            && lock.try_lock().is_ok()
        {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_holds_is_removed_and_nothing_else() {
        let parent = tempfile::tempdir().unwrap();
        let folder = |name: &str| {
            let path = parent.path().join(name);
            std::fs::create_dir(&path).unwrap();
            path
        };
        let (left, other, foreign) = (folder("run-left"), folder("walk-left"), folder("run-bare"));
        for path in [&left, &other] {
            File::create(path.join(LOCK)).unwrap();
        }
        let used = TemporaryFolder::within(parent.path(), "run-").unwrap();
        let next = TemporaryFolder::within(parent.path(), "run-").unwrap();
        assert!(!left.exists(), "its run is gone");
        assert!(other.exists() && foreign.exists());
        assert!(used.folder.path().exists() && next.folder.path().exists());
        let path = next.folder.path().to_owned();
        drop(next);
        assert!(!path.exists());
    }
}
