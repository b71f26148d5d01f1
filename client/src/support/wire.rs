//! What the request builders cannot express about an operation.

use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName};

/// Facts about the requests of an operation.
#[derive(Clone, Copy, Debug)]
pub struct Wire {
    /// `Accept`.
    pub accept: &'static str,
    /// `Content-Type` of the body, where it is not the builder's own.
    pub content_type: Option<&'static str>,
    /// Query parameters that the builder names otherwise or does not join.
    pub query: &'static [Query],
    /// Headers that the builder names otherwise: name sent, name meant.
    pub headers: &'static [(&'static str, &'static str)],
    /// Cookies, which the builder sends as headers: name of the header, name of the cookie.
    pub cookies: &'static [(&'static str, &'static str)],
    /// The last argument of the path is the rest of it, slashes included.
    pub greedy: bool,
    /// An empty body, or a JSON `null`, is no body.
    pub optional_body: bool,
}

/// A query parameter that needs a correction.
#[derive(Clone, Copy, Debug)]
pub struct Query {
    /// The builder's name.
    pub sent: &'static str,
    /// The document's name.
    pub name: &'static str,
    /// Joins the elements of a list; `None` repeats the name.
    pub separator: Option<&'static str>,
}

impl Wire {
    /// JSON in, JSON out, nothing to correct.
    pub const JSON: Self = Self {
        accept: "application/json",
        content_type: None,
        query: &[],
        headers: &[],
        cookies: &[],
        greedy: false,
        optional_body: false,
    };

    pub(super) fn rename_headers(&self, headers: &mut HeaderMap) -> Result<(), String> {
        for (sent, name) in self.headers {
            let Some(value) = headers.remove(*sent) else { continue };
            let name: HeaderName = name.parse().map_err(|error| format!("{name}: {error}"))?;
            if name == CONTENT_TYPE {
                headers.insert(name, value);
            } else {
                headers.append(name, value);
            }
        }
        Ok(())
    }

    /// Gives query parameters their names and joins lists where their first element stood.
    pub(super) fn rewrite_query(&self, url: &mut Url) {
        if self.query.is_empty() || url.query().is_none() {
            return;
        }
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (key, value) in url.query_pairs() {
            let Some(query) = self.query.iter().find(|query| query.sent == key) else {
                pairs.push((key.into_owned(), value.into_owned()));
                continue;
            };
            let joined = query.separator.and_then(|sign| {
                let first = pairs.iter_mut().find(|(name, _)| name == query.name)?;
                Some((&mut first.1, sign))
            });
            match joined {
                Some((list, sign)) => {
                    list.push_str(sign);
                    list.push_str(&value);
                }
                None => pairs.push((query.name.to_owned(), value.into_owned())),
            }
        }
        url.query_pairs_mut().clear().extend_pairs(pairs);
    }

    /// Slashes in the last segment divide it again.
    pub(super) fn open_rest(&self, url: &mut Url) {
        if self.greedy {
            let path = url.path();
            let (head, rest) = path.rsplit_once('/').unwrap_or(("", path));
            let open = format!("{head}/{}", rest.replace("%2F", "/"));
            url.set_path(&open);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn lists_are_joined_and_names_given_back() {
        const WIRE: Wire = Wire {
            query: &[
                Query { sent: "tags", name: "tags", separator: Some(",") },
                Query { sent: "id_query", name: "id", separator: None },
            ],
            ..Wire::JSON
        };
        let mut url = url("http://h/p?id_query=1&limit=2&tags=a&tags=b");
        WIRE.rewrite_query(&mut url);
        assert_eq!(url.query(), Some("id=1&limit=2&tags=a%2Cb"));
    }

    #[test]
    fn the_rest_of_the_path_keeps_its_slashes_and_its_encoding() {
        const WIRE: Wire = Wire { greedy: true, ..Wire::JSON };
        let mut url = url("http://h/stage/files/a%2Fb%20c%2Fd");
        WIRE.open_rest(&mut url);
        assert_eq!(url.path(), "/stage/files/a/b%20c/d");
    }
}
