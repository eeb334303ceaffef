//! The page's other tags: which of them run, whether Consent Mode's default comes before Google's, and what is loaded of
//! services that need consent.

use placet_protocol::WidgetConfig;
use url::Url;

use super::{
    finding::{Check, Finding},
    html::{Element, Html},
    snippet::Snippet,
};

/// How many elements of services are named one by one.
const MOST_NAMED: usize = 20;

/// A script of the page that loads a tag manager or a tracker at once.
pub struct Tracker {
    /// What it is called.
    pub name: &'static str,
    /// Its line.
    pub line: u64,
    /// Whether it can put other scripts into the page, as its owner wishes.
    pub is_manager: bool,
    is_google: bool,
    /// Its place among the page's elements.
    place: usize,
}

/// Words in the addresses of well-known tags, their name, and whether it is a tag manager.
const KNOWN: &[(&str, &str, bool)] = &[
    ("googletagmanager.com/gtm.js", "Google Tag Manager", true),
    ("googletagmanager.com/gtag/js", "the Google tag", false),
    ("google-analytics.com/", "Google Analytics", false),
    ("tags.tiqcdn.com/", "Tealium", true),
    ("assets.adobedtm.com/", "Adobe's tags", true),
    ("/matomo.js", "Matomo", false),
    ("/piwik.js", "Matomo", false),
    ("cdn.matomo.cloud/", "Matomo Tag Manager", true),
    ("connect.facebook.net/", "the Meta pixel", false),
    ("clarity.ms/", "Microsoft Clarity", false),
    ("bat.bing.com/", "Microsoft's UET", false),
    ("static.hotjar.com/", "Hotjar", false),
    ("snap.licdn.com/", "the LinkedIn tag", false),
    ("js.hs-scripts.com/", "HubSpot", false),
    ("cdn.segment.com/", "Segment", true),
    ("analytics.tiktok.com/", "the TikTok pixel", false),
];

/// The tags of the page that run at once, in its order.
pub fn trackers(html: &Html) -> Vec<Tracker> {
    let running =
        html.elements.iter().enumerate().filter(|(_, element)| element.is_running_script() && !element.is_marked());
    let trackers = running.filter_map(|(place, element)| {
        let text = element.attribute("src").unwrap_or(&element.text);
        let (_, name, is_manager) = KNOWN.iter().find(|(words, ..)| text.contains(words))?;
        let is_google = text.contains("googletagmanager.com/") || text.contains("google-analytics.com/");
        Some(Tracker { name, line: element.line, is_manager: *is_manager, is_google, place })
    });
    trackers.collect()
}

/// Whether a tag stands before an element.
pub fn is_before(html: &Html, tracker: &Tracker, element: &Element) -> bool {
    html.elements.iter().position(|known| known == element).is_some_and(|place| tracker.place < place)
}

/// Says whether Google's tags hear the default of Consent Mode before they run.
pub fn examine_consent_mode(html: &Html, snippet: &Snippet, config: &WidgetConfig) -> Finding {
    let Some(tag) = trackers(html).into_iter().find(|tracker| tracker.is_google) else {
        return Finding::ok(Check::ConsentMode, "no Google tag runs before consent from the page's markup");
    };
    let (name, line) = (tag.name, tag.line);
    if let (true, Some(own)) = (snippet.has_autoblock, snippet.line.filter(|own| *own < line)) {
        let sentence = format!("{name} in line {line} waits for the snippet in line {own}, which blocks by itself");
        return Finding::ok(Check::ConsentMode, sentence).at(line);
    }
    match default_place(html) {
        _ if !config.signals.consent_mode => {
            let sentence = format!(
                "{name} in line {line} runs before consent, and the widget sends no Consent Mode; mark the tag up, or write \
                 `consent-mode = true` under [signals] in the widget's file and the default above the tag"
            );
            Finding::warning(Check::ConsentMode, sentence).at(line)
        }
        Some((default, place)) if place < tag.place => {
            let sentence = format!("the default stands in line {default}, before {name} in line {line}");
            Finding::ok(Check::ConsentMode, sentence).at(default)
        }
        Some((default, _)) => {
            let sentence =
                format!("the default in line {default} comes after {name} in line {line}; move it above the tag");
            Finding::error(Check::ConsentMode, sentence).at(line)
        }
        None => {
            let sentence = format!(
                "{name} in line {line} runs before any default: an async script cannot speak before it. Mark the tag up, or \
                 write the default above it (`gtag('consent', 'default', …)`, docs/blocking.md)"
            );
            Finding::error(Check::ConsentMode, sentence).at(line)
        }
    }
}

