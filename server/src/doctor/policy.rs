//! The page's content security policy (CSP Level 3): whether it allows what Placet needs.

use placet_protocol::WidgetConfig;
use reqwest::header::{CONTENT_SECURITY_POLICY, HeaderMap};
use url::Url;

use super::{Finding, page::Page, snippet::Snippet};

const ABOUT: &str = "policy";

/// One policy: each directive with its sources, as they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy(Vec<(String, Vec<String>)>);

impl Policy {
    /// Reads a policy (CSP, 2.2.1): of a directive that is there twice the first counts.
    fn parse(text: &str) -> Self {
        let mut directives: Vec<(String, Vec<String>)> = Vec::new();
        for directive in text.split(';') {
            let mut words = directive.split_ascii_whitespace();
            let Some(name) = words.next().map(str::to_ascii_lowercase) else { continue };
            if directives.iter().all(|(known, _)| *known != name) {
                directives.push((name, words.map(str::to_owned).collect()));
            }
        }
        Self(directives)
    }

    /// The sources of the first of these directives that is there.
    fn first(&self, names: &[&str]) -> Option<(&str, &[String])> {
        names.iter().find_map(|name| {
            let (name, sources) = self.0.iter().find(|(known, _)| known == name)?;
            Some((name.as_str(), sources.as_slice()))
        })
    }
}

/// The policies of a page: all of them hold.
pub fn of_page(headers: &HeaderMap, page: &Page) -> Vec<Policy> {
    let of_headers = headers.get_all(CONTENT_SECURITY_POLICY).iter().filter_map(|value| value.to_str().ok());
    let of_page = page.elements.iter().filter(|element| {
        let name = element.attribute("http-equiv").unwrap_or_default();
        element.name == "meta" && name.eq_ignore_ascii_case("content-security-policy")
    });
    let of_page = of_page.filter_map(|element| element.attribute("content"));
    // A comma ends a policy (CSP, 2.2.2).
    of_headers.flat_map(|value| value.split(',')).chain(of_page).map(Policy::parse).collect()
}

/// Says what the policies forbid that is needed.
pub fn check(policies: &[Policy], snippet: &Snippet, page: &Page, config: Option<&WidgetConfig>) -> Vec<Finding> {
    if policies.is_empty() {
        return vec![Finding::ok(ABOUT, "the page has no content security policy, so nothing is forbidden")];
    }
    let mut findings = Vec::new();
    let server = snippet.url.origin().ascii_serialization();
    for policy in policies {
        let nonce = snippet.element.attribute("nonce");
        if let Some((name, sources)) = policy.first(&["script-src-elem", "script-src", "default-src"])
            && !allows_script(sources, &snippet.url, nonce, page)
        {
            findings.push(Finding::error(
                ABOUT,
                format!("`{name}` forbids the snippet: give its script element the page's nonce, or add {server} to `{name}`"),
            ));
        }
        if let Some((name, sources)) = policy.first(&["script-src", "default-src"])
            && !has(sources, "'wasm-unsafe-eval'")
            && !has(sources, "'unsafe-eval'")
        {
            findings.push(Finding::warning(
                ABOUT,
                format!(
                    "`{name}` forbids WebAssembly: visitors can accept or refuse all, but see no preferences; add \
                     'wasm-unsafe-eval' to `script-src`"
                ),
            ));
        }
        if let Some((name, sources)) = policy.first(&["connect-src", "default-src"])
            && !allows(sources, &snippet.url, page)
        {
            findings.push(Finding::error(
                ABOUT,
                format!("`{name}` forbids asking the consent server: add {server} to `connect-src`"),
            ));
        }
        if let Some((name, sources)) = policy.first(&["img-src", "default-src"]) {
            let logos = config.into_iter().flat_map(WidgetConfig::services).filter_map(|s| s.logo_url.as_deref());
            let forbidden = logos.filter_map(|logo| page.url.join(logo).ok()).find(|logo| !allows(sources, logo, page));
            if let Some(logo) = forbidden {
                findings.push(Finding::warning(
                    ABOUT,
                    format!("`{name}` forbids the logo {logo}: add its host to `img-src`"),
                ));
            }
        }
    }
    if findings.is_empty() {
        findings.push(Finding::ok(ABOUT, "the content security policy allows the snippet, the server and WebAssembly"));
    }
    findings
}

fn has(sources: &[String], keyword: &str) -> bool {
    sources.iter().any(|source| source.eq_ignore_ascii_case(keyword))
}

/// Whether a script's element may load it (CSP, 6.7.1.1, without hashes of external scripts).
fn allows_script(sources: &[String], url: &Url, nonce: Option<&str>, page: &Page) -> bool {
    let has_nonce = nonce.is_some_and(|nonce| sources.iter().any(|source| *source == format!("'nonce-{nonce}'")));
    has_nonce || (!has(sources, "'strict-dynamic'") && allows(sources, url, page))
}

/// Whether one of the sources matches an address (CSP, 6.7.2.7).
fn allows(sources: &[String], url: &Url, page: &Page) -> bool {
    sources.iter().any(|source| matches(source, url, page))
}

