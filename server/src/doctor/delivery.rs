//! What comes through whatever stands between the server and the page: compression and caching.

use reqwest::{Client, StatusCode, header};

use super::{
    Finding,
    fetch::{self, Fetched},
    snippet::Snippet,
};

const ABOUT: &str = "delivery";

/// Fetches the snippet's script as a browser does, twice.
pub async fn check(client: &Client, snippet: &Snippet) -> Vec<Finding> {
    let encodings = || (header::ACCEPT_ENCODING, "gzip, deflate, br, zstd".to_owned());
    let first = match fetch::get(client, &snippet.url, fetch::headers([encodings()])).await {
        Ok(first) => first,
        Err(error) => return vec![Finding::error(ABOUT, error.to_string())],
    };
    if first.status != StatusCode::OK {
        return vec![Finding::error(ABOUT, format!("{} answers {}", snippet.url, first.status))];
    }
    let mut findings = of_first(&first);
    if let Some(tag) = first.header(header::ETAG) {
        let headers = [encodings(), (header::IF_NONE_MATCH, tag.to_owned())];
        match fetch::get(client, &snippet.url, fetch::headers(headers)).await {
            Ok(again) => findings.extend(of_second(&again)),
            Err(error) => findings.push(Finding::error(ABOUT, error.to_string())),
        }
    }
    if findings.is_empty() {
        let encoding = first.header(header::CONTENT_ENCODING).unwrap_or_default();
        let sentence =
            format!("placet.js comes compressed ({encoding}), may be kept for a day, and is not sent again unchanged");
        findings.push(Finding::ok(ABOUT, sentence));
    }
    findings
}

fn of_first(answer: &Fetched) -> Vec<Finding> {
    let mut findings = Vec::new();
    let kind = answer.header(header::CONTENT_TYPE).unwrap_or_default();
    if !kind.contains("javascript") {
        let sentence = format!("placet.js comes as `{kind}` and no script; does the proxy pass /sdk/ on?");
        return vec![Finding::error(ABOUT, sentence)];
    }
    match answer.header(header::CONTENT_ENCODING) {
        Some("br" | "gzip" | "zstd") => {}
        encoding => findings.push(Finding::warning(
            ABOUT,
            format!(
                "placet.js comes {}, three times its size: let the proxy pass `Accept-Encoding` on, or compress itself",
                encoding.map_or("uncompressed".to_owned(), |encoding| format!("as `{encoding}`"))
            ),
        )),
    }
    let cache = answer.header(header::CACHE_CONTROL).unwrap_or_default();
    let keeps = |directive: &str| {
        let age = directive.trim().strip_prefix("max-age=");
        age.and_then(|age| age.parse().ok()).is_some_and(|age: u64| age > 0)
    };
    if !cache.split(',').any(keeps) || cache.contains("no-store") {
        let sentence = format!(
            "browsers ask for placet.js on each page, as its `Cache-Control` is `{cache}`; pass on what the server says \
             (`public, max-age=86400`), which is `no-cache` as long as the widget is not published"
        );
        findings.push(Finding::warning(ABOUT, sentence));
    }
    if answer.header(header::ETAG).is_none() {
        let sentence = "placet.js comes without `ETag`, so it is sent whole each day; have the proxy leave it";
        findings.push(Finding::warning(ABOUT, sentence));
    }
    findings
}

fn of_second(answer: &Fetched) -> Option<Finding> {
    (answer.status != StatusCode::NOT_MODIFIED).then(|| {
        Finding::warning(
            ABOUT,
            format!(
                "placet.js is sent again though it has not changed ({} and not 304); let the proxy pass `If-None-Match` on, or \
                 leave the `ETag` as it is",
                answer.status
            ),
        )
    })
}
