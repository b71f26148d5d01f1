//! Numbered files: written once, shared by objects, removed when nothing refers to them any more.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Fault, Storage, content};

/// Zeros to compare with: long stretches of them become holes.
static ZEROS: [u8; 64 << 10] = [0; 64 << 10];

/// Shorter runs of zeros are written like any other bytes; a hole is a multiple of the system's page.
const SHORTEST_HOLE: usize = 16 << 10;

/// The folder of the files, and who uses which of them right now.
#[derive(Debug)]
pub(super) struct Files {
    directory: PathBuf,
    next: AtomicU64,
    uses: Mutex<Uses>,
}

#[derive(Debug, Default)]
struct Uses {
    /// How many readers and writers hold a file.
    held: HashMap<u64, usize>,
    /// Files that go when their last holder does, unless a row of the index refers to them by then.
    doomed: HashSet<u64>,
}

impl Files {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self { directory, next: AtomicU64::new(1), uses: Mutex::default() }
    }

    /// A number that neither a file nor a content has.
    pub(super) fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn count_from(&self, number: u64) {
        self.next.store(number, Ordering::Relaxed);
    }

    fn path(&self, file: u64) -> PathBuf {
        self.directory.join(format!("{file:012x}"))
    }

    /// Every file there is, with its size in bytes.
    pub(super) fn present(&self) -> io::Result<BTreeMap<u64, u64>> {
        let mut present = BTreeMap::new();
        for entry in std::fs::read_dir(&self.directory)? {
            let entry = entry?;
            // Files of other names are not ours to touch.
            let name = entry.file_name();
            let number = name.to_str().and_then(|name| u64::from_str_radix(name, 16).ok());
            if let Some(number) = number.filter(|number| entry.path() == self.path(*number)) {
                present.insert(number, entry.metadata()?.len());
            }
        }
        Ok(present)
    }

    /// Removes a file; one that stays is found at the next start.
    pub(super) fn remove(&self, file: u64) {
        if let Err(error) = std::fs::remove_file(self.path(file)) {
            tracing::warn!(%error, file, "a file of an object that is gone cannot be removed");
        }
    }

    fn uses(&self) -> MutexGuard<'_, Uses> {
        self.uses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps files from being removed while their bytes are used.
#[derive(Debug)]
pub(in crate::s3) struct Pins {
    storage: Arc<Storage>,
    files: Vec<u64>,
}

impl Pins {
    /// The storage of the files.
    pub(in crate::s3) fn storage(&self) -> &Arc<Storage> {
        &self.storage
    }
}

impl Drop for Pins {
    fn drop(&mut self) {
        let released = self.storage.release(&self.files);
        if !released.is_empty() {
            self.storage.collect(&released);
        }
    }
}

impl Storage {
    /// Pins files; the caller holds the index, or is the only one to know of them.
    pub(super) fn pin(self: &Arc<Self>, files: Vec<u64>) -> Pins {
        let mut uses = self.files.uses();
        for file in &files {
            *uses.held.entry(*file).or_default() += 1;
        }
        drop(uses);
        Pins { storage: Arc::clone(self), files }
    }

    /// Lets go of files; answers those to collect.
    fn release(&self, files: &[u64]) -> Vec<u64> {
        let mut uses = self.files.uses();
        let mut released = Vec::new();
        for file in files {
            let Some(count) = uses.held.get_mut(file) else { continue };
            *count -= 1;
            if *count == 0 {
                uses.held.remove(file);
                if uses.doomed.remove(file) {
                    released.push(*file);
                }
            }
        }
        released
    }

    /// Removes those files that no row refers to and nobody holds.
    pub(super) fn collect(&self, candidates: &[u64]) {
        // Held, so that nobody comes to refer to them meanwhile.
        let index = self.index();
        for file in candidates {
            let mut uses = self.files.uses();
            if uses.held.contains_key(file) {
                uses.doomed.insert(*file);
                continue;
            }
            drop(uses);
            match content::is_referenced(&index, *file) {
                Ok(false) => self.files.remove(*file),
                Ok(true) => {}
                Err(error) => tracing::warn!(%error, file, "cannot tell whether a file is used"),
            }
        }
    }

    /// Opens a file for reading.
    pub(in crate::s3) fn open_file(&self, file: u64) -> io::Result<File> {
        File::open(self.files.path(file))
    }

    /// Starts a file. It goes when dropped, unless a row of the index refers to it by then.
    pub(in crate::s3) fn create_file(self: &Arc<Self>) -> Result<NewFile, Fault> {
        let number = self.files.number();
        let pins = self.pin(vec![number]);
        self.files.uses().doomed.insert(number);
        let file = File::options().write(true).create_new(true).open(self.files.path(number))?;
        Ok(NewFile { number, file, length: 0, hole: 0, pins })
    }
}

/// A file that is being written.
#[derive(Debug)]
pub(in crate::s3) struct NewFile {
    number: u64,
    file: File,
    length: u64,
    /// Zeros at the end that are not written yet.
    hole: u64,
    pins: Pins,
}

impl NewFile {
    /// Appends bytes. Long runs of zeros take no room.
    pub(in crate::s3) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.length += bytes.len() as u64;
        if is_zero(bytes) {
            self.hole += bytes.len() as u64;
            return Ok(());
        }
        if self.hole > 0 {
            let hole = i64::try_from(self.hole).map_err(io::Error::other)?;
            self.file.seek(SeekFrom::Current(hole))?;
            self.hole = 0;
        }
        self.file.write_all(bytes)
    }

    /// Ends the file: its number, its size in bytes and what keeps it until it is published.
    pub(in crate::s3) fn finish(self) -> io::Result<(u64, u64, Pins)> {
        if self.hole > 0 {
            self.file.set_len(self.length)?;
        }
        Ok((self.number, self.length, self.pins))
    }
}

fn is_zero(bytes: &[u8]) -> bool {
    // A comparison of slices is one call of memcmp, which ends at the first byte that differs.
    bytes.len() >= SHORTEST_HOLE
        && bytes.chunks(ZEROS.len()).all(|chunk| ZEROS.get(..chunk.len()) == Some(chunk))
}
