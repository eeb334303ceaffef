//! The snippet: `<script async src="https://consent.example.com/sdk/placet.js?key=PUBLIC_KEY&widget=43"></script>`.

use url::Url;

use super::{
    Finding,
    page::{Element, Page},
};

const ABOUT: &str = "snippet";
/// What the path of its address ends with.
const PATH: &str = "/sdk/placet.js";

/// A snippet that says all that it has to.
#[derive(Clone, Debug)]
pub struct Snippet {
    /// Its address.
    pub url: Url,
    /// The server, without a slash at its end.
    pub server: String,
    /// The public key.
    pub key: String,
    /// The widget's number.
    pub widget: String,
    /// Its element.
    pub element: Element,
    /// Whether it has automatic blocking.
    pub blocks: bool,
}

impl Snippet {
    /// An address of the server's.
    pub fn at(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        let base = url.path().strip_suffix(PATH).unwrap_or_default().to_owned();
        url.set_path(&format!("{base}{path}"));
        url.set_query(None);
        url.set_fragment(None);
        url
    }

    /// An address of the widget's in the server's API.
    pub fn api(&self, what: &str) -> Url {
        let mut url = self.at(&format!("/v1/widgets/{}{what}", self.widget));
        url.query_pairs_mut().append_pair("key", &self.key);
        url
    }
}

/// Finds the snippet in a page, and says what is right and wrong about it.
pub fn find(page: &Page) -> (Option<Snippet>, Vec<Finding>) {
    let found: Vec<_> = page
        .scripts()
        .filter_map(|script| Some((script, page.address(script, "src")?)))
        .filter(|(_, url)| url.path().ends_with(PATH))
        .collect();
    let mut findings = Vec::new();
    let Some((element, url)) = found.first() else {
        return (None, vec![Finding::error(ABOUT, absent(page))]);
    };
    if let [_, (second, _), ..] = found.as_slice() {
        let sentence = format!(
            "it is there {} times, the second time in line {}; the first one counts: remove the others",
            found.len(),
            second.line
        );
        findings.push(Finding::warning(ABOUT, sentence));
    }
    let of = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let (key, widget) = (of("key").unwrap_or_default(), of("widget").unwrap_or_default());
    for (name, value) in [("key", &key), ("widget", &widget)] {
        if value.is_empty() {
            let sentence = format!(
                "its address in line {} lacks `{name}=`; paste the line again: …{PATH}?key=PUBLIC_KEY&widget=NUMBER",
                element.line
            );
            findings.push(Finding::error(ABOUT, sentence));
        }
    }
    if key.is_empty() || widget.is_empty() {
        return (None, findings);
    }
    let blocks = of("autoblock").as_deref() == Some("1");
    findings.push(placed(element, blocks));
    let server = url.as_str().split(PATH).next().unwrap_or_default().to_owned();
    let snippet = Snippet { url: url.clone(), server, key, widget, element: (*element).clone(), blocks };
    (Some(snippet), findings)
}

fn absent(page: &Page) -> String {
    if page.scripts().any(|script| script.text.contains("placetKnown") || script.text.contains("placet-consent-id")) {
        return "it is inlined or combined with other scripts, so it cannot tell its own address; have the optimiser leave \
                placet.js alone"
            .to_owned();
    }
    if page.scripts().any(|script| script.text.contains(PATH)) {
        return format!(
            "a script of the page adds it ({PATH} is in its text), which cannot be followed here; try it in a browser"
        );
    }
    let manager = page.scripts().find(|script| {
        script.attribute("src").is_some_and(|src| src.contains("googletagmanager.com/gtm.js"))
            || script.text.contains("googletagmanager.com/gtm.js")
    });
    match manager {
        Some(manager) => format!(
            "it is not in the page; if the tag manager in line {} adds it, that cannot be seen here, and whatever the tag \
             manager loads first runs unasked: paste the snippet into the page's head",
            manager.line
        ),
        None => format!(
            "it is not in the page: paste <script async src=\"https://YOUR-SERVER{PATH}?key=PUBLIC_KEY&widget=NUMBER\"></script> \
             into its head"
        ),
    }
}