fn matches(source: &str, url: &Url, page: &Page) -> bool {
    let source_lower = source.to_ascii_lowercase();
    match source_lower.as_str() {
        "*" => return matches!(url.scheme(), "http" | "https" | "ws" | "wss") || url.scheme() == page.url.scheme(),
        "'self'" => return url.origin() == page.url.origin() || is_upgrade_of(&page.url, url),
        keyword if keyword.starts_with('\'') => return false,
        _ => {}
    }
    if let Some(scheme) = source_lower.strip_suffix(':').filter(|scheme| !scheme.contains('.')) {
        return scheme_matches(scheme, url.scheme());
    }
    let (scheme, rest) = match source.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None => (page.url.scheme().to_owned(), source),
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    scheme_matches(&scheme, url.scheme())
        && host_matches(&host.to_ascii_lowercase(), url.host_str().unwrap_or_default())
        && port_matches(port, &scheme, url)
        && path_matches(path, url.path())
}

/// An insecure scheme allows its secure kin (CSP, 6.7.2.8).
fn scheme_matches(allowed: &str, scheme: &str) -> bool {
    allowed == scheme
        || (allowed == "http" && scheme == "https")
        || (allowed == "ws" && matches!(scheme, "wss" | "http" | "https"))
}

fn host_matches(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some("") => true,
        Some(rest) => rest.starts_with('.') && host.ends_with(rest),
        None => pattern == host,
    }
}

fn port_matches(allowed: Option<&str>, scheme: &str, url: &Url) -> bool {
    let port = url.port_or_known_default();
    match allowed {
        Some("*") => true,
        Some(allowed) => allowed.parse().ok() == port || (allowed == "80" && port == Some(443)),
        None => url.port().is_none() || (scheme == "http" && port == Some(443)),
    }
}

/// A path that ends with a slash allows what is below it.
fn path_matches(allowed: &str, path: &str) -> bool {
    match allowed {
        "" | "/" => true,
        folder if folder.ends_with('/') => path.starts_with(folder),
        file => path == file,
    }
}

fn is_upgrade_of(page: &Url, url: &Url) -> bool {
    page.scheme() == "http"
        && url.scheme() == "https"
        && page.host() == url.host()
        && url.port().is_none()
        && page.port().is_none()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Level, snippet},
        *,
    };

    const SNIPPET: &str =
        "<script async nonce=abc src='https://c.example:8443/sdk/placet.js?key=pk&widget=43'></script>";

    fn findings(policy: &str) -> Vec<Finding> {
        let page = Page::read(&"https://shop.example/".parse().unwrap(), SNIPPET);
        let snippet = snippet::find(&page).0.unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_SECURITY_POLICY, policy.parse().unwrap());
        check(&of_page(&headers, &page), &snippet, &page, None)
    }

    #[test]
    fn policies_that_allow_it() {
        for policy in [
            "script-src 'nonce-abc' 'strict-dynamic' 'wasm-unsafe-eval'; connect-src https://c.example:8443",
            "script-src 'self' https://c.example:8443 'unsafe-eval'; connect-src *",
            "script-src https: 'wasm-unsafe-eval'; connect-src https:",
            "script-src https://*.example:* 'wasm-unsafe-eval'",
            "script-src c.example:8443/sdk/ 'wasm-unsafe-eval'; connect-src c.example:*",
            "frame-ancestors 'none'; img-src 'self'",
            "default-src 'none'; script-src c.example:* 'WASM-unsafe-eval'; connect-src c.example:*; img-src 'self'",
        ] {
            let found = findings(policy);
            assert!(found.iter().all(|finding| finding.level == Level::Ok), "{policy}: {found:?}");
        }
    }

    #[test]
    fn policies_that_forbid_something_say_what_to_add() {
        for (policy, level, expected) in [
            ("script-src 'self' 'wasm-unsafe-eval'", Level::Error, "`script-src` forbids the snippet"),
            ("default-src 'self'", Level::Error, "`default-src` forbids the snippet"),
            ("script-src-elem 'none'; script-src * 'wasm-unsafe-eval'", Level::Error, "`script-src-elem` forbids"),
            ("script-src 'strict-dynamic' https://c.example:8443 'wasm-unsafe-eval'", Level::Error, "page's nonce"),
            ("script-src 'nonce-other' 'wasm-unsafe-eval'", Level::Error, "forbids the snippet"),
            ("script-src https://c.example 'wasm-unsafe-eval'", Level::Error, "forbids the snippet"),
            ("script-src http://c.example:8443/other/ 'wasm-unsafe-eval'", Level::Error, "forbids the snippet"),
            ("script-src 'nonce-abc'", Level::Warning, "'wasm-unsafe-eval'"),
            ("connect-src 'self'", Level::Error, "add https://c.example:8443 to `connect-src`"),
            ("script-src *, connect-src 'none'", Level::Error, "`connect-src` forbids"),
        ] {
            let found = findings(policy);
            let is_said = |finding: &Finding| finding.level == level && finding.sentence.contains(expected);
            assert!(found.iter().any(is_said), "{policy}: {found:?}");
        }
    }
}
