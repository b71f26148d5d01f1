//! Heads of requests and answers as they are on the wire, letter case included.
//!
//! A client may send requests without waiting for answers: what is read behind the body of one is
//! kept until that is answered. Behind a chunked body, whose end only hyper knows, it is not, and
//! such a request has lower-case names.

use std::mem::MaybeUninit;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::headers::{Headers, text};

/// Longest head that is recorded; hyper answers 431 to one over its buffer.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Most bytes of an answer that are copied to change its head.
const MAX_COPY_BYTES: usize = 64 * 1024;
/// More fields than any head within the limits has.
const MAX_FIELDS: usize = 256;
/// Names hyper itself adds.
const HYPER_NAMES: &[&str] = &["Connection", "Content-Length", "Date", "Transfer-Encoding"];

/// The heads of the current request and answer, shared between the stream and the service.
#[derive(Clone, Debug, Default)]
pub(super) struct Heads(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    phase: Phase,
    /// The head of the request as far as it has come.
    incoming: Vec<u8>,
    /// How much of the body is yet to come; `None` if that is unknown.
    body_left: Option<usize>,
    /// What was read behind the body: the next request.
    next: Vec<u8>,
    /// Names of the answer's headers, until the head is written.
    outgoing: Option<Vec<String>>,
}

/// Where in its requests a connection is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Phase {
    /// No byte has ever come.
    #[default]
    New,
    /// The last request was answered and no byte of another one has come.
    Idle,
    /// Part of a head has come.
    Head,
    /// The head is complete; what comes now is its body.
    Body,
}

impl Heads {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The headers of the recorded head.
    pub(super) fn take(&self) -> Option<Headers> {
        let head = std::mem::take(&mut self.state().incoming);
        let mut fields = [const { MaybeUninit::uninit() }; MAX_FIELDS];
        let mut request = httparse::Request::new(&mut []);
        let is_complete = request.parse_with_uninit_headers(&head, &mut fields).ok()?.is_complete();
        is_complete
            .then(|| request.headers.iter().map(|field| (field.name, text(field.value))).collect())
    }

    /// The answer is about to be written: what is read from now on is the next request.
    pub(super) fn answered(&self, names: impl IntoIterator<Item = String>) {
        let own = HYPER_NAMES.iter().map(|&name| name.to_owned());
        let names = own.chain(names).collect();
        let mut state = self.state();
        state.phase = Phase::Idle;
        state.incoming.clear();
        state.outgoing = Some(names);
        let next = std::mem::take(&mut state.next);
        state.record(&next);
    }

    pub(super) fn phase(&self) -> Phase {
        self.state().phase
    }

    /// Records bytes that were read.
    pub(super) fn record(&self, bytes: &[u8]) {
        self.state().record(bytes);
    }

    /// Gives the head at the start of `bytes` the intended letter case; `None` if there is
    /// nothing to do.
    pub(super) fn recase(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut state = self.state();
        state.outgoing.as_ref()?;
        let end = head_end(bytes)?;
        // An interim answer (100 Continue) leaves the names to the final one.
        if bytes.starts_with(b"HTTP/1.1 1") {
            return None;
        }
        let names = state.outgoing.take()?;
        let mut copy = bytes[..bytes.len().min(end.max(MAX_COPY_BYTES))].to_vec();
        for line in copy[..end].split_mut(|&byte| byte == b'\n').skip(1) {
            let Some(colon) = line.iter().position(|&byte| byte == b':') else { continue };
            let written = &line[..colon];
            let name = names.iter().find(|name| name.as_bytes().eq_ignore_ascii_case(written));
            if let Some(name) = name {
                line[..colon].copy_from_slice(name.as_bytes());
            }
        }
        Some(copy)
    }
}

impl State {
    fn record(&mut self, bytes: &[u8]) {
        if self.phase == Phase::Body {
            self.pass_body(bytes);
            return;
        }
        let bytes = if self.incoming.is_empty() {
            // Empty lines in front of a request do not count.
            let start = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n'));
            start.map_or(&[][..], |start| &bytes[start..])
        } else {
            bytes
        };
        if bytes.is_empty() {
            return;
        }
        self.phase = Phase::Head;
        let seen = self.incoming.len().saturating_sub(3);
        self.incoming.extend_from_slice(bytes);
        if let Some(end) = head_end(&self.incoming[seen..]) {
            let behind = self.incoming.split_off(seen + end);
            self.phase = Phase::Body;
            self.body_left = body_length(&self.incoming);
            self.pass_body(&behind);
        } else if self.incoming.len() > MAX_HEAD_BYTES {
            self.incoming.clear();
            self.phase = Phase::Body;
            self.body_left = None;
        }
    }

    /// Keeps what follows the body.
    fn pass_body(&mut self, bytes: &[u8]) {
        let Some(left) = self.body_left else { return };
        let body = bytes.len().min(left);
        let next = &bytes[body..];
        if self.next.len() + next.len() > MAX_HEAD_BYTES {
            self.next.clear();
            self.body_left = None;
        } else {
            self.next.extend_from_slice(next);
            self.body_left = Some(left - body);
        }
    }
}

