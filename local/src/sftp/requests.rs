//! What a client asks for, in the folder.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Error, ErrorKind};
use std::os::unix::fs::FileExt;

use cap_std::fs::{OpenOptions, OpenOptionsExt};
use russh_sftp::extensions::{FSYNC, LIMITS};
use russh_sftp::protocol::{
    self, Attrs, Data, ExtendedReply, FileAttributes, Handle, Name, OpenFlags, Packet, Status,
    StatusCode, Version,
};
use russh_sftp::server::StatusReply;

use super::attributes;
use super::folder::{Folder, seen};

/// What OpenSSH's server takes as well: 256 KiB.
pub(super) const LONGEST_PACKET: u32 = 256 * 1024;
/// Of data in a packet.
const LONGEST_DATA: u32 = LONGEST_PACKET - 1024;
/// Files and listings that one client may have open.
const MOST_HANDLES: usize = 64;
/// Names in one answer.
const NAMES: usize = 100;

const POSIX_RENAME: &str = "posix-rename@openssh.com";

/// One client's requests, answered one after the other.
pub(super) struct Requests {
    folder: Folder,
    open: HashMap<String, Open>,
    /// Makes handles unique.
    opened: u64,
}

enum Open {
    File(File),
    /// Names that are still to be told.
    Folder(std::vec::IntoIter<protocol::File>),
}

type Answer<T> = Result<T, StatusReply>;

impl Requests {
    pub(super) fn of(folder: Folder) -> Self {
        Self { folder, open: HashMap::new(), opened: 0 }
    }

    fn keep(&mut self, id: u32, open: Open) -> Answer<Handle> {
        if self.open.len() >= MOST_HANDLES {
            return Err(StatusCode::Failure.with_message("too many open files"));
        }
        self.opened += 1;
        let handle = self.opened.to_string();
        self.open.insert(handle.clone(), open);
        Ok(Handle { id, handle })
    }

    fn file(&self, handle: &str) -> Answer<&File> {
        match self.open.get(handle) {
            Some(Open::File(file)) => Ok(file),
            _ => Err(StatusCode::Failure.with_message("no open file has this handle")),
        }
    }

    fn stated(&self, id: u32, path: &str, follow: bool) -> Answer<Attrs> {
        let metadata = self.folder.metadata(path, follow).map_err(status)?;
        Ok(Attrs { id, attrs: attributes::of(&metadata) })
    }

    fn extension(&self, id: u32, request: &str, data: Vec<u8>) -> Answer<Packet> {
        let mut texts = Texts(&data);
        match request {
            POSIX_RENAME => {
                let (from, to) = (texts.next()?, texts.next()?);
                self.folder.rename(&from, &to, true).map_err(status)?;
            }
            FSYNC => self.file(&texts.next()?)?.sync_all().map_err(status)?,
            LIMITS => {
                let limits = [LONGEST_PACKET, LONGEST_DATA, LONGEST_DATA].map(u64::from);
                let handles = [MOST_HANDLES as u64];
                let data = limits.into_iter().chain(handles).flat_map(u64::to_be_bytes).collect();
                return Ok(ExtendedReply { id, data }.into());
            }
            _ => return Err(StatusCode::OpUnsupported.into()),
        }
        Ok(done(id).into())
    }
}

impl russh_sftp::server::Handler for Requests {
    type Error = StatusReply;

    fn unimplemented(&self) -> Self::Error {
        StatusCode::OpUnsupported.into()
    }

    async fn init(&mut self, _version: u32, _: HashMap<String, String>) -> Answer<Version> {
        let mut version = Version::new();
        for extension in [POSIX_RENAME, FSYNC, LIMITS] {
            version.extensions.insert(extension.to_owned(), "1".to_owned());
        }
        Ok(version)
    }

    async fn open(
        &mut self,
        id: u32,
        path: String,
        flags: OpenFlags,
        wanted: FileAttributes,
    ) -> Answer<Handle> {
        let file = self.folder.open_file(&path, &options(flags, &wanted)).map_err(status)?;
        self.keep(id, Open::File(file))
    }

    async fn close(&mut self, id: u32, handle: String) -> Answer<Status> {
        let closed = self.open.remove(&handle);
        closed.ok_or_else(|| StatusCode::Failure.with_message("nothing has this handle"))?;
        Ok(done(id))
    }

    async fn read(&mut self, id: u32, handle: String, offset: u64, length: u32) -> Answer<Data> {
        let mut data = vec![0; length.min(LONGEST_DATA) as usize];
        let count = self.file(&handle)?.read_at(&mut data, offset).map_err(status)?;
        if count == 0 {
            return Err(StatusCode::Eof.into());
        }
        data.truncate(count);
        Ok(Data { id, data })
    }

    async fn write(
        &mut self,
        id: u32,
        handle: String,
        offset: u64,
        data: Vec<u8>,
    ) -> Answer<Status> {
        self.file(&handle)?.write_all_at(&data, offset).map_err(status)?;
        Ok(done(id))
    }

