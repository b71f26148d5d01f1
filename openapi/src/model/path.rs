//! Path templates: `/users/{uid}`, `/files/{proxy+}`.

use std::fmt;

/// One segment of a path template. API Gateway allows a variable only as a whole segment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// Literal text.
    Static(String),
    /// `{name}`: exactly one segment.
    Parameter(String),
    /// `{name+}`: the rest of the path, at least one segment; only ever last.
    Greedy(String),
}

/// A parsed path template.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PathTemplate {
    /// As written, for example `/users/{uid}`.
    pub text: String,
    /// Its segments; empty for `/`.
    pub segments: Vec<Segment>,
}

impl PathTemplate {
    /// Splits a template at `/`. A trailing slash adds no segment, as in API Gateway's resource
    /// tree. Malformed braces stay literal text: the lint reports them.
    pub fn parse(text: &str) -> Self {
        let segments =
            text.split('/').filter(|part| !part.is_empty()).map(Segment::parse).collect();
        Self { text: text.to_owned(), segments }
    }

    /// Names of the variables, in order.
    pub fn parameter_names(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Static(_) => None,
            Segment::Parameter(name) | Segment::Greedy(name) => Some(name.as_str()),
        })
    }
}

impl Segment {
    fn parse(part: &str) -> Self {
        let inner = part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        match inner.filter(|name| !name.contains(['{', '}'])) {
            Some(name) => match name.strip_suffix('+') {
                Some(name) => Self::Greedy(name.to_owned()),
                None => Self::Parameter(name.to_owned()),
            },
            None => Self::Static(part.to_owned()),
        }
    }
}

impl fmt::Display for PathTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_static_parameter_or_greedy() {
        let path = PathTemplate::parse("/users/{uid}/files/{proxy+}");
        assert_eq!(
            path.segments,
            [
                Segment::Static("users".into()),
                Segment::Parameter("uid".into()),
                Segment::Static("files".into()),
                Segment::Greedy("proxy".into()),
            ]
        );
        assert_eq!(path.parameter_names().collect::<Vec<_>>(), ["uid", "proxy"]);
    }

    #[test]
    fn two_variables_in_a_segment_are_text() {
        let path = PathTemplate::parse("/{a}{b}/{c");
        assert!(path.segments.iter().all(|segment| matches!(segment, Segment::Static(_))));
    }

    #[test]
    fn the_root_has_no_segment() {
        assert!(PathTemplate::parse("/").segments.is_empty());
    }
}
