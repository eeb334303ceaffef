//! Markup made into elements.

use placet_view::Sink;
use wasm_bindgen::prelude::*;
use web_sys::{Document, Element};

#[wasm_bindgen]
extern "C" {
    /// `document.createElementNS` as markup cannot change it: `<img name="createElementNS">` hides the document's own.
    #[wasm_bindgen(catch, js_namespace = ["Document", "prototype", "createElementNS"], js_name = call)]
    fn create_element_ns(document: &Document, namespace: &str, tag: &str) -> Result<Element, JsValue>;
}

/// The namespace of HTML's elements: in a document of XML an element has none by itself.
const HTML: &str = "http://www.w3.org/1999/xhtml";

/// Makes elements and puts the outermost ones under a parent.
pub struct DomSink<'a> {
    document: &'a Document,
    parent: &'a web_sys::Node,
    open: Vec<Element>,
}

impl<'a> DomSink<'a> {
    /// A sink that fills `parent`.
    pub fn new(document: &'a Document, parent: &'a web_sys::Node) -> Self {
        Self { document, parent, open: Vec::new() }
    }
}

// Every call below can fail only for a name that is no name; the names are constants of the view.
impl Sink for DomSink<'_> {
    fn open(&mut self, tag: &'static str) {
        if let Ok(element) = create_element_ns(self.document, HTML, tag) {
            self.open.push(element);
        }
    }

    fn attr(&mut self, name: &'static str, value: &str) {
        if let Some(element) = self.open.last() {
            let _ = element.set_attribute(name, value);
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(element) = self.open.last() {
            let _ = element.append_with_str_1(text);
        }
    }

    fn close(&mut self) {
        if let Some(element) = self.open.pop() {
            let parent = self.open.last().map_or(self.parent, AsRef::as_ref);
            let _ = parent.append_child(&element);
        }
    }
}
