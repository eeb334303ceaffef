//! Content security policies: whether they let the snippet, its parts and its requests through (W3C CSP Level 3).

use reqwest::header::HeaderMap;
use url::Url;

use super::{
    finding::{Check, Finding},
    html::Html,
    snippet::Snippet,
};

/// Where a policy stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// In a header of the answer.
    Header,
    /// In a `meta` element in a line of the page.
    Meta(u64),
}

/// One policy. Several hold together: each of them has to allow what is loaded (CSP3, 8.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    place: Place,
    /// Name in lower case, and values, in the order of the text; of directives of one name the first counts (CSP3, 2.2.1).
    directives: Vec<(String, Vec<String>)>,
}

/// The directives that decide on `script` elements, the first that is there (CSP3, 6.8.3).
const SCRIPT_ELEMENTS: &[&str] = &["script-src-elem", "script-src", "default-src"];
/// The same for `eval` and WebAssembly.
const EVALUATION: &[&str] = &["script-src", "default-src"];
const CONNECTIONS: &[&str] = &["connect-src", "default-src"];
const IMAGES: &[&str] = &["img-src", "default-src"];

/// The policies of a page, of its headers and its `meta` elements. Those that only report are left out.
pub fn policies(headers: &HeaderMap, html: &Html) -> Vec<Policy> {
    let name = "content-security-policy";
    let of_headers = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    // A header's value is a list (RFC 9110, 5.6.1).
    let of_headers = of_headers.flat_map(|value| value.split(',')).map(|text| (Place::Header, text));
    let is_policy = |value: Option<&str>| value.is_some_and(|value| value.trim().eq_ignore_ascii_case(name));
    let metas = html.elements.iter().filter(|element| element.name == "meta" && !element.is_inert);
    let metas = metas.filter(|element| is_policy(element.attribute("http-equiv")));
    let of_metas = metas.filter_map(|element| Some((Place::Meta(element.line), element.attribute("content")?)));
    of_headers.chain(of_metas).filter_map(|(place, text)| Policy::parse(place, text)).collect()
}

/// Says what of the snippet the policies do not let through, and the directive that does.
pub fn examine(policies: &[Policy], page: &Url, snippet: &Snippet, logos: &[Url]) -> Vec<Finding> {
    if policies.is_empty() {
        return vec![Finding::ok(Check::Policy, "the page has no content security policy")];
    }
    let needs = Needs { page, snippet, logos };
    let findings: Vec<_> = policies.iter().flat_map(|policy| needs.missing(policy)).collect();
    if !findings.is_empty() {
        return findings;
    }
    let count = if policies.len() == 1 { "policy lets".to_owned() } else { format!("{} policies let", policies.len()) };
    let sentence =
        format!("the content security {count} the snippet, WebAssembly and the requests to {} through", snippet.server);
    vec![Finding::ok(Check::Policy, sentence)]
}

/// What a page needs of a policy.
struct Needs<'a> {
    page: &'a Url,
    snippet: &'a Snippet,
    logos: &'a [Url],
}

