//! What Placet's server answered to a post. The page does the posting (`post` in `www/core/post.ts`).

use js_sys::{JSON, Promise};
use placet_protocol::glue;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::bridge;

#[wasm_bindgen]
extern "C" {
    /// An answer, read to its end.
    pub type Posted;

    /// The HTTP status.
    #[wasm_bindgen(method, getter)]
    fn status(this: &Posted) -> u16;
    /// The body.
    #[wasm_bindgen(method, getter)]
    fn body(this: &Posted) -> String;
    /// `Retry-After`, in seconds, if the server has said so.
    #[wasm_bindgen(method, getter, js_name = retryAfter)]
    fn retry_after(this: &Posted) -> u32;
}

/// An answer of the server.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// How long the server asks to be left alone, in seconds.
    pub retry_after: u32,
    body: JsValue,
}

impl Answer {
    /// Waits for a post; `None` when the server cannot be reached, or its answer was cut off.
    pub async fn of(posted: Promise) -> Option<Self> {
        let posted: Posted = JsFuture::from(posted).await.ok()?.unchecked_into();
        let body = JSON::parse(&posted.body()).unwrap_or_default();
        Some(Self { status: posted.status(), retry_after: posted.retry_after(), body })
    }

    /// A text of the body.
    pub fn text(&self, name: &str) -> Option<String> {
        bridge::text(&self.body, name)
    }

    /// What the server says went wrong and how to mend it (RFC 9457 `detail`), else the bare status.
    pub fn complaint(&self) -> String {
        self.text("detail").unwrap_or_else(|| glue(&["the server answered ", &self.status.to_string()]))
    }
}
