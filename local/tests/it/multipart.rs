//! Forms as browsers send them.

/// Media type and body of a form with these fields and then the file.
pub(crate) fn form<'a>(
    fields: impl IntoIterator<Item = (&'a str, &'a str)>,
    file: &[u8],
) -> (&'static str, Vec<u8>) {
    let mut body = Vec::new();
    for (name, value) in fields {
        let head = format!("--frontier\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(value.as_bytes());
        body.extend_from_slice(b"\r\n");
    }
    let head = "--frontier\r\ncontent-disposition: form-data; name=\"file\"; filename=\"f.png\"\r\n\
        content-type: image/png\r\n\r\n";
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--frontier--\r\n");
    ("multipart/form-data; boundary=frontier", body)
}
