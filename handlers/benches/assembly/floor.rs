//! The floor: what it takes to move the same bytes without looking at them.

use std::io::{Read as _, Write as _};

use anyhow::Context as _;

use super::http::{BUFFER, Connection};
use super::sources::COUNT;

fn endpoint() -> anyhow::Result<String> {
    std::env::var("AWS_ENDPOINT_URL_S3").context("AWS_ENDPOINT_URL_S3")
}

fn size(endpoint: &str, source: u64) -> anyhow::Result<u64> {
    let mut connection = Connection::open(endpoint)?;
    connection.ask(&format!("HEAD /sources/{source}.zip"), "", 0)?;
    connection.answer()?.length()
}

/// Streams all sources, one behind the other, into one object: a read and a write at a time.
pub(crate) fn stream() -> anyhow::Result<()> {
    let endpoint = endpoint()?;
    let sizes = (0..COUNT).map(|source| size(&endpoint, source)).collect::<Result<Vec<_>, _>>()?;
    let mut put = Connection::open(&endpoint)?;
    put.ask("PUT /archives/result.zip", "", sizes.iter().sum())?;
    let mut buffer = vec![0; BUFFER];
    let mut get = Connection::open(&endpoint)?;
    for source in 0..COUNT {
        get.ask(&format!("GET /sources/{source}.zip"), "", 0)?;
        let mut rest = usize::try_from(get.answer()?.length()?)?;
        while rest > 0 {
            let most = rest.min(buffer.len());
            let chunk = buffer.get_mut(..most).context("a chunk")?;
            let length = get.body().read(chunk)?;
            anyhow::ensure!(length > 0, "a source ended too early");
            put.out().write_all(chunk.get(..length).context("what was read")?)?;
            rest -= length;
        }
    }
    put.text()?;
    Ok(())
}

/// Has the server copy all sources into one object.
pub(crate) fn copy() -> anyhow::Result<()> {
    let mut connection = Connection::open(&endpoint()?)?;
    connection.ask("POST /archives/result.zip?uploads", "", 0)?;
    let text = connection.text()?;
    let id = text.split_once("<UploadId>").and_then(|(_, rest)| rest.split_once('<'));
    let (id, _) = id.context("an upload id")?;
    let mut parts = String::from("<CompleteMultipartUpload>");
    for source in 0..COUNT {
        let number = source + 1;
        let line = format!("PUT /archives/result.zip?partNumber={number}&uploadId={id}");
        connection.ask(&line, &format!("x-amz-copy-source: sources/{source}.zip\r\n"), 0)?;
        connection.text()?;
        parts.push_str(&format!("<Part><PartNumber>{number}</PartNumber></Part>"));
    }
    parts.push_str("</CompleteMultipartUpload>");
    connection.ask(
        &format!("POST /archives/result.zip?uploadId={id}"),
        "",
        parts.len().try_into()?,
    )?;
    connection.out().write_all(parts.as_bytes())?;
    connection.text()?;
    Ok(())
}
