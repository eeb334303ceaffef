//! `GET /sdk/{file}`: what the snippet loads. The files are part of the program, compressed when they were built.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, Uri, header},
    response::Response,
    routing::get,
};
use rust_embed::Embed;

use super::{
    App,
    asset::{self, Asset},
    error::Error,
    parameter,
};
use crate::{store::Access, widget::Content};

/// What the browser's build leaves for the server: each file beside its `.br` and `.gz`.
#[derive(Embed)]
#[folder = "../www/dist/sdk"]
struct Files;

/// One of the files.
struct File {
    content: Cow<'static, [u8]>,
    sha256: [u8; 32],
}

/// What the snippet names. Its name never changes, so a browser asks for it again after a day.
const ENTRY: &str = "placet.js";
/// What the entry is with `autoblock=1`.
const AUTOBLOCK: &str = "autoblock.js";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const ONE_DAY: &str = "public, max-age=86400";
/// For files with a hash of their content in their name, which never change under that name.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// The resource.
pub fn router() -> Router<App> {
    Router::new().route("/sdk/{file}", get(show))
}

async fn show(
    State(app): State<App>,
    name: Result<Path<String>, PathRejection>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let Path(name) = name?;
    if name == ENTRY && parameter(&uri, "autoblock").as_deref() == Some("1") {
        let gate = blocking_gate(&app, &uri).await?;
        return Ok(to_every_site(gate.answer(&headers, ONE_DAY, "Accept-Encoding")));
    }
    answer(&name, &headers, find)
}

/// The gate with automatic blocking for the snippet's widget. If there is no such widget it blocks nothing: asked for
/// what the widget shows, the server will say why.
async fn blocking_gate(app: &App, uri: &Uri) -> Result<Arc<Asset>, Error> {
    let key = parameter(uri, "key").unwrap_or_default();
    let widget = parameter(uri, "widget").and_then(|widget| widget.parse().ok()).unwrap_or(0);
    let version = match app.store.access(&key, widget).await? {
        Access::Granted { version_key } => app.version(widget, version_key).await?,
        Access::UnknownKey | Access::UnknownWidget => None,
    };
    let version_key = version.as_ref().map(|version| version.version_key);
    if let Some(gate) = app.blocking_gates.get(&version_key) {
        return Ok(gate);
    }
    let domains = version.as_ref().map(|version| declared_domains(&version.content)).unwrap_or_default();
    let gate = Arc::new(compose_blocking_gate(&domains, find)?);
    app.blocking_gates.insert(version_key, Arc::clone(&gate));
    Ok(gate)
}

/// The hosts that services declare, each with the short names of those services.
fn declared_domains(content: &Content) -> BTreeMap<String, Vec<&str>> {
    let mut domains: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for service in content.services.iter().filter(|service| !service.purpose.is_necessary()) {
        for domain in &service.domains {
            domains.entry(domain.to_ascii_lowercase()).or_default().push(service.slug.as_str());
        }
    }
    domains
}

/// It has to know what to hold before it can ask anybody, so that is its first line.
fn compose_blocking_gate(
    domains: &BTreeMap<String, Vec<&str>>,
    find: impl Fn(&str) -> Option<File>,
) -> Result<Asset, Error> {
    let gate = find(AUTOBLOCK).ok_or_else(|| missing(ENTRY))?;
    let domains = serde_json::to_string(domains).map_err(|error| Error::Internal(error.to_string()))?;
    let script = [b"window.placetDomains=", domains.as_bytes(), b";\n", &gate.content].concat();
    Ok(Asset::compress(script, JAVASCRIPT))
}

fn find(name: &str) -> Option<File> {
    Files::get(name).map(|file| File { content: file.data, sha256: file.metadata.sha256_hash() })
}

fn answer(name: &str, request: &HeaderMap, find: impl Fn(&str) -> Option<File>) -> Result<Response, Error> {
    let content_type = match name.rsplit_once('.') {
        Some((_, "js")) => JAVASCRIPT,
        Some((_, "wasm")) => "application/wasm",
        _ => return Err(missing(name)),
    };
    let file = find(name).ok_or_else(|| missing(name))?;
    let compressed = |ending: &str| find(&format!("{name}.{ending}")).map(|file| bytes(file.content));
    let asset = Asset {
        brotli: compressed("br"),
        gzip: compressed("gz"),
        tag: asset::tag(&file.sha256),
        identity: bytes(file.content),
        content_type,
    };
    let cache_control = if is_hashed(name) { FOR_EVER } else { ONE_DAY };
    Ok(to_every_site(asset.answer(request, cache_control, "Accept-Encoding")))
}

