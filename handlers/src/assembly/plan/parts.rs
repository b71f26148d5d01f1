//! The parts of the upload: which bytes are sent, and which the store copies itself.

use std::ops::Range;

use super::Plan;
use crate::objects::{LARGEST_PART, MOST_PARTS, SMALLEST_PART};

/// The usual size of a part that is sent, in bytes. Larger results have larger parts.
pub(in super::super) const USUAL_PART: u64 = 8 << 20;
/// Data up to this size stay within one part, so that their header is read along with them.
/// A part that has no room for them, and a header of at most 128 KiB, is large enough to end.
pub(in super::super) const SMALL: u64 = USUAL_PART - SMALLEST_PART - (128 << 10);
/// How many usual parts are copied at a time.
const COPIED_AT_ONCE: u64 = 16;

/// A part of the upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Part {
    /// This range of the result is sent.
    Sent(Range<u64>),
    /// The store copies it from a source.
    Copied {
        /// Where it is in the result.
        at: Range<u64>,
        /// Whose data it is.
        member: usize,
        /// Where in its data it begins.
        from: u64,
    },
}

impl Part {
    /// Where it is in the result.
    pub(in super::super) const fn at(&self) -> &Range<u64> {
        match self {
            Self::Sent(at) | Self::Copied { at, .. } => at,
        }
    }

    /// Its length in bytes.
    pub(in super::super) const fn length(&self) -> u64 {
        let at = self.at();
        at.end - at.start
    }
}

/// Divides the result into parts, at most [`MOST_PARTS`], of which those that are sent have at
/// most the answered size.
pub(in super::super) fn parts(plan: &Plan) -> (Vec<Part>, u64) {
    let mut size = USUAL_PART;
    loop {
        let mut division = Division { size, parts: Vec::new(), start: 0 };
        division.divide(plan);
        if division.parts.len() <= MOST_PARTS as usize || size >= LARGEST_PART {
            return (division.parts, size);
        }
        size = (2 * size).min(LARGEST_PART);
    }
}

struct Division {
    size: u64,
    parts: Vec<Part>,
    /// Where the part begins that is not closed yet.
    start: u64,
}

impl Division {
    fn divide(&mut self, plan: &Plan) {
        for (index, member) in plan.members.iter().enumerate() {
            let length = plan.data_length(member);
            let data = member.local + plan.local_length(member) as u64;
            let end = data + length;
            if length > SMALL {
                self.close_full(data);
                // A part that is sent before one that is copied needs its least size, too.
                let sent = SMALLEST_PART.saturating_sub(data - self.start);
                if !plan.verify && length >= sent + SMALLEST_PART {
                    self.send(data + sent);
                    self.copy(index, data, data + sent..end);
                }
                self.close_full(end);
            } else if end - self.start > self.size && member.local - self.start >= SMALLEST_PART {
                self.send(member.local);
            }
        }
        self.close_full(plan.size);
        self.send(plan.size);
    }

    /// Closes parts of full size as long as something remains before `end`.
    fn close_full(&mut self, end: u64) {
        while end.saturating_sub(self.start) > self.size {
            self.send(self.start + self.size);
        }
    }

    fn send(&mut self, end: u64) {
        if end > self.start {
            self.parts.push(Part::Sent(self.start..end));
            self.start = end;
        }
    }

    /// Divides a range of a member's data into copied parts, all of about the same size.
    fn copy(&mut self, member: usize, data: u64, range: Range<u64>) {
        let length = range.end - range.start;
        let count = length.div_ceil((COPIED_AT_ONCE * self.size).min(LARGEST_PART));
        for index in 0..count {
            let start = range.start + length * index / count;
            let end = range.start + length * (index + 1) / count;
            self.parts.push(Part::Copied { at: start..end, member, from: start - data });
        }
        self.start = range.end;
    }
}
