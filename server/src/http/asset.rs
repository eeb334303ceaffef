//! A body that many ask for: compressed once, named by its content, and sent in the form that the client reads.

use std::io::Write;

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

use super::joined;

/// A body in each form that it may be sent in.
#[derive(Clone, Debug)]
pub struct Asset {
    /// As it is.
    pub identity: Bytes,
    /// Compressed with brotli, if that makes it smaller.
    pub brotli: Option<Bytes>,
    /// Compressed with gzip, if that makes it smaller.
    pub gzip: Option<Bytes>,
    /// Names the content: 6 bytes of its SHA-256, in hexadecimal.
    pub tag: String,
    /// Its media type.
    pub content_type: &'static str,
}

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

impl Asset {
    /// Compresses a body.
    pub fn compress(identity: Vec<u8>, content_type: &'static str) -> Self {
        let smaller = |compressed: Vec<u8>| (compressed.len() < identity.len()).then(|| Bytes::from(compressed));
        let brotli = brotli(&identity).and_then(smaller);
        let gzip = gzip(&identity).and_then(smaller);
        let tag = tag(&Sha256::digest(&identity).into());
        Self { identity: identity.into(), brotli, gzip, tag, content_type }
    }

    /// How much memory it takes, in bytes.
    pub fn len(&self) -> usize {
        self.identity.len() + self.brotli.as_ref().map_or(0, Bytes::len) + self.gzip.as_ref().map_or(0, Bytes::len)
    }

    /// The answer to a GET: the body in the form that the client reads, or 304 if it has it already.
    pub fn answer(&self, request: &HeaderMap, cache_control: &'static str, vary: &'static str) -> Response {
        let accepted = joined(request, header::ACCEPT_ENCODING);
        let (encoding, body) = match choose(accepted.as_deref(), self.brotli.is_some(), self.gzip.is_some()) {
            Encoding::Brotli => ("br", self.brotli.as_ref()),
            Encoding::Gzip => ("gzip", self.gzip.as_ref()),
            Encoding::Identity => ("", None),
        };
        // Each form has its own tag, as a strong tag stands for the very bytes (RFC 9110, 8.8.3).
        let tag =
            if encoding.is_empty() { format!("\"{}\"", self.tag) } else { format!("\"{}-{encoding}\"", self.tag) };
        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache_control));
        headers.insert(header::VARY, HeaderValue::from_static(vary));
        let known = joined(request, header::IF_NONE_MATCH).is_some_and(|known| matches(&known, &tag));
        if let Ok(tag) = HeaderValue::try_from(tag) {
            headers.insert(header::ETAG, tag);
        }
        if known {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        if !encoding.is_empty() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        (headers, Body::from(body.unwrap_or(&self.identity).clone())).into_response()
    }
}

/// The tag of a content, given its SHA-256: long enough to tell the versions of one resource apart.
pub fn tag(sha256: &[u8; 32]) -> String {
    hex::encode(&sha256[..6])
}

fn brotli(identity: &[u8]) -> Option<Vec<u8>> {
    // As small as it gets, which takes some tens of milliseconds: it is made once and sent often. What it takes of memory
    // grows with the window, eight bytes for each, so that is as large as the body (RFC 7932, 9.1: 16 less than a power of two).
    let (buffer, quality) = (4096, 11);
    let window = (identity.len() + 16).next_power_of_two().ilog2().clamp(10, 22);
    let mut writer = brotli::CompressorWriter::new(Vec::new(), buffer, quality, window);
    writer.write_all(identity).ok()?;
    Some(writer.into_inner())
}

fn gzip(identity: &[u8]) -> Option<Vec<u8>> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::best());
    writer.write_all(identity).ok()?;
    writer.finish().ok()
}

/// The form that a client likes best, of those there are (RFC 9110, 12.5.3). Among equals the smallest wins; a client
/// that likes none is sent the body as it is.
fn choose(accepted: Option<&str>, brotli: bool, gzip: bool) -> Encoding {
    let Some(accepted) = accepted else { return Encoding::Identity };
    let weight = |name: &str| {
        let mut any = None;
        for coding in accepted.split(',') {
            let (coding, parameters) = coding.split_once(';').unwrap_or((coding, ""));
            let weight =
                parameters.trim().strip_prefix("q=").map_or(1.0, |weight| weight.trim().parse().unwrap_or(0.0));
            if coding.trim().eq_ignore_ascii_case(name) {
                return weight;
            }
            if coding.trim() == "*" {
                any = Some(weight);
            }
        }
        // Not named: the body as it is will do unless ruled out, anything else only if `*` lets it in.
        any.unwrap_or(if name == "identity" { f32::MIN_POSITIVE } else { 0.0 })
    };
    let mut best = (Encoding::Identity, weight("identity"));
    for (encoding, name, there) in [(Encoding::Gzip, "gzip", gzip), (Encoding::Brotli, "br", brotli)] {
        let weight = weight(name);
        if there && weight > 0.0 && weight >= best.1 {
            best = (encoding, weight);
        }
    }
    best.0
}

/// Whether an `If-None-Match` header names a tag, by weak comparison as RFC 9110, 13.1.2 has it.
fn matches(known: &str, tag: &str) -> bool {
    known.split(',').map(str::trim).any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_client_gets_the_form_that_it_likes_best() {
        let both = |accepted| choose(Some(accepted), true, true);
        assert_eq!(both("gzip, deflate, br, zstd"), Encoding::Brotli);
        assert_eq!(both("br;q=0.5, gzip"), Encoding::Gzip);
        assert_eq!(both("br;q=0, gzip;q=0"), Encoding::Identity);
        assert_eq!(both("BR"), Encoding::Brotli);
        assert_eq!(both("*"), Encoding::Brotli);
        assert_eq!(both("br;q=0, *"), Encoding::Gzip);
        assert_eq!(both("identity, br;q=0.5"), Encoding::Identity);
        assert_eq!(both(""), Encoding::Identity);
        assert_eq!(choose(None, true, true), Encoding::Identity);
        assert_eq!(choose(Some("br, gzip"), false, true), Encoding::Gzip);
        assert_eq!(choose(Some("br, gzip"), false, false), Encoding::Identity);
    }

    #[test]
    fn a_known_tag_is_recognised() {
        assert!(matches("\"a\", W/\"b\"", "\"b\""));
        assert!(matches("*", "\"b\""));
        assert!(!matches("\"b-br\"", "\"b\""));
    }

    #[test]
    fn what_does_not_shrink_is_not_compressed() {
        let asset = Asset::compress(b"{}".to_vec(), "application/json");
        assert!(asset.brotli.is_none() && asset.gzip.is_none());
        let asset = Asset::compress(vec![b'a'; 1000], "application/json");
        assert!(asset.brotli.is_some() && asset.gzip.is_some());
    }

    proptest! {
        #[test]
        fn what_is_not_there_is_never_chosen(accepted in ".*") {
            prop_assert_eq!(choose(Some(&accepted), false, false), Encoding::Identity);
        }
    }
}
