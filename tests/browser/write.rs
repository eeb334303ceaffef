//! Rust values as JSON.

use placet::{bridge, write::write};
use serde::{Deserialize, Serialize};
use wasm_bindgen_test::wasm_bindgen_test;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Sample {
    text: String,
    flag: bool,
    number: u8,
    time: u64,
    missing: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    absent: Option<String>,
    list: Vec<Sample>,
}

fn sample(text: &str, list: Vec<Sample>) -> Sample {
    Sample { text: text.into(), flag: true, number: 3, time: 1_800_000_000_000, missing: None, absent: None, list }
}

#[wasm_bindgen_test]
fn what_is_written_is_json_of_the_same_shape() {
    let text = "\"quoted\", \\ and \n \u{2028} \u{0} é 漢 🎈";
    let value = sample(text, vec![sample("", vec![]), sample("b", vec![])]);
    let json = write(&value).unwrap();
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&json).unwrap(),
        serde_json::to_value(&value).unwrap(),
        "{json}"
    );
    assert_eq!(serde_json::from_str::<Sample>(&json).unwrap(), value);
}

#[wasm_bindgen_test]
fn nothing_is_written_of_what_has_nothing_in_it() {
    assert_eq!(write(&Vec::<String>::new()).unwrap(), "[]");
    #[derive(Serialize)]
    struct Empty {}
    assert_eq!(write(&Empty {}).unwrap(), "{}");
    assert_eq!(write(&[1u8, 2]).map_err(|_| ()), Err(()), "an array of fixed length is no list");
}

#[wasm_bindgen_test]
fn what_the_protocol_does_not_know_is_refused() {
    assert!(write(&1.5f64).is_err());
    assert!(write(&i64::MAX).is_err());
    assert!(bridge::to_json(&'c').is_none());
}
