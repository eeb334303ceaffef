//! `placet-server doctor`: what is right and what is wrong with Placet on a page, as it is seen from outside.
//!
//! The page is fetched as a browser would and read; nothing of it is run. What a check makes of what was fetched knows no
//! network:
//!
//! | module | looks at |
//! |---|---|
//! | [`fetch`] | nothing: makes the requests |
//! | [`html`] | nothing: reads the page's markup |
//! | [`snippet`] | where the snippet stands and what it says |
//! | [`access`] | whether the server answers this page |
//! | [`policy`] | content security policies |
//! | [`delivery`] | compression and caching of the SDK's files |
//! | [`cookie`] | the cookie's domain; whether the server is a part of the site |
//! | [`tags`] | Consent Mode's default; what is loaded before consent |
//! | [`clock`] | clocks, certificates |
//! | [`finding`] | nothing: how it is told |

pub mod access;
pub mod clock;
pub mod cookie;
pub mod delivery;
pub mod fetch;
pub mod finding;
pub mod html;
pub mod policy;
pub mod snippet;
pub mod tags;

use placet_protocol::WidgetConfig;
use serde::Serialize;
use serde_json::Value;
use url::Url;

use self::{
    cookie::Tried,
    delivery::Delivery,
    fetch::{Answer, FetchError, Fetcher},
    finding::{Check, Finding, Verdict},
    html::Html,
    snippet::Snippet,
};

/// What was found on a page.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The page, after redirects.
    pub page: String,
    /// The version of this program.
    pub version: &'static str,
    /// What is right and wrong.
    pub findings: Vec<Finding>,
}

/// Why there is nothing to look at.
#[derive(Debug, thiserror::Error)]
pub enum NoPage {
    /// No answer.
    #[error("{address} cannot be fetched: {reason}")]
    Unreachable {
        /// The page.
        address: String,
        /// Why.
        reason: FetchError,
    },
    /// An answer that says no.
    #[error(
        "{address} answers {status}; name a page that visitors see. Some sites turn programs away: let this machine's address through"
    )]
    Status {
        /// The page, after redirects.
        address: String,
        /// What it answered.
        status: u16,
    },
    /// Something else than a page.
    #[error("{address} is no page but `{kind}`; name a page that visitors see")]
    Kind {
        /// The page, after redirects.
        address: String,
        /// Its type.
        kind: String,
    },
}

impl Report {
    /// How many findings are errors.
    pub fn errors(&self) -> usize {
        self.findings.iter().filter(|finding| finding.verdict == Verdict::Error).count()
    }
}

/// Looks at a page. The snippet's address may be named, if the page's markup does not have it.
///
/// # Errors
///
/// If there is no page at the address.
pub async fn examine(fetcher: &Fetcher, address: &Url, named: Option<&Url>) -> Result<Report, NoPage> {
    let unreachable = |reason| NoPage::Unreachable { address: address.to_string(), reason };
    let answer = fetcher.page(address).await.map_err(unreachable)?;
    check_page(&answer)?;
    let html = Html::parse(&String::from_utf8_lossy(&answer.body));
    let mut findings = vec![of_page(&answer)];
    let (of_snippet, snippet) = snippet::examine(&html, &answer.address, named);
    findings.extend(of_snippet);
    let mut server = None;
    if let Some(snippet) = &snippet {
        let examined = of_server(fetcher, &answer, &html, snippet).await;
        findings.extend(examined.0);
        server = examined.1;
    }
    let clocks = [("the page", Some(&answer)), ("the consent server", server.as_ref())];
    let clocks: Vec<_> = clocks.into_iter().filter_map(|(who, answer)| Some((who, answer?))).collect();
    findings.extend(clock::examine(&clocks));
    findings.extend(clock::examine_tls(&answer, server.as_ref()));
    Ok(Report { page: answer.address.to_string(), version: env!("CARGO_PKG_VERSION"), findings })
}

fn check_page(answer: &Answer) -> Result<(), NoPage> {
    let address = answer.address.to_string();
    if !(200..300).contains(&answer.status) {
        return Err(NoPage::Status { address, status: answer.status });
    }
    let kind = answer.header("content-type").unwrap_or("text/html");
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if matches!(essence.as_str(), "text/html" | "application/xhtml+xml") {
        Ok(())
    } else {
        Err(NoPage::Kind { address, kind: kind.to_owned() })
    }
}

fn of_page(answer: &Answer) -> Finding {
    let (address, size) = (&answer.address, answer.body.len());
    let by: String = answer.redirected.iter().flat_map(|from| [from.as_str(), " redirects. "]).collect();
    let sentence = format!("{by}{address} answers {} with {size} bytes", answer.status);
    let is_downgraded = address.scheme() == "http" && answer.redirected.iter().any(|from| from.scheme() == "https");
    if is_downgraded {
        return Finding::warning(
            Check::Page,
            format!("{sentence}: it leads from https to http; let it lead the other way"),
        );
    }
    Finding::ok(Check::Page, sentence)
}

/// Looks at what the page loads from its consent server. Answers the server's answer, too, if there is one.
async fn of_server(fetcher: &Fetcher, page: &Answer, html: &Html, snippet: &Snippet) -> (Vec<Finding>, Option<Answer>) {
    let mut findings = Vec::new();
    let answered = widget(fetcher, &page.address, snippet).await;
    let (of_access, config) = access::examine(&answered, snippet, &page.address);
    findings.extend(of_access);
    let logos = config.as_ref().map(logos).unwrap_or_default();
    findings.extend(policy::examine(&policy::policies(&page.headers, html), &page.address, snippet, &logos));
    findings.extend(of_delivery(fetcher, &page.address, snippet).await);
    if let Some(config) = &config {
        findings.push(cookie::examine(config, &page.address));
        findings.push(of_first_party(fetcher, &page.address, snippet, config).await);
        findings.push(tags::examine_consent_mode(html, snippet, config));
        findings.extend(tags::examine_services(html, &page.address, snippet, config));
    }
    let server = answered.ok();
    if server.is_some() {
        findings.push(of_version(fetcher, &page.address, snippet).await);
    }
    (findings, server)
}

