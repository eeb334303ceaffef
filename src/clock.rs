//! The visitor's clock.

use wasm_bindgen::JsValue;

/// Now, in milliseconds since 1970.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a clock between 1970 and the year 285 426"
)]
pub fn now() -> u64 {
    js_sys::Date::now() as u64
}

/// A random time, shorter than this one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a part of a few minutes"
)]
pub fn random(time: u64) -> u64 {
    (js_sys::Math::random() * time as f64) as u64
}

/// A time in milliseconds since 1970, as ISO 8601 in UTC.
#[expect(clippy::cast_precision_loss, reason = "exact up to the year 287 396")]
pub fn iso(time: u64) -> String {
    js_sys::Date::new(&JsValue::from_f64(time as f64)).to_iso_string().into()
}