impl Needs<'_> {
    fn missing(&self, policy: &Policy) -> Vec<Finding> {
        let mut findings = Vec::new();
        let server = self.source();
        let mut fault = |sentence: String| findings.push(Finding::error(Check::Policy, sentence).at(policy.line()));
        if let Some((name, sources)) = policy.sources(SCRIPT_ELEMENTS) {
            let by_nonce = has_nonce(sources, self.snippet.nonce.as_deref());
            let is_strict = has_keyword(sources, "'strict-dynamic'");
            let [loaded, part] = [&self.snippet.address, &self.snippet.server_address("sdk/placet-.js")]
                .map(|address| !is_strict && matches(sources, address, self.page));
            if !by_nonce && !loaded {
                let how = if is_strict {
                    format!(
                        "with 'strict-dynamic' hosts count for nothing: give the snippet the page's nonce, \
                         `<script async nonce=\"…\" src=\"{}\">`",
                        self.snippet.address
                    )
                } else {
                    format!(
                        "write `{}`, or give the snippet the page's nonce",
                        policy.with(name, "script-src", &server)
                    )
                };
                fault(format!(
                    "{} does not let the snippet through, so nothing of Placet runs; {how}",
                    policy.tell(name)
                ));
            } else if loaded && !by_nonce && !part {
                let with = policy.with(name, "script-src", &server);
                fault(format!(
                    "{} lets the snippet through and not the parts that it loads from {}/sdk/; write `{with}`",
                    policy.tell(name),
                    self.snippet.server
                ));
            }
        }
        if let Some((name, sources)) = policy.sources(EVALUATION)
            && !["'wasm-unsafe-eval'", "'unsafe-eval'"].iter().any(|keyword| has_keyword(sources, keyword))
        {
            let with = policy.with(name, "script-src", "'wasm-unsafe-eval'");
            fault(format!(
                "{} forbids WebAssembly, so visitors get no settings; write `{with}`, which allows WebAssembly and nothing else",
                policy.tell(name)
            ));
        }
        if let Some((name, sources)) = policy.sources(CONNECTIONS)
            && !["v1/widgets/", "sdk/placet-.wasm"]
                .iter()
                .all(|path| matches(sources, &self.snippet.server_address(path), self.page))
        {
            let with = policy.with(name, "connect-src", &server);
            fault(format!(
                "{} forbids requests to {}, so no choice is proven; write `{with}`",
                policy.tell(name),
                self.snippet.server
            ));
        }
        if let Some(names) = policy.forbidden_type_policy() {
            fault(format!(
                "trusted-types does not name the policy `placet`, through which scripts are unblocked; write \
                 `trusted-types {names}`"
            ));
        }
        if let Some((name, sources)) = policy.sources(IMAGES) {
            for logo in self.logos.iter().filter(|logo| !matches(sources, logo, self.page)) {
                let with = policy.with(name, "img-src", &logo.origin().ascii_serialization());
                let sentence = format!("{} forbids the logo {logo}; write `{with}`", policy.tell(name));
                findings.push(Finding::warning(Check::Policy, sentence).at(policy.line()));
            }
        }
        findings
    }

    /// The server as a policy names it.
    fn source(&self) -> String {
        if self.snippet.address.origin() == self.page.origin() {
            "'self'".to_owned()
        } else {
            self.snippet.address.origin().ascii_serialization()
        }
    }
}

impl Policy {
    /// Reads one policy (CSP3, 2.2.1). `None` if it has no directive.
    fn parse(place: Place, text: &str) -> Option<Self> {
        let mut directives: Vec<(String, Vec<String>)> = Vec::new();
        for directive in text.split(';') {
            let mut words = directive.split_ascii_whitespace();
            let Some(name) = words.next().map(str::to_ascii_lowercase) else { continue };
            if directives.iter().all(|(known, _)| *known != name) {
                directives.push((name, words.map(str::to_owned).collect()));
            }
        }
        (!directives.is_empty()).then_some(Self { place, directives })
    }

    /// The first of these directives that is there, and its sources. `None` if the policy says nothing of the matter.
    fn sources<'a>(&'a self, names: &[&'a str]) -> Option<(&'a str, &'a [String])> {
        names.iter().find_map(|name| Some((*name, self.values(name)?)))
    }

    fn values(&self, name: &str) -> Option<&[String]> {
        self.directives.iter().find(|(known, _)| known == name).map(|(_, values)| values.as_slice())
    }

    /// A directive as it should be written: what one has (which may be `default-src`, in whose place another one then
    /// stands), and a source more.
    fn with(&self, name: &str, wanted: &str, source: &str) -> String {
        let written = if name == "default-src" { wanted } else { name };
        let sources = self.values(name).unwrap_or_default().iter().map(String::as_str);
        let sources = sources.filter(|known| !known.eq_ignore_ascii_case("'none'"));
        [written].into_iter().chain(sources).chain([source]).collect::<Vec<_>>().join(" ")
    }

