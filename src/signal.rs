//! Signals of the visitor's browser: Global Privacy Control and Do Not Track.

use js_sys::Reflect;
use placet_protocol::Signals;
use wasm_bindgen::JsValue;

/// Whether the browser refuses for its user, by a signal that the widget honours (CCPA Regulations §7025; W3C Global
/// Privacy Control).
pub fn refuses(honoured: &Signals) -> bool {
    let Some(navigator) = web_sys::window().map(|window| window.navigator()) else { return false };
    let says = |name: &str| Reflect::get(&navigator, &JsValue::from_str(name)).unwrap_or_default();
    (honoured.gpc && says("globalPrivacyControl").as_bool() == Some(true))
        || (honoured.dnt && says("doNotTrack").as_string().as_deref() == Some("1"))
}
