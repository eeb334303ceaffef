//! The page, as the gate shows it to the core (`Page` in `www/gate/core.ts`).

use js_sys::Promise;
use placet_view::Locale;
use wasm_bindgen::prelude::*;
use web_sys::ShadowRoot;

#[wasm_bindgen]
extern "C" {
    /// A page on which the visitor can be asked.
    #[derive(Clone)]
    pub type Page;

    /// The widget's configuration.
    #[wasm_bindgen(method, getter)]
    pub fn config(this: &Page) -> JsValue;
    /// Where proofs are posted.
    #[wasm_bindgen(method, getter, js_name = consentsUrl)]
    pub fn consents_url(this: &Page) -> String;
    /// The site's own opaque name for the visitor, if it has told one.
    #[wasm_bindgen(method, getter, js_name = userId)]
    pub fn user_id(this: &Page) -> Option<String>;
    /// The proof before this one, if the browser keeps its receipt.
    #[wasm_bindgen(method, getter, js_name = consentId)]
    pub fn consent_id(this: &Page) -> Option<String>;
    /// The day on which the visitor decided, in a sentence, if there is a choice.
    #[wasm_bindgen(method, getter)]
    pub fn decided(this: &Page) -> Option<String>;
    /// Whether the visitor's browser refuses for them, by a signal that the widget honours.
    #[wasm_bindgen(method, getter)]
    pub fn signalled(this: &Page) -> bool;
    /// The shadow root to draw in, made when it is first needed.
    #[wasm_bindgen(method)]
    pub fn root(this: &Page) -> ShadowRoot;
    /// Posts JSON; resolves with what the server answered ([`crate::http::Posted`]). It outlives the page, should the
    /// visitor leave it now.
    #[wasm_bindgen(method)]
    pub fn post(this: &Page, url: &str, json: &str) -> Promise;
    /// A random identifier (UUID): the page has a generator already.
    #[wasm_bindgen(method)]
    pub fn uuid(this: &Page) -> String;
    /// So many services, in words.
    #[wasm_bindgen(method, js_name = services)]
    fn services_in_words(this: &Page, count: u32) -> String;
    /// So many days, in words.
    #[wasm_bindgen(method, js_name = lifetime)]
    fn lifetime_in_words(this: &Page, days: u32) -> String;
    /// The visitor has answered: the banner goes. Resolves when that has been painted, or when the page goes.
    #[wasm_bindgen(method)]
    pub fn answered(this: &Page) -> Promise;
    /// Writes the cookie of a choice that was made at that time, in seconds since 1970.
    #[wasm_bindgen(method)]
    pub fn keep(this: &Page, choice: &JsValue, decided_at: u32);
    /// What the visitor has chosen: `{slug: boolean}`. The gate opens what is granted.
    #[wasm_bindgen(method)]
    pub fn decide(this: &Page, choice: &JsValue);
    /// The server has the proof.
    #[wasm_bindgen(method)]
    pub fn receipt(this: &Page, consent_id: &str);
    /// Something went wrong; the sentence says what, and what to do.
    #[wasm_bindgen(method)]
    pub fn failed(this: &Page, message: &str);
}

#[expect(clippy::cast_possible_truncation, reason = "a widget has at most 500 services")]
impl Locale for Page {
    fn services(&self, count: usize) -> String {
        self.services_in_words(count as u32)
    }

    fn lifetime(&self, days: u32) -> String {
        self.lifetime_in_words(days)
    }
}
