//! What `placet-server doctor` finds out about a site: it fetches a page as a browser would, and says in sentences what is right
//! and what is wrong with the snippet and the way to the consent server.
//!
//! | module | looks at |
//! |---|---|
//! | [`fetch`] | the way to the page and to the server: redirects, limits of time and size |
//! | [`page`] | the page's elements and where they stand |
//! | [`snippet`] | the snippet: whether, where and how often it is there |
//! | [`policy`] | the content security policy |
//! | [`tags`] | third parties that run before consent, and the order of Google's tags |
//! | [`delivery`] | what a proxy may have done to the SDK's files: compression, caching |
//! | [`site`] | names: the cookie's domain, whether the server is first-party, mixed content; clocks and versions |

mod delivery;
pub mod fetch;
mod page;
mod policy;
mod site;
mod snippet;
mod tags;

use placet_protocol::WidgetConfig;
use reqwest::{Client, StatusCode, header};
use serde::Serialize;
use url::Url;

use self::{
    fetch::{Fetched, Unreachable},
    page::Page,
    snippet::Snippet,
};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It is right.
    Ok,
    /// It works, but not as well as it might; or it could not be found out.
    Warning,
    /// It does not work, or not lawfully.
    Error,
}

/// What was found out about one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub level: Level,
    /// What it is about, in a word.
    pub about: &'static str,
    /// What was found, and what to do.
    pub sentence: String,
}

impl Finding {
    fn ok(about: &'static str, sentence: impl Into<String>) -> Self {
        Self { level: Level::Ok, about, sentence: sentence.into() }
    }

    fn warning(about: &'static str, sentence: impl Into<String>) -> Self {
        Self { level: Level::Warning, about, sentence: sentence.into() }
    }

    fn error(about: &'static str, sentence: impl Into<String>) -> Self {
        Self { level: Level::Error, about, sentence: sentence.into() }
    }
}

/// Examines the page at an address.
///
/// # Errors
///
/// If the page cannot be fetched.
pub async fn examine(client: &Client, address: &Url) -> Result<Vec<Finding>, Unreachable> {
    let fetched = fetch::get(client, address, fetch::as_browser()).await?;
    let mut findings = site::of_page(address, &fetched);
    let page = Page::read(&fetched.url, &fetched.text());
    let (snippet, of_snippet) = snippet::find(&page);
    findings.extend(of_snippet);
    let policies = policy::of_page(&fetched.headers, &page);
    let Some(snippet) = snippet else { return Ok(findings) };

    let config = match config(client, &snippet, &fetched).await {
        Ok((config, answer)) => {
            findings.push(Finding::ok(
                "key",
                format!("the key opens widget {}, and it may be shown on {}", config.id, page.origin()),
            ));
            findings.extend(site::of_answer(&page, &snippet, &config, &answer));
            Some(config)
        }
        Err(finding) => {
            findings.push(finding);
            None
        }
    };
    findings.extend(policy::check(&policies, &snippet, &page, config.as_ref()));
    findings.extend(delivery::check(client, &snippet).await);
    if let Some(config) = &config {
        findings.extend(tags::check(&page, &snippet, config));
    }
    findings.extend(site::versions(client, &snippet).await);
    Ok(findings)
}

/// The widget's configuration, as the page would be given it.
async fn config(client: &Client, snippet: &Snippet, page: &Fetched) -> Result<(WidgetConfig, Fetched), Finding> {
    let address = snippet.api("");
    let headers = [
        (header::ORIGIN, page.url.origin().ascii_serialization()),
        (header::REFERER, format!("{}/", page.url.origin().ascii_serialization())),
    ];
    let answer = fetch::get(client, &address, fetch::headers(headers))
        .await
        .map_err(|error| Finding::error("key", format!("the consent server does not answer: {error}")))?;
    if answer.status != StatusCode::OK {
        let detail = serde_json::from_slice::<Problem>(&answer.body).map(|problem| problem.detail);
        let said = detail.unwrap_or_else(|_| {
            format!(
                "{address} answers {} and no configuration; is it Placet, and does the proxy pass all of /v1/ on?",
                answer.status
            )
        });
        return Err(Finding::error("key", said));
    }
    let config = serde_json::from_slice(&answer.body).map_err(|error| {
        Finding::error("key", format!("{address} answers no configuration of a widget ({error}); is it Placet?"))
    })?;
    Ok((config, answer))
}

/// What a server says that refuses (RFC 9457).
#[derive(serde::Deserialize)]
struct Problem {
    detail: String,
}
