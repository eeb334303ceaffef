//! Requests as a browser makes them, within bounds of time and size.

use std::{fmt, fs, io, io::Read, net::IpAddr, path::Path, time::Duration};

use jiff::Timestamp;
use reqwest::{
    Certificate, Client, Response,
    header::{self, HeaderMap},
    redirect,
    tls::TlsInfo,
};
use url::Url;

use crate::tls;

/// How long one request may take, with its answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a connection may take.
const CONNECTING: Duration = Duration::from_secs(10);
/// How large an answer may be, as it comes and unpacked, in bytes.
const MOST: usize = 16 * 1024 * 1024;
/// How many redirects browsers follow (Fetch, 4.4).
const MOST_REDIRECTS: usize = 20;
/// Some sites answer programs otherwise than browsers; the last word says who asks.
const USER_AGENT: &str = concat!(
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 ",
    "placet-doctor/",
    env!("CARGO_PKG_VERSION")
);

/// Asks for pages and for what they load.
pub struct Fetcher {
    client: Client,
}

/// An answer, unpacked.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Where it comes from, after redirects.
    pub address: Url,
    /// The addresses that redirected, the first one first.
    pub redirected: Vec<Url>,
    /// The status code.
    pub status: u16,
    /// The headers, as they came.
    pub headers: HeaderMap,
    /// The body; empty if it was packed in a way that is not known here.
    pub body: Vec<u8>,
    /// When it came, by the clock of this machine.
    pub at: Timestamp,
    /// The certificate of whoever answered, in DER.
    pub certificate: Option<Vec<u8>>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Not in time.
    #[error("no answer within {} s", PATIENCE.as_secs())]
    Timeout,
    /// Larger than any page.
    #[error("the answer is larger than {} MiB", MOST / 1024 / 1024)]
    TooLarge,
    /// A circle, perhaps: no cookies are kept, which some sites insist on.
    #[error("more than {MOST_REDIRECTS} redirects; the last one was from {0}")]
    Redirects(String),
    /// A redirect to nowhere.
    #[error("{0} redirects to what is no address: `{1}`")]
    Location(String, String),
    /// Packed otherwise than it says.
    #[error("the body is not the {0} that its headers say")]
    Encoding(String),
    /// No connection, no trust, no HTTP.
    #[error("{0}")]
    Failed(String),
}

/// Why requests cannot be made at all.
#[derive(Debug, thiserror::Error)]
pub enum InvalidAuthority {
    /// The file of the authority.
    #[error("{path} cannot be read ({reason}); --ca names the certificate of an authority, in PEM")]
    Read {
        /// Its name.
        path: String,
        /// Why.
        reason: io::Error,
    },
    /// What is in it.
    #[error("{0} holds no certificate in PEM; --ca names the certificate of an authority")]
    NoCertificate(String),
    /// The system's certificates, perhaps.
    #[error("no requests can be made: {0}")]
    Client(reqwest::Error),
}

/// What the page is to the address that it asks for (W3C Fetch Metadata, 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// Scheme, host and port are the same.
    SameOrigin,
    /// The scheme and the registrable domain are the same.
    SameSite,
    /// Neither.
    CrossSite,
}

impl Fetcher {
    /// Trusts the system's authorities, and one more if it is given.
    ///
    /// # Errors
    ///
    /// If the file of that holds none.
    pub fn new(authority: Option<&Path>) -> Result<Self, InvalidAuthority> {
        tls::use_ring();
        let builder = Client::builder().redirect(redirect::Policy::none()).tls_info(true);
        let mut builder = builder.timeout(PATIENCE).connect_timeout(CONNECTING).user_agent(USER_AGENT);
        if let Some(path) = authority {
            let name = path.display().to_string();
            let pem = fs::read(path).map_err(|reason| InvalidAuthority::Read { path: name.clone(), reason })?;
            let certificates = Certificate::from_pem_bundle(&pem).unwrap_or_default();
            if certificates.is_empty() {
                return Err(InvalidAuthority::NoCertificate(name));
            }
            builder = builder.tls_certs_merge(certificates);
        }
        Ok(Self { client: builder.build().map_err(InvalidAuthority::Client)? })
    }

