//! The cookie of the choice, and whether the server is a part of the site and may set it.

use std::net::IpAddr;

use placet_choice::{Choice, Kept, cookie::DAY};
use placet_protocol::WidgetConfig;
use url::{Host, Url};

use super::{
    fetch::{Answer, FetchError, Site, registrable_domain},
    finding::{Check, Finding},
    snippet::Snippet,
};

/// Says whether browsers keep the cookie on this page.
pub fn examine(config: &WidgetConfig, page: &Url) -> Finding {
    let name = &config.cookie.name;
    let needs_https = ["__secure-", "__host-"].iter().any(|prefix| name.to_ascii_lowercase().starts_with(prefix));
    if needs_https && page.scheme() != "https" {
        let sentence = format!("browsers keep no cookie called `{name}` over http; open the page at https://");
        return Finding::error(Check::Cookie, sentence);
    }
    let host = page.host_str().unwrap_or_default();
    let Some(domain) = config.cookie.domain.as_deref() else {
        return Finding::ok(
            Check::Cookie,
            format!("`{name}` is kept for {host} alone, for {} days", config.cookie.days),
        );
    };
    let domain = domain.to_ascii_lowercase();
    if psl::suffix_str(&domain) == Some(&domain) {
        let sentence = format!(
            "browsers keep no cookie for `{domain}`, a public suffix (https://publicsuffix.org); write your own domain, as \
             `shop.{domain}`, under [cookie] in the widget's file"
        );
        return Finding::error(Check::Cookie, sentence);
    }
    if !is_within(page, &domain) {
        let sentence = format!(
            "browsers keep no cookie for `{domain}` on a page of {host}, so visitors are asked on each page; write a domain \
             that {host} is part of under [cookie] in the widget's file, or take `domain` away"
        );
        return Finding::error(Check::Cookie, sentence);
    }
    let sentence = format!(
        "`{name}` is kept for {domain} with its subdomains, {host} among them, for {} days",
        config.cookie.days
    );
    Finding::ok(Check::Cookie, sentence)
}

/// Whether requests of a page show the server the cookie, so that its answers can set it: from the same origin, or from the
/// cookie's domain (`www/session/first-party.ts`).
pub fn is_first_party(config: &WidgetConfig, page: &Url, server: &Url) -> bool {
    let domain = config.cookie.domain.as_deref().map(str::to_ascii_lowercase);
    let shares = |domain: String| {
        Site::of(page, server) == Site::SameSite && is_within(server, &domain) && is_within(page, &domain)
    };
    Site::of(page, server) == Site::SameOrigin || domain.is_some_and(shares)
}

/// A `Cookie` header as it is sent by a visitor who has refused everything just now: nothing is stored for it.
pub fn probe(config: &WidgetConfig, now: u64) -> String {
    let name = &config.cookie.name;
    format!("{name}={}", Kept::new(config, &Choice::refuse_all(config), now, false).encode(name))
}

/// What was tried with a server that is a part of the site.
#[derive(Debug)]
pub struct Tried<'a> {
    /// The answer to a request that shows the cookie.
    pub answer: &'a Result<Answer, FetchError>,
    /// The addresses of the page's host, and of the server's.
    pub addresses: [&'a [IpAddr]; 2],
}

/// Says whether the server is a part of the site, and what that gives.
pub fn examine_first_party(config: &WidgetConfig, page: &Url, snippet: &Snippet, tried: Option<&Tried>) -> Finding {
    let server = &snippet.server;
    let Some(tried) = tried else { return third_party(config, page, snippet) };
    let days = match set_cookie(config, tried.answer) {
        Ok(days) => days,
        Err(reason) => {
            let sentence = format!(
                "{server} is a part of the site, but {reason}, so Safari forgets the choice after seven days; have the proxy \
                 pass on Cookie, Origin, Referer and Sec-Fetch-Site, and Set-Cookie back"
            );
            return Finding::error(Check::FirstParty, sentence);
        }
    };
    if let [Some(site), Some(own)] = tried.addresses.map(|addresses| addresses.first())
        && page.host() != snippet.address.host()
        && !is_near(tried.addresses)
    {
        let sentence = format!(
            "{server} sets the cookie by HTTP, but its address ({own}) differs from the site's ({site}) in the first half, for \
             which Safari 16.4 and newer keep it for seven days only; put the server behind the site's own proxy (docs/first-party.md)"
        );
        return Finding::warning(Check::FirstParty, sentence);
    }
    let sentence =
        format!("{server} is a part of the site and sets the cookie by HTTP, for {days} days in Safari, too");
    Finding::ok(Check::FirstParty, sentence)
}

