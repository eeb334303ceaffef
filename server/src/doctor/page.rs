//! The elements of a page that matter, in the order of its source, and where they stand.

use std::collections::BTreeMap;

use html5gum::{DefaultEmitter, Token, Tokenizer};
use url::Url;

/// A page's source, read as far as it matters.
#[derive(Debug)]
pub struct Page {
    /// Its address, after redirects.
    pub url: Url,
    /// Its scripts, frames, pictures and the like.
    pub elements: Vec<Element>,
}

/// An element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Its name, in lower case.
    pub name: String,
    /// Its attributes by their names, in lower case.
    pub attributes: BTreeMap<String, String>,
    /// What is in a script.
    pub text: String,
    /// The line of the source that it begins in, from 1.
    pub line: usize,
    /// Whether it stands in the head.
    pub is_in_head: bool,
}

impl Element {
    /// An attribute's value, if it is there.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    /// Whether it is marked up, so that it waits for consent.
    pub fn is_marked(&self) -> bool {
        self.attribute("data-consent").is_some() || self.attribute("data-consent-purpose").is_some()
    }
}

/// The elements that matter.
const NAMES: [&str; 9] = ["script", "iframe", "img", "link", "meta", "video", "audio", "source", "embed"];

impl Page {
    /// Reads a page's source.
    pub fn read(url: &Url, html: &str) -> Self {
        let mut elements: Vec<Element> = Vec::new();
        let (mut is_in_head, mut is_in_script, mut base) = (true, false, url.clone());
        let lines = Lines::of(html);
        let tokens = Tokenizer::new_with_emitter(html, spanned());
        for Ok(token) in tokens {
            match token {
                Token::StartTag(tag) => {
                    let name = text(&tag.name);
                    match name.as_str() {
                        "body" => is_in_head = false,
                        "base" => {
                            let href = tag.attributes.get(b"href".as_slice()).map(|value| text(value));
                            base = href.and_then(|href| url.join(&href).ok()).unwrap_or(base);
                        }
                        _ => {}
                    }
                    is_in_script = name == "script" && !tag.self_closing;
                    if NAMES.contains(&name.as_str()) {
                        let attributes = tag.attributes.iter().map(|(name, value)| (text(name), text(value))).collect();
                        let line = lines.of_offset(tag.span.start);
                        elements.push(Element { name, attributes, text: String::new(), line, is_in_head });
                    }
                }
                Token::EndTag(tag) => match tag.name.as_slice() {
                    b"head" => is_in_head = false,
                    b"script" => is_in_script = false,
                    _ => {}
                },
                Token::String(content) if is_in_script => {
                    if let Some(script) = elements.last_mut() {
                        script.text.push_str(&text(&content));
                    }
                }
                _ => {}
            }
        }
        // Addresses are relative to the base.
        let mut page = Self { url: url.clone(), elements };
        if base != *url {
            page.resolve(&base);
        }
        page
    }

    fn resolve(&mut self, base: &Url) {
        for element in &mut self.elements {
            for name in ["src", "href"] {
                if let Some(value) = element.attributes.get_mut(name)
                    && let Ok(resolved) = base.join(value)
                {
                    *value = resolved.into();
                }
            }
        }
    }

    /// The page's scripts.
    pub fn scripts(&self) -> impl Iterator<Item = &Element> {
        self.elements.iter().filter(|element| element.name == "script")
    }

    /// The address that an attribute names.
    pub fn address(&self, element: &Element, name: &str) -> Option<Url> {
        self.url.join(element.attribute(name)?.trim()).ok()
    }

    /// The page's origin, as browsers write it.
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }
}

fn spanned() -> DefaultEmitter<usize> {
    let mut emitter = DefaultEmitter::new_with_span();
    // What is in a script is no markup.
    emitter.naively_switch_states(true);
    emitter
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Where lines begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(source: &str) -> Self {
        Self(std::iter::once(0).chain(source.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    fn of_offset(&self, offset: usize) -> usize {
        self.0.partition_point(|start| *start <= offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_with_their_lines_and_places() {
        let html = "<!doctype html>\n<head>\n<script async\n  SRC='/a.js?b=1&amp;c=2'></script>\n\
                    <script>var x = \"<img src=/no.png>\";</script></head>\n<body><IMG src=/yes.png>\n<!-- <script src=/c.js> -->";
        let page = Page::read(&"https://shop.example/x/".parse().unwrap(), html);
        let found: Vec<_> = page.elements.iter().map(|e| (e.name.as_str(), e.line, e.is_in_head)).collect();
        assert_eq!(found, [("script", 3, true), ("script", 5, true), ("img", 6, false)]);
        assert_eq!(page.elements[0].attribute("src"), Some("/a.js?b=1&c=2"));
        assert!(page.elements[1].text.contains("<img src=/no.png>"));
        let address = page.address(&page.elements[0], "src").unwrap();
        assert_eq!(address.as_str(), "https://shop.example/a.js?b=1&c=2");
    }

    #[test]
    fn addresses_are_relative_to_the_base() {
        let html = "<base href=https://cdn.example/dir/><script src=a.js></script>";
        let page = Page::read(&"https://shop.example/".parse().unwrap(), html);
        assert_eq!(page.address(&page.elements[0], "src").unwrap().as_str(), "https://cdn.example/dir/a.js");
    }

    #[test]
    fn no_source_makes_it_fail() {
        for html in ["", "<", "<script>", "<script", "</script><base href='http://['>", "\0<img src=\u{fffd}>"] {
            Page::read(&"https://shop.example/".parse().unwrap(), html);
        }
    }
}
