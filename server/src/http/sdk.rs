//! `GET /sdk/{file}`: what the snippet loads. The files are part of the program, compressed when they were built.

use std::{borrow::Cow, sync::Arc};

use axum::{
    body::Bytes,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, Uri, header},
    response::Response,
};
use placet_protocol::{Problem, WidgetConfig};
use rust_embed::Embed;
use sha2::{Digest, Sha256};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    App,
    asset::{self, Asset},
    error::Error,
    gate,
};
use crate::{store::SdkFile, widget::appearance};

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
pub(super) const ENTRY: &str = "placet.js";
/// A script, whatever encoding the page has.
pub(super) const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const ONE_DAY: &str = "public, max-age=86400";
/// How many hexadecimal digits of a content's SHA-256 its name has (`hashed` in `scripts/build.mjs`): 64 bits. To make
/// another content for a name takes 2^64 tries; each digit more costs the gate two bytes on the wire.
const HASH: usize = 16;
/// For the gate of a widget that is not published, or cannot be looked up: what its address says changes when it is.
const NOT_AT_ALL: &str = "no-store";
/// For files with a hash of their content in their name, which never change under that name.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// The resource.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show))
}

/// A file of what the snippet loads; `placet.js` with what it should know of its widget.
#[utoipa::path(
    get,
    path = "/sdk/{file}",
    tag = "Pages",
    params(
        ("file" = String, Path, description = "The file's name: `placet.js`; it names the rest."),
        ("key" = Option<String>, Query, description = "A public key of the widget."),
        ("widget" = Option<String>, Query, description = "The widget's number."),
        ("lang" = Option<String>, Query, description = "Languages that were chosen for the page, best first (BCP 47)."),
        ("autoblock" = Option<String>, Query, description = "`1`: with automatic blocking."),
    ),
    responses(
        (status = 200, description = "The file.", body = String, content_type = "text/javascript"),
        (status = 304, description = "What the browser has (`If-None-Match`) is still good."),
        (status = 404, description = "There is no such file.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not now; see `Retry-After`.", body = Problem, content_type = "application/problem+json"),
    ),
)]
async fn show(
    State(app): State<App>,
    name: Result<Path<String>, PathRejection>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let Path(name) = name?;
    if name == ENTRY
        && let Some(gate) = gate::of_widget(&app, &uri).await?
    {
        let cache_control = if gate.is_of_widget { ONE_DAY } else { NOT_AT_ALL };
        return Ok(to_every_site(gate.asset.answer(&headers, cache_control, "Accept-Encoding")));
    }
    match answer(&name, &headers, find) {
        // A page may have its `placet.js` from another server: one of yesterday, or one beside this.
        Err(missing) if hash(&name).is_some() => match of_another_server(&app, &name).await? {
            Some(asset) => Ok(to_every_site(asset.answer(&headers, FOR_EVER, "Accept-Encoding"))),
            None => Err(missing),
        },
        answered => answered,
    }
}

/// A file that another server has put into the database, if its content has the hash that its name has: whoever can
/// write to the database must not be able to run scripts in the pages of every site. It is compressed here, as the name
/// says nothing about what a compressed form becomes in a browser.
async fn of_another_server(app: &App, name: &str) -> Result<Option<Arc<Asset>>, Error> {
    if let Some(asset) = app.sdk_files.get(name) {
        return Ok(Some(asset));
    }
    let (Some(file), Some(content_type)) = (app.store.sdk_file(name).await?, content_type(name)) else {
        return Ok(None);
    };
    if !has_content_of_its_name(&file) {
        tracing::error!(
            name,
            "a file of the SDK in the database has not the content that its name says; it is not served"
        );
        return Ok(None);
    }
    let compressed = tokio::task::spawn_blocking(move || Arc::new(Asset::compress(file.content, content_type)));
    let asset = compressed.await.map_err(|error| Error::Internal(error.to_string()))?;
    app.sdk_files.insert(name.to_owned(), Arc::clone(&asset));
    Ok(Some(asset))
}

fn has_content_of_its_name(file: &SdkFile) -> bool {
    hash(&file.name).is_some_and(|hash| hex::encode(Sha256::digest(&file.content)).starts_with(hash))
}

/// Those of the files that have a hash in their name, for other servers on the same database.
pub fn own_files() -> Vec<SdkFile> {
    let named = Files::iter().filter(|name| hash(name).is_some());
    let files = named.filter_map(|name| {
        let content = find(&name)?.content.into_owned();
        Some(SdkFile { name: name.into_owned(), content })
    });
    files.collect()
}

/// A widget's banner style: of the style sheets, which travel with the banner and have no address of their own, those
/// that it needs, and what it has for itself. Only the latter if the server was built without the SDK, and so without
/// anybody to draw a banner.
pub(super) fn banner_style(config: &WidgetConfig) -> String {
    style(&appearance::sheets(config), &config.appearance.style, find)
}

/// The style of the button that brings the settings back, with what the widget has for itself.
pub(super) fn trigger_style(config: &WidgetConfig) -> String {
    style(&["trigger.css"], &config.appearance.style, find)
}

