//! Spans: what lies where in the result.

use std::ops::Range;

use super::{Member, Plan};

/// Consecutive bytes of the result, all of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Span {
    /// Where they are in the result.
    pub(in super::super) at: Range<u64>,
    /// What they are.
    pub(in super::super) what: What,
}

/// What bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum What {
    /// Headers or their ends.
    Bytes(Vec<u8>),
    /// The data of a member from this offset on, still compressed.
    Data {
        /// The member's index.
        member: usize,
        /// The offset in its data.
        from: u64,
    },
}

impl Plan {
    /// The spans of a range of the result, in order and without gaps.
    pub(in super::super) fn spans(&self, range: Range<u64>) -> impl Iterator<Item = Span> {
        let data = self.members_from(range.start, |member| member.local);
        let data = data.take_while({
            let end = range.end;
            move |(_, member)| member.local < end
        });
        let data = data.flat_map(|(index, member)| self.spans_of(index, member));
        let central = self.members_from(range.start, |member| member.central);
        let central = central.take_while({
            let end = range.end;
            move |(_, member)| member.central < end
        });
        let central = central.map(|(_, member)| {
            let header = self.central_header(member);
            let at = member.central..member.central + header.len() as u64;
            Span { at, what: What::Bytes(header) }
        });
        let end = std::iter::once_with(|| Span {
            at: self.end..self.size,
            what: What::Bytes(self.end_records()),
        });
        data.chain(central).chain(end).filter_map(move |span| span.cut(&range))
    }

    /// The members from that on in which a position lies, or that is the first behind it.
    fn members_from(
        &self,
        position: u64,
        start: fn(&Member) -> u64,
    ) -> impl Iterator<Item = (usize, &Member)> {
        let first = self.members.partition_point(|member| start(member) <= position);
        self.members.iter().enumerate().skip(first.saturating_sub(1))
    }

    fn spans_of(&self, index: usize, member: &Member) -> impl Iterator<Item = Span> {
        let header = self.local_header(member);
        let data = member.local + header.len() as u64;
        let end = data + self.data_length(member);
        let header = Span { at: member.local..data, what: What::Bytes(header) };
        [header, Span { at: data..end, what: What::Data { member: index, from: 0 } }].into_iter()
    }
}

impl Span {
    /// What of it lies in a range.
    fn cut(self, range: &Range<u64>) -> Option<Self> {
        let at = self.at.start.max(range.start)..self.at.end.min(range.end);
        if at.is_empty() {
            return None;
        }
        let skipped = at.start - self.at.start;
        let what = match self.what {
            What::Data { member, from } => What::Data { member, from: from + skipped },
            What::Bytes(mut bytes) => {
                bytes.truncate((at.end - self.at.start) as usize);
                bytes.drain(..skipped as usize);
                What::Bytes(bytes)
            }
        };
        Some(Self { at, what })
    }
}
