//! A visit from beginning to end, on a page whose server cannot be reached.

use placet::{page::Page, storage, visit::Visit};
use placet_choice::Choice;
use placet_protocol::names::OUTBOX;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlElement, ShadowRoot};

use super::page::{config, forget_all, log, page, page_with, root_of};

const ALL: &str = r#"kept {"session":true,"drift":true,"google-ads":true}"#;
const NECESSARY: &str = r#"kept {"session":true,"drift":false,"google-ads":false}"#;

fn click(root: &ShadowRoot, hook: &str) {
    let selector = format!("[data-placet{hook}]");
    root.query_selector(&selector).unwrap().unwrap().unchecked_into::<HtmlElement>().click();
}

/// A page on which the settings are open, and the root that they are in.
fn asked() -> (Page, ShadowRoot) {
    forget_all();
    let page = page();
    Visit::begin(page.clone().unchecked_into()).unwrap().open_settings(&JsValue::UNDEFINED);
    let root = root_of(&page);
    (page, root)
}

/// Lets what was begun go on until the page was told of a decision.
async fn decided(page: &Page) {
    while !log(page).iter().any(|line| line.starts_with("decided")) {
        JsFuture::from(js_sys::Promise::resolve(&JsValue::NULL)).await.unwrap();
    }
}

#[wasm_bindgen_test]
async fn accepting_writes_the_cookie_tells_the_gate_and_keeps_the_proof_until_it_can_be_sent() {
    forget_all();
    let page = page();
    let visit = Visit::begin(page.clone().unchecked_into()).unwrap();
    let accepted = visit.acceptance();
    assert!(visit.decide(accepted, None).await.is_none());
    let decided = ALL.replace("kept", "decided");
    assert_eq!(log(&page)[..4], ["answered", ALL, decided.as_str(), "posted"]);
    assert!(log(&page)[4].starts_with("failed the proof could not be sent and waits in this browser"));
    let unsent: serde_json::Value = serde_json::from_str(&storage::read(storage::local(), OUTBOX).unwrap()).unwrap();
    let body: serde_json::Value = serde_json::from_str(unsent[0]["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["consents"]["cookieConsents"].as_array().unwrap().len(), 3);
    assert_eq!(body["type"], 2);
}

#[wasm_bindgen_test]
async fn a_purpose_switch_moves_its_services_and_saving_keeps_them() {
    let (page, root) = asked();
    click(&root, "-purpose=Marketing");
    click(&root, "-service=google-ads");
    click(&root, "=save");
    decided(&page).await;
    assert_eq!(log(&page)[..2], ["answered", r#"kept {"session":true,"drift":true,"google-ads":false}"#]);
}

#[wasm_bindgen_test]
async fn refusing_in_the_settings_refuses_all_but_the_necessary() {
    let (page, root) = asked();
    click(&root, "=refuse-all-preferences");
    decided(&page).await;
    assert_eq!(log(&page)[1], NECESSARY);
}

#[wasm_bindgen_test]
fn closing_the_settings_changes_nothing() {
    let (page, root) = asked();
    click(&root, "=close");
    assert_eq!(log(&page), Vec::<String>::new());
    assert!(root.query_selector("[data-placet=preferences]").unwrap().is_none());
}

#[wasm_bindgen_test]
fn the_banner_that_is_there_stays_and_one_that_is_not_is_drawn() {
    forget_all();
    let page = page();
    let visit = Visit::begin(page.clone().unchecked_into()).unwrap();
    for _ in 0..2 {
        visit.ask();
        assert_eq!(root_of(&page).query_selector_all("[data-placet=banner]").unwrap().length(), 1);
    }
}

#[wasm_bindgen_test]
async fn a_visit_that_has_ended_opens_nothing() {
    forget_all();
    let page = page();
    let visit = Visit::begin(page.clone().unchecked_into()).unwrap();
    visit.end();
    visit.open_settings(&JsValue::UNDEFINED);
    assert!(root_of(&page).query_selector("[data-placet=preferences]").unwrap().is_none());
    // What was begun by the page's own code is finished.
    visit.decide(Choice::refuse_all(&config()), None).await;
    assert_eq!(log(&page)[1], NECESSARY);
}

#[wasm_bindgen_test]
fn what_is_no_configuration_is_refused_with_a_sentence() {
    for odd in ["{}", "[1]", "null", r#"{"id":43}"#] {
        let failure = Visit::begin(page_with(odd)).err().unwrap();
        assert!(failure.0.contains("no widget configuration"), "{}", failure.0);
    }
}
