//! How much room the largest pictures take, each decoded in a process of its own (Linux).

use std::ffi::OsString;
use std::io::Cursor;
use std::process::Command;

use bytes::Bytes;
use handlers::recognition::{Builtin, MAX_BYTES, Picture, Recognizer as _};
use image::{DynamicImage, ImageFormat, RgbImage};

const PICTURE: &str = "LYCHGATE_PICTURE";
/// Edges of 50 megapixels.
const EDGE: u32 = 7071;
/// In MiB, the program and the file included.
const ROOM: u64 = 512;

#[test]
#[ignore = "takes half a gigabyte"]
fn fifty_megapixels_take_less_than_half_a_gigabyte() {
    if let Some(file) = std::env::var_os(PICTURE) {
        println!("\npeak {}", peak_of(file));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let flat = DynamicImage::from(RgbImage::from_pixel(EDGE, EDGE, image::Rgb([200, 30, 30])));
    let jpeg = encoded(&flat, ImageFormat::Jpeg);
    let pictures = [
        ("progressive jpeg", progressive(&jpeg)),
        ("jpeg", jpeg),
        ("webp", encoded(&flat, ImageFormat::WebP)),
        ("gif", gif()),
        ("png", encoded(&DynamicImage::from(flat.into_rgba16()), ImageFormat::Png)),
    ];
    for (name, bytes) in pictures {
        assert!(bytes.len() < MAX_BYTES, "{name}: {}", bytes.len());
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        let this = "recognition::room::fifty_megapixels_take_less_than_half_a_gigabyte";
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
