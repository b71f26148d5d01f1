//! Payload compression: bodies of requests are decoded, those of answers encoded on demand.
//!
//! Requests in a supported coding are always decoded, answers encoded only where the document has
//! `x-amazon-apigateway-minimum-compression-size` (guide, "Enable payload compression for an API").

use std::io::{self, Read};

use bytes::Bytes;
use flate2::Compression;
use flate2::read::{DeflateDecoder, GzEncoder, MultiGzDecoder, ZlibDecoder, ZlibEncoder};

use crate::answer::Answer;
use crate::headers::Headers;
use crate::refusal::Refusal;
use crate::request::Request;

/// API Gateway's payload limit, which what a body decodes to may not exceed either.
const MAX_DECODED_BYTES: usize = 10 * 1024 * 1024;
/// Larger bodies are left to a thread that has nothing else to do.
const MAX_INLINE_BYTES: usize = 64 * 1024;

/// The codings API Gateway supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
    Identity,
}

impl Coding {
    fn parse(name: &str) -> Option<Self> {
        match name.trim().to_ascii_lowercase().as_str() {
            "gzip" => Some(Self::Gzip),
            "deflate" => Some(Self::Deflate),
            "identity" => Some(Self::Identity),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Identity => "identity",
        }
    }
}

/// The request with its body decoded; `None` if it is as it was sent. `Content-Encoding` stays
/// among its headers (recorded on AWS): what becomes of it is the integration's affair.
///
/// # Errors
/// 415 if the coding is not supported or the body is not in it, 413 if too much comes out.
pub(crate) async fn decode(request: &Request) -> Result<Option<Request>, Refusal> {
    let mut codings = Vec::new();
    for value in request.headers.get_all("content-encoding") {
        for name in value.split(',').filter(|name| !name.trim().is_empty()) {
            codings.push(Coding::parse(name).ok_or_else(Refusal::unsupported_media_type)?);
        }
    }
    codings.retain(|coding| *coding != Coding::Identity);
    if codings.is_empty() || request.body.is_empty() {
        return Ok(None);
    }
    let mut body = request.body.clone();
    // They are listed in the order they were applied in.
    for coding in codings.into_iter().rev() {
        body = off_thread(body, move |body| decoded(coding, body))
            .await
            .ok_or_else(Refusal::configuration_error)?
            .map_err(|_| Refusal::unsupported_media_type())?;
        if body.len() > MAX_DECODED_BYTES {
            return Err(Refusal::request_too_long());
        }
    }
    Ok(Some(Request { body, ..request.clone() }))
}

/// Compresses an integration's answer of at least `minimum` bytes, if the client prefers a coding
/// that is supported and the integration has not encoded it already.
pub(crate) async fn encode(answer: &mut Answer, request: &Headers, minimum: u32) {
    let is_large = !answer.body.is_empty() && answer.body.len() as u64 >= u64::from(minimum);
    if !is_large || answer.headers.get("content-encoding").is_some() {
        return;
    }
    let accepted = request.get_all("accept-encoding").collect::<Vec<_>>().join(",");
    let Some(coding @ (Coding::Gzip | Coding::Deflate)) = preferred(&accepted) else { return };
    let encoded = off_thread(answer.body.clone(), move |body| encoded(coding, body)).await;
    if let Some(Ok(body)) = encoded {
        answer.body = body;
        answer.headers.push("Content-Encoding", coding.name());
    }
}

/// The coding with the highest priority, among equals the first; `None` if that is not supported,
/// even if a later one is (guide, and told by AWS's support).
fn preferred(accept_encoding: &str) -> Option<Coding> {
    let mut best: Option<(&str, f32)> = None;
    for item in accept_encoding.split(',') {
        let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
        let weight = parameters.split(';').find_map(|parameter| {
            parameter.trim().strip_prefix("q=").map(|weight| weight.parse().unwrap_or(0.0))
        });
        let weight = weight.unwrap_or(1.0);
        if weight > best.map_or(0.0, |(_, weight)| weight) && !name.trim().is_empty() {
            best = Some((name, weight));
        }
    }
    Coding::parse(best?.0)
}

/// Runs where it holds up nobody; `None` if the runtime is about to end.
async fn off_thread<T: Send + 'static>(
    body: Bytes,
    work: impl FnOnce(&[u8]) -> T + Send + 'static,
) -> Option<T> {
    if body.len() <= MAX_INLINE_BYTES {
        return Some(work(&body));
    }
    tokio::task::spawn_blocking(move || work(&body)).await.ok()
}