    /// A page, as when its address is typed.
    ///
    /// # Errors
    ///
    /// If there is no answer.
    pub async fn page(&self, address: &Url) -> Result<Answer, FetchError> {
        let headers = [
            ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
            ("upgrade-insecure-requests", "1"),
            ("sec-fetch-dest", "document"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-site", "none"),
            ("sec-fetch-user", "?1"),
        ];
        self.get(address, &own(&headers)).await
    }

    /// A script that the page loads by an element.
    ///
    /// # Errors
    ///
    /// If there is no answer.
    pub async fn script(
        &self,
        address: &Url,
        page: &Url,
        more: &[(&'static str, String)],
    ) -> Result<Answer, FetchError> {
        let site = Site::of(page, address).word().to_owned();
        let headers = [
            ("sec-fetch-dest", "script".to_owned()),
            ("sec-fetch-mode", "no-cors".to_owned()),
            ("sec-fetch-site", site),
        ];
        let referer = [("referer", referer(page, address))];
        self.get(address, &[&headers, referer.as_slice(), more].concat()).await
    }

    /// What a script of the page asks for by `fetch`.
    ///
    /// # Errors
    ///
    /// If there is no answer.
    pub async fn data(&self, address: &Url, page: &Url, more: &[(&'static str, String)]) -> Result<Answer, FetchError> {
        let site = Site::of(page, address);
        let mut headers =
            own(&[("sec-fetch-dest", "empty"), ("sec-fetch-mode", "cors"), ("sec-fetch-site", site.word())]);
        headers.push(("referer", referer(page, address)));
        // Browsers name the origin to others only, unless something is posted (Fetch, 3.1).
        if site != Site::SameOrigin {
            headers.push(("origin", page.origin().ascii_serialization()));
        }
        self.get(address, &[headers.as_slice(), more].concat()).await
    }

    async fn get(&self, address: &Url, headers: &[(&'static str, String)]) -> Result<Answer, FetchError> {
        let mut address = address.clone();
        let mut redirected = Vec::new();
        loop {
            let mut request = self.client.get(address.clone());
            request =
                request.header(header::ACCEPT_ENCODING, encodings(&address)).header(header::ACCEPT_LANGUAGE, "en");
            for (name, value) in headers {
                request = request.header(*name, value);
            }
            let response = request.send().await.map_err(|error| failed(&error))?;
            let Some(location) = location(&response) else {
                return read(address, redirected, response).await;
            };
            let next = address.join(&location).ok().filter(|next| matches!(next.scheme(), "http" | "https"));
            let Some(next) = next else { return Err(FetchError::Location(address.to_string(), location)) };
            redirected.push(std::mem::replace(&mut address, next));
            if redirected.len() > MOST_REDIRECTS {
                return Err(FetchError::Redirects(address.to_string()));
            }
        }
    }
}

/// The addresses of a host, as this machine finds them; none if it finds none.
pub async fn addresses(host: &Url) -> Vec<IpAddr> {
    let (Some(name), Some(port)) = (host.host_str(), host.port_or_known_default()) else { return Vec::new() };
    let name = name.trim_matches(['[', ']']);
    match tokio::net::lookup_host((name, port)).await {
        Ok(found) => found.map(|address| address.ip()).collect(),
        Err(_) => Vec::new(),
    }
}

impl Answer {
    /// A header's value, if it is there once and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// An answer for tests of what is made of it.
    #[cfg(test)]
    pub(super) fn fake(address: Url, status: u16, headers: &[(&'static str, &str)], body: &str) -> Self {
        let headers = headers.iter().map(|(name, value)| {
            (header::HeaderName::from_static(name), header::HeaderValue::from_str(value).unwrap())
        });
        Self {
            address,
            redirected: Vec::new(),
            status,
            headers: headers.collect(),
            body: body.as_bytes().to_vec(),
            at: crate::clock::now(),
            certificate: None,
        }
    }
}

impl Site {
    /// What a page is to an address.
    pub fn of(page: &Url, address: &Url) -> Self {
        if page.origin() == address.origin() {
            Self::SameOrigin
        } else if page.scheme() == address.scheme() && is_same_site(page, address) {
            Self::SameSite
        } else {
            Self::CrossSite
        }
    }

    /// As browsers write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::SameOrigin => "same-origin",
            Self::SameSite => "same-site",
            Self::CrossSite => "cross-site",
        }
    }
}

/// The domain that a host's owner has registered; the host itself if there is none, as for an IP address.
pub fn registrable_domain(address: &Url) -> Option<&str> {
    match address.host()? {
        url::Host::Domain(name) => Some(psl::domain_str(name).unwrap_or(name)),
        _ => address.host_str(),
    }
}

/// Whether two addresses are of one site, whatever their schemes (HTML, 7.1.1).
fn is_same_site(one: &Url, other: &Url) -> bool {
    registrable_domain(one).is_some_and(|domain| Some(domain) == registrable_domain(other))
}

/// What browsers tell of the page by default (Referrer Policy, `strict-origin-when-cross-origin`).
fn referer(page: &Url, address: &Url) -> String {
    if page.origin() == address.origin() {
        let mut page = page.clone();
        page.set_fragment(None);
        page.to_string()
    } else {
        format!("{}/", page.origin().ascii_serialization())
    }
}

/// Of the encodings that browsers offer those that are unpacked here. They offer brotli over https, and to their own
/// machine.
fn encodings(address: &Url) -> &'static str {
    let is_local = address.host().is_some_and(|host| crate::origin::is_loopback(&host));
    if address.scheme() == "https" || is_local { "gzip, br" } else { "gzip" }
}

fn own(headers: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

fn location(response: &Response) -> Option<String> {
    let redirects = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let value = response.headers().get(header::LOCATION).filter(|_| redirects)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

async fn read(address: Url, redirected: Vec<Url>, mut response: Response) -> Result<Answer, FetchError> {
    let at = crate::clock::now();
    let certificate = response.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate).map(<[u8]>::to_vec);
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let mut packed = Vec::new();
    while let Some(part) = response.chunk().await.map_err(|error| failed(&error))? {
        packed.extend_from_slice(&part);
        if packed.len() > MOST {
            return Err(FetchError::TooLarge);
        }
    }
    let encoding = headers.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let body = unpack(packed, encoding)?;
    Ok(Answer { address, redirected, status, headers, body, at, certificate })
}

/// Unpacks a body, up to the bound: a few bytes may unpack to gigabytes.
fn unpack(packed: Vec<u8>, encoding: &str) -> Result<Vec<u8>, FetchError> {
    let limit = MOST as u64 + 1;
    let mut body = Vec::new();
    let unpacked = match encoding.trim().to_ascii_lowercase().as_str() {
        _ if packed.is_empty() => return Ok(packed),
        "" | "identity" => return Ok(packed),
        "br" => brotli::Decompressor::new(packed.as_slice(), 4096).take(limit).read_to_end(&mut body),
        "gzip" | "x-gzip" => flate2::read::MultiGzDecoder::new(packed.as_slice()).take(limit).read_to_end(&mut body),
        _ => return Ok(body),
    };
    match unpacked {
        Err(_) => Err(FetchError::Encoding(encoding.to_owned())),
        Ok(length) if length > MOST => Err(FetchError::TooLarge),
        Ok(_) => Ok(body),
    }
}

/// What lies at the bottom of an error: the rest only says that something was asked.
fn failed(error: &reqwest::Error) -> FetchError {
    if error.is_timeout() {
        return FetchError::Timeout;
    }
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    FetchError::Failed(deepest.to_string())
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetcher").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn what_the_page_is_to_an_address_is_told_as_browsers_do() {
        for (page, address, site) in [
            ("https://shop.example/a", "https://shop.example/b", Site::SameOrigin),
            ("https://www.shop.co.uk/", "https://consent.shop.co.uk/", Site::SameSite),
            ("https://shop.co.uk/", "https://other.co.uk/", Site::CrossSite),
            ("http://shop.example/", "https://consent.shop.example/", Site::CrossSite),
            ("http://127.0.0.1:1/", "http://127.0.0.1:2/", Site::SameSite),
            ("http://localhost:1/", "http://127.0.0.1:1/", Site::CrossSite),
        ] {
            assert_eq!(Site::of(&url(page), &url(address)), site, "{page} {address}");
        }
        assert_eq!(referer(&url("https://a.example/b?c#d"), &url("https://a.example/")), "https://a.example/b?c");
        assert_eq!(referer(&url("https://a.example/b"), &url("https://b.example/")), "https://a.example/");
        let offered =
            ["https://a.example/", "http://localhost:1/", "http://a.example/"].map(|address| encodings(&url(address)));
        assert_eq!(offered, ["gzip, br", "gzip, br", "gzip"]);
    }

    #[test]
    fn bodies_are_unpacked_within_bounds() {
        let gzip = |length| {
            let mut writer = GzEncoder::new(Vec::new(), Compression::fast());
            writer.write_all(&vec![b'a'; length]).unwrap();
            writer.finish().unwrap()
        };
        assert_eq!(unpack(gzip(3), "gzip").unwrap(), b"aaa");
        assert_eq!(unpack(b"aaa".to_vec(), "").unwrap(), b"aaa");
        assert!(matches!(unpack(gzip(MOST + 1), "gzip"), Err(FetchError::TooLarge)));
        assert!(matches!(unpack(b"aaa".to_vec(), "br"), Err(FetchError::Encoding(_))));
        // A proxy's own encoding.
        assert_eq!(unpack(b"aaa".to_vec(), "zstd").unwrap(), b"");
    }
}
