//! The widget's configuration: asked of the server, kept for a day.
//!
//! Whoever has chosen is served from what is kept, by the gate. Whoever is asked is shown the newest, so it is asked
//! of the server each time; if the server cannot be reached, what was kept within the day serves once more.

use placet_protocol::{WidgetConfig, names::CONFIG};
use wasm_bindgen::JsValue;

use crate::{bridge, clock, http, problem::Failure, storage};

/// How long a configuration is kept, in milliseconds: a day (the seeds, step 1).
const KEPT_FOR: u64 = 24 * 60 * 60 * 1000;

/// A configuration, read, and as it came for the gate.
pub struct Loaded {
    /// The configuration.
    pub config: WidgetConfig,
    /// The same as a JavaScript object.
    pub object: JsValue,
}

/// Asks the server for the configuration at `url` and keeps it.
///
/// # Errors
///
/// A [`Failure`] when the server refuses (its own words), or when it cannot be reached and nothing fresh is kept.
pub async fn load(url: &str) -> Result<Loaded, Failure> {
    const WHAT: &str = "the widget cannot be shown";
    let Ok(answer) = http::get(url).await else {
        return kept(url).ok_or_else(|| {
            Failure::new(WHAT, "the server cannot be reached; check its address in the snippet and that it is running")
        });
    };
    if answer.status != 200 {
        return Err(Failure::new(WHAT, &answer.complaint()));
    }
    let loaded = parse(&answer.body).ok_or_else(|| {
        Failure::new(
            WHAT,
            "the server's answer is no widget configuration; do the script and the server have one version?",
        )
    })?;
    keep(url, &answer.body);
    Ok(loaded)
}

/// Keeps the answer with the time and the address it came from: `{"at":…,"url":"…","config":…}`.
fn keep(url: &str, body: &str) {
    let Ok(url) = js_sys::JSON::stringify(&JsValue::from_str(url)) else { return };
    let entry = ["{\"at\":", &clock::now().to_string(), ",\"url\":", &String::from(url), ",\"config\":", body, "}"];
    storage::write(storage::local(), CONFIG, &entry.concat());
}

fn kept(url: &str) -> Option<Loaded> {
    let entry = js_sys::JSON::parse(&storage::read(storage::local(), CONFIG)?).ok()?;
    let age = js_sys::Date::now() - js_sys::Reflect::get(&entry, &"at".into()).ok()?.as_f64()?;
    #[expect(clippy::cast_precision_loss, reason = "a day")]
    let fresh = (0.0..KEPT_FOR as f64).contains(&age);
    if !fresh || bridge::text(&entry, "url")? != url {
        return None;
    }
    read(js_sys::Reflect::get(&entry, &"config".into()).ok()?)
}

fn parse(body: &str) -> Option<Loaded> {
    read(js_sys::JSON::parse(body).ok()?)
}

fn read(object: JsValue) -> Option<Loaded> {
    Some(Loaded { config: bridge::from_js(object.clone())?, object })
}
