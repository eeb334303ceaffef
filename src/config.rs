//! The widget's configuration: asked of the server, kept for a day.
//!
//! Whoever has chosen is served from what is kept, by the gate. Whoever is asked is shown the newest, so it is asked
//! of the server each time; if the server cannot be reached, what was kept within the day serves once more.

use placet_protocol::{WidgetConfig, names::CONFIG};
use wasm_bindgen::JsValue;

use crate::{bridge, clock, http, problem::Failure, storage};

/// How long a configuration is kept, in milliseconds: a day (the seeds, step 1).
const KEPT_FOR: u64 = 24 * 60 * 60 * 1000;

const UNREACHABLE: &str = "the server cannot be reached; check its address in the snippet and that it is running";

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
pub async fn load(url: &str, sdk: &str) -> Result<Loaded, Failure> {
    const WHAT: &str = "the widget cannot be shown";
    let answer = match http::get(url).await {
        Ok(answer) if answer.status < 500 => answer,
        // A server that is down answers nothing, or something in front of it says so.
        down => {
            let why = down.map_or_else(|_| String::from(UNREACHABLE), |answer| answer.complaint());
            return kept(url, sdk).ok_or_else(|| Failure::new(WHAT, &why));
        }
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
    keep(url, sdk, &answer.body);
    Ok(loaded)
}

/// Keeps the answer with the time, the address it came from and the build that read it:
/// `{"at":…,"url":"…","sdk":"…","config":…}`.
fn keep(url: &str, sdk: &str, body: &str) {
    let quoted = |text: &str| js_sys::JSON::stringify(&JsValue::from_str(text)).map(String::from).unwrap_or_default();
    let (at, url, sdk) = (clock::now().to_string(), quoted(url), quoted(sdk));
    let entry = ["{\"at\":", &at, ",\"url\":", &url, ",\"sdk\":", &sdk, ",\"config\":", body, "}"];
    storage::write(storage::local(), CONFIG, &entry.concat());
}

fn kept(url: &str, sdk: &str) -> Option<Loaded> {
    let entry = js_sys::JSON::parse(&storage::read(storage::local(), CONFIG)?).ok()?;
    let age = js_sys::Date::now() - js_sys::Reflect::get(&entry, &"at".into()).ok()?.as_f64()?;
    #[expect(clippy::cast_precision_loss, reason = "a day")]
    let fresh = (0.0..KEPT_FOR as f64).contains(&age);
    if !fresh || bridge::text(&entry, "url")? != url || bridge::text(&entry, "sdk")? != sdk {
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