fn style(sheets: &[&str], own: &str, find: impl Fn(&str) -> Option<File>) -> String {
    let sheets = sheets.iter().filter_map(|name| find(name));
    let mut style: String = sheets.map(|file| String::from_utf8_lossy(&file.content).trim_end().to_owned()).collect();
    style.push_str(own);
    style
}

/// The text of a file, such as one of the gate's builds.
pub(super) fn content(name: &str) -> Result<Cow<'static, [u8]>, Error> {
    find(name).map(|file| file.content).ok_or_else(|| missing(name))
}

fn find(name: &str) -> Option<File> {
    Files::get(name).map(|file| File { content: file.data, sha256: file.metadata.sha256_hash() })
}

fn answer(name: &str, request: &HeaderMap, find: impl Fn(&str) -> Option<File>) -> Result<Response, Error> {
    let content_type = content_type(name).ok_or_else(|| missing(name))?;
    let file = find(name).ok_or_else(|| missing(name))?;
    let compressed = |ending: &str| find(&format!("{name}.{ending}")).map(|file| bytes(file.content));
    let asset = Asset {
        brotli: compressed("br"),
        gzip: compressed("gz"),
        tag: asset::tag(&file.sha256),
        identity: bytes(file.content),
        content_type,
    };
    let cache_control = if hash(name).is_some() { FOR_EVER } else { ONE_DAY };
    Ok(to_every_site(asset.answer(request, cache_control, "Accept-Encoding")))
}

/// Pages of every site load these files, also those that isolate themselves (COEP).
fn to_every_site(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    answer
}

/// The content of a file, without copying what is part of the program.
fn bytes(content: Cow<'static, [u8]>) -> Bytes {
    match content {
        Cow::Borrowed(content) => Bytes::from_static(content),
        Cow::Owned(content) => Bytes::from(content),
    }
}

fn content_type(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')? {
        (_, "js") => Some(JAVASCRIPT),
        (_, "wasm") => Some("application/wasm"),
        _ => None,
    }
}

/// The hash of the content in a name: the first digits of its SHA-256, as in `placet-0123456789abcdef.wasm`.
fn hash(name: &str) -> Option<&str> {
    let (stem, _) = name.rsplit_once('.').filter(|(_, kind)| matches!(*kind, "js" | "wasm"))?;
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    stem.strip_prefix("placet-").filter(|hash| hash.len() == HASH && hash.bytes().all(is_digit))
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
            "placet-0123456789abcdef.wasm" => b"\0asm",
            "banner.css" => b":host{display:block}\n",
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
        let wasm = get("placet-0123456789abcdef.wasm", &[]).unwrap();
        assert_eq!(wasm.headers()["cache-control"], "public, max-age=31536000, immutable");
        assert_eq!(wasm.headers()["content-type"], "application/wasm");
    }

    #[test]
    fn pages_of_every_site_may_load_the_files() {
        let entry = get("placet.js", &[]).unwrap();
        assert_eq!(entry.headers()["access-control-allow-origin"], "*");
        assert_eq!(entry.headers()["cross-origin-resource-policy"], "cross-origin");
        assert_eq!(entry.headers()["vary"], "Accept-Encoding");
    }

    #[test]
    fn the_form_that_was_compressed_beforehand_is_sent_under_its_own_tag() {
        let tags = ["", "gzip", "gzip, br"].map(|accepted| {
            let answer = get("placet.js", &[(header::ACCEPT_ENCODING, accepted)]).unwrap();
            let encoding = answer.headers().get("content-encoding").map(|value| value.to_str().unwrap().to_owned());
            (encoding, answer.headers()["etag"].to_str().unwrap().to_owned())
        });
        assert_eq!(tags[0], (None, "\"070707070707\"".to_owned()));
        assert_eq!(tags[1], (Some("gzip".to_owned()), "\"070707070707-gzip\"".to_owned()));
        assert_eq!(tags[2], (Some("br".to_owned()), "\"070707070707-br\"".to_owned()));
    }

    #[test]
    fn what_the_browser_has_is_not_sent_again() {
        let tag = "\"070707070707\"";
        assert_eq!(get("placet.js", &[(header::IF_NONE_MATCH, tag)]).unwrap().status(), StatusCode::NOT_MODIFIED);
        assert_eq!(get("placet.js", &[(header::IF_NONE_MATCH, "\"0\"")]).unwrap().status(), StatusCode::OK);
    }

    #[test]
    fn the_banners_style_is_told_with_the_banner() {
        assert_eq!(style(&["banner.css"], ":host(#placet){}", find), ":host{display:block}:host(#placet){}");
        assert_eq!(style(&["banner.css"], "", |_| None), "");
        assert!(get("banner.css", &[]).is_err());
    }

    #[test]
    fn only_the_files_themselves_have_a_name() {
        for name in ["placet.js.br", "placet.js.gz", "other.js", "..", ""] {
            assert!(get(name, &[]).is_err(), "{name}");
        }
        assert!(missing("placet.js").to_string().contains("npm run build"));
    }
}
