//! The browser's core: asks the visitor, keeps the answer, posts the proof.
//!
//! A consent's life, a module for each step:
//!
//! | step | module |
//! |---|---|
//! | the widget is loaded, and kept for a day | [`config`] |
//! | the cookie is read: is there a choice that stands? | [`cookie`] |
//! | the visitor is asked | [`view`] |
//! | the answer, one for each service | [`choice`] |
//! | the cookie is written, the gate is told, the proof leaves | [`visit`], [`proof`] |
//! | what the server gave for it is kept for 180 days | [`receipt`] |
//!
//! `choice` and `cookie` are pure and tested natively; the rest calls the browser. The core opens nothing itself: it
//! tells the gate (`www/gate/`) what is granted.

pub mod bridge;
pub mod clock;
pub mod config;
mod http;
mod problem;
pub mod proof;
pub mod read;
pub mod receipt;
pub mod signal;
pub mod storage;
pub mod view;
pub mod visit;

use std::rc::Rc;

use placet_choice::Choice;
use wasm_bindgen::prelude::*;

pub use problem::Failure;
use visit::{Begun, Page, Visit};

/// A visit, as JavaScript sees it.
#[wasm_bindgen]
pub struct Core(Begun);

/// Begins a visit: the configuration is loaded and the cookie is read.
///
/// # Errors
///
/// Rejects with an `Error` whose message says what went wrong and what to do.
#[wasm_bindgen]
pub async fn begin(page: Page) -> Result<Core, JsValue> {
    Ok(Core(Visit::begin(page).await?))
}

#[wasm_bindgen]
impl Core {
    /// The widget's configuration.
    #[wasm_bindgen(getter)]
    pub fn config(&self) -> JsValue {
        self.0.config.clone()
    }

    /// The choice that stood when the visit began: `{slug: boolean}`, or undefined.
    #[wasm_bindgen(getter)]
    pub fn choice(&self) -> JsValue {
        self.0.choice.as_ref().map(bridge::choice_object).unwrap_or_default()
    }

    /// Shows the banner.
    pub fn ask(&self) {
        self.0.visit.ask();
    }

    /// Opens the settings, with the switches as `choice` says.
    pub fn open(&self, choice: &JsValue) {
        self.0.visit.open_settings(choice);
    }

    /// Takes the banner and the settings away: the choice was made in another tab.
    pub fn dismiss(&self) {
        self.0.visit.dismiss();
    }

    /// Takes everything away and answers to nothing more: another core goes on.
    pub fn end(&self) {
        self.0.visit.end();
    }

    /// Closes the settings.
    pub fn close(&self) {
        self.0.visit.close_settings();
    }

    /// Forgets the choice: the cookie and the receipt are removed.
    pub fn forget(&self) {
        self.0.visit.forget();
    }

    /// Keeps a choice given as `{slug: boolean}` and sends its proof; resolves with the `consentId`, or null while the
    /// server does not have it.
    pub fn save(&self, choice: &JsValue) -> js_sys::Promise {
        self.decide(self.0.visit.wish(choice))
    }

    /// Grants all that may be asked for, and goes on as [`Core::save`] does.
    #[wasm_bindgen(js_name = acceptAll)]
    pub fn accept_all(&self) -> js_sys::Promise {
        self.decide(self.0.visit.acceptance())
    }

    fn decide(&self, choice: Choice) -> js_sys::Promise {
        let visit = Rc::clone(&self.0.visit);
        wasm_bindgen_futures::future_to_promise(async move {
            let receipt = visit.decide(choice).await;
            Ok(receipt.map_or(JsValue::NULL, |receipt| JsValue::from_str(&receipt.consent_id)))
        })
    }
}