/// The line and the place of the script that sets the default of Consent Mode.
fn default_place(html: &Html) -> Option<(u64, usize)> {
    let mut elements = html.elements.iter().enumerate().filter(|(_, element)| element.is_running_script());
    elements.find_map(|(place, element)| {
        let text: String = element.text.chars().filter(|char| !char.is_whitespace()).collect();
        text.replace('"', "'").contains("'consent','default'").then_some((element.line, place))
    })
}

/// Names what the page loads, before consent, from hosts that services of the widget declare.
pub fn examine_services(html: &Html, page: &Url, snippet: &Snippet, config: &WidgetConfig) -> Vec<Finding> {
    let base = html.base(page);
    // Where the default is set first, Google's tag may load, and waits by itself.
    let has_default = config.signals.consent_mode
        && examine_consent_mode(html, snippet, config).verdict == super::finding::Verdict::Ok;
    let mut findings = Vec::new();
    for element in html.elements.iter().filter(|element| !element.is_inert && !element.is_marked()) {
        // Auto-blocking holds what comes after the snippet.
        if snippet.has_autoblock && snippet.line.is_some_and(|line| line <= element.line) {
            continue;
        }
        for address in addresses(element).filter_map(|address| base.join(address).ok()) {
            let Some(host) = address.host_str() else { continue };
            let is_google_tag = has_default && host == "www.googletagmanager.com";
            if let Some(slug) = service(config, host).filter(|_| !is_google_tag) {
                findings.push(unmarked(element, &address, slug));
            }
        }
        if element.is_running_script() && element.attribute("src").is_none() {
            let named = named_in(config, &element.text);
            let named = named.filter(|(_, host)| !(has_default && *host == "www.googletagmanager.com"));
            findings.extend(named.map(|(slug, host)| {
                let sentence = format!(
                    "a script in line {} names {host}, of the service `{slug}`; if it loads from there, mark it up: \
                     `<script type=\"text/plain\" data-consent=\"{slug}\">`",
                    element.line
                );
                Finding::warning(Check::Services, sentence).at(element.line)
            }));
        }
    }
    if findings.is_empty() {
        let count = asked(config).count();
        let sentence = format!("nothing that the markup loads unmarked is of the {count} services that need consent");
        return vec![Finding::ok(Check::Services, sentence)];
    }
    let more = findings.len().saturating_sub(MOST_NAMED);
    findings.truncate(MOST_NAMED);
    if more > 0 {
        findings.push(Finding::error(Check::Services, format!("and {more} more")));
    }
    findings
}

/// What an element loads by itself.
fn addresses(element: &Element) -> impl Iterator<Item = &str> {
    let names: &[&str] = match element.name.as_str() {
        "script" if element.is_running_script() => &["src"],
        "iframe" | "img" | "audio" | "source" | "track" | "embed" | "input" => &["src", "srcset"],
        "video" => &["src", "poster"],
        "object" => &["data"],
        "link" if loads(element.attribute("rel").unwrap_or_default()) => &["href"],
        _ => &[],
    };
    let values = names.iter().filter_map(|name| Some((*name, element.attribute(name)?)));
    let each = values.flat_map(|(name, value)| if name == "srcset" { value.split(',').collect() } else { vec![value] });
    each.filter_map(|address| address.split_ascii_whitespace().next())
}

/// Whether a link of this kind is requested by itself (HTML, 4.6.7).
fn loads(rel: &str) -> bool {
    const LOADED: &[&str] =
        &["stylesheet", "icon", "preload", "modulepreload", "prefetch", "preconnect", "dns-prefetch"];
    rel.split_ascii_whitespace().any(|word| LOADED.iter().any(|loaded| word.eq_ignore_ascii_case(loaded)))
}

