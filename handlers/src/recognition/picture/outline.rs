//! The outline of a picture: its blocks are followed from the first to the last, without looking into
//! them.
//!
//! Sources: PNG (Third Edition) section 5, ITU-T T.81 annex B, GIF89a specification, RFC 9649 (WebP).

use super::MediaType;

/// What can be told without decoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outline {
    /// In pixels, as stored.
    pub(super) width: u32,
    /// In pixels, as stored.
    pub(super) height: u32,
    /// Several frames.
    pub(super) animated: bool,
}

impl Outline {
    /// Follows the blocks. None, if the bytes end before the picture does.
    pub(super) fn read(media_type: MediaType, bytes: &[u8]) -> Option<Self> {
        let mut blocks = Blocks { rest: bytes };
        match media_type {
            MediaType::Jpeg => jpeg(&mut blocks),
            MediaType::Png => png(&mut blocks),
            MediaType::Gif => gif(&mut blocks),
            MediaType::WebP => webp(&mut blocks),
        }
    }
}

/// Bytes that are taken from the front; whatever is not there is None.
struct Blocks<'a> {
    rest: &'a [u8],
}

impl<'a> Blocks<'a> {
    fn take(&mut self, size: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(size)?;
        self.rest = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }
}

/// Chunks of length, type, data and checksum, up to `IEND`.
fn png(blocks: &mut Blocks<'_>) -> Option<Outline> {
    blocks.take(8)?;
    let mut size = None;
    let mut frames = 1;
    loop {
        let length = usize::try_from(u32::from_be_bytes(blocks.array()?)).ok()?;
        let kind: [u8; 4] = blocks.array()?;
        let mut data = Blocks { rest: blocks.take(length)? };
        blocks.take(4)?;
        match &kind {
            b"IHDR" => {
                let width = u32::from_be_bytes(data.array()?);
                size = Some((width, u32::from_be_bytes(data.array()?)));
            }
            b"acTL" => frames = u32::from_be_bytes(data.array()?),
            b"IEND" => {
                let (width, height) = size?;
                return Some(Outline { width, height, animated: frames > 1 });
            }
            _ => {}
        }
    }
}

/// Segments of marker and length, up to the pixels; an end somewhere behind their beginning. Within
/// pixels a 0xFF is followed by 0, so the end's two bytes are the end.
fn jpeg(blocks: &mut Blocks<'_>) -> Option<Outline> {
    blocks.take(2)?;
    let mut size = (0, 0);
    loop {
        if blocks.byte()? != 0xFF {
            return None;
        }
        let mut marker = blocks.byte()?;
        while marker == 0xFF {
            marker = blocks.byte()?;
        }
        if matches!(marker, 0x01 | 0xD0..=0xD7) {
            continue;
        }
        let length = usize::from(u16::from_be_bytes(blocks.array()?)).checked_sub(2)?;
        let mut data = Blocks { rest: blocks.take(length)? };
        match marker {
            // Start of frame; the three left out have the same first digit and another meaning.
            0xC0..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) => {
                let [_, h1, h2, w1, w2] = data.array()?;
                size = (u16::from_be_bytes([w1, w2]), u16::from_be_bytes([h1, h2]));
            }
            // Start of scan.
            0xDA => {
                memchr::memmem::rfind(blocks.rest, &[0xFF, 0xD9])?;
                let (width, height) = (u32::from(size.0), u32::from(size.1));
                return Some(Outline { width, height, animated: false });
            }
            _ => {}
        }
    }
}

/// Frames and extensions, each of blocks up to 255 bytes, up to the trailer.
fn gif(blocks: &mut Blocks<'_>) -> Option<Outline> {
    blocks.take(6)?;
    let [w1, w2, h1, h2, flags, _, _] = blocks.array()?;
    colour_table(blocks, flags)?;
    let mut frames = 0_usize;
    loop {
        match blocks.byte()? {
            0x2C => {
                let [.., flags] = blocks.array::<9>()?;
                colour_table(blocks, flags)?;
                blocks.byte()?;
                frames += 1;
            }
            0x21 => {
                blocks.byte()?;
            }
            0x3B => {
                let width = u32::from(u16::from_le_bytes([w1, w2]));
                let height = u32::from(u16::from_le_bytes([h1, h2]));
                return Some(Outline { width, height, animated: frames > 1 });
            }
            _ => return None,
        }
        while let length @ 1.. = blocks.byte()? {
            blocks.take(usize::from(length))?;
        }
    }
}

fn colour_table(blocks: &mut Blocks<'_>, flags: u8) -> Option<()> {
    if flags & 0x80 != 0 {
        blocks.take(3 << ((flags & 7) + 1))?;
    }
    Some(())
}

/// Chunks up to the length that the file says it has.
fn webp(blocks: &mut Blocks<'_>) -> Option<Outline> {
    blocks.take(4)?;
    let length = usize::try_from(u32::from_le_bytes(blocks.array()?)).ok()?;
    let mut chunks = Blocks { rest: blocks.take(length)? };
    chunks.take(4)?;
    let mut sizes = Vec::new();
    let mut frames = 0_usize;
    while let Some((kind, mut data)) = chunk(&mut chunks)? {
        sizes.extend(webp_size(kind, &mut data));
        if kind == *b"ANMF" {
            frames += 1;
            data.take(16)?;
            while let Some((kind, mut data)) = chunk(&mut data)? {
                sizes.extend(webp_size(kind, &mut data));
            }
        }
    }
    // The largest counts: a small canvas does not make a large picture small.
    let pixels = |(width, height): &(u32, u32)| u64::from(*width) * u64::from(*height);
    let (width, height) = sizes.into_iter().max_by_key(pixels)?;
    Some(Outline { width, height, animated: frames > 1 })
}

/// Type, length and data, padded to even length. `Some(None)` at the end.
fn chunk<'a>(chunks: &mut Blocks<'a>) -> Option<Option<([u8; 4], Blocks<'a>)>> {
    if chunks.rest.is_empty() {
        return Some(None);
    }
    let kind = chunks.array()?;
    let length = usize::try_from(u32::from_le_bytes(chunks.array()?)).ok()?;
    let data = chunks.take(length)?;
    chunks.take(length % 2)?;
    Some(Some((kind, Blocks { rest: data })))
}

/// Of the chunks that have one: canvas, lossy and lossless picture.
fn webp_size(kind: [u8; 4], data: &mut Blocks<'_>) -> Option<(u32, u32)> {
    match &kind {
        b"VP8X" => {
            let [_, _, _, _, w1, w2, w3, h1, h2, h3] = data.array()?;
            let edge = |low, middle, high| u32::from_le_bytes([low, middle, high, 0]) + 1;
            Some((edge(w1, w2, w3), edge(h1, h2, h3)))
        }
        b"VP8 " => {
            let [.., w1, w2, h1, h2] = data.array::<10>()?;
            let edge = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3FFF);
            Some((edge(w1, w2), edge(h1, h2)))
        }
        b"VP8L" => {
            data.byte()?;
            let bits = u32::from_le_bytes(data.array()?);
            Some(((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1))
        }
        _ => None,
    }
}
