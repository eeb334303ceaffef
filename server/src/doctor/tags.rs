//! Third parties in the page: what the widget's services declare and the page requests unasked, and whether Google's tags hear
//! Consent Mode's default first.

use placet_protocol::{Purpose, WidgetConfig};

use super::{
    Finding,
    page::{Element, Page},
    snippet::Snippet,
};

/// Hosts of Google's tags, which Consent Mode is for.
const GOOGLE: [&str; 2] = ["googletagmanager.com", "google-analytics.com"];
/// How many unmarked requests are told one by one.
const MOST_TOLD: usize = 10;

/// Says what runs before consent.
pub fn check(page: &Page, snippet: &Snippet, config: &WidgetConfig) -> Vec<Finding> {
    let mut findings = unmarked(page, snippet, config);
    if config.signals.consent_mode {
        findings.push(consent_mode(page, snippet));
    }
    findings
}

fn unmarked(page: &Page, snippet: &Snippet, config: &WidgetConfig) -> Vec<Finding> {
    const ABOUT: &str = "blocking";
    let mut found = Vec::new();
    for element in page.elements.iter().filter(|element| !element.is_marked() && loads(element)) {
        let name = if element.name == "link" { "href" } else { "src" };
        let Some(url) = page.address(element, name) else { continue };
        let Some(slug) = url.host_str().and_then(|host| declared(config, host)) else { continue };
        // What stands behind it is held by automatic blocking.
        if snippet.blocks && element.line >= snippet.element.line {
            continue;
        }
        found.push(format!(
            "line {} requests {} before anybody is asked, which service `{slug}` declares; mark it up: <{}{} \
             data-consent=\"{slug}\" data-consent-{name}=\"…\">",
            element.line,
            url.origin().ascii_serialization(),
            element.name,
            if element.name == "script" { " type=\"text/plain\"" } else { "" },
        ));
    }
    if found.is_empty() {
        return vec![Finding::ok(
            ABOUT,
            "the page's source requests nothing unasked that the widget's services declare",
        )];
    }
    let more = found.len().saturating_sub(MOST_TOLD);
    let mut findings: Vec<_> = found.into_iter().take(MOST_TOLD).map(|said| Finding::error(ABOUT, said)).collect();
    if more > 0 {
        findings.push(Finding::error(ABOUT, format!("and {more} more")));
    }
    findings
}

/// Whether a browser requests an element's address by itself.
fn loads(element: &Element) -> bool {
    match element.name.as_str() {
        "script" => element.attribute("type") != Some("text/plain"),
        "link" => {
            let kinds = element.attribute("rel").unwrap_or_default().to_ascii_lowercase();
            kinds.split_ascii_whitespace().any(|kind| {
                matches!(kind, "stylesheet" | "preload" | "modulepreload" | "prefetch" | "icon" | "preconnect")
            })
        }
        "meta" => false,
        _ => true,
    }
}

/// The service that has to be asked for and declares a host (`*.example.com` is any host below that).
fn declared<'a>(config: &'a WidgetConfig, host: &str) -> Option<&'a str> {
    let asked = config.purposes.iter().filter(|group| group.purpose != Purpose::Necessary);
    let mut services = asked.flat_map(|group| &group.services);
    let is_it = |domain: &String| match domain.strip_prefix("*.") {
        Some(base) => host.strip_suffix(base).is_some_and(|rest| rest.ends_with('.')),
        None => host == domain,
    };
    services.find(|service| service.domains.iter().any(is_it)).map(|service| service.slug.as_str())
}

/// Whether a host is one of Google's tags'.
fn is_googles(host: &str) -> bool {
    GOOGLE.iter().any(|known| host.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

fn consent_mode(page: &Page, snippet: &Snippet) -> Finding {
    const ABOUT: &str = "consent-mode";
    let is_tag = |script: &&Element| {
        let src = page.address(script, "src");
        let host = src.as_ref().and_then(|src| src.host_str()).unwrap_or_default();
        let loads_it = script.text.contains("googletagmanager.com/gtm.js");
        !script.is_marked() && loads(script) && (is_googles(host) || loads_it)
    };
    let Some(tag) = page.scripts().find(is_tag) else {
        return Finding::ok(ABOUT, "no Google tag of the page's source runs by itself, so the default comes first");
    };
    let is_default = |script: &&Element| {
        let text: String = script.text.split_whitespace().collect();
        text.contains("'consent','default'") || text.contains("\"consent\",\"default\"")
    };
    match page.scripts().find(is_default) {
        Some(default) if default.line <= tag.line => Finding::ok(
            ABOUT,
            format!("the default in line {} comes before Google's tag in line {}", default.line, tag.line),
        ),
        // The only script that speaks before what stands behind it.
        None if snippet.blocks && snippet.element.line < tag.line => Finding::ok(
            ABOUT,
            format!("Google's tag in line {} waits for the snippet in line {}", tag.line, snippet.element.line),
        ),
        _ => Finding::error(
            ABOUT,
            format!(
                "Google's tag in line {} runs before it hears of consent: mark it up, or put gtag('consent', 'default', …) into a \
                 script above it (docs/blocking.md, \"Google Consent Mode\")",
                tag.line
            ),
        ),
    }
}
