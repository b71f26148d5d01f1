//! How much room the largest pictures take, each decoded in a process of its own (Linux).

use std::ffi::OsString;
use std::io::{Cursor, Write as _};
use std::process::Command;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use handlers::recognition::{Builtin, MAX_BYTES, Picture, Recognizer as _};
use image::{DynamicImage, ImageFormat, RgbImage};

const PICTURE: &str = "LYCHGATE_PICTURE";
/// Edges of 50 megapixels.
const EDGE: u32 = 7071;
/// In MiB, the program and the file included: three quarters of the function's memory.
const ROOM: u64 = 768;

#[test]
#[ignore = "takes more than half a gigabyte"]
fn fifty_megapixels_take_three_quarters_of_the_functions_memory_at_most() {
    if let Some(file) = std::env::var_os(PICTURE) {
        println!("\npeak {}", peak_of(file));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let flat = DynamicImage::from(RgbImage::from_pixel(EDGE, EDGE, image::Rgb([200, 30, 30])));
    let jpeg = encoded(&flat, ImageFormat::Jpeg);
    let webp = encoded(&flat, ImageFormat::WebP);
    let png = encoded(&DynamicImage::from(flat.into_rgba16()), ImageFormat::Png);
    let pictures = [
        ("progressive jpeg", progressive(&jpeg)),
        ("jpeg", jpeg),
        ("animated webp", animated(&webp)),
        ("webp", webp),
        ("gif", gif()),
        ("png with a profile that is a bomb", with_bomb(&png)),
        ("png", png),
    ];
    for (name, bytes) in pictures {
        assert!(bytes.len() < MAX_BYTES, "{name}: {}", bytes.len());
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        let this = "recognition::room::fifty_megapixels_take_three_quarters_of_the_functions_memory_at_most";
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", this, "--ignored", "--nocapture"])
            .env(PICTURE, file)
            .output()
            .unwrap();
        assert!(child.status.success(), "{name}: {child:?}");
        let told = String::from_utf8(child.stdout).unwrap();
        let peak = told.lines().find_map(|line| line.strip_prefix("peak ")).unwrap();
        println!("{name}: {peak} MiB");
        assert!(peak.parse::<u64>().unwrap() < ROOM, "{name}: {peak} MiB");
    }
}

fn encoded(pixels: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A small frame on a large screen: encoding a large one takes a minute.
fn gif() -> Vec<u8> {
    let mut bytes = encoded(&DynamicImage::from(RgbImage::new(9, 9)), ImageFormat::Gif);
    let [_, _, high, low] = EDGE.to_be_bytes();
    bytes[6..10].copy_from_slice(&[low, high, low, high]);
    bytes
}

/// Said to be progressive: decoders then hold all coefficients, whatever the first scan holds.
fn progressive(jpeg: &[u8]) -> Vec<u8> {
    let mut bytes = jpeg.to_vec();
    let at = |marker| memchr::memmem::find(jpeg, &[0xFF, marker]).unwrap();
    bytes[at(0xC0) + 1] = 0xC2;
    // The scan has the first coefficient of each block: marker, length, count, two for each, the first
    // and the last coefficient.
    bytes[at(0xDA) + 12] = 0;
    bytes
}

/// Twice the same frame, which covers the canvas.
fn animated(still: &[u8]) -> Vec<u8> {
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let length = u32::try_from(data.len()).unwrap().to_le_bytes();
        [&kind[..], &length, data, &[0][..data.len() % 2]].concat()
    };
    let [e1, e2, e3, _] = (EDGE - 1).to_le_bytes();
    // Animated and transparent.
    let canvas = chunk(b"VP8X", &[0x12, 0, 0, 0, e1, e2, e3, e1, e2, e3]);
    let place = [0, 0, 0, 0, 0, 0, e1, e2, e3, e1, e2, e3, 100, 0, 0, 0];
    let frame = chunk(b"ANMF", &[&place, &still[12..]].concat());
    let chunks = [b"WEBP", &*canvas, &chunk(b"ANIM", &[0; 6]), &frame, &frame].concat();
    chunk(b"RIFF", &chunks)
}

/// With a colour profile of half a gigabyte, which takes half a megabyte.
fn with_bomb(png: &[u8]) -> Vec<u8> {
    let mut profile = ZlibEncoder::new(b"iCCPbomb\0\0".to_vec(), Compression::best());
    for _ in 0..500 {
        profile.write_all(&[0; 1 << 20]).unwrap();
    }
    let profile = profile.finish().unwrap();
    let length = u32::try_from(profile.len() - 4).unwrap().to_be_bytes();
    let checksum = crc32fast::hash(&profile).to_be_bytes();
    // Behind the signature and the header.
    [&png[..33], &length, &profile, &checksum, &png[33..]].concat()
}

/// The most that this process took to recognise the picture, in MiB. Damaged pixels are no matter: room
/// has been taken by then.
fn peak_of(file: OsString) -> u64 {
    let bytes = Bytes::from(std::fs::read(file).unwrap());
    let picture = Picture::check(bytes).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let _ = runtime.block_on(Builtin.recognize(&picture));
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
    kib / 1024
}