fn third_party(config: &WidgetConfig, page: &Url, snippet: &Snippet) -> Finding {
    let server = &snippet.server;
    let forgets = "Safari forgets the choice after seven days";
    let domain = registrable_domain(page).unwrap_or_default();
    let sentence = if Site::of(page, &snippet.address) == Site::SameSite {
        let has = match &config.cookie.domain {
            Some(domain) => format!("its host is not of the cookie's domain `{domain}`"),
            None => "the cookie has no domain".to_owned(),
        };
        format!(
            "{server} is a part of the site, but {has}, so browsers do not show it the cookie and {forgets}; write \
             `domain = \"{domain}\"` under [cookie] in the widget's file"
        )
    } else if registrable_domain(&snippet.address) == Some(domain) {
        format!("{server} and the page have different schemes, so {forgets}; use https for both")
    } else {
        format!(
            "{server} is no part of the site ({domain}): it works, but {forgets}, ad blockers may hide it by its name, and \
             browsers open a second connection; docs/first-party.md says how to change that"
        )
    };
    Finding::warning(Check::FirstParty, sentence)
}

/// For how many days an answer sets the cookie; else why it does not.
fn set_cookie(config: &WidgetConfig, answer: &Result<Answer, FetchError>) -> Result<u64, String> {
    let answer = answer.as_ref().map_err(|reason| format!("a request with the cookie is not answered ({reason})"))?;
    let start = format!("{}=", config.cookie.name);
    let mut lines = answer.headers.get_all("set-cookie").iter().filter_map(|line| line.to_str().ok());
    let line = lines.rfind(|line| line.starts_with(&start));
    let line = line.ok_or_else(|| "its answer to a request with the cookie does not set it again".to_owned())?;
    let mut attributes = line.split(';').skip(1).map(|attribute| attribute.trim().to_ascii_lowercase());
    let age = attributes.find_map(|attribute| attribute.strip_prefix("max-age=")?.parse::<u64>().ok());
    age.map(|seconds| seconds.div_ceil(DAY)).ok_or_else(|| format!("its answer sets `{line}`, without Max-Age"))
}

/// Whether the first halves of two hosts' addresses are the same for at least one pair (WebKit, "CNAME cloaking and
/// third-party IP address cookies": 16 bits of IPv4, 64 of IPv6).
fn is_near([site, server]: [&[IpAddr]; 2]) -> bool {
    site.iter().any(|one| {
        server.iter().any(|other| match (one, other) {
            (IpAddr::V4(one), IpAddr::V4(other)) => one.octets()[..2] == other.octets()[..2],
            (IpAddr::V6(one), IpAddr::V6(other)) => one.octets()[..8] == other.octets()[..8],
            _ => false,
        })
    })
}

