//! The snippet: where it stands in the page, and what it says.

use url::Url;

use super::{
    finding::{Check, Finding},
    html::{Element, Html, Section},
    tags,
};

/// What the pasted line says: `https://consent.example.com/sdk/placet.js?key=PUBLIC_KEY&widget=43`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// Its whole address.
    pub address: Url,
    /// The consent server, as the SDK takes it from the address: without `/sdk/placet.js`, which may leave a path.
    pub server: String,
    /// The widget's public key.
    pub key: String,
    /// The widget's number.
    pub widget: String,
    /// The nonce that the element has.
    pub nonce: Option<String>,
    /// The line of the page that it stands in.
    pub line: Option<u64>,
    /// Whether it blocks by itself what is not marked up.
    pub has_autoblock: bool,
}

impl Snippet {
    /// Reads a snippet's address as the gate does (`www/gate/snippet.ts`).
    ///
    /// # Errors
    ///
    /// With a sentence on what is missing.
    pub fn of(address: Url) -> Result<Self, String> {
        let parameter = |name: &str| {
            address
                .query_pairs()
                .find(|(known, value)| known == name && !value.is_empty())
                .map(|(_, value)| value.into_owned())
        };
        let lacks = |what: &str, is: &str| format!("its address lacks `{what}=`; add {is}: {address}");
        let key = parameter("key").ok_or_else(|| lacks("key", "a public key, one of `keys` in the widget's file"))?;
        let widget = parameter("widget").ok_or_else(|| lacks("widget", "the number, `id` in the widget's file"))?;
        let has_autoblock = parameter("autoblock").as_deref() == Some("1");
        let mut path = address.path().rsplitn(3, '/');
        let (Some(_), Some(_), Some(before)) = (path.next(), path.next(), path.next()) else {
            return Err(format!(
                "its address has no folder, as `/sdk/placet.js` has, and so names no server: {address}"
            ));
        };
        let server = format!("{}{before}", address.origin().ascii_serialization());
        Ok(Self { server, key, widget, nonce: None, line: None, has_autoblock, address })
    }

    /// An address of its server.
    pub fn server_address(&self, path: &str) -> Url {
        Url::parse(&format!("{}/{path}", self.server)).unwrap_or_else(|_| self.address.clone())
    }

    /// Where the server answers what the widget shows (`""`), or something else of it (`"/banner"`).
    pub fn widget_address(&self, what: &str) -> Url {
        let mut address = self.server_address("v1/widgets/");
        if let Ok(mut path) = address.path_segments_mut() {
            path.pop_if_empty().push(&self.widget).extend(what.strip_prefix('/'));
        }
        address.query_pairs_mut().append_pair("key", &self.key);
        address
    }
}

/// A place in the page that names the snippet.
struct Found<'a> {
    line: u64,
    address: String,
    how: How<'a>,
}

