//! What a file is called on the server: at last, and until it is complete.

/// Longest name that common file systems take, in bytes.
const NAME_LIMIT: usize = 255;

/// The name of a file on the server, and the temporary one under which it grows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteFile {
    name: String,
    temporary: String,
}

/// Why a name cannot be given to a file on the server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoteFileError {
    /// Empty, `.`, `..`, longer than 255 bytes, with `/`, `\` or a control character.
    #[error(
        "`{}` cannot be a file on the server: a name has 1 to {NAME_LIMIT} bytes, is neither `.` nor `..`, \
         and has no slash, backslash or control character",
        .0.escape_debug()
    )]
    Name(String),
    /// Not 1 to 64 letters, digits and hyphens.
    #[error("a transfer's id has 1 to 64 letters, digits and hyphens")]
    TransferId,
}

impl RemoteFile {
    /// `name` is what the file is called once complete. `transfer_id` tells transfers of one name apart:
    /// the same transfer, tried again, finds what it left.
    pub fn new(name: &str, transfer_id: &str) -> Result<Self, RemoteFileError> {
        let unfit = |character: char| matches!(character, '/' | '\\') || character.is_control();
        if matches!(name, "" | "." | "..") || name.len() > NAME_LIMIT || name.contains(unfit) {
            return Err(RemoteFileError::Name(name.chars().take(NAME_LIMIT).collect()));
        }
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if !(1..=64).contains(&transfer_id.len()) || !transfer_id.bytes().all(fits) {
            return Err(RemoteFileError::TransferId);
        }
        let frame = format!("..{transfer_id}.part").len();
        let mut end = name.len().min(NAME_LIMIT.saturating_sub(frame));
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        let beginning = name.get(..end).unwrap_or_default();
        Ok(Self { name: name.to_owned(), temporary: format!(".{beginning}.{transfer_id}.part") })
    }

    /// The name of the complete file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `.NAME.ID.part`, with as much of the name as fits. The dot keeps it out of ordinary listings.
    pub fn temporary(&self) -> &str {
        &self.temporary
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_temporary_name_shows_name_and_transfer() {
        let file = RemoteFile::new("final.zip", "7d-1").unwrap();
        assert_eq!((file.name(), file.temporary()), ("final.zip", ".final.zip.7d-1.part"));
    }

    #[test]
    fn the_longest_name_still_has_a_temporary_one() {
        for name in ["a".repeat(255), "ä".repeat(127)] {
            let file = RemoteFile::new(&name, &"7".repeat(64)).unwrap();
            assert!(file.temporary().len() <= 255, "{}", file.temporary());
            assert!(file.temporary().ends_with(&format!(".{}.part", "7".repeat(64))));
        }
    }

    #[test]
    fn names_that_leave_the_directory_or_the_line_are_refused() {
        for name in ["", ".", "..", "a/b", "/a", "a\\b", "a\nb", "a\0", "\u{85}", &"a".repeat(256)]
        {
            let error = RemoteFile::new(name, "1").unwrap_err();
            assert!(!error.to_string().contains(char::is_control), "{error}");
            assert!(matches!(error, RemoteFileError::Name(_)));
        }
        for id in ["", "a/b", "..", "a b", &"a".repeat(65)] {
            assert_eq!(RemoteFile::new("a", id), Err(RemoteFileError::TransferId));
        }
    }
}