/// Whether a host is a domain or below it (RFC 6265, 5.1.3).
fn is_within(address: &Url, domain: &str) -> bool {
    let Some(Host::Domain(host)) = address.host() else { return false };
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock,
        doctor::{fake_config, finding::Verdict},
    };

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn config(name: &str, domain: Option<&str>) -> WidgetConfig {
        let mut config = fake_config();
        config.cookie.name = name.to_owned();
        config.cookie.domain = domain.map(str::to_owned);
        config
    }

    #[test]
    fn the_cookies_domain_covers_the_page_and_is_no_public_suffix() {
        let told = |domain, page| {
            let Finding { verdict, sentence, .. } = examine(&config("euconsent", domain), &url(page));
            (verdict, sentence)
        };
        assert_eq!(told(None, "https://shop.example/").0, Verdict::Ok);
        assert_eq!(told(Some("Shop.example"), "https://www.shop.example/").0, Verdict::Ok);
        for (domain, page, words) in [
            ("co.uk", "https://shop.co.uk/", "a public suffix"),
            ("shop.example", "https://myshop.example/", "on a page of myshop.example"),
            ("www.shop.example", "https://shop.example/", "so visitors are asked on each page"),
            ("shop.example", "http://127.0.0.1/", "on a page of 127.0.0.1"),
        ] {
            let (verdict, sentence) = told(Some(domain), page);
            assert!(verdict == Verdict::Error && sentence.contains(words), "{sentence}");
        }
        let over = |page| examine(&config("__Secure-consent", None), &url(page)).verdict;
        assert_eq!((over("https://a.example/"), over("http://a.example/")), (Verdict::Ok, Verdict::Error));
    }

    #[test]
    fn the_server_is_a_part_of_the_site_if_it_is_shown_the_cookie() {
        let is = |domain, page, server| is_first_party(&config("euconsent", domain), &url(page), &url(server));
        assert!(is(None, "https://shop.example/", "https://shop.example/consent/"));
        assert!(is(Some("shop.example"), "https://www.shop.example/", "https://consent.shop.example/"));
        assert!(!is(None, "https://www.shop.example/", "https://consent.shop.example/"));
        assert!(!is(Some("shop.example"), "http://www.shop.example/", "https://consent.shop.example/"));
        assert!(!is(Some("www.shop.example"), "https://www.shop.example/", "https://consent.shop.example/"));
        assert!(!is(Some("shop.example"), "https://www.shop.example/", "https://consent.example/"));
    }

    fn first_party(domain: Option<&str>, server: &str, tried: Option<&Tried>) -> (Verdict, String) {
        let snippet = Snippet::of(url(&format!("{server}/sdk/placet.js?key=k&widget=43"))).unwrap();
        let finding =
            examine_first_party(&config("euconsent", domain), &url("https://www.shop.example/"), &snippet, tried);
        (finding.verdict, finding.sentence)
    }

    #[test]
    fn what_is_no_part_of_the_site_is_told_how_to_become_one() {
        for (domain, server, words) in [
            (None, "https://consent.example", "is no part of the site (shop.example)"),
            (None, "https://consent.shop.example", "the cookie has no domain"),
            (
                Some("www.shop.example"),
                "https://consent.shop.example",
                "is not of the cookie's domain `www.shop.example`",
            ),
            (Some("shop.example"), "http://consent.shop.example", "have different schemes"),
        ] {
            let (verdict, sentence) = first_party(domain, server, None);
            assert!(verdict == Verdict::Warning && sentence.contains(words), "{sentence}");
        }
    }

    #[test]
    fn a_server_of_the_site_sets_the_cookie_by_http() {
        let server = "https://consent.shop.example";
        let told = |cookie: &str, addresses: [&str; 2]| {
            let headers: &[_] = if cookie.is_empty() { &[] } else { &[("set-cookie", cookie)] };
            let answer = Ok(Answer::fake(url(server), 200, headers, ""));
            let addresses = addresses.map(|address| vec![address.parse::<IpAddr>().unwrap()]);
            first_party(
                Some("shop.example"),
                server,
                Some(&Tried { answer: &answer, addresses: [&addresses[0], &addresses[1]] }),
            )
        };
        let line = format!("euconsent=a; Path=/; Max-Age={}", 180 * DAY - 1);
        let (verdict, sentence) = told(&line, ["192.0.2.1", "192.0.99.1"]);
        assert!(verdict == Verdict::Ok && sentence.contains("for 180 days in Safari"), "{sentence}");
        assert_eq!(told(&line, ["2001:db8:0:1::1", "2001:db8:0:1:9::1"]).0, Verdict::Ok);
        let (verdict, sentence) = told(&line, ["192.0.2.1", "192.1.2.1"]);
        assert!(
            verdict == Verdict::Warning && sentence.contains("(192.1.2.1) differs from the site's (192.0.2.1)"),
            "{sentence}"
        );
        assert_eq!(told(&line, ["2001:db8:0:1::1", "2001:db8:0:2::1"]).0, Verdict::Warning);
        for (cookie, words) in [
            ("", "does not set it again"),
            ("other=1; Max-Age=1", "does not set it again"),
            ("euconsent=a", "without Max-Age"),
        ] {
            let (verdict, sentence) = told(cookie, ["192.0.2.1", "192.0.2.1"]);
            assert!(verdict == Verdict::Error && sentence.contains(words), "{sentence}");
        }
    }

    #[test]
    fn the_probe_is_a_choice_that_stands() {
        let config = fake_config();
        let now = clock::seconds(clock::now());
        let probe = probe(&config, now);
        let kept = placet_choice::cookie::newest(&probe, "euconsent").unwrap();
        assert_eq!(kept.ask_key, config.ask_key);
        assert!(kept.answers.iter().any(|(slug, granted)| slug == "drift" && !granted));
    }
}