/// The length of the body behind a head, unless it is chunked or the head is nonsense.
fn body_length(head: &[u8]) -> Option<usize> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    request.parse(head).ok()?.is_complete().then_some(())?;
    let field =
        |name: &str| request.headers.iter().find(|field| field.name.eq_ignore_ascii_case(name));
    match (field("transfer-encoding"), field("content-length")) {
        (Some(_), _) => None,
        (None, Some(length)) => std::str::from_utf8(length.value).ok()?.trim().parse().ok(),
        (None, None) => Some(0),
    }
}

/// Where a head ends: behind its first empty line.
fn head_end(bytes: &[u8]) -> Option<usize> {
    let mut line_start = 0;
    while let Some(length) = bytes[line_start..].iter().position(|&byte| byte == b'\n') {
        let line = &bytes[line_start..line_start + length];
        let next = line_start + length + 1;
        if line_start > 0 && (line.is_empty() || line == b"\r") {
            return Some(next);
        }
        line_start = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn recorded(pieces: &[&[u8]]) -> Option<Vec<(String, String)>> {
        let heads = Heads::default();
        for piece in pieces {
            heads.record(piece);
        }
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        heads.take().map(|headers| headers.iter().map(own).collect())
    }

    #[test]
    fn a_head_is_recorded_however_it_arrives() {
        let head = b"\r\nGET /a HTTP/1.1\r\ntEsT-HEADeR: aValUE\r\nHost: b\r\n\r\nbody: no\r\n\r\n";
        let expected = Some(vec![
            ("tEsT-HEADeR".to_owned(), "aValUE".to_owned()),
            ("Host".to_owned(), "b".to_owned()),
        ]);
        assert_eq!(recorded(&[head]), expected);
        for cut in 1..head.len() - 1 {
            assert_eq!(recorded(&[&head[..cut], &head[cut..]]), expected, "{cut}");
        }
        assert_eq!(recorded(&head.chunks(1).collect::<Vec<_>>()), expected);
    }

    #[test]
    fn the_next_request_waits_behind_the_body() {
        let first = b"POST /a HTTP/1.1\r\nX-One: 1\r\nContent-Length: 4\r\n\r\nbody";
        let both = [&first[..], b"GET /b HTTP/1.1\r\nX-Two: 2\r\n\r\n"].concat();
        for cut in 1..both.len() {
            let heads = Heads::default();
            heads.record(&both[..cut]);
            heads.record(&both[cut..]);
            assert!(heads.take().unwrap().get("x-one").is_some(), "{cut}");
            heads.answered([]);
            let second = heads.take().unwrap();
            assert_eq!(second.iter().collect::<Vec<_>>(), [("X-Two", "2")], "{cut}");
        }
    }

    #[test]
    fn behind_a_chunked_body_nothing_is_known() {
        let heads = Heads::default();
        heads.record(b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /b HTTP/1.1\r\nX-Two: 2\r\n\r\n");
        assert!(heads.take().is_some());
        heads.answered([]);
        assert!(heads.take().is_none());
    }

    #[test]
    fn nonsense_is_no_head() {
        assert_eq!(recorded(&[b"\x00\x01\r\n\r\n"]), None);
        assert_eq!(recorded(&[&vec![b'a'; 2 * MAX_HEAD_BYTES]]), None);
    }

    #[test]
    fn the_answers_head_gets_its_letter_case_once() {
        let heads = Heads::default();
        let head = b"HTTP/1.1 200 OK\r\nx-amzn-requestid: x-amzn-requestid\r\ndate: d\r\nother: o\r\n\r\nx-amzn-requestid: body";
        assert_eq!(heads.recase(head), None);
        heads.answered(["x-amzn-RequestId".to_owned()]);
        assert_eq!(heads.recase(b"HTTP/1.1 100 Continue\r\n\r\n"), None);
        let text = String::from_utf8(heads.recase(head).unwrap()).unwrap();
        assert_eq!(
            text,
            "HTTP/1.1 200 OK\r\nx-amzn-RequestId: x-amzn-requestid\r\nDate: d\r\nother: o\r\n\r\nx-amzn-requestid: body"
        );
        assert_eq!(heads.recase(head), None);
    }

    proptest! {
        #[test]
        fn no_head_panics_and_the_way_it_is_cut_does_not_matter(
            head in "(GET / HTTP/1.1\r\n)?([A-Za-z:é \t]{0,8}: ?[a-z]{0,4}\r?\n|\r\n|\n|\\PC{0,4}){0,8}",
            cuts in prop::collection::vec(1_usize..9, 1..9),
        ) {
            let (mut pieces, mut rest) = (Vec::new(), head.as_bytes());
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (piece, after) = rest.split_at(rest.len().min(*cut));
                pieces.push(piece);
                rest = after;
            }
            prop_assert_eq!(recorded(&pieces), recorded(&[head.as_bytes()]));
        }

        #[test]
        fn an_answer_changes_in_letter_case_only(
            head in "(HTTP/1.1 [0-9]{3}\r\n)?((x-own|date|[a-z:é]{0,6}): ?[a-z]{0,4}\r?\n|\r\n){0,8}",
        ) {
            let heads = Heads::default();
            heads.answered(["X-Own".to_owned()]);
            if let Some(recased) = heads.recase(head.as_bytes()) {
                prop_assert!(recased.eq_ignore_ascii_case(head.as_bytes()));
            }
        }
    }
}
