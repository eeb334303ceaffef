//! A page as the gate shows it to the core, with a log of what the core told it.

use js_sys::{Array, JSON};
use placet::page::Page;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(inline_js = "
export function makePage(config, answer) {
  const log = [];
  const host = document.createElement('div');
  document.body.append(host);
  const root = host.attachShadow({ mode: 'open' });
  return {
    config, consentsUrl: '/consents', userId: undefined, consentId: undefined, signalled: false, log,
    root: () => root,
    uuid: () => crypto.randomUUID(),
    post: (url, json) => {
      log.push('posted');
      return answer ? Promise.resolve(answer) : Promise.reject(new TypeError('no server'));
    },
    answered: () => Promise.resolve(log.push('answered')),
    services: (count) => `${count} services`,
    lifetime: (days) => `${days} days`,
    keep: (choice) => log.push('kept ' + JSON.stringify(choice)),
    decide: (choice) => log.push('decided ' + JSON.stringify(choice)),
    receipt: (id) => log.push('receipt ' + id),
    failed: (message) => log.push('failed ' + message),
  };
}
export function logOf(page) { return page.log; }
export function rootOf(page) { return page.root(); }
export function forgetAll() {
  localStorage.clear();
  sessionStorage.clear();
}
")]
extern "C" {
    #[wasm_bindgen(js_name = makePage)]
    fn make_page(config: JsValue, answer: JsValue) -> Page;
    #[wasm_bindgen(js_name = logOf)]
    fn log_of(page: &Page) -> Array;
    #[wasm_bindgen(js_name = rootOf)]
    pub fn root_of(page: &Page) -> web_sys::ShadowRoot;
    /// Leaves the browser as if it had never been here.
    #[wasm_bindgen(js_name = forgetAll)]
    pub fn forget_all();
}

/// A page whose server cannot be reached.
pub fn page() -> Page {
    make_page(parse(CONFIG), JsValue::UNDEFINED)
}

/// A page whose server answers every post with this status and body.
pub fn answering(status: u16, body: &str) -> Page {
    answering_with(status, body, 0)
}

/// The same; the server asks to be left alone for so many seconds.
pub fn answering_with(status: u16, body: &str, retry_after: u32) -> Page {
    let answer = serde_json::json!({ "status": status, "body": body, "retryAfter": retry_after });
    make_page(parse(CONFIG), parse(&answer.to_string()))
}

/// A page whose configuration is this.
pub fn page_with(config: &str) -> Page {
    make_page(parse(config), JsValue::UNDEFINED)
}

/// What the core told the page.
pub fn log(page: &Page) -> Vec<String> {
    log_of(page).iter().filter_map(|line| line.as_string()).collect()
}

/// A configuration with a necessary service and two others, as the server would send it.
pub const CONFIG: &str = include_str!("config.json");

/// The configuration as the core reads it.
pub fn config() -> placet_protocol::WidgetConfig {
    placet::bridge::from_json(CONFIG).expect("a configuration")
}

pub fn parse(json: &str) -> JsValue {
    JSON::parse(json).expect("JSON")
}
