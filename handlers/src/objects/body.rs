//! What an object in memory holds: bytes, and runs of zeros that take no room.

use std::collections::VecDeque;
use std::ops::Range;

use bytes::Bytes;
use crc32fast::Hasher;

/// Zeros are looked for, and given out, in blocks of this many bytes.
const BLOCK: usize = 64 << 10;
static ZEROS: [u8; BLOCK] = [0; BLOCK];

/// The content of an object in memory. Whole blocks of zeros are not stored, so that objects
/// beyond the machine's memory can be tested with.
#[derive(Clone, Debug, Default)]
pub struct Body {
    pieces: Vec<Piece>,
    size: u64,
}

#[derive(Clone, Debug)]
enum Piece {
    Bytes(Bytes),
    Zeros(u64),
}

impl Piece {
    fn size(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Zeros(count) => *count,
        }
    }
}

impl Body {
    /// So many bytes.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// How many bytes of memory it takes.
    pub fn resident(&self) -> u64 {
        let bytes = self.pieces.iter().filter(|piece| matches!(piece, Piece::Bytes(_)));
        bytes.map(Piece::size).sum()
    }

    /// Adds bytes at the end.
    pub fn push(&mut self, mut bytes: Bytes) {
        while !bytes.is_empty() {
            let zero = starts_with_zeros(&bytes);
            let mut end = 0;
            while end < bytes.len() && starts_with_zeros(bytes.get(end..).unwrap_or(&[])) == zero {
                end = bytes.len().min(end + BLOCK);
            }
            let run = bytes.split_to(end);
            if zero {
                self.push_zeros(run.len() as u64);
            } else {
                self.size += run.len() as u64;
                // A copy, as the bytes may be a small part of a large buffer.
                self.pieces.push(Piece::Bytes(Bytes::copy_from_slice(&run)));
            }
        }
    }

    /// Adds zeros at the end.
    pub fn push_zeros(&mut self, count: u64) {
        self.size += count;
        match self.pieces.last_mut() {
            Some(Piece::Zeros(zeros)) => *zeros += count,
            _ => self.pieces.push(Piece::Zeros(count)),
        }
    }

    /// Adds another body at the end.
    pub fn append(&mut self, other: Self) {
        self.size += other.size;
        self.pieces.extend(other.pieces);
    }

    /// The bytes of a range, as far as there are any.
    pub fn slice(&self, range: Range<u64>) -> Self {
        let mut slice = Self::default();
        let mut start = 0;
        for piece in &self.pieces {
            let end = start + piece.size();
            let (from, to) = (range.start.max(start), range.end.min(end));
            if from < to {
                slice.size += to - from;
                slice.pieces.push(match piece {
                    Piece::Zeros(_) => Piece::Zeros(to - from),
                    Piece::Bytes(bytes) => {
                        Piece::Bytes(bytes.slice((from - start) as usize..(to - start) as usize))
                    }
                });
            }
            start = end;
        }
        slice
    }

    /// The bytes in chunks of at most 64 KiB.
    pub fn chunks(self) -> impl Iterator<Item = Bytes> + Send {
        let mut pieces = VecDeque::from(self.pieces);
        std::iter::from_fn(move || {
            let chunk = match pieces.front_mut()? {
                Piece::Bytes(bytes) => bytes.split_to(bytes.len().min(BLOCK)),
                Piece::Zeros(count) => {
                    let length = (*count).min(BLOCK as u64);
                    *count -= length;
                    Bytes::from_static(ZEROS.get(..length as usize)?)
                }
            };
            if pieces.front().is_some_and(|piece| piece.size() == 0) {
                pieces.pop_front();
            }
            Some(chunk)
        })
    }

    /// The CRC-32 of all of it.
    pub fn crc32(&self) -> u32 {
        let mut hasher = Hasher::new();
        for piece in &self.pieces {
            match piece {
                Piece::Bytes(bytes) => hasher.update(bytes),
                Piece::Zeros(count) => hasher.combine(&zeros(*count)),
            }
        }
        hasher.finalize()
    }

    /// All of it in one buffer; for what is known to be small.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.size).unwrap_or(0));
        for chunk in self.clone().chunks() {
            bytes.extend_from_slice(&chunk);
        }
        bytes
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        let mut body = Self::default();
        body.push(bytes.into());
        body
    }
}

/// The CRC-32 of so many zeros, in steps that double.
fn zeros(count: u64) -> Hasher {
    let (mut all, mut power) = (Hasher::new(), Hasher::new());
    power.update(&[0]);
    let mut rest = count;
    while rest > 0 {
        if rest & 1 == 1 {
            all.combine(&power);
        }
        let half = power.clone();
        power.combine(&half);
        rest >>= 1;
    }
    all
}

fn starts_with_zeros(bytes: &[u8]) -> bool {
    bytes.get(..BLOCK) == Some(&ZEROS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_take_no_room_and_come_back() {
        let mut content = vec![7; 10];
        content.extend(vec![0; 5 * BLOCK + 3]);
        content.push(9);
        let mut body = Body::from(content.clone());
        body.push_zeros(1 << 40);
        assert_eq!(body.size(), content.len() as u64 + (1 << 40));
        assert!(body.resident() < 2 * BLOCK as u64 + 14, "{}", body.resident());
        assert_eq!(body.slice(0..content.len() as u64).to_vec(), content);
        assert_eq!(body.slice(8..12).to_vec(), [7, 7, 0, 0]);
        assert_eq!(body.slice(1 << 39..(1 << 39) + 2).to_vec(), [0, 0]);
    }

    #[test]
    fn a_range_behind_the_end_is_cut() {
        assert_eq!(Body::from("abc").slice(2..9).to_vec(), b"c");
        assert_eq!(Body::from("abc").slice(5..9).size(), 0);
    }

    #[test]
    fn the_crc_32_is_that_of_the_bytes() {
        assert_eq!(Body::from("abc").crc32(), crc32fast::hash(b"abc"));
        for count in [0, 1, 100_000, 1 << 20] {
            let mut body = Body::from("abc");
            body.push_zeros(count);
            assert_eq!(body.crc32(), crc32fast::hash(&body.to_vec()), "{count}");
        }
    }
}
