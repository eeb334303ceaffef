//! The banner and the settings as elements.

use placet::view::View;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlElement, HtmlInputElement, ShadowRoot};

use super::page::{config, page, root_of};

fn drawn() -> (View, ShadowRoot) {
    let root = root_of(&page());
    (View::new(root.clone()).unwrap(), root)
}

fn switch(root: &ShadowRoot, selector: &str) -> HtmlInputElement {
    root.query_selector(selector).unwrap().unwrap().unchecked_into()
}

#[wasm_bindgen_test]
fn texts_are_text_and_never_markup() {
    let (view, root) = drawn();
    let mut config = config();
    config.texts.title = "<img src=x onerror=alert(1)>".into();
    view.show_banner(&config, false);
    assert!(root.query_selector("img").unwrap().is_none());
    let title: HtmlElement = root.query_selector("h2").unwrap().unwrap().unchecked_into();
    assert_eq!(title.text_content().unwrap(), config.texts.title);
}

#[wasm_bindgen_test]
fn the_settings_open_with_the_switches_as_they_stand() {
    let (view, root) = drawn();
    view.show_settings(&config(), false, None, &page(), |slug| slug == "drift");
    let necessary = switch(&root, "[data-placet-service=session]");
    assert!(necessary.checked() && necessary.disabled());
    assert!(switch(&root, "[data-placet-service=drift]").checked());
    assert!(!switch(&root, "[data-placet-service=google-ads]").checked());
    let purpose = switch(&root, "[data-placet-purpose=Marketing]");
    assert!(!purpose.checked() && purpose.indeterminate());
    view.hide_settings();
}

#[wasm_bindgen_test]
fn the_switches_are_read_as_a_choice() {
    let (view, _root) = drawn();
    view.show_settings(&config(), false, None, &page(), |slug| slug == "google-ads");
    let choice = view.switches(&config());
    let answers: Vec<_> = choice.answers().collect();
    assert_eq!(answers, [("session", true), ("drift", false), ("google-ads", true)]);
    view.hide_settings();
}
