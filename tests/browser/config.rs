//! The configuration: loaded, and kept for a day.

use placet::{config::load, storage};
use placet_protocol::names::CONFIG as NAME;
use wasm_bindgen_test::wasm_bindgen_test;

use super::page::{CONFIG, answering, config, forget_all};

/// No server listens there.
const NOWHERE: &str = "http://127.0.0.1:1/v1/widgets/43";

const SDK: &str = "build-1";

fn keep(at: f64, url: &str) {
    storage::write(storage::local(), NAME, &format!(r#"{{"at":{at},"url":"{url}","sdk":"{SDK}","config":{CONFIG}}}"#));
}

#[wasm_bindgen_test]
async fn what_the_server_answers_is_read_and_kept() {
    forget_all();
    let url = answering(CONFIG);
    let loaded = load(&url, SDK).await.unwrap();
    assert_eq!(loaded.config, config());
    let kept: serde_json::Value = serde_json::from_str(&storage::read(storage::local(), NAME).unwrap()).unwrap();
    assert_eq!(kept["url"], url);
    assert_eq!(kept["config"], serde_json::from_str::<serde_json::Value>(CONFIG).unwrap());
}

#[wasm_bindgen_test]
async fn an_answer_that_is_no_configuration_is_refused_with_a_sentence() {
    forget_all();
    for answer in ["", "{}", "<html>", "[1]"] {
        let failure = load(&answering(answer), SDK).await.err().unwrap();
        assert!(failure.0.contains("no widget configuration"), "{}", failure.0);
    }
    assert_eq!(storage::read(storage::local(), NAME), None);
}

#[wasm_bindgen_test]
async fn without_a_server_what_was_kept_within_a_day_serves() {
    forget_all();
    keep(js_sys::Date::now() - 86_000_000.0, NOWHERE);
    assert_eq!(load(NOWHERE, SDK).await.unwrap().config, config());
}

#[wasm_bindgen_test]
async fn without_a_server_nothing_older_or_foreign_or_damaged_serves() {
    let now = js_sys::Date::now();
    for (at, url) in [(now - 86_500_000.0, NOWHERE), (now + 60_000.0, NOWHERE), (now, "http://127.0.0.1:1/other")] {
        forget_all();
        keep(at, url);
        let failure = load(NOWHERE, SDK).await.err().unwrap();
        assert!(failure.0.contains("cannot be reached"), "{}", failure.0);
    }
    forget_all();
    keep(now, NOWHERE);
    assert!(load(NOWHERE, "build-2").await.is_err(), "another build's");
    for damaged in ["", "{", "null", "{\"at\":1}", "[]"] {
        storage::write(storage::local(), NAME, damaged);
        assert!(load(NOWHERE, SDK).await.is_err());
    }
}
