//! Between Rust values and JavaScript's: through the browser's own `JSON`, which the page has already paid for.

use js_sys::{JSON, Object, Reflect};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};

use placet_choice::Choice;

/// Reads JSON; `None` if it is not JSON or not of this shape.
pub fn from_json<T: for<'de> Deserialize<'de>>(json: &str) -> Option<T> {
    from_js(JSON::parse(json).ok()?)
}

/// Reads a JavaScript value; `None` if it is not of this shape.
pub fn from_js<T: for<'de> Deserialize<'de>>(value: JsValue) -> Option<T> {
    crate::read::read(value).ok()
}

/// Writes JSON.
pub fn to_json<T: Serialize + ?Sized>(value: &T) -> Option<String> {
    crate::write::write(value).ok()
}

/// A text property of a JavaScript object.
pub fn text(object: &JsValue, name: &str) -> Option<String> {
    Reflect::get(object, &JsValue::from_str(name)).ok()?.as_string()
}

/// A choice as a JavaScript object: `{slug: boolean}`.
pub fn choice_object(choice: &Choice) -> JsValue {
    let object = Object::new();
    for (slug, granted) in choice.answers() {
        // A property of a fresh object can always be set.
        let _ = Reflect::set(&object, &JsValue::from_str(slug), &JsValue::from_bool(granted));
    }
    object.unchecked_into()
}

/// Whether a `{slug: boolean}` object grants a service.
pub fn grants(choice: &JsValue, slug: &str) -> bool {
    Reflect::get(choice, &JsValue::from_str(slug)).is_ok_and(|value| value.as_bool() == Some(true))
}