    /// Names of trusted types' policies as they should be, if scripts need one and that of Placet is not allowed.
    fn forbidden_type_policy(&self) -> Option<String> {
        let names = self.values("trusted-types")?;
        self.values("require-trusted-types-for").filter(|values| has_keyword(values, "'script'"))?;
        if names.iter().any(|name| name == "placet" || name == "*") {
            return None;
        }
        let names = names.iter().map(String::as_str).filter(|name| !name.eq_ignore_ascii_case("'none'"));
        Some(names.chain(["placet"]).collect::<Vec<_>>().join(" "))
    }

    fn line(&self) -> Option<u64> {
        match self.place {
            Place::Header => None,
            Place::Meta(line) => Some(line),
        }
    }

    fn tell(&self, name: &str) -> String {
        match self.place {
            Place::Header => format!("{name} of the header Content-Security-Policy"),
            Place::Meta(line) => format!("{name} of the policy in line {line}"),
        }
    }
}

fn has_keyword(sources: &[String], keyword: &str) -> bool {
    sources.iter().any(|source| source.eq_ignore_ascii_case(keyword))
}

/// Whether a nonce is among the sources: to the letter (CSP3, 6.7.2.3).
fn has_nonce(sources: &[String], nonce: Option<&str>) -> bool {
    let Some(nonce) = nonce.filter(|nonce| !nonce.is_empty()) else { return false };
    sources.iter().any(|source| {
        let (start, rest) = source.split_at_checked("'nonce-".len()).unwrap_or_default();
        start.eq_ignore_ascii_case("'nonce-") && rest.strip_suffix('\'') == Some(nonce)
    })
}

/// Whether an address is among the sources of a page's policy (CSP3, 6.7.2.7). `'none'` matches nothing, alone or not.
fn matches(sources: &[String], address: &Url, page: &Url) -> bool {
    sources.iter().any(|source| matches_source(source, address, page))
}

/// CSP3, 6.7.2.8, for an address that was not redirected.
fn matches_source(source: &str, address: &Url, page: &Url) -> bool {
    if source == "*" {
        return matches!(address.scheme(), "http" | "https" | "ws" | "wss") || address.scheme() == page.scheme();
    }
    if source.eq_ignore_ascii_case("'self'") {
        let is_upgraded = is_scheme_match(page.scheme(), address.scheme())
            && page.host() == address.host()
            && is_port_match(page.port().map(|port| port.to_string()).as_deref(), page.scheme(), address);
        return page.origin() == address.origin() || is_upgraded;
    }
    if source.starts_with('\'') {
        return false;
    }
    if let Some(scheme) = source.strip_suffix(':').filter(|scheme| is_scheme(scheme)) {
        return is_scheme_match(&scheme.to_ascii_lowercase(), address.scheme());
    }
    let (scheme, rest) = match source.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None => (page.scheme().to_owned(), source),
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (host, None),
    };
    is_scheme_match(&scheme, address.scheme())
        && address.host_str().is_some_and(|asked| is_host_match(host, asked))
        && is_port_match(port, &scheme, address)
        && is_path_match(path, address.path())
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '+' | '-' | '.'))
}

/// CSP3, 6.7.2.9: a scheme, or the secure one in its place.
fn is_scheme_match(allowed: &str, asked: &str) -> bool {
    allowed == asked || matches!((allowed, asked), ("http" | "wss", "https") | ("ws", "wss" | "http" | "https"))
}

/// CSP3, 6.7.2.10.
fn is_host_match(allowed: &str, asked: &str) -> bool {
    let (allowed, asked) = (allowed.to_ascii_lowercase(), asked.to_ascii_lowercase());
    match allowed.strip_prefix('*') {
        Some("") => true,
        Some(rest) => rest.starts_with('.') && asked.ends_with(rest),
        None => allowed == asked,
    }
}

/// CSP3, 6.7.2.11: no port is the usual one, and the usual one may become that of the secure scheme.
fn is_port_match(allowed: Option<&str>, scheme: &str, address: &Url) -> bool {
    let usual = |scheme: &str| if matches!(scheme, "https" | "wss") { 443 } else { 80 };
    let asked = address.port_or_known_default().unwrap_or_default();
    match allowed {
        Some("*") => true,
        Some(port) => port.parse() == Ok(asked) || (port == "80" && asked == 443),
        None => asked == usual(address.scheme()) || asked == usual(scheme),
    }
}

