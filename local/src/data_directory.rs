//! The folder that keeps records between runs, and the lock that gives it to one process at a time.

use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirectoryError {
    /// Another process holds it.
    #[error(
        "{} is in use by another laptop cloud{}\n\
         stop that one, or start this one with --data-dir DIR or --ephemeral (and another --listen)",
        path.display(),
        process.as_ref().map_or(String::new(), |process| format!(" (process {process})"))
    )]
    InUse {
        /// The folder.
        path: PathBuf,
        /// The process that holds it, as far as it said so.
        process: Option<String>,
    },
    /// It cannot be created or written.
    #[error("cannot use {} for local records; choose a writable folder with --data-dir", path.display())]
    Io {
        /// The folder or the file in it.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// A locked data directory. The lock goes with the value, and with the process however it ends.
#[derive(Debug)]
pub struct DataDirectory {
    path: PathBuf,
    _lock: File,
}

impl DataDirectory {
    /// Creates the folder if need be and takes its lock.
    pub fn open(path: &Path) -> Result<Self, DataDirectoryError> {
        let failed = |source| DataDirectoryError::Io { path: path.to_owned(), source };
        std::fs::create_dir_all(path).map_err(failed)?;
        let lock_path = path.join("lock");
        let mut lock = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock_path)
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let process = std::fs::read_to_string(&lock_path).ok();
                let process =
                    process.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
                return Err(DataDirectoryError::InUse { path: path.to_owned(), process });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        lock.set_len(0).and_then(|()| writeln!(lock, "{}", std::process::id())).map_err(failed)?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// The file of the embedded DynamoDB.
    pub fn dynamodb_file(&self) -> PathBuf {
        self.path.join("dynamodb.sqlite")
    }

    /// The folder of the embedded S3.
    pub fn objects(&self) -> PathBuf {
        self.path.join("s3")
    }

    /// The folder of the embedded SFTP server.
    pub fn sftp(&self) -> PathBuf {
        self.path.join("sftp")
    }

    /// The file of the embedded SQS.
    pub fn queues_file(&self) -> PathBuf {
        self.path.join("queues.sqlite")
    }

    /// The file of the embedded Parameter Store.
    pub fn parameters_file(&self) -> PathBuf {
        self.path.join("parameters.json")
    }

    /// The file of the embedded user pools.
    pub fn user_pools_file(&self) -> PathBuf {
        self.path.join("user-pools.sqlite")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_used_once_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("records");
        let first = DataDirectory::open(&path).unwrap();
        let message = DataDirectory::open(&path).unwrap_err().to_string();
        assert!(message.contains(&format!("process {}", std::process::id())), "{message}");
        assert!(message.contains("--data-dir"), "{message}");
        drop(first);
        DataDirectory::open(&path).unwrap();
    }

    #[test]
    fn a_file_in_its_place_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let message = DataDirectory::open(file.path()).unwrap_err().to_string();
        assert!(message.contains(&file.path().display().to_string()), "{message}");
    }
}
