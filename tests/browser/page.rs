//! A page as the gate shows it to the core, with a log of what the core told it.

use js_sys::{Array, JSON, JsString};
use placet::visit::Page;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(inline_js = "
export function makePage(configUrl) {
  const log = [];
  const host = document.createElement('div');
  document.body.append(host);
  const root = host.attachShadow({ mode: 'open' });
  return {
    sdk: 'build-1', configUrl, consentsUrl: 'http://127.0.0.1:1/', userId: undefined, consentId: undefined, log,
    root: () => root,
    painted: () => Promise.resolve(),
    shown: () => log.push('shown'),
    hidden: () => log.push('hidden'),
    decided: (choice) => log.push('decided ' + JSON.stringify(choice)),
    receipt: (id) => log.push('receipt ' + id),
    failed: (message) => log.push('failed ' + message),
  };
}
export function logOf(page) { return page.log; }
export function rootOf(page) { return page.root(); }
export function forgetAll() {
  localStorage.clear();
  sessionStorage.clear();
  for (const pair of document.cookie.split('; ')) document.cookie = pair.split('=')[0] + '=; Path=/; Max-Age=0';
}
export function cookies() { return document.cookie; }
export function setCookie(line) { document.cookie = line; }
")]
extern "C" {
    #[wasm_bindgen(js_name = makePage)]
    pub fn page(config_url: &str) -> Page;
    #[wasm_bindgen(js_name = logOf)]
    fn log_of(page: &Page) -> Array;
    #[wasm_bindgen(js_name = rootOf)]
    pub fn root_of(page: &Page) -> web_sys::ShadowRoot;
    /// Leaves the browser as if it had never been here.
    #[wasm_bindgen(js_name = forgetAll)]
    pub fn forget_all();
    pub fn cookies() -> String;
    #[wasm_bindgen(js_name = setCookie)]
    pub fn set_cookie(line: &str);
}

/// What the core told the page.
pub fn log(page: &Page) -> Vec<String> {
    log_of(page).iter().filter_map(|line| line.as_string()).collect()
}

/// A configuration with a necessary service and two others, as the server would send it.
pub const CONFIG: &str = include_str!("config.json");

/// An address that answers with a text.
pub fn answering(text: &str) -> String {
    format!("data:application/json,{}", String::from(js_sys::encode_uri_component(text)))
}

/// The configuration as the core reads it.
pub fn config() -> placet_protocol::WidgetConfig {
    placet::bridge::from_json(CONFIG).expect("a configuration")
}

pub fn parse(json: &str) -> JsValue {
    JSON::parse(&JsString::from(json).as_string().expect("text")).expect("JSON")
}
