//! The browser's core: asks the visitor, keeps the answer, posts the proof.
//!
//! A consent's life, a module for each step:
//!
//! | step | module |
//! |---|---|
//! | the gate shows what it has: the configuration, the page | [`page`] |
//! | the settings are drawn, and the banner where the server has not sent it | [`view`] |
//! | the answer, one for each service | [`placet_choice`] |
//! | the cookie is written, the gate is told, the proof leaves | [`visit`], [`proof`] |
//! | what the server gave for it is kept for 180 days | [`receipt`] |
//!
//! What is decided and how it is written down is pure and in a crate of its own; here the browser is called. The core
//! opens nothing itself: it tells the gate (`www/gate/`) what is granted.

pub mod bridge;
pub mod clock;
pub mod http;
pub mod page;
mod problem;
pub mod proof;
pub mod read;
pub mod receipt;
pub mod storage;
pub mod view;
pub mod visit;
pub mod write;

use std::rc::Rc;

use placet_choice::Choice;
use wasm_bindgen::prelude::*;

use page::Page;
pub use problem::Failure;
use visit::Visit;

/// Two kilobytes smaller than the allocator that comes with Rust for WebAssembly.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// A visit, as JavaScript sees it.
#[wasm_bindgen]
pub struct Core(Rc<Visit>);

/// Begins a visit.
///
/// # Errors
///
/// Throws an `Error` whose message says what went wrong and what to do.
#[wasm_bindgen]
pub fn begin(page: Page) -> Result<Core, JsValue> {
    Ok(Core(Visit::begin(page)?))
}

#[wasm_bindgen]
impl Core {
    /// Draws the banner, unless it is there.
    pub fn ask(&self) {
        self.0.ask();
    }

    /// Draws the settings, with the switches as `choice` says, as a dialog that is not yet open.
    pub fn open(&self, choice: &JsValue) {
        self.0.open_settings(choice);
    }

    /// Closes the settings.
    pub fn close(&self) {
        self.0.close_settings();
    }

    /// Takes everything away and answers to nothing more: another core goes on.
    pub fn end(&self) {
        self.0.end();
    }

    /// Keeps a choice given as `{slug: boolean}` and sends its proof; resolves with the `consentId`, or null while the
    /// server does not have it. With `decided_at`, in seconds since 1970, it is one that the gate has kept by itself at
    /// that time, and only its proof is still to be made.
    pub fn save(&self, choice: &JsValue, decided_at: Option<u32>) -> js_sys::Promise {
        self.decide(self.0.wish(choice), decided_at)
    }

    /// Grants all that may be asked for, and goes on as [`Core::save`] does.
    #[wasm_bindgen(js_name = acceptAll)]
    pub fn accept_all(&self) -> js_sys::Promise {
        self.decide(self.0.acceptance(), None)
    }

    /// Sends what could not be sent before, if its time has come; resolves with how long it is until there is something
    /// to send, in milliseconds, or 0.
    pub fn send(&self) -> js_sys::Promise {
        let visit = Rc::clone(&self.0);
        #[expect(clippy::cast_precision_loss, reason = "an hour at most")]
        wasm_bindgen_futures::future_to_promise(async move { Ok(JsValue::from_f64(visit.send().await as f64)) })
    }

    fn decide(&self, choice: Choice, decided_at: Option<u32>) -> js_sys::Promise {
        let visit = Rc::clone(&self.0);
        wasm_bindgen_futures::future_to_promise(async move {
            let receipt = visit.decide(choice, decided_at).await;
            Ok(receipt.map_or(JsValue::NULL, |receipt| JsValue::from_str(&receipt.consent_id)))
        })
    }
}
