//! `placet-server doctor` on pages of a site, with a real server behind the site's own proxy or beside it.

#![allow(clippy::panic, clippy::unwrap_used)]

mod common;

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use common::{
    DEMO, Server, TOKEN,
    program::{self, Outcome, Serving},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use reqwest::Client;
use serde_json::Value;
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};

/// The snippet behind the site's own proxy.
const SNIPPET: &str = "<script async src=\"/consent/sdk/placet.js?key=pk_demo&amp;widget=43\"></script>";

/// A site of one page, which passes `/consent/` on to a consent server.
struct Site {
    address: String,
    state: Arc<Mutex<Serves>>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// What a site does.
#[derive(Clone, Default)]
struct Serves {
    html: String,
    headers: HeaderMap,
    consent: String,
    /// Headers that the proxy takes from requests and from answers.
    swallowed: Vec<&'static str>,
    /// Headers that it writes into answers.
    written: Vec<(&'static str, &'static str)>,
}

impl Site {
    async fn start(server: &Server) -> Self {
        let state = Arc::new(Mutex::new(Serves { consent: server.address.clone(), ..Serves::default() }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let (stop, stopped) = oneshot::channel();
        let app = Router::new().fallback(answer).with_state((Arc::clone(&state), Client::new()));
        let task = tokio::spawn(async move {
            let stopped = async { stopped.await.unwrap_or_default() };
            axum::serve(listener, app).with_graceful_shutdown(stopped).await.unwrap();
        });
        Self { address, state, stop, task }
    }

    fn set(&self, html: &str, change: impl FnOnce(&mut Serves)) {
        let mut state = self.state.lock().unwrap();
        let consent = state.consent.clone();
        *state = Serves { html: html.to_owned(), consent, ..Serves::default() };
        change(&mut state);
    }

    /// What the doctor says of a page of this site, in JSON.
    async fn report(&self, path: &str, more: &[&str]) -> (i32, Vec<(String, String, String)>) {
        let outcome = doctor(&[&[&format!("{}{path}", self.address), "--json"], more].concat()).await;
        let report: Value = serde_json::from_str(&outcome.told).unwrap_or_else(|_| panic!("{outcome:?}"));
        assert!(report["page"].as_str().unwrap().starts_with(&self.address), "{report}");
        let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
        let findings = report["findings"].as_array().unwrap().iter();
        let findings = findings.map(|finding| ["check", "verdict", "message"].map(|name| text(finding, name)).into());
        (outcome.code, findings.collect())
    }

    async fn end(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
    }
}

async fn answer(State((state, client)): State<(Arc<Mutex<Serves>>, Client)>, request: Request) -> Response {
    let serves = state.lock().unwrap().clone();
    let path = request.uri().path_and_query().unwrap().as_str().to_owned();
    if let Some(path) = path.strip_prefix("/consent") {
        return pass_on(&serves, &client, path, request).await;
    }
    match path.as_str() {
        "/" => {
            let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
            ([kind], serves.headers, serves.html).into_response()
        }
        "/old" => (StatusCode::FOUND, [(header::LOCATION, "/")]).into_response(),
        "/circle" => (StatusCode::FOUND, [(header::LOCATION, "/circle")]).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn pass_on(serves: &Serves, client: &Client, path: &str, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let mut headers = head.headers;
    headers.remove(header::HOST);
    serves.swallowed.iter().for_each(|name| drop(headers.remove(*name)));
    let body: Bytes = to_bytes(body, 100_000).await.unwrap();
    let asked = client.request(head.method, format!("{}{path}", serves.consent)).headers(headers).body(body);
    let answered = asked.send().await.unwrap();
    let mut answer = Response::builder().status(answered.status());
    let headers = answer.headers_mut().unwrap();
    *headers = answered.headers().clone();
    headers.remove(header::TRANSFER_ENCODING);
    serves.swallowed.iter().for_each(|name| drop(headers.remove(*name)));
    for (name, value) in &serves.written {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    answer.body(Body::from(answered.bytes().await.unwrap())).unwrap()
}

/// Runs the command, in a folder without a database.
async fn doctor(words: &[&str]) -> Outcome {
    let words: Vec<_> = [&["doctor"], words].concat().into_iter().map(str::to_owned).collect();
    let folder = TempDir::new().unwrap();
    let run = move || {
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let outcome = program::run(folder.path(), &words);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "the doctor leaves files");
        outcome
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

/// The findings that are not `ok`.
fn faults(findings: &[(String, String, String)]) -> Vec<&(String, String, String)> {
    findings.iter().filter(|(_, verdict, _)| verdict != "ok").collect()
}

#[tokio::test]
async fn a_healthy_page_is_told_to_be_well() {
    let server = Server::start().await;
    let site = Site::start(&server).await;
    site.set(&format!("<!doctype html><title>Shop</title>\n{SNIPPET}<h1>Shop</h1>"), |serves| {
        let policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
        serves.headers.insert("content-security-policy", HeaderValue::from_static(policy));
    });
    let (code, findings) = site.report("/old", &[]).await;
    assert_eq!((code, faults(&findings)), (0, vec![]));
    let expected = [
        ("page", "/old redirects. "),
        ("snippet", "in the head, line 2, async: "),
        ("access", "/consent answers this page ("),
        ("policy", "lets the snippet, WebAssembly and the requests to "),
        ("compression", "compressed with br"),
        ("caching", "its ETag (304)"),
        ("cookie", "`euconsent` is kept for localhost alone, for 180 days"),
        ("first-party", "sets the cookie by HTTP, for 180 days in Safari, too"),
        ("consent-mode", "no Google tag runs"),
        ("services", "of the 4 services that need consent"),
        ("version", env!("CARGO_PKG_VERSION")),
        ("clock", "agree"),
        ("tls", "on this machine"),
    ];
    for ((check, _, message), (name, words)) in findings.iter().zip(expected) {
        assert!(check == name && message.contains(words), "{name}: {words}\n{message}");
    }
    assert_eq!(findings.len(), expected.len());
    // The lines for people say the same.
    let outcome = doctor(&[&site.address]).await;
    assert_eq!((outcome.code, outcome.complained.as_str()), (0, ""));
    assert!(outcome.told.lines().all(|line| line.starts_with("ok ")), "{}", outcome.told);
    assert_eq!(outcome.told.lines().count(), expected.len());
    // Nobody was shown the widget, and nothing was decided.
    let statistics = server.get("/v1/widgets/43/statistics").bearer_auth(TOKEN).send().await.unwrap();
    let statistics: Value = statistics.json().await.unwrap();
    assert_eq!(statistics["total"]["shown"], 0, "{statistics}");
    assert_eq!(server.count().await, 0);
    site.end().await;
    server.end().await;
}

/// A page, what is changed of it or its proxy, and the finding that has to be told.
struct Case<'a> {
    html: &'a str,
    change: fn(&mut Serves),
    check: &'a str,
    verdict: &'a str,
    words: &'a str,
}

impl Site {
    /// Checks that each case is told, and that the process ends with 1 where there is an error.
    async fn tells(&self, cases: &[Case<'_>]) {
        for Case { html, change, check, verdict, words } in cases {
            self.set(html, change);
            let (code, findings) = self.report("/", &[]).await;
            let found =
                findings.iter().any(|(name, is, message)| name == check && is == verdict && message.contains(words));
            assert!(found, "{check}: {words}\n{findings:#?}");
            let has_error = findings.iter().any(|(_, verdict, _)| verdict == "error");
            assert_eq!(code, i32::from(has_error), "{findings:#?}");
        }
    }
}

#[tokio::test]
async fn what_is_wrong_in_a_page_is_told_with_what_to_do() {
    let server = Server::start().await;
    let site = Site::start(&server).await;
    let beside = format!("<script async src=\"{}/sdk/placet.js?key=pk_demo&widget=43\"></script>", server.address);
    let (key, widget) = (SNIPPET.replace("pk_demo", "pk_other"), SNIPPET.replace("43", "44"));
    let chat = format!("<script src=https://js.driftt.com/a.js></script>{SNIPPET}");
    let tag = format!("{SNIPPET}<script src=https://www.googletagmanager.com/gtag/js></script>");
    let manager = "<script src=https://www.googletagmanager.com/gtm.js></script>";
    let nobody = "<script async src=\"http://127.0.0.1:9/sdk/placet.js?key=a&widget=1\"></script>";
    let is = |html, check, verdict, words| Case { html, change: |_| (), check, verdict, words };
    let policies = |serves: &mut Serves| {
        let policy = HeaderValue::from_static("connect-src https://api.example; script-src 'self' 'unsafe-eval'");
        serves.headers.insert("content-security-policy", policy);
        let meta = "<meta http-equiv=content-security-policy content=\"connect-src 'none'\">";
        serves.html.insert_str(0, meta);
    };
    site.tells(&[
        is("", "snippet", "error", "paste the line"),
        is(manager, "snippet", "warning", "cannot be seen from here"),
        is(&key, "access", "error", "401: nobody has the public key `pk_other`"),
        is(&widget, "access", "error", "404: the workspace of this public key has no widget `44`"),
        is(nobody, "access", "error", "http://127.0.0.1:9 does not answer"),
        is(&beside, "first-party", "warning", "is no part of the site (localhost)"),
        is(&chat, "services", "error", "data-consent=\"drift\""),
        is(&tag, "consent-mode", "error", "before any default"),
        Case { change: policies, ..is(SNIPPET, "policy", "error", "`connect-src 'self'`") },
        Case { change: policies, ..is(SNIPPET, "policy", "error", "`connect-src https://api.example 'self'`") },
    ])
    .await;

    // A page that is not among the widget's origins.
    server.publish(&DEMO.replace("\"http://localhost:*\", ", ""), TOKEN).await;
    site.set(SNIPPET, |_| ());
    let (code, findings) = site.report("/", &[]).await;
    let words = format!("403: widget 43 may not be shown on {0}: add \"{0}\" to `origins`", site.address);
    assert!(code == 1 && faults(&findings)[0].2.contains(&words), "{findings:#?}");
    site.end().await;
    server.end().await;
}

#[tokio::test]
async fn what_a_proxy_changes_is_told_with_what_to_do() {
    let server = Server::start().await;
    let site = Site::start(&server).await;
    let is = |change, check, verdict, words| Case { html: SNIPPET, change, check, verdict, words };
    site.tells(&[
        is(|serves| serves.swallowed.push("accept-encoding"), "compression", "warning", "not compressed"),
        is(|serves| serves.swallowed.push("etag"), "caching", "warning", "without ETag"),
        is(|serves| serves.swallowed.push("if-none-match"), "caching", "warning", "answered 200 and not 304"),
        is(
            |serves| serves.written.push(("cache-control", "max-age=60")),
            "caching",
            "warning",
            "`Cache-Control: max-age=60`",
        ),
        is(|serves| serves.swallowed.push("cookie"), "first-party", "error", "does not set it again"),
        is(|serves| serves.swallowed.push("set-cookie"), "first-party", "error", "does not set it again"),
        is(|serves| serves.written.push(("content-type", "text/html")), "snippet", "error", "comes as `text/html`"),
        is(
            |serves| serves.written.push(("date", "Wed, 01 Jan 2020 00:00:00 GMT")),
            "clock",
            "warning",
            "the clock of the consent server says 2020-",
        ),
    ])
    .await;
    site.end().await;
    server.end().await;
}

#[tokio::test]
async fn a_snippet_that_is_not_in_the_page_can_be_named() {
    let server = Server::start().await;
    let site = Site::start(&server).await;
    let named = format!("{}/consent/sdk/placet.js?key=pk_demo&widget=43", site.address);
    let (code, findings) = site.report("/", &["--snippet", &named]).await;
    assert_eq!((code, faults(&findings)), (0, vec![]));
    site.end().await;
    server.end().await;
}

#[tokio::test]
async fn what_is_no_page_ends_with_2() {
    let server = Server::start().await;
    let site = Site::start(&server).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (address, words) in [
        (format!("{}/missing", site.address), "answers 404; name a page that visitors see".to_owned()),
        (format!("{}/circle", site.address), "more than 20 redirects".to_owned()),
        (format!("{}/consent/healthz", site.address), "is no page but `text/plain".to_owned()),
        (format!("http://{closed}"), "cannot be fetched: ".to_owned()),
        (
            "shop.example".to_owned(),
            "write it as a browser shows it, with its scheme: `https://shop.example`".to_owned(),
        ),
    ] {
        let outcome = doctor(&[&address]).await;
        assert_eq!((outcome.code, outcome.told.as_str()), (2, ""), "{outcome:?}");
        assert!(outcome.complained.contains(&words), "{words} {}", outcome.complained);
    }
    site.end().await;
    server.end().await;
}

/// Writes an authority's certificate and one that it has issued for `localhost`, and its key.
fn certificates(folder: &Path) -> [String; 3] {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let write = |name: &str, pem: &str| {
        let path = folder.join(name);
        fs::write(&path, pem).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let paths =
        [write("ca.pem", &authority.pem()), write("c.pem", &certificate.pem()), write("c.key", &key.serialize_pem())];
    #[cfg(unix)]
    fs::set_permissions(&paths[2], std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    paths
}

#[tokio::test]
async fn certificates_of_an_authority_of_ones_own_are_trusted_if_it_is_named() {
    let folder = TempDir::new().unwrap();
    let [authority, certificate, key] = certificates(folder.path());
    // The server's own pages.
    let pages = folder.path().join("pages");
    fs::create_dir(&pages).unwrap();
    fs::write(pages.join("index.html"), SNIPPET.replace("/consent", "")).unwrap();
    let pages = pages.to_str().unwrap();
    let serving =
        Serving::start(folder.path(), &["--site", pages, "--tls-certificate", &certificate, "--tls-key", &key], &[]);
    let address = serving.address.replace("127.0.0.1", "localhost");
    fs::write(folder.path().join("w.toml"), DEMO.replace("http://localhost:*", "https://localhost:*")).unwrap();
    let applied = program::run(folder.path(), &["widget", "apply", "w.toml"]);
    assert_eq!(applied.code, 0, "{applied:?}");
    let page = format!("{address}/demo/");

    let outcome = doctor(&[&page, "--ca", &authority]).await;
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.told.contains("certificates that are trusted: localhost until "), "{}", outcome.told);
    let outcome = doctor(&[&page]).await;
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert!(outcome.complained.contains("certificate"), "{outcome:?}");
    let outcome = doctor(&[&page, "--ca", &key]).await;
    assert!(outcome.code == 2 && outcome.complained.contains("holds no certificate"), "{outcome:?}");
}
