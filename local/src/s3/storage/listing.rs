//! Lists of objects and of versions, page by page, with keys rolled up at a delimiter.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Fault, Headers, Storage, StoredChecksum};

/// What to list.
#[derive(Clone, Debug)]
pub(in crate::s3) struct Listing<'a> {
    pub(in crate::s3) bucket: &'a str,
    pub(in crate::s3) prefix: &'a str,
    /// Not empty.
    pub(in crate::s3) delimiter: Option<&'a str>,
    /// The key or common prefix after which to begin, and a version of it.
    pub(in crate::s3) after: Option<(&'a str, Option<&'a str>)>,
    /// Keys and common prefixes together.
    pub(in crate::s3) most: usize,
}

/// Part of a list.
#[derive(Debug, Default)]
pub(in crate::s3) struct Page {
    pub(in crate::s3) entries: Vec<Entry>,
    /// Common prefixes, each ending in the delimiter.
    pub(in crate::s3) prefixes: Vec<String>,
    /// The last key or common prefix, and which version of the key.
    pub(in crate::s3) last: Option<(String, Option<String>)>,
    /// Whether there is more behind it.
    pub(in crate::s3) truncated: bool,
}

/// A version in a list.
#[derive(Clone, Debug)]
pub(in crate::s3) struct Entry {
    pub(in crate::s3) key: String,
    pub(in crate::s3) id: String,
    pub(in crate::s3) latest: bool,
    /// Whether it is a delete marker.
    pub(in crate::s3) marker: bool,
    /// Size in bytes.
    pub(in crate::s3) size: u64,
    /// Without quotation marks.
    pub(in crate::s3) etag: String,
    /// Milliseconds since 1970.
    pub(in crate::s3) modified: i64,
    pub(in crate::s3) headers: Headers,
    pub(in crate::s3) checksum: Option<StoredChecksum>,
}

/// Which versions a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    Objects,
    Versions,
}

impl Storage {
    /// The current objects.
    pub(in crate::s3) fn list(&self, listing: &Listing<'_>) -> Result<Page, Fault> {
        walk(&self.index(), listing, Which::Objects)
    }

    /// Every version and delete marker, of one key the newest first.
    pub(in crate::s3) fn list_versions(&self, listing: &Listing<'_>) -> Result<Page, Fault> {
        walk(&self.index(), listing, Which::Versions)
    }
}

fn walk(index: &Connection, listing: &Listing<'_>, which: Which) -> Result<Page, Fault> {
    let mut page = Page::default();
    if listing.most == 0 {
        return Ok(page);
    }
    let mut start = Some(listing.start());
    while let Some(from) = start {
        start = scan(index, listing, which, &from, &mut page)?;
    }
    Ok(page)
}

/// Adds to the page from this key on. Answers where to go on: behind a common prefix, whose keys need
/// not be looked at one by one.
fn scan(
    index: &Connection,
    listing: &Listing<'_>,
    which: Which,
    from: &[u8],
    page: &mut Page,
) -> Result<Option<Vec<u8>>, Fault> {
    let (choice, order) = match which {
        Which::Objects => ("latest AND NOT marker", "key"),
        Which::Versions => ("TRUE", "key, sequence DESC"),
    };
    let query = format!(
        "SELECT CAST(key AS TEXT), id, latest, marker, size, etag, modified, checksum, sequence, headers
         FROM version WHERE bucket = ?1 AND key >= ?2 AND {choice} ORDER BY {order}"
    );
    let mut statement = index.prepare_cached(&query)?;
    let mut rows = statement.query(params![listing.bucket, from])?;
    let begun = listing.begun(index)?;
    while let Some(row) = rows.next()? {
        let key: String = row.get(0)?;
        if !key.starts_with(listing.prefix) {
            return Ok(None);
        }
        if let Some((first, sequence)) = begun
            && first == key
            && row.get::<_, i64>(8)? >= sequence
        {
            continue;
        }
        if page.entries.len() + page.prefixes.len() == listing.most {
            page.truncated = true;
            return Ok(None);
        }
        if let Some(common) = listing.common_prefix(&key) {
            page.last = Some((common.to_owned(), None));
            page.prefixes.push(common.to_owned());
            return Ok(Some(behind(common)));
        }
        let checksum: Option<String> = row.get(7)?;
        let entry = Entry {
            key,
            id: row.get(1)?,
            latest: row.get(2)?,
            marker: row.get(3)?,
            size: row.get(4)?,
            etag: row.get(5)?,
            modified: row.get(6)?,
            headers: serde_json::from_str(&row.get::<_, String>(9)?)?,
            checksum: checksum.map(|text| serde_json::from_str(&text)).transpose()?,
        };
        page.last = Some((entry.key.clone(), Some(entry.id.clone())));
        page.entries.push(entry);
    }
    Ok(None)
}

impl<'a> Listing<'a> {
    /// The first key that may be listed.
    fn start(&self) -> Vec<u8> {
        let prefix = self.prefix.as_bytes().to_vec();
        let after = match self.after {
            None => return prefix,
            // Versions of this key are to come.
            Some((key, Some(_))) => key.as_bytes().to_vec(),
            Some((key, None)) if self.common_prefix(key) == Some(key) => behind(key),
            Some((key, None)) => [key.as_bytes(), &[0]].concat(),
        };
        prefix.max(after)
    }

    /// The key of which some versions were listed, and the sequence of the last of them.
    fn begun(&self, index: &Connection) -> Result<Option<(&'a str, i64)>, Fault> {
        let Some((key, Some(id))) = self.after else { return Ok(None) };
        let sequence = index
            .prepare_cached(
                "SELECT sequence FROM version WHERE bucket = ?1 AND key = ?2 AND id = ?3",
            )?
            .query_row(params![self.bucket, key.as_bytes(), id], |row| row.get(0))
            .optional()?;
        Ok(sequence.map(|sequence| (key, sequence)))
    }

    /// The key up to the first delimiter behind the prefix.
    fn common_prefix<'k>(&self, key: &'k str) -> Option<&'k str> {
        let delimiter = self.delimiter?;
        let rest = key.strip_prefix(self.prefix)?;
        let end = self.prefix.len() + rest.find(delimiter)? + delimiter.len();
        key.get(..end)
    }
}

/// The least string of bytes above everything that starts with this text. The last byte of UTF-8 can
/// always be raised by one.
fn behind(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    if let Some(last) = bytes.last_mut() {
        *last += 1;
    }
    bytes
}
