//! `x-amazon-apigateway-binary-media-types`: which bodies are bytes.

use crate::headers::essence;

/// The media types whose bodies are not text.
#[derive(Clone, Debug, Default)]
pub(crate) struct BinaryMediaTypes(Vec<String>);

impl BinaryMediaTypes {
    /// The types as the document lists them.
    pub(crate) fn new(types: &[String]) -> Self {
        Self(types.iter().map(|kind| kind.trim().to_ascii_lowercase()).collect())
    }

    /// Whether a body of this `Content-Type` is bytes.
    pub(crate) fn has(&self, content_type: Option<&str>) -> bool {
        let essence = essence(content_type.unwrap_or_default());
        self.0.iter().any(|kind| matches(kind, &essence))
    }

    /// Whether a client that sends this `Accept` takes bytes: only the first media type counts,
    /// and what the answer's own `Content-Type` says does not (recorded on AWS). Like a missing
    /// `Content-Type`, a missing `Accept` counts as JSON.
    pub(crate) fn accepted(&self, accept: Option<&str>) -> bool {
        self.has(accept.and_then(|accept| accept.split(',').next()))
    }
}

/// `type/*` matches every subtype, `*/*` everything; `*/subtype` never matches (recorded on AWS).
fn matches(kind: &str, essence: &str) -> bool {
    match kind.split_once('/') {
        Some(("*", "*")) => true,
        Some(("*", _)) => false,
        Some((main, "*")) => essence.split('/').next() == Some(main),
        _ => kind == essence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded on AWS.
    #[test]
    fn accept_decides_by_its_first_type() {
        for (types, accept, expected) in [
            (&["image/png", "*/test"][..], "image/png", true),
            (&["image/png"], "image/png,image/*", true),
            (&["image/png"], "image/webp,image/png,*/*;q=0.8", false),
            (&["image/png"], "image/*", false),
            (&["image/png"], "*/*", false),
            (&["*/test"], "image/test", false),
            (&["application/*"], "application/*", true),
            (&["application/*"], "application/whatever", true),
            (&["*/*"], "*/*", true),
            (&["*/*"], "text/plain", true),
            (&[], "image/png", false),
        ] {
            let types: Vec<String> = types.iter().map(|&kind| kind.to_owned()).collect();
            assert_eq!(BinaryMediaTypes::new(&types).accepted(Some(accept)), expected, "{accept}");
        }
    }

    #[test]
    fn content_type_decides_without_its_parameters() {
        let types = BinaryMediaTypes::new(&["Image/PNG".to_owned()]);
        assert!(types.has(Some("image/png; q=1")));
        assert!(!types.has(None));
        assert!(!types.accepted(None));
        let all = BinaryMediaTypes::new(&["*/*".to_owned()]);
        assert!(all.has(None) && all.accepted(None));
    }
}
