//! Verifying CRC-32 and size of entries while their data pass by.

use std::ops::Range;

use crc32fast::Hasher;
use flate2::{Decompress, FlushDecompress, Status};

use super::super::directory::Entry;
use super::super::plan::{Plan, What};
use super::super::record::STORED;
use super::BuildError;

/// How much is inflated at a time, in bytes.
const WINDOW: usize = 64 << 10;

/// Follows the result from its beginning to its end.
pub(super) struct Verifier {
    inflater: Decompress,
    window: Box<[u8]>,
    crc32: Hasher,
    size: u64,
    ended: bool,
}

impl Verifier {
    pub(super) fn new() -> Self {
        Self {
            inflater: Decompress::new(false),
            window: vec![0; WINDOW].into_boxed_slice(),
            crc32: Hasher::new(),
            size: 0,
            ended: false,
        }
    }

    /// Verifies the data in a range of the result, the one behind the last.
    ///
    /// # Errors
    /// If an entry that ends here does not unpack to what its directory says.
    pub(super) async fn follow(
        &mut self,
        plan: &Plan,
        range: &Range<u64>,
        buffer: &[u8],
    ) -> Result<(), BuildError> {
        let spans: Vec<_> = plan
            .spans(range.clone())
            .filter_map(|span| match span.what {
                What::Data { member, from } => Some((span.at, member, from)),
                What::Bytes(_) => None,
            })
            .collect();
        for (at, member, from) in spans {
            let within = (at.start - range.start) as usize..(at.end - range.start) as usize;
            let (data, origin) = (buffer.get(within), plan.origin(member));
            if let (Some(data), Some((directory, entry))) = (data, origin) {
                self.pass(entry, from, data)
                    .map_err(|detail| BuildError::corrupt(directory, entry, detail.to_owned()))?;
            }
            // Inflating takes a while; others have connections to serve.
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    fn pass(&mut self, entry: &Entry, from: u64, data: &[u8]) -> Result<(), &'static str> {
        if from == 0 {
            self.inflater.reset(false);
            self.crc32 = Hasher::new();
            (self.size, self.ended) = (0, false);
        }
        if entry.method == STORED {
            self.crc32.update(data);
            self.size += data.len() as u64;
            self.ended = true;
        } else {
            self.inflate(entry.size, data)?;
        }
        if from + (data.len() as u64) < entry.compressed {
            return Ok(());
        }
        let crc32 = std::mem::take(&mut self.crc32).finalize();
        if !self.ended || self.size != entry.size {
            Err("it does not unpack to the size that the directory has")
        } else if crc32 != entry.crc32 {
            Err("its CRC-32 is not the one the directory has")
        } else {
            Ok(())
        }
    }

    fn inflate(&mut self, size: u64, mut data: &[u8]) -> Result<(), &'static str> {
        const CORRUPT: &str = "its data cannot be unpacked";
        while !data.is_empty() {
            if self.ended || self.size > size {
                return Err("its data go on where they should end");
            }
            let before = (self.inflater.total_in(), self.inflater.total_out());
            let step = self.inflater.decompress(data, &mut self.window, FlushDecompress::None);
            let status = step.map_err(|_| CORRUPT)?;
            let consumed = (self.inflater.total_in() - before.0) as usize;
            let produced = (self.inflater.total_out() - before.1) as usize;
            self.crc32.update(self.window.get(..produced).unwrap_or(&[]));
            self.size += produced as u64;
            self.ended = status == Status::StreamEnd;
            if consumed == 0 && produced == 0 && !self.ended {
                return Err(CORRUPT);
            }
            data = data.get(consumed..).unwrap_or(&[]);
        }
        self.drain(size)
    }

    /// Takes what the inflater still holds when it has all data.
    fn drain(&mut self, size: u64) -> Result<(), &'static str> {
        while !self.ended && self.size <= size {
            let before = self.inflater.total_out();
            let step = self.inflater.decompress(&[], &mut self.window, FlushDecompress::None);
            let produced = (self.inflater.total_out() - before) as usize;
            self.crc32.update(self.window.get(..produced).unwrap_or(&[]));
            self.size += produced as u64;
            match step {
                Ok(Status::StreamEnd) => self.ended = true,
                Ok(_) if produced > 0 => {}
                // More data are to come.
                _ => break,
            }
        }
        Ok(())
    }
}