/// Pages of every site load these files, also those that isolate themselves (COEP).
fn to_every_site(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    headers.insert("timing-allow-origin", HeaderValue::from_static("*"));
    answer
}

/// The content of a file, without copying what is part of the program.
fn bytes(content: Cow<'static, [u8]>) -> Bytes {
    match content {
        Cow::Borrowed(content) => Bytes::from_static(content),
        Cow::Owned(content) => Bytes::from(content),
    }
}

/// Whether a name has a hash of the content in it: `placet-1a2b3c4d.wasm`.
fn is_hashed(name: &str) -> bool {
    name.rsplit_once('.')
        .and_then(|(stem, _)| stem.rsplit_once('-'))
        .is_some_and(|(_, hash)| hash.len() >= 8 && hash.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn missing(name: &str) -> Error {
    Error::NotFound(if name == ENTRY {
        "this server was built without the SDK: run `npm run build`, then build the server again".to_owned()
    } else {
        "the SDK has no such file; pages load /sdk/placet.js, and it loads the rest".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    fn find(name: &str) -> Option<File> {
        let content: &[u8] = match name {
            "placet.js" => b"entry",
            "placet.js.br" => b"brotli",
            "placet.js.gz" => b"gzip",
            "autoblock.js" => b"gate",
            "placet-1a2b3c4d.wasm" => b"\0asm",
            _ => return None,
        };
        Some(File { content: content.into(), sha256: [7; 32] })
    }

    fn get(name: &str, headers: &[(header::HeaderName, &'static str)]) -> Result<Response, Error> {
        let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
        answer(name, &headers.collect(), find)
    }

    #[test]
    fn the_entry_is_kept_for_a_day_and_the_rest_for_ever() {
        let entry = get("placet.js", &[]).unwrap();
        assert_eq!(entry.headers()["cache-control"], "public, max-age=86400");
        assert_eq!(entry.headers()["content-type"], "text/javascript; charset=utf-8");
        let wasm = get("placet-1a2b3c4d.wasm", &[]).unwrap();
        assert_eq!(wasm.headers()["cache-control"], "public, max-age=31536000, immutable");
        assert_eq!(wasm.headers()["content-type"], "application/wasm");
    }

    #[test]
    fn pages_of_every_site_may_load_the_files() {
        let entry = get("placet.js", &[]).unwrap();
        assert_eq!(entry.headers()["access-control-allow-origin"], "*");
        assert_eq!(entry.headers()["cross-origin-resource-policy"], "cross-origin");
        assert_eq!(entry.headers()["timing-allow-origin"], "*");
        assert_eq!(entry.headers()["vary"], "Accept-Encoding");
    }

    #[test]
    fn the_form_that_was_compressed_beforehand_is_sent_under_its_own_tag() {
        let tags = ["", "gzip", "gzip, br"].map(|accepted| {
            let answer = get("placet.js", &[(header::ACCEPT_ENCODING, accepted)]).unwrap();
            let encoding = answer.headers().get("content-encoding").map(|value| value.to_str().unwrap().to_owned());
            (encoding, answer.headers()["etag"].to_str().unwrap().to_owned())
        });
        assert_eq!(tags[0], (None, "\"07070707070707070707070707070707\"".to_owned()));
        assert_eq!(tags[1], (Some("gzip".to_owned()), "\"07070707070707070707070707070707-gzip\"".to_owned()));
        assert_eq!(tags[2], (Some("br".to_owned()), "\"07070707070707070707070707070707-br\"".to_owned()));
    }

    #[test]
    fn what_the_browser_has_is_not_sent_again() {
        let tag = "\"07070707070707070707070707070707\"";
        assert_eq!(get("placet.js", &[(header::IF_NONE_MATCH, tag)]).unwrap().status(), StatusCode::NOT_MODIFIED);
        assert_eq!(get("placet.js", &[(header::IF_NONE_MATCH, "\"0\"")]).unwrap().status(), StatusCode::OK);
    }

    #[test]
    fn the_gate_that_blocks_is_told_first_what_to_hold() {
        let domains = BTreeMap::from([("js.driftt.com".to_owned(), vec!["drift"])]);
        let asset = compose_blocking_gate(&domains, find).unwrap();
        assert_eq!(asset.identity, "window.placetDomains={\"js.driftt.com\":[\"drift\"]};\ngate".as_bytes());
        assert!(compose_blocking_gate(&domains, |_| None).is_err());
    }

    #[test]
    fn only_the_files_themselves_have_a_name() {
        for name in ["placet.js.br", "placet.js.gz", "other.js", "..", ""] {
            assert!(get(name, &[]).is_err(), "{name}");
        }
        assert!(missing("placet.js").to_string().contains("npm run build"));
    }
}
