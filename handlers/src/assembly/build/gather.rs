//! Gathering what a part is made of: headers from the plan, data from the sources.
//!
//! Data are read in the order they have in their source, whatever their order in the result, and
//! neighbours in one call: the place of each in the part is known beforehand.

use std::collections::HashMap;
use std::mem;
use std::ops::Range;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::super::plan::{Plan, SMALL, What};
use super::super::record::LOCAL_LENGTH;
use super::tape::Tape;
use super::{BuildError, local};
use crate::objects::ObjectStore;

/// What lies between two entries is read along rather than asked around, up to so many bytes.
const GAP: u64 = 256 << 10;
/// How many reads of a part run at a time: it matters for parts of many small sources.
const READS_AT_ONCE: usize = 4;
/// How many headers of large entries are looked at at a time.
const PROBES_AT_ONCE: usize = 16;

/// Where the sources are, and where large data begin in them.
pub(super) struct Sources<'a> {
    store: &'a dyn ObjectStore,
    plan: &'a Plan,
    /// By the member whose data they are: those larger than [`SMALL`].
    large: HashMap<usize, u64>,
}

/// Data that a part needs.
struct Want<'a> {
    member: usize,
    source: u32,
    /// Where to read; with the header, if `whole`.
    at: Range<u64>,
    /// The header comes first.
    whole: bool,
    target: &'a mut [u8],
}

impl<'a> Sources<'a> {
    /// Looks at the headers of large entries, one call for each: their data are read, or copied,
    /// in pieces, so it has to be known where they begin.
    pub(super) async fn probe(
        store: &'a dyn ObjectStore,
        plan: &'a Plan,
    ) -> Result<Self, BuildError> {
        let probes = (0..plan.entries()).filter_map(|member| {
            let (directory, entry) = plan.origin(member)?;
            let header = (LOCAL_LENGTH + entry.raw_name().len() + usize::from(u16::MAX)) as u64;
            let range = entry.header..entry.limit.min(entry.header + header);
            (entry.compressed > SMALL).then_some(async move {
                let mut tape = Tape::new(store, &directory.source.version, range);
                local::pass(&mut tape, directory, entry).await?;
                Ok::<_, BuildError>((member, tape.position()))
            })
        });
        let probes: Vec<_> = probes.collect();
        let large = stream::iter(probes).buffer_unordered(PROBES_AT_ONCE).try_collect().await?;
        Ok(Self { store, plan, large })
    }

    /// Where a member's data begin in its source, if they are large.
    pub(super) fn large(&self, member: usize) -> Option<u64> {
        self.large.get(&member).copied()
    }

    /// Fills a buffer with a range of the result.
    pub(super) async fn gather(
        &self,
        range: Range<u64>,
        buffer: &mut [u8],
    ) -> Result<(), BuildError> {
        let mut wants = self.wants(range, buffer);
        wants.sort_by_key(|want| (want.source, want.at.start));
        let reads: Vec<_> = runs(wants).into_iter().map(|wants| self.read(wants)).collect();
        stream::iter(reads).buffer_unordered(READS_AT_ONCE).try_collect().await
    }

    /// Writes the headers, and divides the rest of the buffer among the data that belong there.
    fn wants<'b>(&self, range: Range<u64>, mut buffer: &'b mut [u8]) -> Vec<Want<'b>> {
        let mut wants = Vec::new();
        for span in self.plan.spans(range) {
            let length = (span.at.end - span.at.start) as usize;
            let Some((target, rest)) = mem::take(&mut buffer).split_at_mut_checked(length) else {
                break;
            };
            buffer = rest;
            match span.what {
                What::Bytes(bytes) => target.copy_from_slice(&bytes),
                What::Data { member, from } => {
                    wants.extend(self.want(member, from, target));
                }
            }
        }
        wants
    }

    fn want<'b>(&self, member: usize, from: u64, target: &'b mut [u8]) -> Option<Want<'b>> {
        let (source, (_, entry)) = (self.plan.source(member)?, self.plan.origin(member)?);
        let (at, whole) = match self.large(member) {
            Some(data) => (data + from..data + from + target.len() as u64, false),
            None => {
                let header = LOCAL_LENGTH + entry.raw_name().len() + usize::from(u16::MAX);
                let most = entry.header + header as u64 + entry.compressed;
                (entry.header..entry.limit.min(most), true)
            }
        };
        Some(Want { member, source, at, whole, target })
    }

    /// Reads what lies close together in one source.
    async fn read(&self, wants: Vec<Want<'_>>) -> Result<(), BuildError> {
        let (Some(first), Some(last)) = (wants.first(), wants.last()) else { return Ok(()) };
        let Some((directory, _)) = self.plan.origin(first.member) else { return Ok(()) };
        let range = first.at.start..last.at.end;
        let mut tape = Tape::new(self.store, &directory.source.version, range);
        for want in wants {
            tape.skip_to(want.at.start).await?;
            if let Some((directory, entry)) = self.plan.origin(want.member).filter(|_| want.whole) {
                local::pass(&mut tape, directory, entry).await?;
            }
            tape.fill(want.target).await?;
        }
        // What is wanted is there; that the rest does not come is no fault.
        let _ = tape.finish().await;
        Ok(())
    }
}

/// Divides wants, which are in order, where the next is far away, or behind: an entry may be
/// wanted twice.
fn runs(wants: Vec<Want<'_>>) -> Vec<Vec<Want<'_>>> {
    let mut runs: Vec<Vec<Want<'_>>> = Vec::new();
    for want in wants {
        let near = runs.last_mut().filter(|run| {
            run.last().is_some_and(|last| {
                let near = last.at.end..=last.at.end.saturating_add(GAP);
                last.source == want.source && near.contains(&want.at.start)
            })
        });
        match near {
            Some(run) => run.push(want),
            None => runs.push(vec![want]),
        }
    }
    runs
}
