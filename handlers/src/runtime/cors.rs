//! What lets a page of another origin read an answer. API Gateway adds nothing to what a function
//! answers ("CORS for REST APIs"): preflights are the document's, the rest is here.

use super::configuration::Lookup;
use super::encode::ProxyResponse;

/// Headers that a page may read besides those that every page may.
const EXPOSED: &str = "ETag,Location,Retry-After,x-amzn-ErrorType,x-amzn-RequestId";

/// The pages that may read what a function answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cors {
    origin: Option<String>,
}

impl Cors {
    /// `ALLOWED_ORIGIN`: an origin, or `*` for all. Without it no page may read anything, which is
    /// right for what only machines call.
    pub(super) fn read(lookup: Lookup<'_>) -> Self {
        Self { origin: lookup("ALLOWED_ORIGIN").filter(|origin| !origin.is_empty()) }
    }

    /// The answer with what such a page needs, be it an error.
    pub(super) fn allow(&self, response: ProxyResponse) -> ProxyResponse {
        let Some(origin) = &self.origin else { return response };
        let response = response
            .with_header("Access-Control-Allow-Origin", origin)
            .with_header("Access-Control-Expose-Headers", &EXPOSED);
        if origin == "*" { response } else { response.with_header("Vary", &"Origin") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(origin: Option<&str>) -> Vec<(String, Vec<String>)> {
        let cors = Cors::read(&|name| {
            assert_eq!(name, "ALLOWED_ORIGIN");
            origin.map(str::to_owned)
        });
        cors.allow(ProxyResponse::empty(500)).headers.into_iter().collect()
    }

    #[test]
    fn answers_say_who_may_read_them() {
        let any = headers(Some("*"));
        assert_eq!(any[0], ("Access-Control-Allow-Origin".to_owned(), vec!["*".to_owned()]));
        assert_eq!(any[1].0, "Access-Control-Expose-Headers");
        assert_eq!(any.len(), 2);
        let one = headers(Some("https://app.example"));
        assert_eq!(one[0].1, ["https://app.example"]);
        assert_eq!(one[2], ("Vary".to_owned(), vec!["Origin".to_owned()]));
    }

    #[test]
    fn what_only_machines_call_says_nothing() {
        assert_eq!((headers(None), headers(Some(""))), (Vec::new(), Vec::new()));
    }
}