/// What a body decodes to, or one byte more than may come out.
fn decoded(coding: Coding, body: &[u8]) -> io::Result<Bytes> {
    match coding {
        Coding::Gzip => read(MultiGzDecoder::new(body)),
        // What the name means, and what some clients send instead.
        Coding::Deflate => {
            read(ZlibDecoder::new(body)).or_else(|_| read(DeflateDecoder::new(body)))
        }
        Coding::Identity => Ok(Bytes::copy_from_slice(body)),
    }
}

fn encoded(coding: Coding, body: &[u8]) -> io::Result<Bytes> {
    let mut encoded = Vec::new();
    match coding {
        Coding::Gzip => GzEncoder::new(body, Compression::default()).read_to_end(&mut encoded)?,
        Coding::Deflate => {
            ZlibEncoder::new(body, Compression::default()).read_to_end(&mut encoded)?
        }
        Coding::Identity => return Ok(Bytes::copy_from_slice(body)),
    };
    Ok(encoded.into())
}

fn read(decoder: impl Read) -> io::Result<Bytes> {
    let mut body = Vec::new();
    decoder.take(MAX_DECODED_BYTES as u64 + 1).read_to_end(&mut body)?;
    Ok(body.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_the_highest_priority_decides() {
        for (accepted, expected) in [
            ("", None),
            ("*", None),
            ("gzip", Some(Coding::Gzip)),
            ("GZIP", Some(Coding::Gzip)),
            ("deflate,gzip", Some(Coding::Deflate)),
            ("gzip, deflate, br", Some(Coding::Gzip)),
            ("br, gzip", None),
            ("deflate;q=0.5,gzip;q=1.0", Some(Coding::Gzip)),
            ("gzip;q=1.0,identity;q=0.5,*;q=0", Some(Coding::Gzip)),
            ("gzip;q=0.5, identity", Some(Coding::Identity)),
            ("gzip;q=0", None),
            ("gzip;q=x", None),
        ] {
            assert_eq!(preferred(accepted), expected, "{accepted}");
        }
    }

    fn request(codings: &str, body: Bytes) -> Request {
        Request::new("POST", "/dev/a", [("Content-Encoding", codings)].into_iter().collect(), body)
    }

    #[tokio::test]
    async fn bodies_are_decoded_in_the_reverse_order_of_their_codings() {
        let text = Bytes::from("hello ".repeat(50_000));
        let once = encoded(Coding::Gzip, &text).unwrap();
        let twice = encoded(Coding::Deflate, &once).unwrap();
        let raw = {
            let mut raw = Vec::new();
            flate2::read::DeflateEncoder::new(&text[..], Compression::default())
                .read_to_end(&mut raw)
                .unwrap();
            Bytes::from(raw)
        };
        for (codings, body) in [
            ("gzip", &once),
            ("identity, GZip", &once),
            ("gzip, deflate", &twice),
            ("deflate", &raw),
        ] {
            let decoded = decode(&request(codings, body.clone())).await.unwrap();
            assert!(decoded.unwrap().body == text, "{codings}");
        }
        assert!(decode(&request("identity", text.clone())).await.unwrap().is_none());
        assert!(decode(&request("gzip", Bytes::new())).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn what_cannot_be_decoded_is_refused() {
        let gzip = encoded(Coding::Gzip, b"hello").unwrap();
        for (codings, body) in [
            ("br", Bytes::from("x")),
            ("gzip", Bytes::from("plain")),
            ("deflate", Bytes::from("plain")),
            ("gzip", gzip.slice(..gzip.len() - 4)),
        ] {
            let refusal = decode(&request(codings, body)).await.unwrap_err();
            assert_eq!(refusal, Refusal::unsupported_media_type(), "{codings}");
        }
    }

    #[tokio::test]
    async fn a_bomb_is_not_unpacked() {
        let bomb = encoded(Coding::Gzip, &vec![0; MAX_DECODED_BYTES + 1]).unwrap();
        assert!(bomb.len() < 100_000);
        let refusal = decode(&request("gzip", bomb)).await.unwrap_err();
        assert_eq!(refusal, Refusal::request_too_long());
        let largest = encoded(Coding::Gzip, &vec![0; MAX_DECODED_BYTES]).unwrap();
        assert!(decode(&request("gzip", largest)).await.is_ok());
    }
}
