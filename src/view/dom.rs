//! Markup made into elements.

use placet_view::Sink;
use web_sys::{Document, Element};

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
        if let Ok(element) = self.document.create_element(tag) {
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