fn placed(element: &Element, blocks: bool) -> Finding {
    let place = if element.is_in_head { "the head" } else { "the body" };
    let line = element.line;
    let waits = element.attributes.contains_key("async") || element.attributes.contains_key("defer");
    let is_script = element.attribute("type").is_none_or(|kind| {
        kind.is_empty()
            || kind == "module"
            || kind.eq_ignore_ascii_case("text/javascript")
            || kind.ends_with("javascript")
    });
    if !is_script {
        let kind = element.attribute("type").unwrap_or_default();
        return Finding::error(
            ABOUT,
            format!("its type in line {line} is `{kind}`, so it does not run; remove the type"),
        );
    }
    if blocks && waits {
        let sentence = format!(
            "it has automatic blocking and is asynchronous in line {line}: what stands behind it is requested before it runs; \
             remove `async` and `defer`, and have it be the first script of the head"
        );
        return Finding::error(ABOUT, sentence);
    }
    if !blocks && !waits && element.attribute("type") != Some("module") {
        let sentence = format!(
            "it is in line {line}, in {place}, and holds the page up while it loads; add `async`: <script async src=…>"
        );
        return Finding::warning(ABOUT, sentence);
    }
    Finding::ok(ABOUT, format!("it is in line {line}, in {place}"))
}

#[cfg(test)]
mod tests {
    use super::{super::Level, *};

    fn of(html: &str) -> (Option<Snippet>, Vec<Finding>) {
        find(&Page::read(&"https://shop.example/".parse().unwrap(), html))
    }

    fn said(html: &str) -> (Level, String) {
        let (_, findings) = of(html);
        let worst = findings.into_iter().max_by_key(|finding| finding.level).unwrap();
        (worst.level, worst.sentence)
    }

    #[test]
    fn a_snippet_is_found_where_it_is() {
        let html = "<head>\n<script async src='https://c.example/p/sdk/placet.js?key=pk&amp;widget=43'></script>";
        let (snippet, findings) = of(html);
        let snippet = snippet.unwrap();
        assert_eq!((snippet.server.as_str(), snippet.key.as_str()), ("https://c.example/p", "pk"));
        assert_eq!(snippet.api("/consents").as_str(), "https://c.example/p/v1/widgets/43/consents?key=pk");
        assert_eq!(findings, [Finding::ok("snippet", "it is in line 2, in the head")]);
    }

    #[test]
    fn what_is_wrong_with_it_is_said() {
        let at = "https://c.example/sdk/placet.js?key=pk&widget=43";
        for (html, level, expected) in [
            (String::new(), Level::Error, "it is not in the page: paste <script async"),
            ("<script>placetKnown={}</script>".into(), Level::Error, "inlined or combined"),
            (format!("<script>load('{at}')</script>"), Level::Error, "a script of the page adds it"),
            (
                "<script src=https://www.googletagmanager.com/gtm.js?id=GTM-1></script>".into(),
                Level::Error,
                "tag manager in line 1",
            ),
            (
                "<script async src='https://c.example/sdk/placet.js?widget=1'></script>".into(),
                Level::Error,
                "lacks `key=`",
            ),
            (
                "<script async src='https://c.example/sdk/placet.js?key=a'></script>".into(),
                Level::Error,
                "lacks `widget=`",
            ),
            (format!("<script src='{at}'></script>"), Level::Warning, "add `async`"),
            (format!("<script async type=text/rocketscript src='{at}'></script>"), Level::Error, "does not run"),
            (format!("<script async src='{at}&autoblock=1'></script>"), Level::Error, "automatic blocking"),
            (format!("<script src='{at}&autoblock=1'></script>"), Level::Ok, "in line 1"),
            (
                format!("<script async src='{at}'></script>\n<script async src='{at}'></script>"),
                Level::Warning,
                "2 times, the second time in line 2",
            ),
        ] {
            let (found, sentence) = said(&html);
            assert!(found == level && sentence.contains(expected), "{html}: {found:?} {sentence}");
        }
    }
}
