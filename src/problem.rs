//! What the visitor's console is told when something goes wrong: one sentence, with what to do.

use wasm_bindgen::JsValue;

/// A sentence for the console and for `placet:error`.
#[derive(Debug)]
pub struct Failure(pub String);

impl Failure {
    /// What could not be done, and why.
    pub fn new(what: &str, why: &str) -> Self {
        Self(placet_protocol::glue(&[what, ": ", why]))
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        js_sys::Error::new(&failure.0).into()
    }
}
