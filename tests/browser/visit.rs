//! A visit from beginning to end, against a server that cannot be reached.

use std::rc::Rc;

use placet::{
    storage,
    visit::{Begun, Visit},
};
use placet_choice::Choice;
use placet_protocol::names::OUTBOX;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlElement, ShadowRoot};

use super::page::{CONFIG, answering, config, cookies, forget_all, log, page, root_of, set_cookie};

const ALL: &str = r#"decided {"session":true,"drift":true,"google-ads":true}"#;
const NECESSARY: &str = r#"decided {"session":true,"drift":false,"google-ads":false}"#;

async fn begin(page: &placet::visit::Page) -> Begun {
    Visit::begin(page.clone().unchecked_into()).await.unwrap()
}

fn click(root: &ShadowRoot, hook: &str) {
    let selector = format!("[data-placet{hook}]");
    root.query_selector(&selector).unwrap().unwrap().unchecked_into::<HtmlElement>().click();
}

/// A page on which the banner asks, and the root that it asks in.
async fn asked() -> (placet::visit::Page, ShadowRoot) {
    forget_all();
    let page = page(&answering(CONFIG));
    begin(&page).await.visit.ask();
    let root = root_of(&page);
    (page, root)
}

/// Lets what was begun go on until the page was told of a decision.
async fn decided(page: &placet::visit::Page) {
    while !log(page).iter().any(|line| line.starts_with("decided")) {
        JsFuture::from(js_sys::Promise::resolve(&JsValue::NULL)).await.unwrap();
    }
}

#[wasm_bindgen_test]
async fn accepting_writes_the_cookie_tells_the_gate_and_keeps_the_proof_until_it_can_be_sent() {
    forget_all();
    let page = page(&answering(CONFIG));
    let begun = begin(&page).await;
    assert_eq!(begun.choice, None);
    begun.visit.ask();
    click(&root_of(&page), "=accept-all");
    decided(&page).await;
    assert_eq!(log(&page)[..3], ["shown", "hidden", ALL]);
    assert!(cookies().contains("euconsent=%7B%22session%22%3Atrue%2C%22drift%22%3Atrue"), "{}", cookies());
    let unsent: serde_json::Value = serde_json::from_str(&storage::read(storage::local(), OUTBOX).unwrap()).unwrap();
    let body: serde_json::Value = serde_json::from_str(unsent[0]["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["consents"]["cookieConsents"].as_array().unwrap().len(), 3);
    assert_eq!(body["type"], 2);
}

#[wasm_bindgen_test]
async fn a_choice_that_stands_is_found_on_the_next_visit() {
    forget_all();
    let first = begin(&page(&answering(CONFIG))).await;
    let refusal = Choice::refuse_all(&config());
    assert!(Rc::clone(&first.visit).decide(refusal.clone()).await.is_none());
    let second = begin(&page(&answering(CONFIG))).await;
    assert_eq!(second.choice, Some(refusal));
}

#[wasm_bindgen_test]
async fn a_cookie_that_is_deleted_or_damaged_is_no_choice() {
    forget_all();
    let first = begin(&page(&answering(CONFIG))).await;
    first.visit.decide(Choice::accept_all(&config(), false)).await;
    set_cookie("euconsent=%7Bbroken; Path=/");
    assert_eq!(begin(&page(&answering(CONFIG))).await.choice, None);
    set_cookie("euconsent=; Path=/; Max-Age=0");
    assert_eq!(begin(&page(&answering(CONFIG))).await.choice, None);
}

#[wasm_bindgen_test]
async fn a_purpose_switch_moves_its_services_and_saving_keeps_them() {
    let (page, root) = asked().await;
    click(&root, "=settings");
    click(&root, "-purpose=Marketing");
    click(&root, "-service=google-ads");
    click(&root, "=save");
    decided(&page).await;
    assert_eq!(log(&page)[..3], ["shown", "hidden", r#"decided {"session":true,"drift":true,"google-ads":false}"#]);
}

#[wasm_bindgen_test]
async fn refusing_in_the_settings_refuses_all_but_the_necessary() {
    let (page, root) = asked().await;
    click(&root, "=settings");
    click(&root, "=refuse-all-preferences");
    decided(&page).await;
    assert_eq!(log(&page)[2], NECESSARY);
}

#[wasm_bindgen_test]
async fn closing_the_settings_changes_nothing() {
    let (page, root) = asked().await;
    click(&root, "=settings");
    click(&root, "=close");
    assert_eq!(log(&page), ["shown"]);
    assert_eq!(cookies(), "");
    assert!(root.query_selector("[data-placet=preferences]").unwrap().is_none());
}

#[wasm_bindgen_test]
async fn without_a_configuration_nothing_is_shown() {
    forget_all();
    let failure = Visit::begin(page("http://127.0.0.1:1/v1/widgets/43")).await.err().unwrap();
    assert!(failure.0.contains("cannot be reached"), "{}", failure.0);
}
