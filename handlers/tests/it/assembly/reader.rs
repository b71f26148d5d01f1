//! Reading results back with what others wrote.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{Cursor, ErrorKind, Read as _};
use std::path::Path;
use std::process::Command;

/// What Python's zipfile thinks of an archive, from its central directory and its local headers.
const PYTHON: &str = "
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    broken = archive.testzip()
    assert broken is None, broken
    for entry in archive.infolist():
        assert not entry.flag_bits & 8, entry
";
/// Java reads it as a stream, which knows the local headers alone.
const JAVA: &str = "
import java.io.*; import java.util.zip.*;
public class Stream { public static void main(String[] a) throws Exception {
    try (var zip = new ZipInputStream(new BufferedInputStream(new FileInputStream(a[0])))) {
        while (zip.getNextEntry() != null) zip.transferTo(OutputStream.nullOutputStream());
    }
} }";

/// The entries by name, with what they unpack to.
pub(super) fn contents(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).unwrap();
    let mut contents = BTreeMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let mut data = Vec::new();
        file.read_to_end(&mut data).unwrap();
        let name = file.name().unwrap().into_owned();
        assert!(contents.insert(name.clone(), data).is_none(), "{name}");
    }
    contents
}

/// Has Info-ZIP, Python, 7-Zip and Java read an archive. A tool that is missing is named.
pub(super) fn tools_agree(archive: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("result.zip");
    std::fs::write(&path, archive).unwrap();
    tools_read(&path);
    let source = folder.path().join("Stream.java");
    std::fs::write(&source, JAVA).unwrap();
    run("java", &[source.as_os_str(), path.as_os_str()]);
}

/// The same for a file, but for Java's stream.
pub(super) fn tools_read(path: &Path) {
    let path = path.as_os_str();
    run("unzip", &["-tqq".as_ref(), path]);
    run("python3", &["-c".as_ref(), PYTHON.as_ref(), path]);
    run("7z", &["t".as_ref(), "-bso0".as_ref(), path]);
    run("jar", &["tf".as_ref(), path]);
}

#[allow(clippy::print_stdout, reason = "a test that is skipped says so")]
fn run(tool: &str, arguments: &[&OsStr]) {
    match Command::new(tool).args(arguments).output() {
        Ok(output) => {
            let told = [output.stdout, output.stderr].concat();
            let told = String::from_utf8_lossy(&told);
            assert!(output.status.success(), "{tool}: {}\n{told}", output.status);
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("skipped: {tool} is not installed");
        }
        Err(error) => panic!("{tool}: {error}"),
    }
}