/// Asks for what the widget shows. The statistics count who is shown a widget; a request that names a configuration which it
/// has already is not counted, and any layer's tag says so (`http/widgets.rs`).
async fn widget(fetcher: &Fetcher, page: &Url, snippet: &Snippet) -> Result<Answer, FetchError> {
    let banner = fetcher.data(&snippet.widget_address("/banner"), page, &[]).await?;
    if banner.status != 200 {
        return Ok(banner);
    }
    let tag = banner.header("etag").map(|tag| ("if-none-match", tag.to_owned()));
    fetcher.data(&snippet.widget_address(""), page, tag.as_slice()).await
}

fn logos(config: &WidgetConfig) -> Vec<Url> {
    let logos = config.services().filter_map(|service| service.logo_url.as_deref());
    logos.filter_map(|logo| Url::parse(logo).ok()).collect()
}

async fn of_delivery(fetcher: &Fetcher, page: &Url, snippet: &Snippet) -> Vec<Finding> {
    let answer = fetcher.script(&snippet.address, page, &[]).await;
    let mut findings = delivery::examine_script(&answer, snippet);
    let (Ok(script), false) = (&answer, findings.iter().any(|finding| finding.verdict == Verdict::Error)) else {
        return findings;
    };
    let again = match script.header("etag") {
        Some(tag) => Some(fetcher.script(&snippet.address, page, &[("if-none-match", tag.to_owned())]).await),
        None => None,
    };
    let part = match delivery::part_name(&script.body) {
        Some(name) => Some(fetcher.script(&snippet.server_address(&format!("sdk/{name}")), page, &[]).await),
        None => None,
    };
    findings.extend(delivery::examine(&Delivery { script, again, part }));
    findings
}

async fn of_first_party(fetcher: &Fetcher, page: &Url, snippet: &Snippet, config: &WidgetConfig) -> Finding {
    if !cookie::is_first_party(config, page, &snippet.address) {
        return cookie::examine_first_party(config, page, snippet, None);
    }
    let probe = [
        ("cookie", cookie::probe(config, crate::clock::seconds(crate::clock::now()))),
        // Not counted as a visitor, either.
        ("if-none-match", format!("\"{}\"", tag_of(config))),
    ];
    let answer = fetcher.data(&snippet.widget_address(""), page, &probe).await;
    let [site, own] = [fetch::addresses(page).await, fetch::addresses(&snippet.address).await];
    cookie::examine_first_party(config, page, snippet, Some(&Tried { answer: &answer, addresses: [&site, &own] }))
}

/// What the tag of a configuration begins with (`http/widgets.rs`).
fn tag_of(config: &WidgetConfig) -> String {
    let digits: String = config.ask_key.chars().filter(char::is_ascii_hexdigit).collect();
    format!("{}-", digits.get(24..).unwrap_or_default())
}

async fn of_version(fetcher: &Fetcher, page: &Url, snippet: &Snippet) -> Finding {
    let own = env!("CARGO_PKG_VERSION");
    let answer = fetcher.data(&snippet.server_address("openapi.json"), page, &[]).await;
    let api = answer.ok().and_then(|answer| serde_json::from_slice::<Value>(&answer.body).ok());
    let theirs = api.as_ref().and_then(|api| api.pointer("/info/version")?.as_str());
    match theirs {
        Some(theirs) if theirs == own => {
            Finding::ok(Check::Version, format!("the server is of version {own}, as this command"))
        }
        Some(theirs) => {
            let sentence =
                format!("the server is of version {theirs}, this command of {own}; what they expect may differ");
            Finding::warning(Check::Version, sentence)
        }
        None => {
            let sentence =
                format!("this command is of version {own}; the server's is not told ({}/openapi.json)", snippet.server);
            Finding::ok(Check::Version, sentence)
        }
    }
}

/// The demo widget's configuration, for tests.
#[cfg(test)]
fn fake_config() -> WidgetConfig {
    use crate::widget::{
        check::{Claims, Draft},
        publish::{Publication, publication},
        render,
    };
    let file = include_str!("../../../widgets/demo.toml");
    let content = Draft::parse("demo.toml", file).unwrap().check(&Claims::default()).unwrap();
    let (Publication::New { version, .. } | Publication::Unchanged(version)) =
        publication(content, None, crate::clock::now());
    render::render(&version, version.content.editions.first())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, kind: &str) -> Answer {
        Answer::fake(Url::parse("http://shop.example/").unwrap(), status, &[("content-type", kind)], "")
    }

    #[test]
    fn only_pages_are_looked_at() {
        assert!(check_page(&answer(200, "text/HTML; charset=utf-8")).is_ok());
        assert!(matches!(check_page(&answer(403, "text/html")), Err(NoPage::Status { status: 403, .. })));
        assert!(matches!(check_page(&answer(200, "image/png")), Err(NoPage::Kind { .. })));
    }

    #[test]
    fn redirects_are_named() {
        let from =
            |from: &str| of_page(&Answer { redirected: vec![Url::parse(from).unwrap()], ..answer(200, "text/html") });
        assert!(
            from("http://old.example/")
                .sentence
                .starts_with("http://old.example/ redirects. http://shop.example/ answers")
        );
        assert_eq!(from("http://old.example/").verdict, Verdict::Ok);
        assert_eq!(from("https://shop.example/").verdict, Verdict::Warning);
    }
}
