//! Who may ask: this machine, by a name of its loopback interface, and of its browsers only pages of
//! the console itself.
//!
//! - Another site may have its name resolve to 127.0.0.1 (DNS rebinding), so `Host` has to name the
//!   loopback interface and the console's port.
//! - Another site may have a browser send requests here (CSRF), so what changes anything must come from
//!   a page of the console, and carry the token that its pages do.
//! - What shows data refuses browsers that ask on behalf of another site, other ports included.
//!
//! Browsers tell by `Sec-Fetch-Site` (W3C Fetch Metadata) and `Origin`, which scripts cannot set.

use std::net::{IpAddr, SocketAddr};

use http::header::{HOST, HeaderMap, HeaderName, ORIGIN};
use http::request::Parts;
use http::{Method, StatusCode};
use uuid::Uuid;

/// The header that scripts of the console put its token into.
static TOKEN: HeaderName = HeaderName::from_static("x-console-token");

/// Why a request is refused: a status and a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal(pub(super) StatusCode, pub(super) &'static str);

const WRONG_HOST: Refusal = Refusal(
    StatusCode::MISDIRECTED_REQUEST,
    "The console answers under 127.0.0.1, [::1] or localhost with its port, and no other name.",
);
const OTHER_SITE: Refusal = Refusal(StatusCode::FORBIDDEN, "Only the console's own pages may ask.");
const NO_TOKEN: Refusal = Refusal(
    StatusCode::FORBIDDEN,
    "The request carries another token than the console's pages: load the page again.",
);
const UNKNOWN_METHOD: Refusal =
    Refusal(StatusCode::METHOD_NOT_ALLOWED, "The console takes GET, HEAD and POST.");

/// Knows where the console is and what its pages carry.
pub(super) struct Guard {
    address: SocketAddr,
    /// Made anew at each start.
    token: String,
}

impl Guard {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self { address, token: Uuid::new_v4().simple().to_string() }
    }

    /// What pages carry.
    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// Whether a request may be answered, as far as its head tells.
    pub(super) fn admit(&self, head: &Parts) -> Result<(), Refusal> {
        let host = text(&head.headers, &HOST).filter(|host| self.is_own(host)).ok_or(WRONG_HOST)?;
        // A request to a proxy names the host twice.
        if head.uri.authority().is_some_and(|authority| !self.is_own(authority.as_str())) {
            return Err(WRONG_HOST);
        }
        let origin = text(&head.headers, &ORIGIN);
        let is_own_origin = origin.map(|origin| origin == format!("http://{host}"));
        let site = text(&head.headers, &HeaderName::from_static("sec-fetch-site"));
        match head.method {
            Method::GET | Method::HEAD => {
                let site = site.is_none_or(|site| matches!(site, "same-origin" | "none"));
                let admitted = site && is_own_origin != Some(false);
                (admitted || is_link_to_front_page(head)).then_some(()).ok_or(OTHER_SITE)
            }
            Method::POST => {
                let site = site.map(|site| site == "same-origin");
                let says_so = site == Some(true) || is_own_origin == Some(true);
                let admitted = says_so && site != Some(false) && is_own_origin != Some(false);
                admitted.then_some(()).ok_or(OTHER_SITE)
            }
            _ => Err(UNKNOWN_METHOD),
        }
    }

    /// Whether what is to change something carries the token: scripts in a header, forms in a field.
    pub(super) fn admit_change(
        &self,
        headers: &HeaderMap,
        field: Option<&str>,
    ) -> Result<(), Refusal> {
        let sent = text(headers, &TOKEN).or(field);
        (sent == Some(&self.token)).then_some(()).ok_or(NO_TOKEN)
    }

    /// Whether it is the console's own name and port.
    fn is_own(&self, host: &str) -> bool {
        let Some((name, port)) = host.rsplit_once(':') else { return false };
        let name = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        let is_loopback = name.eq_ignore_ascii_case("localhost")
            || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        is_loopback && port.parse() == Ok(self.address.port())
    }
}

