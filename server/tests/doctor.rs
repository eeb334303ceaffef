//! `placet-server doctor` on pages that a test serves, with a real consent server.

#![allow(clippy::panic, clippy::unwrap_used)]

mod common;

use std::path::Path;

use axum::{
    Router,
    http::{HeaderMap, HeaderName, HeaderValue},
    response::{Html, Redirect},
    routing::get,
};
use common::{
    Server,
    program::{Outcome, command},
};
use serde_json::Value;
use tokio::net::TcpListener;

/// Serves a page at `/`, and one at `/old` that leads there; answers its address on an allowed host.
async fn serve(html: String, policy: Option<&'static str>) -> String {
    let headers: HeaderMap = policy
        .into_iter()
        .map(|policy| (HeaderName::from_static("content-security-policy"), HeaderValue::from_static(policy)))
        .collect();
    let page = move || std::future::ready((headers.clone(), Html(html.clone())));
    let router =
        Router::new().route("/", get(page)).route("/old", get(|| std::future::ready(Redirect::permanent("/"))));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://localhost:{port}")
}

async fn doctor(folder: &Path, words: Vec<String>) -> Outcome {
    let folder = folder.to_owned();
    let outcome = tokio::task::spawn_blocking(move || {
        let words: Vec<_> = std::iter::once("doctor").chain(words.iter().map(String::as_str)).collect();
        let output = command(&folder, &words).output().unwrap();
        Outcome {
            code: output.status.code().unwrap(),
            told: String::from_utf8(output.stdout).unwrap(),
            complained: String::from_utf8(output.stderr).unwrap(),
        }
    });
    outcome.await.unwrap()
}

/// The sentences on one thing, with their levels.
fn said(outcome: &Outcome, about: &str) -> Vec<(String, String)> {
    let findings: Vec<Value> = serde_json::from_str(&outcome.told).unwrap_or_else(|_| panic!("{outcome:?}"));
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    let found = findings.iter().filter(|finding| finding["about"] == about);
    found.map(|finding| (text(finding, "level"), text(finding, "sentence"))).collect()
}

fn snippet(server: &Server, key: &str) -> String {
    format!("<script async src=\"{}/sdk/placet.js?key={key}&amp;widget=43\"></script>", server.address)
}

#[tokio::test]
async fn a_site_that_is_well_is_told_so() {
    let server = Server::start().await;
    let html = format!("<!doctype html><head>\n{}</head><h1>A shop</h1>", snippet(&server, "pk_demo"));
    let site = serve(html, None).await;
    let outcome = doctor(server.folder.path(), vec![format!("{site}/old"), "--json".into()]).await;
    assert_eq!(said(&outcome, "snippet"), [("ok".into(), "it is in line 2, in the head".into())]);
    assert!(said(&outcome, "page")[0].1.contains(&format!("{site}/ came (from {site}/old)")), "{outcome:?}");
    assert!(said(&outcome, "key")[0].1.contains("opens widget 43"), "{outcome:?}");
    assert_eq!(said(&outcome, "policy")[0].0, "ok");
    assert_eq!(said(&outcome, "cookie")[0].0, "ok");
    assert_eq!(said(&outcome, "version")[0].0, "ok");
    assert_eq!(said(&outcome, "blocking")[0].0, "ok");
    assert!(said(&outcome, "clock").is_empty());
    // In words as well.
    let told = doctor(server.folder.path(), vec![site]).await.told;
    assert!(told.contains("ok       snippet       it is in line 2, in the head\n"), "{told}");
}

#[tokio::test]
async fn what_is_wrong_is_said_with_what_to_do() {
    let server = Server::start().await;
    let html = format!(
        "<!doctype html><head>\n<script src='https://www.google-analytics.com/analytics.js'></script>\n{}\n\
         <script src='https://www.googletagmanager.com/gtag/js?id=G-1'></script></head>",
        snippet(&server, "pk_demo")
    );
    let site = serve(html, Some("script-src *; connect-src 'self'")).await;
    let outcome = doctor(server.folder.path(), vec![site, "--json".into()]).await;
    assert_eq!(outcome.code, 1);
    assert!(outcome.complained.contains("errors were found"), "{outcome:?}");
    let policy = said(&outcome, "policy");
    let has = |level: &str, part: &str| policy.iter().any(|(of, sentence)| of == level && sentence.contains(part));
    assert!(has("error", "to `connect-src`") && has("warning", "'wasm-unsafe-eval'"), "{policy:?}");
    let (level, sentence) = said(&outcome, "blocking").remove(0);
    assert!(level == "error" && sentence.contains("line 2 requests https://www.google-analytics.com"), "{sentence}");
    assert!(sentence.contains("<script type=\"text/plain\" data-consent=\"analytics\""), "{sentence}");
    let (level, sentence) = said(&outcome, "consent-mode").remove(0);
    assert!(level == "error" && sentence.contains("line 2"), "{sentence}");
}

#[tokio::test]
async fn keys_and_origins_that_do_not_fit_are_explained_by_the_server() {
    let server = Server::start().await;
    let site = serve(snippet(&server, "pk_other"), None).await;
    let outcome = doctor(server.folder.path(), vec![site.clone(), "--json".into()]).await;
    assert_eq!(outcome.code, 1);
    assert!(said(&outcome, "key")[0].1.contains("nobody has the public key `pk_other`"), "{outcome:?}");
    let site = serve(snippet(&server, "pk_demo"), None).await.replace("localhost", "127.0.0.1");
    let outcome = doctor(server.folder.path(), vec![site.clone(), "--json".into()]).await;
    assert!(said(&outcome, "key")[0].1.contains(&format!("add \"{site}\" to `origins`")), "{outcome:?}");
    // A server that is none of Placet's, or is not there.
    let other = serve("<h1>Another</h1>".into(), None).await;
    for (address, expected) in [(other, "answers 404"), ("http://127.0.0.1:9".into(), "does not answer")] {
        let html = format!("<script async src='{address}/sdk/placet.js?key=a&widget=1'></script>");
        let site = serve(html, None).await;
        let outcome = doctor(server.folder.path(), vec![site, "--json".into()]).await;
        assert!(outcome.code == 1 && said(&outcome, "key")[0].1.contains(expected), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_page_that_cannot_be_had_is_told_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let gone = doctor(folder.path(), vec!["http://127.0.0.1:9/".into()]).await;
    assert_eq!(gone.code, 1);
    assert!(gone.complained.contains("http://127.0.0.1:9/ cannot be fetched: "), "{gone:?}");
    for (address, expected) in
        [("shop.example", "write https://shop.example"), ("ftp://shop.example", "not by `ftp`"), ("https://", "")]
    {
        let refused = doctor(folder.path(), vec![address.into()]).await;
        assert!(refused.code == 2 && refused.complained.contains(expected), "{address}: {refused:?}");
    }
    // Nothing is left behind: it needs no database.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
