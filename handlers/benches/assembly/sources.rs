//! The sources: the same bytes on every machine.

use std::fs::File;
use std::io::{BufWriter, Cursor, Write as _};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// How many there are.
pub(crate) const COUNT: u64 = 10;

/// Sizes of entries before compression, in KiB; they recur.
const SMALL: [usize; 12] = [4, 3000, 60, 1500, 700, 250, 2000, 15, 900, 400, 1200, 120];
const LARGE: [usize; 2] = [48 << 10, 100 << 10];

/// Writes the sources into a folder, `0.zip` to `9.zip`, about this many bytes in all.
pub(crate) fn write(folder: &Path, size: u64, large: bool) -> anyhow::Result<()> {
    let sizes: &[usize] = if large { &LARGE } else { &SMALL };
    let mut pool = pool(sizes, large)?;
    for source in 0..COUNT {
        let file =
            BufWriter::with_capacity(1 << 20, File::create(folder.join(format!("{source}.zip")))?);
        let mut zip = ZipWriter::new(file);
        let (mut written, mut entry) = (0, 0);
        while written < size / COUNT {
            let copied = pool.by_index_raw((entry + source as usize) % pool.len())?;
            written += copied.compressed_size();
            zip.raw_copy_file_rename(copied, format!("folder {}/entry {entry}.bin", entry % 7))?;
            entry += 1;
        }
        zip.finish()?.into_inner()?.sync_all()?;
    }
    Ok(())
}

/// A zip of noise and text, of each as much, whose entries the sources copy.
fn pool(sizes: &[usize], large: bool) -> anyhow::Result<ZipArchive<Cursor<Vec<u8>>>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (seed, kibibytes) in (1..).zip(sizes) {
        let noise = noise(kibibytes << 10, seed);
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        zip.start_file(format!("noise {seed}"), stored)?;
        zip.write_all(&noise)?;
        // Text gets about three times smaller, so there is three times as much; large entries
        // would take long to deflate.
        let times = if large { 1 } else { 3 };
        zip.start_file(format!("text {seed}"), SimpleFileOptions::default())?;
        zip.write_all(&text(times * noise.len(), &noise))?;
    }
    Ok(zip.finish_into_readable()?)
}

/// Bytes that no method makes smaller.
fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.take(length.div_ceil(8)).flatten().take(length).collect()
}

/// Words in the order that the noise says.
fn text(length: usize, noise: &[u8]) -> Vec<u8> {
    const WORDS: [&str; 16] = [
        "archive ",
        "of ",
        "the ",
        "customer ",
        "with ",
        "invoice ",
        "number ",
        "and ",
        "a ",
        "contract ",
        "signed ",
        "in ",
        "November, ",
        "delivered ",
        "to ",
        "Lychgate.\n",
    ];
    let halves = noise.iter().cycle().flat_map(|byte| [byte >> 4, byte & 15]);
    let words = halves.filter_map(|half| WORDS.get(usize::from(half)));
    words.flat_map(|word| word.bytes()).take(length).collect()
}
