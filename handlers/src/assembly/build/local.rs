//! The header before an entry's data in a source: it tells where they begin, and must agree with
//! the directory.

use super::super::directory::{Directory, Entry};
use super::super::extra;
use super::super::record::{DESCRIPTOR, ENCRYPTED, Fields, IN_ZIP64, LOCAL, LOCAL_LENGTH};
use super::BuildError;
use super::tape::Tape;

/// Reads the header of an entry, at which the tape is; behind it, the tape is at the data.
///
/// # Errors
/// If the source cannot be read, or the header says other than the directory.
pub(super) async fn pass(
    tape: &mut Tape<'_>,
    directory: &Directory,
    entry: &Entry,
) -> Result<(), BuildError> {
    let corrupt = |detail| BuildError::corrupt(directory, entry, detail);
    let mut fixed = [0; LOCAL_LENGTH];
    tape.fill(&mut fixed).await?;
    let header = Header::parse(&fixed).ok_or_else(|| corrupt("it has no header".to_owned()))?;
    // Only then is the rest known to be there.
    if header.name != entry.raw_name().len() {
        return Err(corrupt(differs("name")));
    }
    let data = tape.position() + (header.name + header.extra) as u64;
    if data + entry.compressed > entry.limit {
        return Err(corrupt("its data overlap with what follows".to_owned()));
    }
    let mut rest = vec![0; header.name + header.extra];
    tape.fill(&mut rest).await?;
    let (name, extra) = rest.split_at(header.name);
    header.check(entry, name, extra).map_err(corrupt)
}

#[derive(Debug)]
struct Header {
    flags: u16,
    method: u16,
    crc32: u32,
    compressed: u64,
    size: u64,
    name: usize,
    extra: usize,
}

fn differs(what: &str) -> String {
    format!("its header has another {what} than the directory")
}

impl Header {
    fn parse(fixed: &[u8]) -> Option<Self> {
        let mut fields = Fields(fixed);
        if !fields.is(LOCAL) {
            return None;
        }
        fields.take(2)?;
        let (flags, method) = (fields.u16()?, fields.u16()?);
        fields.take(4)?;
        Some(Self {
            flags,
            method,
            crc32: fields.u32()?,
            compressed: fields.u32()?.into(),
            size: fields.u32()?.into(),
            name: fields.u16()?.into(),
            extra: fields.u16()?.into(),
        })
    }

    /// That it agrees with the directory, as far as it says anything: an entry that was streamed
    /// has CRC-32 and sizes behind its data, and zeros here.
    fn check(mut self, entry: &Entry, name: &[u8], extra: &[u8]) -> Result<(), String> {
        let streamed = self.flags & DESCRIPTOR != 0;
        let numbers = &mut [&mut self.size, &mut self.compressed];
        if extra::resolve_zip64(extra, numbers).is_none() && !streamed {
            return Err("its header lacks its sizes".to_owned());
        }
        let agrees =
            |said: u64, known: u64| said == known || streamed && matches!(said, 0 | ZIP64_UNKNOWN);
        if name != entry.raw_name() {
            Err(differs("name"))
        } else if self.method != entry.method {
            Err(differs("method of compression"))
        } else if self.flags & ENCRYPTED != 0 {
            Err("it is encrypted, though the directory does not say so".to_owned())
        } else if !agrees(self.compressed, entry.compressed) || !agrees(self.size, entry.size) {
            Err(differs("size"))
        } else if !agrees(self.crc32.into(), entry.crc32.into()) {
            Err(differs("CRC-32"))
        } else {
            Ok(())
        }
    }
}

/// Left by writers that reserve zip64 and stream.
const ZIP64_UNKNOWN: u64 = IN_ZIP64 as u64;
