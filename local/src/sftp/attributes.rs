//! Attributes of files, to clients and from them.

use std::fs::{File, FileTimes};
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cap_std::fs::{Metadata, MetadataExt};
use russh_sftp::protocol::FileAttributes;

/// What a client is told of a file.
pub(super) fn of(metadata: &Metadata) -> FileAttributes {
    let seconds = |time: i64| Some(u32::try_from(time).unwrap_or(0));
    FileAttributes {
        size: Some(metadata.len()),
        uid: Some(metadata.uid()),
        gid: Some(metadata.gid()),
        // With the bits that tell files, directories and links apart.
        permissions: Some(metadata.mode()),
        atime: seconds(metadata.atime()),
        mtime: seconds(metadata.mtime()),
        ..FileAttributes::empty()
    }
}

/// Does what a client wants of an open file: size, permissions, times.
pub(super) fn set(file: &File, wanted: &FileAttributes) -> Result<()> {
    if wanted.uid.is_some() || wanted.gid.is_some() {
        return Err(Error::new(ErrorKind::Unsupported, "files keep their owner"));
    }
    if let Some(size) = wanted.size {
        file.set_len(size)?;
    }
    if let Some(permissions) = wanted.permissions {
        file.set_permissions(std::fs::Permissions::from_mode(permissions & 0o777))?;
    }
    if let (Some(accessed), Some(modified)) = (wanted.atime, wanted.mtime) {
        let times = FileTimes::new().set_accessed(time(accessed)).set_modified(time(modified));
        file.set_times(times)?;
    }
    Ok(())
}

fn time(seconds: u32) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(u64::from(seconds))
}