/// CSP3, 6.7.2.12: the very path, or all below one that ends with a slash.
fn is_path_match(allowed: &str, asked: &str) -> bool {
    if allowed.is_empty() || allowed == "/" {
        return true;
    }
    if allowed.ends_with('/') { asked.starts_with(allowed) } else { allowed == asked }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::doctor::finding::Verdict;

    const PAGE: &str = "https://shop.example/";
    const SERVER: &str = "https://consent.example";
    const ENOUGH: &str = "script-src https://consent.example 'wasm-unsafe-eval'; connect-src https://consent.example";

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn does_match(source: &str, address: &str) -> bool {
        matches_source(source, &url(address), &url(PAGE))
    }

    fn policies(texts: &[&str]) -> Vec<Policy> {
        let mut headers = HeaderMap::new();
        for text in texts {
            headers.append("content-security-policy", text.parse().unwrap());
        }
        super::policies(&headers, &Html::default())
    }

    /// What is wrong with policies for a snippet that has a nonce or none.
    fn faults(texts: &[&str], nonce: Option<&str>) -> Vec<String> {
        let address = url(&format!("{SERVER}/sdk/placet.js?key=k&widget=1"));
        let snippet = Snippet { nonce: nonce.map(str::to_owned), ..Snippet::of(address).unwrap() };
        let findings = examine(&policies(texts), &url(PAGE), &snippet, &[url("https://logos.example/a.png")]);
        findings.into_iter().filter(|finding| finding.verdict != Verdict::Ok).map(|finding| finding.sentence).collect()
    }

    #[test]
    fn a_source_is_matched_as_browsers_do() {
        for (source, matched, other) in [
            ("*", "https://a.example/", "data:,a"),
            ("https:", "https://a.example/", "http://a.example/"),
            ("HTTPS:", "https://a.example:444/", "data:,a"),
            ("http:", "https://a.example/", "blob:https://shop.example/1"),
            ("'self'", "https://shop.example/a", "https://a.shop.example/"),
            ("'SELF'", "https://shop.example/a", "https://shop.example:444/"),
            ("a.example", "https://A.example/", "http://a.example/"),
            ("http://a.example", "https://a.example/", "https://a.example:8443/"),
            ("https://a.example:*", "https://a.example:8443/", "http://a.example:8443/"),
            ("https://a.example:8443", "https://a.example:8443/", "https://a.example/"),
            ("*.a.example", "https://b.c.a.example/", "https://a.example/"),
            ("https://a.example/sdk/", "https://a.example/sdk/b.js", "https://a.example/v1/"),
            ("https://a.example/sdk", "https://a.example/sdk", "https://a.example/sdk/b.js"),
            ("a.example:443/", "https://a.example/b", "https://b.example/b"),
            ("'nonce-a'", "", "https://a.example/"),
            ("'none'", "", "https://shop.example/"),
        ] {
            assert!(matched.is_empty() || does_match(source, matched), "{source} {matched}");
            assert!(!does_match(source, other), "{source} {other}");
        }
        assert!(matches_source("'self'", &url("https://shop.example/"), &url("http://shop.example/")));
        assert!(!matches_source("'self'", &url("http://shop.example/"), &url("https://shop.example/")));
        assert!(matches_source("localhost:8787", &url("http://localhost:8787/a"), &url("http://localhost:1/")));
    }

    #[test]
    fn what_is_needed_is_enough() {
        for policy in [
            ENOUGH,
            "default-src https: 'wasm-unsafe-eval'; img-src 'self' https://logos.example",
            "default-src 'none'; script-src 'none' 'unsafe-eval'; script-src-elem *.example; connect-src *; img-src *",
            "img-src *; style-src 'none'",
            "SCRIPT-SRC consent.example 'WASM-UNSAFE-EVAL'",
        ] {
            assert_eq!(faults(&[policy], None), [""; 0], "{policy}");
        }
        for policy in
            ["script-src 'nonce-A' 'strict-dynamic' 'wasm-unsafe-eval'", "script-src 'nonce-A' 'wasm-unsafe-eval'"]
        {
            assert_eq!(faults(&[policy], Some("A")), [""; 0], "{policy}");
        }
    }

    #[test]
    fn what_is_missing_is_told_with_the_directive_to_write() {
        let of_default = faults(&["default-src 'none'; img-src *"], None);
        assert_eq!(of_default.len(), 3, "{of_default:?}");
        for directive in [
            "`script-src https://consent.example`",
            "`script-src 'wasm-unsafe-eval'`",
            "`connect-src https://consent.example`",
        ] {
            assert!(of_default.iter().any(|fault| fault.contains(directive)), "{directive} {of_default:?}");
        }
        let by_path = faults(&["script-src https://consent.example/sdk/placet.js 'wasm-unsafe-eval'"], None);
        assert!(by_path[0].contains("not the parts that it loads from https://consent.example/sdk/"), "{by_path:?}");
        let strict = "script-src 'nonce-A' 'strict-dynamic' https://consent.example 'wasm-unsafe-eval'";
        for nonce in [None, Some("a"), Some("")] {
            let strict = faults(&[strict], nonce);
            assert!(
                strict.len() == 1 && strict[0].contains("give the snippet the page's nonce, `<script async nonce="),
                "{strict:?}"
            );
        }
        let connected = faults(&[&format!("{ENOUGH}/v1/")], None);
        assert!(connected.len() == 1 && connected[0].contains("so no choice is proven"), "{connected:?}");
        let logo = faults(&[&format!("{ENOUGH}; img-src 'self'")], None);
        assert!(logo.len() == 1 && logo[0].contains("`img-src 'self' https://logos.example`"), "{logo:?}");
    }

    #[test]
    fn every_policy_counts_and_those_that_report_do_not() {
        assert_eq!(faults(&[&format!("{ENOUGH}, {ENOUGH}"), ENOUGH], None), [""; 0]);
        assert_eq!(faults(&[&format!("{ENOUGH}, script-src 'self' 'wasm-unsafe-eval'")], None).len(), 1);
        assert_eq!(faults(&[ENOUGH, "connect-src 'self'"], None).len(), 1);
        // Of directives of one name the first counts.
        assert_eq!(faults(&[&format!("{ENOUGH}; connect-src 'none'; ;")], None), [""; 0]);
        let html = Html::parse("<meta http-equiv=Content-Security-Policy content=\"connect-src 'self'\">");
        let mut headers = HeaderMap::new();
        headers.insert("content-security-policy-report-only", "default-src 'none'".parse().unwrap());
        let policies = super::policies(&headers, &html);
        assert_eq!(policies, [Policy::parse(Place::Meta(1), "connect-src 'self'").unwrap()]);
    }

    #[test]
    fn trusted_types_need_the_policy_of_placet() {
        let faults =
            |names: &str| faults(&[&format!("require-trusted-types-for 'script'; trusted-types {names}")], None);
        assert_eq!(faults("a placet"), [""; 0]);
        assert_eq!(faults("*"), [""; 0]);
        assert!(faults("a")[0].contains("`trusted-types a placet`"));
        assert!(faults("'none'")[0].contains("`trusted-types placet`"));
    }

    proptest! {
        #[test]
        fn no_policy_is_too_broken(source in "('nonce-|'|:|//|/|\\*|\\.|\\[|]|[a-z0-9]|é| |;){0,12}") {
            let policy = Policy::parse(Place::Header, &format!("script-src {source}"));
            let address = url(&format!("{SERVER}/sdk/placet.js?key=k&widget=1"));
            let snippet = Snippet { nonce: Some("a".to_owned()), ..Snippet::of(address).unwrap() };
            prop_assert!(!examine(policy.as_slice(), &url(PAGE), &snippet, &[]).is_empty());
        }
    }
}