enum How<'a> {
    /// As it should be.
    Element(&'a Element),
    /// A script that does not run as it stands, with the attribute that has the address.
    Delayed(&'a Element, String),
    /// By code in the page.
    Code,
}

/// Finds the snippet in a page and says what is right and wrong with it; where the page's owner has `named` its address,
/// that one is read. Answers it if it can be used.
pub fn examine(html: &Html, page: &Url, named: Option<&Url>) -> (Vec<Finding>, Option<Snippet>) {
    let mut findings = Vec::new();
    if let Some(element) = html.scripts().find(|script| is_inlined(script)) {
        findings.push(
            Finding::error(
                Check::Snippet,
                format!(
                    "the gate stands inlined in line {}, as an optimiser writes it, and does not know its own address; \
                     exclude /sdk/placet.js from the optimiser",
                    element.line
                ),
            )
            .at(element.line),
        );
    }
    let found = find(html);
    if let Some(address) = named {
        return of_address(findings, address.clone(), page, |snippet| {
            let sentence = format!("as you have named it, wherever it stands: {}", snippet.address);
            vec![Finding::ok(Check::Snippet, sentence)]
        });
    }
    let Some(first) = found.first() else {
        findings.push(missing(html));
        return (findings, None);
    };
    findings.extend(repeated(&found));
    let (line, base) = (first.line, html.base(page));
    let Ok(address) = base.join(first.address.trim()) else {
        let sentence = format!("the snippet in line {line} has no address: `{}`; copy it anew", first.address);
        findings.push(Finding::error(Check::Snippet, sentence).at(line));
        return (findings, None);
    };
    let (findings, snippet) = of_address(findings, address, page, |snippet| {
        match &first.how {
        How::Element(element) => of_element(html, element, snippet),
        How::Delayed(element, attribute) => vec![delayed(element, attribute)],
        How::Code => vec![
            Finding::warning(
                Check::Snippet,
                format!(
                    "a script in line {line} puts the snippet into the page, later than markup would: {}; better paste the \
                     line itself",
                    snippet.address
                ),
            )
            .at(line),
        ],
    }
    });
    let nonce = match first.how {
        How::Element(element) => element.attribute("nonce").map(str::to_owned),
        How::Delayed(..) | How::Code => None,
    };
    (findings, snippet.map(|snippet| Snippet { nonce, line: Some(line), ..snippet }))
}

fn of_address(
    mut findings: Vec<Finding>,
    address: Url,
    page: &Url,
    more: impl FnOnce(&Snippet) -> Vec<Finding>,
) -> (Vec<Finding>, Option<Snippet>) {
    match Snippet::of(address) {
        Ok(snippet) => {
            findings.extend(more(&snippet));
            if page.scheme() == "https" && snippet.address.scheme() == "http" {
                let sentence = format!(
                    "browsers load nothing over http into a page of https (mixed content): write https in {}",
                    snippet.address
                );
                findings.push(Finding::error(Check::Snippet, sentence));
            }
            (findings, Some(snippet))
        }
        Err(sentence) => {
            findings.push(Finding::error(Check::Snippet, format!("the snippet is there, but {sentence}")));
            (findings, None)
        }
    }
}

/// Where a page names the snippet, in the order of the page.
fn find(html: &Html) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    for script in html.scripts() {
        let line = script.line;
        let named = script.attributes().find(|(_, value)| is_snippet(value));
        if let Some((name, address)) = named {
            let runs = name == "src" && script.is_running_script() && !script.is_marked();
            let how = if runs { How::Element(script) } else { How::Delayed(script, name.to_owned()) };
            found.push(Found { line, address: address.to_owned(), how });
        } else if script.is_running_script()
            && !is_inlined(script)
            && let Some(address) = quoted(&script.text)
        {
            found.push(Found { line, address, how: How::Code });
        }
    }
    found
}

/// Whether an address is that of a snippet: by its file's name, or by what it says, where a proxy has renamed the file.
fn is_snippet(address: &str) -> bool {
    let address = address.split('#').next().unwrap_or_default();
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let says = |name: &str| query.split('&').any(|pair| pair.starts_with(name));
    let file = path.trim().rsplit('/').next().unwrap_or_default();
    file == "placet.js" || (says("key=") && says("widget=") && file.contains(".js"))
}

/// The snippet's address in a script's text, between quotes.
fn quoted(text: &str) -> Option<String> {
    let text = text.replace("\\/", "/");
    let at = text.find("/sdk/placet.js?")?;
    let begin = text[..at].rfind(['"', '\'', '`'])?;
    let quote = text[begin..].chars().next()?;
    let rest = &text[begin + 1..];
    Some(rest[..rest.find(quote)?].replace("\\u0026", "&").replace("&amp;", "&"))
}

/// Whether a script is the gate itself: no other looks for its address so.
fn is_inlined(script: &Element) -> bool {
    script.attribute("src").is_none() && script.text.contains("script[src*=\"/sdk/placet.js?\"]")
}

