//! The receipt in localStorage.

use placet::{receipt::Receipt, storage};
use placet_protocol::names::RECEIPT;
use wasm_bindgen_test::wasm_bindgen_test;

use super::page::forget_all;

#[wasm_bindgen_test]
fn a_receipt_is_kept_as_the_contract_says() {
    forget_all();
    let receipt = Receipt {
        consent_id: "8a5e89c4-2243-4598-97c5-ba3cfb35a138".into(),
        expires_at: "2027-05-21T05:34:09.000Z".into(),
    };
    receipt.keep();
    let kept = storage::read(storage::local(), RECEIPT).unwrap();
    let expected = r#"{"consentId":"8a5e89c4-2243-4598-97c5-ba3cfb35a138","expiresAt":"2027-05-21T05:34:09.000Z"}"#;
    assert_eq!(kept, expected);
}
