//! A function's deployment package: a zip with one executable. Its bytes depend on the
//! executable's bytes alone, so that Terraform sees a change only where there is one.

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// What custom runtimes start (Lambda Developer Guide, "Building a custom runtime").
const ENTRY: &str = "bootstrap";

/// The zip of an executable.
pub(super) fn zip(executable: &[u8]) -> zip::result::ZipResult<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o755);
    writer.start_file(ENTRY, options)?;
    writer.write_all(executable)?;
    Ok(writer.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn equal_executables_make_equal_zips_that_can_be_started() {
        let first = zip(b"\x7fELF program").unwrap();
        assert_eq!(first, zip(b"\x7fELF program").unwrap());
        let mut archive = zip::ZipArchive::new(Cursor::new(first)).unwrap();
        let mut entry = archive.by_index(0).unwrap();
        assert_eq!(
            (entry.name().unwrap().as_ref(), entry.unix_mode().map(|mode| mode & 0o777)),
            (ENTRY, Some(0o755))
        );
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        assert_eq!(content, b"\x7fELF program");
    }
}