    async fn lstat(&mut self, id: u32, path: String) -> Answer<Attrs> {
        self.stated(id, &path, false)
    }

    async fn stat(&mut self, id: u32, path: String) -> Answer<Attrs> {
        self.stated(id, &path, true)
    }

    async fn fstat(&mut self, id: u32, handle: String) -> Answer<Attrs> {
        let metadata = self.file(&handle)?.metadata().map_err(status)?;
        Ok(Attrs {
            id,
            attrs: attributes::of(&cap_std::fs::Metadata::from_just_metadata(metadata)),
        })
    }

    async fn setstat(&mut self, id: u32, path: String, wanted: FileAttributes) -> Answer<Status> {
        let mut writing = OpenOptions::new();
        writing.write(true);
        let file = self.folder.open_file(&path, &writing);
        attributes::set(&file.map_err(status)?, &wanted).map_err(status)?;
        Ok(done(id))
    }

    async fn fsetstat(
        &mut self,
        id: u32,
        handle: String,
        wanted: FileAttributes,
    ) -> Answer<Status> {
        attributes::set(self.file(&handle)?, &wanted).map_err(status)?;
        Ok(done(id))
    }

    async fn opendir(&mut self, id: u32, path: String) -> Answer<Handle> {
        let entries = self.folder.list(&path).map_err(status)?;
        let names: Vec<protocol::File> = entries
            .into_iter()
            .map(|(name, metadata)| protocol::File::new(name, attributes::of(&metadata)))
            .collect();
        self.keep(id, Open::Folder(names.into_iter()))
    }

    async fn readdir(&mut self, id: u32, handle: String) -> Answer<Name> {
        let Some(Open::Folder(names)) = self.open.get_mut(&handle) else {
            return Err(StatusCode::Failure.with_message("no open directory has this handle"));
        };
        let files: Vec<protocol::File> = names.take(NAMES).collect();
        if files.is_empty() {
            return Err(StatusCode::Eof.into());
        }
        Ok(Name { id, files })
    }

    async fn remove(&mut self, id: u32, path: String) -> Answer<Status> {
        self.folder.remove_file(&path).map_err(status)?;
        Ok(done(id))
    }

    async fn mkdir(&mut self, id: u32, path: String, _: FileAttributes) -> Answer<Status> {
        self.folder.make_folder(&path).map_err(status)?;
        Ok(done(id))
    }

    async fn rmdir(&mut self, id: u32, path: String) -> Answer<Status> {
        self.folder.remove_folder(&path).map_err(status)?;
        Ok(done(id))
    }

    async fn realpath(&mut self, id: u32, path: String) -> Answer<Name> {
        Ok(Name { id, files: vec![protocol::File::dummy(seen(&path))] })
    }

    async fn rename(&mut self, id: u32, from: String, to: String) -> Answer<Status> {
        self.folder.rename(&from, &to, false).map_err(status)?;
        Ok(done(id))
    }

    async fn extended(&mut self, id: u32, request: String, data: Vec<u8>) -> Answer<Packet> {
        self.extension(id, &request, data)
    }
}

fn options(flags: OpenFlags, wanted: &FileAttributes) -> OpenOptions {
    let exclusive = flags.contains(OpenFlags::CREATE | OpenFlags::EXCLUDE);
    let mut options = OpenOptions::new();
    options
        .read(flags.contains(OpenFlags::READ))
        .write(flags.contains(OpenFlags::WRITE))
        .append(flags.contains(OpenFlags::APPEND))
        .create(flags.contains(OpenFlags::CREATE))
        .create_new(exclusive)
        .truncate(flags.contains(OpenFlags::TRUNCATE))
        .mode(wanted.permissions.unwrap_or(0o666) & 0o777);
    options
}

fn done(id: u32) -> Status {
    Status {
        id,
        status_code: StatusCode::Ok,
        error_message: "Success".to_owned(),
        language_tag: "en".to_owned(),
    }
}

/// The code for an error of the system, with its words.
fn status(error: Error) -> StatusReply {
    let code = match error.kind() {
        ErrorKind::NotFound => StatusCode::NoSuchFile,
        ErrorKind::PermissionDenied => StatusCode::PermissionDenied,
        ErrorKind::Unsupported => StatusCode::OpUnsupported,
        ErrorKind::InvalidInput => StatusCode::BadMessage,
        _ => StatusCode::Failure,
    };
    code.with_message(error.to_string())
}

/// The texts that an extension's data consists of.
struct Texts<'a>(&'a [u8]);

impl Texts<'_> {
    fn next(&mut self) -> Answer<String> {
        let damaged = || StatusReply::from(StatusCode::BadMessage);
        let (length, rest) = self.0.split_first_chunk().ok_or_else(damaged)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let (text, rest) = rest.split_at_checked(length).ok_or_else(damaged)?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).map_err(|_| damaged())
    }
}