/// The services that visitors are asked for, each with its hosts.
fn asked(config: &WidgetConfig) -> impl Iterator<Item = (&str, &[String])> {
    let purposes = config.purposes.iter().filter(|purpose| !purpose.purpose.is_necessary());
    purposes.flat_map(|purpose| &purpose.services).map(|service| (service.slug.as_str(), service.domains.as_slice()))
}

/// The service that visitors are asked for and that declares a host; none if a necessary one declares it as well.
fn service<'a>(config: &'a WidgetConfig, host: &str) -> Option<&'a str> {
    let declares = |domains: &[String]| domains.iter().any(|domain| is_host(domain, host));
    let necessary = config.purposes.iter().filter(|purpose| purpose.purpose.is_necessary());
    if necessary.flat_map(|purpose| &purpose.services).any(|service| declares(&service.domains)) {
        return None;
    }
    asked(config).find(|(_, domains)| declares(domains)).map(|(slug, _)| slug)
}

/// Whether a host is the one that is declared, or below it where that begins with `*.`.
fn is_host(declared: &str, host: &str) -> bool {
    match declared.strip_prefix('*') {
        Some(rest) => host.ends_with(rest),
        None => host == declared,
    }
}

/// A service, with its host, that a script's text names.
fn named_in<'a>(config: &'a WidgetConfig, text: &str) -> Option<(&'a str, &'a str)> {
    let hosts = asked(config).flat_map(|(slug, domains)| domains.iter().map(move |domain| (slug, domain.as_str())));
    let mut hosts = hosts.map(|(slug, domain)| (slug, domain.trim_start_matches("*.")));
    hosts.find(|(_, host)| text.contains(&format!("/{host}")) || text.contains(&format!(".{host}/")))
}

