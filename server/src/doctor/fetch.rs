//! Fetching as a browser does, within bounds.

use std::{fmt::Write as _, time::Duration};

use reqwest::{
    Client, StatusCode,
    header::{self, HeaderMap, HeaderName, HeaderValue},
    redirect,
};
use url::Url;

use crate::tls;

/// How long an answer may take, from its beginning to its end.
const PATIENCE: Duration = Duration::from_secs(20);
/// How much of an answer is read, in bytes.
const MOST: usize = 8 * 1024 * 1024;
/// How many redirects are followed, as browsers do (Fetch, "HTTP-redirect fetch").
const MOST_REDIRECTS: usize = 20;

/// An answer.
#[derive(Debug)]
pub struct Fetched {
    /// Where it came from, after redirects.
    pub url: Url,
    /// The HTTP status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, as it came, or decompressed if that was asked for.
    pub body: Vec<u8>,
}

impl Fetched {
    /// A header's value, if it is there and is text.
    pub fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Why something cannot be fetched.
#[derive(Debug, thiserror::Error)]
#[error("{url} cannot be fetched: {reason}")]
pub struct Unreachable {
    /// What.
    pub url: Url,
    /// Why.
    pub reason: String,
}

/// A client that takes what it is sent as it is.
///
/// # Errors
///
/// If the machine's authorities for TLS cannot be read.
pub fn client() -> reqwest::Result<Client> {
    tls::use_ring();
    Client::builder()
        .timeout(PATIENCE)
        .redirect(redirect::Policy::limited(MOST_REDIRECTS))
        .user_agent(concat!(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 PlacetDoctor/",
            env!("CARGO_PKG_VERSION")
        ))
        .build()
}

/// What a browser says that wants a page.
pub fn as_browser() -> HeaderMap {
    let headers: [(HeaderName, &str); 3] = [
        (header::ACCEPT, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        (header::ACCEPT_LANGUAGE, "en"),
        (header::UPGRADE_INSECURE_REQUESTS, "1"),
    ];
    headers.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect()
}

/// Asks for something.
///
/// # Errors
///
/// If there is no answer, or it is too long.
pub async fn get(client: &Client, url: &Url, headers: HeaderMap) -> Result<Fetched, Unreachable> {
    let unreachable = |reason: String| Unreachable { url: url.clone(), reason };
    let request = client.get(url.clone()).headers(headers);
    let mut answer = request.send().await.map_err(|error| unreachable(reasons(&error)))?;
    let (url, status, headers) = (answer.url().clone(), answer.status(), answer.headers().clone());
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(|error| unreachable(reasons(&error)))? {
        body.extend_from_slice(&part);
        if body.len() > MOST {
            return Err(unreachable(format!("it is longer than {} MB", MOST / 1024 / 1024)));
        }
    }
    Ok(Fetched { url, status, headers, body })
}

/// Headers of a request, without those that no header can have.
pub fn headers(of: impl IntoIterator<Item = (HeaderName, String)>) -> HeaderMap {
    of.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::try_from(value).ok()?))).collect()
}

/// An error with what lies below it, which is what says something.
fn reasons(error: &reqwest::Error) -> String {
    let mut said = String::new();
    let mut next: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(error) = next {
        let _ = write!(said, "{}{error}", if said.is_empty() { "" } else { ": " });
        next = error.source();
    }
    if said.is_empty() { error.to_string() } else { said }
}