fn missing(html: &Html) -> Finding {
    let name = "name it with --snippet to check the rest";
    if let Some((line, _)) = html.comments.iter().find(|(_, text)| text.contains("/sdk/placet.js")) {
        let sentence =
            format!("the snippet stands in a comment in line {line}, where it does nothing; take it out of it");
        return Finding::error(Check::Snippet, sentence).at(*line);
    }
    if let Some(manager) = tags::trackers(html).into_iter().find(|tracker| tracker.is_manager) {
        let sentence = format!(
            "not in the page's markup. {} in line {} may put it in, which cannot be seen from here, as nothing of the page \
             is run: {name}. Pasted into the page it comes earlier",
            manager.name, manager.line
        );
        return Finding::warning(Check::Snippet, sentence).at(manager.line);
    }
    Finding::error(
        Check::Snippet,
        format!(
            "not in the page's markup; paste the line `<script async src=\"https://…/sdk/placet.js?key=…&widget=…\"></script>`. \
             If code that the page loads puts it in, or contains it, that cannot be seen from here: {name}"
        ),
    )
}

fn repeated(found: &[Found]) -> Option<Finding> {
    let (first, more) = found.split_first()?;
    let second = more.first()?;
    let lines = more.iter().map(|found| found.line.to_string()).collect::<Vec<_>>().join(", ");
    let finding = if more.iter().all(|found| found.address == first.address) {
        let sentence = format!("there a second time, in line {lines}, where it does nothing; once is enough");
        Finding::warning(Check::Snippet, sentence)
    } else {
        let sentence = format!(
            "several that differ, in lines {}, {lines}: the one that runs first counts; leave one of them",
            first.line
        );
        Finding::error(Check::Snippet, sentence)
    };
    Some(finding.at(second.line))
}

fn delayed(element: &Element, attribute: &str) -> Finding {
    let line = element.line;
    let sentence = if element.is_marked() {
        format!(
            "the snippet in line {line} is marked up to wait for consent, for which nobody then asks; take the mark away"
        )
    } else if element.attribute("type").is_some_and(|kind| kind.to_ascii_lowercase().ends_with("-text/javascript")) {
        format!("Cloudflare's Rocket Loader delays the snippet in line {line}; add `data-cfasync=\"false\"` to it")
    } else {
        format!(
            "the snippet in line {line} does not run as it stands (`type=\"{}\"`, its address in `{attribute}`), as \
             optimisers do to delay it; exclude /sdk/placet.js from the optimiser",
            element.attribute("type").unwrap_or_default()
        )
    };
    Finding::error(Check::Snippet, sentence).at(line)
}

