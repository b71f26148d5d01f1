//! Which texts identify a proposal.

use models::ProposalId;

/// The identifier in a text.
///
/// # Errors
/// Why it is none, as the end of a sentence that starts with it.
pub(super) fn read(text: &str) -> Result<ProposalId, String> {
    let id: ProposalId = text.parse().map_err(|invalid: models::validation::Invalid| {
        let details: Vec<_> = invalid.0.into_iter().map(|broken| broken.detail).collect();
        details.join("; ")
    })?;
    check(&id)?;
    Ok(id)
}

/// What no pattern says.
///
/// # Errors
/// Why it is none, as the end of a sentence that starts with it.
pub(super) fn check(id: &ProposalId) -> Result<(), String> {
    match id.as_str() {
        // Clients and proxies take such a segment out of a path, and the one before it as well.
        dots @ ("." | "..") => Err(format!("is {dots}, which no path can have")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_a_segment_of_a_path_is_no_identifier() {
        for text in ["", ".", "..", "a/b", "a\u{0}", "a\n", "a\u{7f}", &"x".repeat(201)] {
            assert!(read(text).is_err(), "{text:?}");
        }
        for text in ["p-1", "...", ".a", "a b", "ü", "%2F", "a+b", &"ü".repeat(200)] {
            assert_eq!(read(text).unwrap().as_str(), text);
        }
    }
}