/// A link that somebody followed to the first page, which shows nothing but the document.
fn is_link_to_front_page(head: &Parts) -> bool {
    let is = |name, value| text(&head.headers, &HeaderName::from_static(name)) == Some(value);
    head.method == Method::GET
        && head.uri.path() == "/"
        && is("sec-fetch-mode", "navigate")
        && is("sec-fetch-dest", "document")
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    // Two of a kind are none: who knows which one a browser meant.
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() { Some("") } else { Some(value.to_str().unwrap_or_default()) }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn guard() -> Guard {
        Guard { address: "127.0.0.1:3001".parse().unwrap(), token: "t".to_owned() }
    }

    fn ask(method: &str, uri: &str, headers: &[(&str, &str)]) -> Result<(), Refusal> {
        let mut request = Request::builder().method(method).uri(uri);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", "127.0.0.1:3001");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        guard().admit(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn a_host_is_a_loopback_name_with_the_right_port() {
        for host in
            ["127.0.0.1:3001", "localhost:3001", "LOCALHOST:3001", "[::1]:3001", "127.0.0.2:3001"]
        {
            assert_eq!(ask("GET", "/queues", &[("host", host)]), Ok(()), "{host}");
        }
        for host in [
            "evil.example:3001",
            "127.0.0.1",
            "127.0.0.1:3000",
            "localhost",
            "localhost.:3001",
            "",
            "192.0.2.1:3001",
            "127.0.0.1.evil.example:3001",
            "127.0.0.1:3001@evil.example",
            "0.0.0.0:3001",
            "[::1]",
            "127.0.0.1:3001.",
            "127.1:3001",
            "2130706433:3001",
            "[::ffff:127.0.0.1]:3001",
            "localhost.evil.example:3001",
        ] {
            assert_eq!(ask("GET", "/", &[("host", host)]), Err(WRONG_HOST), "{host}");
        }
        let both = [("host", "localhost:3001"), ("host", "evil.example")];
        assert_eq!(ask("GET", "/", &both), Err(WRONG_HOST));
        let proxied = ask("GET", "http://evil.example:3001/", &[]);
        assert_eq!(proxied, Err(WRONG_HOST));
    }

    #[test]
    fn data_are_not_for_other_sites() {
        for site in ["cross-site", "same-site"] {
            assert_eq!(ask("GET", "/traces", &[("sec-fetch-site", site)]), Err(OTHER_SITE));
        }
        for site in ["same-origin", "none"] {
            assert_eq!(ask("GET", "/traces", &[("sec-fetch-site", site)]), Ok(()));
        }
        assert_eq!(ask("GET", "/traces", &[]), Ok(()));
        // `null` is what documents without an origin send: sandboxed frames, files.
        for origin in ["http://evil.example", "null", "https://127.0.0.1:3001", ""] {
            assert_eq!(ask("GET", "/traces", &[("origin", origin)]), Err(OTHER_SITE), "{origin}");
        }
    }

    #[test]
    fn links_lead_to_the_first_page_only() {
        let link = [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ];
        assert_eq!(ask("GET", "/", &link), Ok(()));
        assert_eq!(ask("GET", "/tables/users", &link), Err(OTHER_SITE));
        let framed = [link[0], link[1], ("sec-fetch-dest", "iframe")];
        assert_eq!(ask("GET", "/", &framed), Err(OTHER_SITE));
    }

    #[test]
    fn changes_come_from_a_page_of_the_console() {
        let own = ("origin", "http://127.0.0.1:3001");
        assert_eq!(ask("POST", "/try", &[own]), Ok(()));
        assert_eq!(ask("POST", "/try", &[("sec-fetch-site", "same-origin")]), Ok(()));
        for headers in [
            &[][..],
            &[("origin", "null")],
            &[("origin", "http://127.0.0.1:3000")],
            // The other name of the same place is another origin all the same.
            &[("origin", "http://localhost:3001")],
            &[own, ("sec-fetch-site", "cross-site")],
            &[own, ("origin", "http://evil.example")],
            &[("origin", "http://evil.example"), ("sec-fetch-site", "same-origin")],
            &[("sec-fetch-site", "none")],
        ] {
            assert_eq!(ask("POST", "/try", headers), Err(OTHER_SITE), "{headers:?}");
        }
        assert_eq!(ask("PUT", "/try", &[own]), Err(UNKNOWN_METHOD));
        assert_eq!(ask("OPTIONS", "/try", &[own]), Err(UNKNOWN_METHOD));
    }

    #[test]
    fn changes_carry_the_token_of_this_start() {
        let mut headers = HeaderMap::new();
        assert_eq!(guard().admit_change(&headers, None), Err(NO_TOKEN));
        assert_eq!(guard().admit_change(&headers, Some("")), Err(NO_TOKEN));
        assert_eq!(guard().admit_change(&headers, Some("t")), Ok(()));
        headers.insert(&TOKEN, "x".parse().unwrap());
        assert_eq!(guard().admit_change(&headers, Some("t")), Err(NO_TOKEN));
        headers.insert(&TOKEN, "t".parse().unwrap());
        assert_eq!(guard().admit_change(&headers, None), Ok(()));
        let new = || Guard::new("127.0.0.1:1".parse().unwrap());
        assert_ne!(new().token(), new().token());
    }
}