/// What is to be said of a snippet that runs.
fn of_element(html: &Html, element: &Element, snippet: &Snippet) -> Vec<Finding> {
    let line = element.line;
    let is_module = element.attribute("type").is_some_and(|kind| kind.trim().eq_ignore_ascii_case("module"));
    let is_async = is_module || ["async", "defer"].iter().any(|name| element.attribute(name).is_some());
    let mut findings = Vec::new();
    let mut tell = |finding: Finding| findings.push(finding.at(line));
    let section = match element.section {
        Section::Head => "head",
        Section::Body => "body",
    };
    let tracker = tags::trackers(html).into_iter().next();
    let order = match &tracker {
        Some(tracker) if tracker.line < line || (tracker.line == line && tags::is_before(html, tracker, element)) => {
            format!(", after {} in line {}", tracker.name, tracker.line)
        }
        Some(tracker) => format!(", before {} in line {}", tracker.name, tracker.line),
        None => String::new(),
    };
    let speed = if is_async { ", async" } else { "" };
    tell(Finding::ok(Check::Snippet, format!("in the {section}, line {line}{speed}{order}: {}", snippet.address)));
    let before = html.scripts().take_while(|script| script.line <= line && *script != element);
    let before =
        before.filter(|script| script.is_running_script() && !script.is_marked() && script.attribute("src").is_some());
    match (snippet.has_autoblock, is_async) {
        (true, true) => tell(Finding::error(
            Check::Snippet,
            "it is async with autoblock=1, and comes after what it should block; take `async`, `defer` or `type=\"module\"` away",
        )),
        (true, false) => {
            if let Some(earlier) = before.last() {
                let sentence = format!(
                    "it blocks by itself (autoblock=1), but not what stands above it, as the script in line {}; make it the \
                     first script of the page",
                    earlier.line
                );
                tell(Finding::warning(Check::Snippet, sentence));
            }
        }
        (false, false) => tell(Finding::warning(
            Check::Snippet,
            "it is not async, so the page waits for it; write `<script async src=…>`",
        )),
        (false, true) => {}
    }
    if element.attribute("integrity").is_some() {
        tell(Finding::error(
            Check::Snippet,
            "it has `integrity`, which fits until the widget or the server is next changed, and then nothing of Placet \
             runs; take it away",
        ));
    }
    if is_module && html.scripts().any(|script| script.attribute("nonce").is_some()) {
        tell(Finding::warning(
            Check::Snippet,
            "it is a module, which cannot read its own nonce, so it opens no marked-up script on a page of nonces; take \
             `type=\"module\"` away and write `async`",
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::doctor::finding::Verdict;

    const SRC: &str = "https://consent.example/sdk/placet.js?key=pk&widget=43";

    fn told(markup: &str) -> (Vec<(Verdict, String)>, Option<Snippet>) {
        let page = Url::parse("https://shop.example/a/").unwrap();
        let (findings, snippet) = examine(&Html::parse(markup), &page, None);
        (findings.into_iter().map(|finding| (finding.verdict, finding.sentence)).collect(), snippet)
    }

    /// The only thing that is not right.
    fn fault(markup: &str) -> (Verdict, String) {
        let (told, _) = told(markup);
        let mut faults: Vec<_> = told.into_iter().filter(|(verdict, _)| *verdict != Verdict::Ok).collect();
        assert_eq!(faults.len(), 1, "{markup} {faults:?}");
        faults.remove(0)
    }

    #[test]
    fn the_address_says_server_key_and_widget() {
        let of = |text: &str| Snippet::of(Url::parse(text).unwrap());
        let snippet = of("https://shop.example/consent/sdk/placet.js?key=a%20b&widget=43&lang=fr").unwrap();
        assert_eq!(
            (snippet.server.as_str(), snippet.key.as_str(), snippet.widget.as_str()),
            ("https://shop.example/consent", "a b", "43")
        );
        assert_eq!(snippet.widget_address("").as_str(), "https://shop.example/consent/v1/widgets/43?key=a+b");
        assert_eq!(
            snippet.widget_address("/banner").as_str(),
            "https://shop.example/consent/v1/widgets/43/banner?key=a+b"
        );
        assert_eq!(of(SRC).unwrap().server, "https://consent.example");
        assert_eq!(of("http://localhost:8787/x/y.js?widget=1&key=k").unwrap().server, "http://localhost:8787");
        assert!(of("https://a.example/sdk/placet.js?widget=43").unwrap_err().contains("lacks `key=`"));
        assert!(of("https://a.example/sdk/placet.js?key=a&widget=").unwrap_err().contains("lacks `widget=`"));
        assert!(of("https://a.example/placet.js?key=a&widget=1").unwrap_err().contains("names no server"));
    }

    #[test]
    fn a_snippet_as_it_should_be_is_told_with_its_place() {
        let tag = "<script async src=https://www.googletagmanager.com/gtm.js?id=GTM-1></script>";
        let (told, snippet) = told(&format!("<title>a</title>\n<script async\nsrc=\"{SRC}\" nonce=n></script>\n{tag}"));
        let sentence = format!("in the head, line 2, async, before Google Tag Manager in line 4: {SRC}");
        assert_eq!(told, [(Verdict::Ok, sentence)]);
        let snippet = snippet.unwrap();
        assert_eq!((snippet.line, snippet.nonce.as_deref()), (Some(2), Some("n")));
        let (told, _) = super::tests::told(&format!("<p>{tag}<script defer src=\"{SRC}\"></script>"));
        assert!(told[0].1.starts_with("in the body, line 1, async, after Google Tag Manager in line 1"), "{told:?}");
        // Relative to the page, as behind the site's own proxy.
        let (_, snippet) =
            super::tests::told("<script async src='/consent/sdk/placet.js?key=pk&amp;widget=43'></script>");
        assert_eq!(snippet.unwrap().server, "https://shop.example/consent");
        let (_, snippet) = super::tests::told("<base href=/b/><script async src='c/d.js?widget=43&key=pk'></script>");
        assert_eq!(snippet.unwrap().server, "https://shop.example/b");
    }

    #[test]
    fn what_is_wrong_with_it_is_told() {
        for (markup, verdict, words) in [
            (String::new(), Verdict::Error, "not in the page's markup; paste the line"),
            (format!("<!-- <script src=\"{SRC}\"></script> -->"), Verdict::Error, "stands in a comment in line 1"),
            (
                "<script src=https://www.googletagmanager.com/gtm.js></script>".to_owned(),
                Verdict::Warning,
                "Google Tag Manager in line 1 may put it in",
            ),
            (format!("<script src=\"{SRC}\"></script>"), Verdict::Warning, "the page waits for it"),
            (
                format!("<script async src=\"{SRC}&autoblock=1\"></script>"),
                Verdict::Error,
                "comes after what it should block",
            ),
            (
                format!("<script src=a.js></script><script src=\"{SRC}&autoblock=1\"></script>"),
                Verdict::Warning,
                "as the script in line 1",
            ),
            (
                format!("<script async src=\"{SRC}\"></script>\n<script async src=\"{SRC}\"></script>"),
                Verdict::Warning,
                "in line 2, where it does nothing",
            ),
            (
                format!("<script async src=\"{SRC}\"></script><script async src=\"{SRC}4\"></script>"),
                Verdict::Error,
                "several that differ, in lines 1, 1",
            ),
            (
                SRC.replace("key=pk&", "").replace("https://", "<script async src=https://") + "></script>",
                Verdict::Error,
                "lacks `key=`",
            ),
            (
                format!("<script async src=\"{}\"></script>", SRC.replace("https", "http")),
                Verdict::Error,
                "mixed content",
            ),
            (format!("<script async integrity=sha256-a src=\"{SRC}\"></script>"), Verdict::Error, "it has `integrity`"),
            (
                format!("<script nonce=a></script><script type=module src=\"{SRC}\"></script>"),
                Verdict::Warning,
                "cannot read its own nonce",
            ),
            (
                format!("<script type=rocketlazyloadscript data-rocket-src=\"{SRC}\"></script>"),
                Verdict::Error,
                "its address in `data-rocket-src`",
            ),
            (format!("<script type=12-text/javascript src=\"{SRC}\"></script>"), Verdict::Error, "Rocket Loader"),
            (
                format!("<script type=text/plain data-consent=a src=\"{SRC}\"></script>"),
                Verdict::Error,
                "for which nobody then asks",
            ),
            (
                format!("<script>s.src=\"{}\"</script>", SRC.replace('/', "\\/")),
                Verdict::Warning,
                "a script in line 1 puts the snippet",
            ),
            (
                format!("<script>q('script[src*=\"/sdk/placet.js?\"]')</script><script async src=\"{SRC}\"></script>"),
                Verdict::Error,
                "inlined in line 1",
            ),
            ("<script async src='https://[/sdk/placet.js'></script>".to_owned(), Verdict::Error, "has no address"),
        ] {
            let (told, sentence) = fault(&markup);
            assert!(told == verdict && sentence.contains(words), "{markup}\n{told:?} {sentence}");
        }
    }

    #[test]
    fn a_named_snippet_is_read_wherever_it_stands() {
        let page = Url::parse("https://shop.example/").unwrap();
        let (findings, snippet) = examine(&Html::default(), &page, Some(&Url::parse(SRC).unwrap()));
        assert_eq!(findings[0].verdict, Verdict::Ok);
        assert_eq!(snippet.unwrap().server, "https://consent.example");
    }

    proptest! {
        #[test]
        fn no_page_is_too_broken(markup in "(<script| src=|/sdk/placet.js\\?|key=|widget=|&|\"|'|`|>|</script>|<!--|é|\\\\/|https:|a){0,16}") {
            let page = Url::parse("https://shop.example/").unwrap();
            prop_assert!(!examine(&Html::parse(&markup), &page, None).0.is_empty());
        }
    }

    #[test]
    fn the_gates_build_is_known_by_how_it_looks_for_its_address() {
        let source = include_str!("../../../www/gate/snippet.ts");
        assert!(source.contains("script[src*=\"/sdk/placet.js?\"]"));
    }
}
