//! Requests to Placet's server.

use gloo_net::http::{Request, Response};
use wasm_bindgen::JsValue;
use web_sys::{Headers, RequestCache, RequestInit};

use crate::bridge;

/// An answer of the server, read to its end.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, as text.
    pub body: String,
}

impl Answer {
    /// What the server says went wrong and how to mend it (RFC 9457 `detail`), else the bare status.
    pub fn complaint(&self) -> String {
        let problem = js_sys::JSON::parse(&self.body).ok();
        let detail = problem.as_ref().and_then(|problem| bridge::text(problem, "detail"));
        detail.unwrap_or_else(|| ["the server answered ", &self.status.to_string()].concat())
    }
}

/// The server could not be reached, or what came back was cut off.
pub struct Unreachable;

/// Asks for a resource, revalidating what the browser's cache holds.
///
/// # Errors
///
/// [`Unreachable`] when there is no answer.
pub async fn get(url: &str) -> Result<Answer, Unreachable> {
    let init = RequestInit::new();
    init.set_cache(RequestCache::NoCache);
    send(url, &init).await
}

/// Posts JSON. The request outlives the page, should the visitor leave it now.
///
/// # Errors
///
/// [`Unreachable`] when there is no answer.
pub async fn post(url: &str, json: &str) -> Result<Answer, Unreachable> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(json));
    let headers = Headers::new().map_err(|_| Unreachable)?;
    headers.set("content-type", "application/json").map_err(|_| Unreachable)?;
    init.set_headers(&headers);
    // web-sys has no setter for `keepalive`.
    let _ = js_sys::Reflect::set(&init, &JsValue::from_str("keepalive"), &JsValue::TRUE);
    send(url, &init).await
}

/// gloo's own builder parses the URL again and drags text formatting along; a request of the browser's does not.
async fn send(url: &str, init: &RequestInit) -> Result<Answer, Unreachable> {
    let request = web_sys::Request::new_with_str_and_init(url, init).map_err(|_| Unreachable)?;
    let response: Response = Request::from(request).send().await.map_err(|_| Unreachable)?;
    let body = response.text().await.map_err(|_| Unreachable)?;
    Ok(Answer { status: response.status(), body })
}
