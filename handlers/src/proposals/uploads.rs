//! The parts of a payload: which there are, which have arrived, and where the others go.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use models::{ProposalId, Upload, UploadPart};

use super::Ports;
use super::record::PayloadUpload;
use crate::jobs::count;
use crate::objects::{ListedPart, ObjectError, Part};
use crate::runtime::Problem;

/// How many parts a page tells of.
const PAGE: u32 = 100;
/// The most parts that S3 lists at a time.
const LIST: u32 = 1000;
/// How long a part may be sent to its link.
const LINK: Duration = Duration::from_secs(15 * 60);
/// How many missing parts are named.
const NAMED: usize = 20;

impl PayloadUpload {
    /// How many parts there are.
    pub(super) fn part_count(&self) -> u32 {
        u32::try_from(self.size.div_ceil(self.part_size.max(1))).unwrap_or(u32::MAX)
    }

    /// Bytes of a part that there is.
    fn size_of(&self, number: u32) -> u64 {
        let before = u64::from(number.saturating_sub(1)) * self.part_size;
        self.size.saturating_sub(before).min(self.part_size)
    }

    /// Whether a part is as it has to be.
    fn takes(&self, part: &ListedPart) -> bool {
        (1..=self.part_count()).contains(&part.part.number)
            && part.size == self.size_of(part.part.number)
    }
}

/// A page of parts. Whatever has arrived in another size has not arrived.
///
/// # Errors
/// [`ObjectError::UploadGone`], or if S3 fails.
pub(super) async fn page(
    ports: &Ports,
    id: &ProposalId,
    upload: &PayloadUpload,
    from: u32,
) -> Result<Upload, ObjectError> {
    let (begun, part_count) = (ports.payload_upload(id, upload), upload.part_count());
    let end = from.saturating_add(PAGE - 1).min(part_count);
    let listed = ports.objects.parts(&begun, from.saturating_sub(1), PAGE).await?;
    let arrived = listed.parts.into_iter().filter(|part| upload.takes(part));
    let arrived: BTreeMap<u32, u64> = arrived.map(|it| (it.part.number, it.size)).collect();
    let mut parts = Vec::new();
    for number in from..=end {
        let arrived = arrived.contains_key(&number);
        let url = match arrived {
            true => None,
            false => Some(ports.objects.part_link(&begun, number, LINK).await?),
        };
        let (number, size) = (i64::from(number), count(upload.size_of(number)));
        parts.push(UploadPart { number, size, arrived, url });
    }
    Ok(Upload {
        proposal_id: id.clone(),
        size: count(upload.size),
        part_size: count(upload.part_size),
        part_count: part_count.into(),
        parts,
        next_part: (end < part_count).then(|| i64::from(end) + 1),
    })
}

/// All parts, or the numbers of those that are missing.
///
/// # Errors
/// [`ObjectError::UploadGone`], or if S3 fails.
pub(super) async fn all(
    ports: &Ports,
    id: &ProposalId,
    upload: &PayloadUpload,
) -> Result<Result<Vec<Part>, Vec<RangeInclusive<u32>>>, ObjectError> {
    let begun = ports.payload_upload(id, upload);
    let (mut parts, mut after) = (Vec::new(), Some(0));
    while let Some(number) = after {
        let listed = ports.objects.parts(&begun, number, LIST).await?;
        after = listed.next;
        parts.extend(listed.parts.into_iter().filter(|part| upload.takes(part)).map(|it| it.part));
    }
    let missing = missing(parts.iter().map(|part| part.number), upload.part_count());
    Ok(if missing.is_empty() { Ok(parts) } else { Err(missing) })
}

/// The numbers from 1 to the last that are not among these, which ascend.
fn missing(numbers: impl Iterator<Item = u32>, last: u32) -> Vec<RangeInclusive<u32>> {
    let (mut missing, mut expected) = (Vec::new(), 1);
    for number in numbers.chain([last.saturating_add(1)]) {
        if number > expected {
            missing.push(expected..=number - 1);
        }
        expected = number.saturating_add(1);
    }
    missing
}

/// Names missing parts, as many as anybody wants to read of.
pub(super) fn told(missing: &[RangeInclusive<u32>]) -> String {
    let name = |range: &RangeInclusive<u32>| match (range.start(), range.end()) {
        (start, end) if start == end => start.to_string(),
        (start, end) => format!("{start} to {end}"),
    };
    let mut names: Vec<_> = missing.iter().take(NAMED).map(name).collect();
    if missing.len() > NAMED {
        names.push("others".to_owned());
    }
    let is_one = missing.len() == 1 && missing.iter().all(|range| range.start() == range.end());
    let (noun, verb) = if is_one { ("Part", "is") } else { ("Parts", "are") };
    match names.pop().filter(|_| !names.is_empty()) {
        Some(last) => format!("{noun} {} and {last} {verb} missing.", names.join(", ")),
        None => format!("{noun} {} {verb} missing.", missing.iter().map(name).collect::<String>()),
    }
}

pub(super) fn no_upload(id: &ProposalId) -> Problem {
    Problem::new(404, format!("No upload of proposal {id} is under way."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upload(size: u64, part_size: u64) -> PayloadUpload {
        PayloadUpload { id: "u".to_owned(), size, part_size, submission: None }
    }

    #[test]
    fn the_last_part_has_what_is_left() {
        let upload = upload(21, 10);
        assert_eq!((upload.part_count(), upload.size_of(2), upload.size_of(3)), (3, 10, 1));
        assert_eq!(self::upload(20, 10).part_count(), 2);
        assert_eq!(self::upload(20, 10).size_of(2), 10);
    }

    #[test]
    fn missing_parts_are_named() {
        for (there, last, words) in [
            (&[1, 3][..], 3, "Part 2 is missing."),
            (&[], 3, "Parts 1 to 3 are missing."),
            (&[2, 5], 7, "Parts 1, 3 to 4 and 6 to 7 are missing."),
        ] {
            assert_eq!(told(&missing(there.iter().copied(), last)), words);
        }
        assert!(missing([1, 2].into_iter(), 2).is_empty());
        let odd = (1..100).filter(|number| number % 2 == 1);
        assert!(told(&missing(odd, 100)).ends_with("40 and others are missing."));
    }
}
