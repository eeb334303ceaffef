//! Names and clocks: redirects, TLS, the cookie's domain, whether the server is first-party, versions.

use jiff::fmt::rfc2822;
use placet_protocol::WidgetConfig;
use reqwest::{
    Client, StatusCode,
    header::{self, HeaderMap},
};
use url::{Host, Url};

use super::{
    Finding,
    fetch::{self, Fetched},
    page::Page,
    snippet::Snippet,
};
use crate::{clock, origin};

/// How far clocks may be apart, in seconds: proofs and cookies carry times.
const MOST_APART: i64 = 300;

/// What is to be said of how the page came.
pub fn of_page(asked: &Url, page: &Fetched) -> Vec<Finding> {
    const ABOUT: &str = "page";
    let mut findings = Vec::new();
    let status = page.status;
    let from = if page.url == *asked { String::new() } else { format!(" (from {asked})") };
    if status.is_success() {
        findings.push(Finding::ok(ABOUT, format!("{} came{from}", page.url)));
    } else {
        let sentence = format!("{} answers {status}{from}: what follows is about that page", page.url);
        findings.push(Finding::error(ABOUT, sentence));
    }
    if page.url.scheme() == "http" && !page.url.host().is_some_and(|host| origin::is_loopback(&host)) {
        let sentence = "the page comes over http: anybody between can change it, and browsers keep no `Secure` cookie; serve it over \
                        https";
        findings.push(Finding::warning("tls", sentence));
    }
    findings.extend(clocks(page, "the page's server"));
    findings
}

/// What the server's answer to the page tells.
pub fn of_answer(page: &Page, snippet: &Snippet, config: &WidgetConfig, answer: &Fetched) -> Vec<Finding> {
    let mut findings = vec![mixed(page, snippet), cookie(page, config), first_party(page, snippet, config)];
    if answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN).is_none() && page.url.origin() != snippet.url.origin() {
        let sentence = "the server's answer comes without `Access-Control-Allow-Origin`, so browsers keep it from the page; have \
                        the proxy leave it";
        findings.push(Finding::error("key", sentence));
    }
    findings.extend(clocks(answer, "the consent server"));
    findings
}

/// Mixed content: browsers load nothing from http in a page of https (W3C Mixed Content).
fn mixed(page: &Page, snippet: &Snippet) -> Finding {
    let is_loopback = snippet.url.host().is_some_and(|host| origin::is_loopback(&host));
    match (page.url.scheme(), snippet.url.scheme()) {
        ("https", "http") if !is_loopback => Finding::error(
            "tls",
            format!(
                "the page comes over https and the snippet over http, which browsers block; use https in {}",
                snippet.server
            ),
        ),
        (_, "http") if is_loopback => {
            Finding::ok("tls", "the consent server is on this machine, where nobody is between")
        }
        (_, "https") => Finding::ok("tls", "the consent server speaks TLS, and its certificate is good"),
        _ => {
            Finding::warning("tls", "the consent server is asked over http; give it a certificate before visitors come")
        }
    }
}

/// Whether browsers keep the cookie (RFC 6265, 5.3).
fn cookie(page: &Page, config: &WidgetConfig) -> Finding {
    const ABOUT: &str = "cookie";
    let (name, host) = (&config.cookie.name, page.url.host_str().unwrap_or_default());
    let is_https = page.url.scheme() == "https";
    if !is_https && (name.starts_with("__Host-") || name.starts_with("__Secure-")) {
        return Finding::error(
            ABOUT,
            format!("browsers keep a cookie named `{name}` on https pages only; choose another name"),
        );
    }
    match config.cookie.domain.as_deref() {
        None => Finding::ok(
            ABOUT,
            format!("`{name}` is kept for {host}; set `domain` to share the choice with other hosts of yours"),
        ),
        Some(domain) if psl::suffix_str(domain) == Some(domain) => Finding::error(
            ABOUT,
            format!("browsers keep no cookie for `{domain}`, a public suffix; set `domain` to your own"),
        ),
        Some(domain) if is_within(host, domain) => {
            Finding::ok(ABOUT, format!("`{name}` is kept for {domain} and all hosts below it"))
        }
        Some(domain) => Finding::error(
            ABOUT,
            format!(
                "browsers keep no cookie for `{domain}` on pages of {host}: visitors are asked on each page; mend `domain`"
            ),
        ),
    }
}

fn is_within(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether the server is a part of the site, and what that gives.
fn first_party(page: &Page, snippet: &Snippet, config: &WidgetConfig) -> Finding {
    const ABOUT: &str = "first-party";
    if page.url.origin() == snippet.url.origin() {
        return Finding::ok(ABOUT, "the server has the page's own origin: it sets the choice's cookie by HTTP, too");
    }
    let registrable = |url: &Url| match url.host() {
        Some(Host::Domain(host)) => psl::domain_str(host).map(str::to_owned),
        _ => None,
    };
    let (site, server) = (registrable(&page.url), registrable(&snippet.url));
    match (site, server) {
        (Some(site), Some(server)) if site == server && page.url.scheme() == snippet.url.scheme() => {
            match config.cookie.domain.as_deref() {
                Some(domain) if is_within(snippet.url.host_str().unwrap_or_default(), domain) => Finding::ok(
                    ABOUT,
                    format!("the server is a part of {site}: it sets the choice's cookie by HTTP, too"),
                ),
                _ => Finding::warning(
                    ABOUT,
                    format!(
                        "the server is a part of {site}, but the cookie is not: set `domain = \"{site}\"` under [cookie], so that \
                         the server can set it by HTTP and Safari keeps it longer than seven days (docs/first-party.md)"
                    ),
                ),
            }
        }
        _ => Finding::warning(
            ABOUT,
            "the server is of another site: Safari keeps the choice for seven days, and ad blockers know such hosts \
             (docs/first-party.md says what to do)",
        ),
    }
}

/// How an answer's time differs from this machine's.
fn clocks(answer: &Fetched, whose: &str) -> Option<Finding> {
    let date = rfc2822::parse(answer.header(header::DATE)?.replace("GMT", "+0000").as_str()).ok()?;
    let apart = date.timestamp().as_second() - clock::now().as_second();
    (apart.abs() > MOST_APART).then(|| {
        let way = if apart > 0 { "ahead of" } else { "behind" };
        let sentence = format!("{whose} is {} s {way} this machine's clock: set the one that is wrong", apart.abs());
        Finding::warning("clock", sentence)
    })
}

/// Whether the server is of this program's version.
pub async fn versions(client: &Client, snippet: &Snippet) -> Option<Finding> {
    #[derive(serde::Deserialize)]
    struct Document {
        info: Info,
    }
    #[derive(serde::Deserialize)]
    struct Info {
        version: String,
    }
    let answer = fetch::get(client, &snippet.at("/openapi.json"), HeaderMap::new()).await.ok()?;
    let is_there = answer.status == StatusCode::OK;
    let document: Document = is_there.then(|| serde_json::from_slice(&answer.body).ok()).flatten()?;
    let (theirs, own) = (document.info.version, env!("CARGO_PKG_VERSION"));
    Some(if theirs == own {
        Finding::ok("version", format!("the server is of version {theirs}"))
    } else {
        Finding::warning("version", format!("the server is of version {theirs}, and this program of {own}"))
    })
}