fn unmarked(element: &Element, address: &Url, slug: &str) -> Finding {
    let name = element.name.as_str();
    let marked = match name {
        "script" => format!("<script type=\"text/plain\" data-consent=\"{slug}\" data-consent-src=\"…\">"),
        "link" => format!("<link data-consent=\"{slug}\" data-consent-href=\"…\">"),
        "object" => format!("<object data-consent=\"{slug}\" data-consent-data=\"…\">"),
        _ => format!("<{name} data-consent=\"{slug}\" data-consent-src=\"…\">"),
    };
    let line = element.line;
    let sentence =
        format!("<{name}> in line {line} loads {address} before consent to `{slug}`; mark it up: `{marked}`");
    Finding::error(Check::Services, sentence).at(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Verdict;

    const GTM: &str = "<script async src=https://www.googletagmanager.com/gtm.js?id=G></script>";
    const DEFAULT: &str = "<script>gtag( \"consent\",\n 'default', {})</script>";

    fn config(consent_mode: bool) -> WidgetConfig {
        let mut config = crate::doctor::fake_config();
        let hosts = |slug: &str| -> &[&str] {
            match slug {
                "session" => &["cdn.example"],
                "drift" => &["js.drift.example", "*.chat.example", "cdn.example"],
                "analytics" => &["www.googletagmanager.com"],
                _ => &[],
            }
        };
        for service in config.purposes.iter_mut().flat_map(|purpose| &mut purpose.services) {
            service.domains = hosts(&service.slug).iter().map(|&host| host.to_owned()).collect();
        }
        config.signals.consent_mode = consent_mode;
        config
    }

    fn consent_mode(markup: &str, wanted: bool) -> (Verdict, String) {
        let snippet = Snippet::of(Url::parse(SNIPPET).unwrap()).unwrap();
        let finding = examine_consent_mode(&Html::parse(markup), &snippet, &config(wanted));
        (finding.verdict, finding.sentence)
    }

    #[test]
    fn the_default_comes_before_googles_tags() {
        let marked = GTM.replace("<script", "<script type=text/plain data-consent=analytics");
        for right in [String::new(), marked, format!("{DEFAULT}{GTM}")] {
            assert_eq!(consent_mode(&right, true).0, Verdict::Ok, "{right}");
        }
        let (verdict, sentence) = consent_mode(GTM, true);
        assert!(verdict == Verdict::Error && sentence.contains("before any default"), "{sentence}");
        let (verdict, sentence) = consent_mode(&format!("{GTM}\n{DEFAULT}"), true);
        assert!(
            verdict == Verdict::Error && sentence.contains("in line 2 comes after Google Tag Manager in line 1"),
            "{sentence}"
        );
        let inline = "<script>(function(w,d){j.src='https://www.googletagmanager.com/gtm.js?id='+i})(window)</script>";
        assert_eq!(consent_mode(inline, true).0, Verdict::Error);
        let (verdict, sentence) = consent_mode(&format!("{DEFAULT}{GTM}"), false);
        assert!(verdict == Verdict::Warning && sentence.contains("sends no Consent Mode"), "{sentence}");
        let blocking = Snippet::of(Url::parse(&format!("{SNIPPET}&autoblock=1")).unwrap()).unwrap();
        let at = |line| {
            let snippet = Snippet { line: Some(line), ..blocking.clone() };
            examine_consent_mode(&Html::parse(&format!("\n{GTM}")), &snippet, &config(true)).verdict
        };
        assert_eq!((at(1), at(3)), (Verdict::Ok, Verdict::Error));
    }

    fn services(markup: &str, snippet: &str) -> Vec<(Verdict, Option<u64>, String)> {
        let page = Url::parse("https://shop.example/").unwrap();
        let snippet = Snippet::of(Url::parse(snippet).unwrap()).unwrap();
        let snippet = Snippet { line: Some(2), ..snippet };
        let findings = examine_services(&Html::parse(markup), &page, &snippet, &config(true));
        findings.into_iter().map(|finding| (finding.verdict, finding.line, finding.sentence)).collect()
    }

    const SNIPPET: &str = "https://consent.example/sdk/placet.js?key=pk&widget=43";

    #[test]
    fn what_is_loaded_before_consent_is_named_with_its_line() {
        let told = services(
            "<script src=//js.drift.example/a.js></script>
            <iframe src=https://a.chat.example/></iframe>
            <img srcset='a.png 1x, https://b.chat.example/c.png 2x'>
            <link rel='preload stylesheet' href=https://js.drift.example/a.css>
            <script>load('https://js.drift.example/a.js')</script>",
            SNIPPET,
        );
        let places: Vec<_> = told.iter().map(|(verdict, line, _)| (*verdict, line.unwrap())).collect();
        let error = Verdict::Error;
        assert_eq!(places, [(error, 1), (error, 2), (error, 3), (error, 4), (Verdict::Warning, 5)]);
        assert!(
            told[0].2.contains("`<script type=\"text/plain\" data-consent=\"drift\" data-consent-src=\"…\">`"),
            "{told:?}"
        );
        assert!(told[3].2.contains("data-consent-href"), "{told:?}");
    }

    #[test]
    fn what_is_marked_or_asks_for_nothing_is_not() {
        let right = "<script type=text/plain data-consent=drift src=https://js.drift.example/a.js></script>
            <iframe data-consent-purpose=Marketing data-src=https://a.chat.example/></iframe>
            <template><img src=https://a.chat.example/></template><a href=https://a.chat.example/>chat</a>
            <script src=https://cdn.example/a.js></script><link rel=canonical href=https://a.chat.example/>
            <img src=https://chat.example.other/a.png><script type=text/template>https://js.drift.example/</script>";
        for (markup, snippet) in [
            (right.to_owned(), SNIPPET.to_owned()),
            (format!("{DEFAULT}{GTM}"), SNIPPET.to_owned()),
            ("\n\n<script src=https://js.drift.example/a.js></script>".to_owned(), format!("{SNIPPET}&autoblock=1")),
        ] {
            let told = services(&markup, &snippet);
            assert!(told.len() == 1 && told[0].0 == Verdict::Ok, "{told:?}");
        }
        let above = services("<script src=https://js.drift.example/a.js></script>", &format!("{SNIPPET}&autoblock=1"));
        assert_eq!(above[0].0, Verdict::Error);
        let many = services(&"<img src=https://a.chat.example/>".repeat(30), SNIPPET);
        assert_eq!((many.len(), many[20].2.as_str()), (21, "and 10 more"));
    }
}
