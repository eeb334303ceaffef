//! JavaScript values read as the protocol's types.

use placet_protocol::{Purpose, WidgetConfig};
use wasm_bindgen_test::wasm_bindgen_test;

use super::page::{CONFIG, parse};

#[wasm_bindgen_test]
fn a_configuration_is_read_as_serde_reads_it() {
    let read: WidgetConfig = placet::read::read(parse(CONFIG)).unwrap();
    let expected: WidgetConfig = serde_json::from_str(CONFIG).unwrap();
    assert_eq!(read, expected);
}

#[wasm_bindgen_test]
fn what_does_not_fit_is_refused() {
    for (json, about) in [
        ("null", "nothing"),
        ("[]", "an array"),
        ("{}", "an empty object"),
        (&CONFIG.replace("\"id\": 43", "\"id\": \"43\"") as &str, "a number as text"),
        (&CONFIG.replace("\"id\": 43", "\"id\": -1") as &str, "a negative number"),
        (&CONFIG.replace("\"id\": 43", "\"id\": 4.5") as &str, "a fraction"),
        (&CONFIG.replace("\"purpose\": 3", "\"purpose\": 7") as &str, "an unknown purpose"),
        (&CONFIG.replace("\"save\": \"Save\"", "\"save\": 5") as &str, "a text that is none"),
    ] {
        assert!(placet::read::read::<WidgetConfig>(parse(json)).is_err(), "{about}");
    }
}

#[wasm_bindgen_test]
fn what_a_later_server_adds_is_passed_over() {
    let later = CONFIG.replacen('{', "{\"later\": [1, {\"a\": null}],", 1);
    assert!(placet::read::read::<WidgetConfig>(parse(&later)).is_ok());
}

#[wasm_bindgen_test]
fn a_purpose_is_read_by_its_number() {
    assert_eq!(placet::read::read::<Purpose>(3.into()).unwrap(), Purpose::Marketing);
}
