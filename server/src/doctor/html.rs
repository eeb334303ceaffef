//! A page's markup, as far as it matters here: its elements with their lines.

use html5gum::{DefaultEmitter, Token, Tokenizer};
use url::Url;

/// A page's elements, in their order.
#[derive(Clone, Debug, Default)]
pub struct Html {
    /// Every element.
    pub elements: Vec<Element>,
    /// What stands in comments, each with its line.
    pub comments: Vec<(u64, String)>,
}

/// An element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// In lower case.
    pub name: String,
    /// Names in lower case.
    attributes: Vec<(String, String)>,
    /// The line in which it begins, from 1.
    pub line: u64,
    /// Where it stands.
    pub section: Section,
    /// Whether it does nothing, as it stands in a `template`.
    pub is_inert: bool,
    /// What a script holds; of other elements nothing.
    pub text: String,
}

/// Where an element stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// In `head`.
    Head,
    /// In `body`.
    Body,
}

/// What may stand in `head`: what else comes begins the body (HTML, 13.2.6.4.4).
const OF_HEAD: &[&str] =
    &["html", "head", "title", "meta", "link", "base", "script", "style", "noscript", "template", "noframes"];

impl Html {
    /// Reads markup as a browser that runs scripts does.
    pub fn parse(markup: &str) -> Self {
        let mut emitter = DefaultEmitter::<usize>::new_with_span();
        // What is in a script, a style or a title is no markup.
        emitter.naively_switch_states(true);
        let lines = Lines::of(markup);
        let mut html = Self::default();
        let (mut section, mut templates, mut is_in_script) = (Section::Head, 0_usize, false);
        for Ok(token) in Tokenizer::new_with_emitter(markup, emitter) {
            match token {
                Token::Comment(comment) => html.comments.push((lines.line(comment.span.start), text(&comment))),
                Token::String(content) if is_in_script => {
                    if let Some(script) = html.elements.last_mut() {
                        script.text.push_str(&text(&content));
                    }
                }
                Token::StartTag(tag) => {
                    let (name, is_inert) = (text(&tag.name), templates > 0);
                    if !is_inert && !OF_HEAD.contains(&name.as_str()) {
                        section = Section::Body;
                    }
                    is_in_script = name == "script";
                    templates += usize::from(name == "template");
                    let attributes = tag.attributes.iter().map(|(name, value)| (text(name), text(value))).collect();
                    let line = lines.line(tag.span.start);
                    html.elements.push(Element { name, attributes, line, section, is_inert, text: String::new() });
                }
                Token::EndTag(tag) => match tag.name.as_slice() {
                    b"script" => is_in_script = false,
                    b"head" => section = Section::Body,
                    b"template" => templates = templates.saturating_sub(1),
                    _ => {}
                },
                _ => {}
            }
        }
        html
    }

    /// What addresses in the page are relative to (HTML, 2.4.3).
    pub fn base(&self, page: &Url) -> Url {
        let base = self.elements.iter().find(|element| element.name == "base" && element.attribute("href").is_some());
        base.and_then(|base| page.join(base.attribute("href")?.trim()).ok()).unwrap_or_else(|| page.clone())
    }

    /// The page's scripts, in their order.
    pub fn scripts(&self) -> impl Iterator<Item = &Element> {
        self.elements.iter().filter(|element| element.name == "script" && !element.is_inert)
    }
}

impl Element {
    /// The value of an attribute, if it has it.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Names and values of all attributes.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether it is a script that browsers run: its type is none, `module`, or one of JavaScript (HTML, 4.12.1.1; MIME
    /// Sniffing, 4.6).
    pub fn is_running_script(&self) -> bool {
        let kind = self.attribute("type").unwrap_or_default().trim().to_ascii_lowercase();
        let is_javascript = match kind.split_once('/') {
            None => matches!(kind.as_str(), "" | "module"),
            Some(("text", name)) if name == "jscript" || name == "livescript" => true,
            Some(("text", name)) if name.starts_with("javascript1.") => true,
            Some(("text" | "application", name)) => {
                matches!(name, "javascript" | "ecmascript" | "x-javascript" | "x-ecmascript")
            }
            Some(_) => false,
        };
        self.name == "script" && !self.is_inert && is_javascript
    }

    /// Whether it waits for consent.
    pub fn is_marked(&self) -> bool {
        ["data-consent", "data-consent-purpose"].iter().any(|name| self.attribute(name).is_some())
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Where lines begin, in bytes.
struct Lines(Vec<usize>);

impl Lines {
    fn of(markup: &str) -> Self {
        Self(std::iter::once(0).chain(markup.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    /// The line that a byte is in, from 1.
    fn line(&self, at: usize) -> u64 {
        u64::try_from(self.0.partition_point(|begin| *begin <= at)).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PAGE: &str = "<!doctype html>
<!-- <script src=old.js></script> -->
<html><head><title>a <script src=title.js></script></title>
<noscript><img src=none.png></noscript>
<script
  async
  SRC='a.js?b&amp;c'></script>
<script>if (a < b) document.write('<script src=\"written.js\"><\\/script>')</script>
<style>a > b {}</style>
<template><script src=inert.js></script></template>
<p>The body begins.
<script type=Module src=b.js></script><script type=text/plain></script>
";

    #[test]
    fn elements_are_found_with_their_lines_and_what_only_looks_like_one_is_not() {
        let html = Html::parse(PAGE);
        let scripts: Vec<_> = html.scripts().collect();
        let places: Vec<_> = scripts.iter().map(|script| (script.line, script.section)).collect();
        assert_eq!(places, [(5, Section::Head), (8, Section::Head), (12, Section::Body), (12, Section::Body)]);
        assert_eq!(scripts[0].attribute("src"), Some("a.js?b&c"));
        assert_eq!(scripts[0].attribute("async"), Some(""));
        assert!(
            scripts[1].text.starts_with("if (a < b)") && scripts[1].text.ends_with("script>')"),
            "{}",
            scripts[1].text
        );
        let running: Vec<_> = scripts.iter().map(|script| script.is_running_script()).collect();
        assert_eq!(running, [true, true, true, false]);
        assert_eq!(html.comments, [(2, " <script src=old.js></script> ".to_owned())]);
        assert!(html.elements.iter().all(|element| element.name != "img"));
        assert!(html.elements.iter().any(|element| element.is_inert && element.attribute("src") == Some("inert.js")));
    }

    #[test]
    fn the_base_of_addresses_is_the_pages_or_its_own() {
        let page = Url::parse("https://shop.example/a/b").unwrap();
        assert_eq!(Html::parse("<p>").base(&page), page);
        let base = Html::parse("<base target=a><base href=/c/><base href=/d/>").base(&page);
        assert_eq!(base.as_str(), "https://shop.example/c/");
    }

    proptest! {
        #[test]
        fn no_markup_is_too_broken(markup in "(<|>|/|!|-|script|a|=|\"|'|\n|&|;| ){0,80}|.*") {
            Html::parse(&markup);
        }
    }
}
