//! JSON pointers (RFC 6901).

/// Appends the name of a member, or the index of an item, to a pointer.
pub fn push(pointer: &mut String, token: &str) {
    pointer.push('/');
    for c in token.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_and_tildes_survive() {
        let mut pointer = "/a".to_owned();
        push(&mut pointer, "b/~1");
        assert_eq!(pointer, "/a/b~1~01");
    }
}
