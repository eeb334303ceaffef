//! Proofs that wait in the browser.

use placet::{proof, storage};
use placet_choice::Choice;
use placet_protocol::names::{OUTBOX, SESSION};
use wasm_bindgen_test::wasm_bindgen_test;

use super::page::{answering, config, forget_all};

fn unsent(url: &str) -> proof::Unsent {
    let visitor = proof::visitor(None, None);
    proof::of_choice(url, &config(), &Choice::refuse_all(&config()), visitor, 1_800_000_000_000).unwrap()
}

async fn deliver(url: &str) -> Result<placet::receipt::Receipt, placet::Failure> {
    let unsent = unsent(url);
    proof::wait(&unsent);
    proof::deliver(&unsent).await
}

fn outbox() -> Vec<serde_json::Value> {
    storage::read(storage::local(), OUTBOX).map(|json| serde_json::from_str(&json).unwrap()).unwrap_or_default()
}

#[wasm_bindgen_test]
async fn a_proof_waits_while_the_server_cannot_be_reached() {
    forget_all();
    let failure = deliver("http://127.0.0.1:1/").await.err().unwrap();
    assert!(failure.0.contains("waits in this browser"), "{}", failure.0);
    assert_eq!(outbox().len(), 1);
    assert!(proof::deliver_waiting().await.is_err());
    assert_eq!(outbox().len(), 1, "trying again adds nothing");
}

#[wasm_bindgen_test]
async fn each_proof_has_its_own_key_and_those_of_one_visit_its_session() {
    forget_all();
    for _ in 0..2 {
        let _ = deliver("http://127.0.0.1:1/").await;
    }
    let bodies: Vec<serde_json::Value> =
        outbox().iter().map(|unsent| serde_json::from_str(unsent["body"].as_str().unwrap()).unwrap()).collect();
    assert_ne!(bodies[0]["idempotencyKey"], bodies[1]["idempotencyKey"]);
    assert_eq!(bodies[0]["sessionId"], bodies[1]["sessionId"]);
    assert_eq!(storage::read(storage::session(), SESSION).as_deref(), bodies[0]["sessionId"].as_str());
}

#[wasm_bindgen_test]
async fn no_more_than_twenty_wait() {
    forget_all();
    for _ in 0..22 {
        let _ = deliver("http://127.0.0.1:1/").await;
    }
    assert_eq!(outbox().len(), 20);
}

#[wasm_bindgen_test]
async fn a_damaged_outbox_is_empty() {
    for damaged in ["", "{", "null", "[1]", "[{\"url\":1}]"] {
        forget_all();
        storage::write(storage::local(), OUTBOX, damaged);
        assert!(proof::deliver_waiting().await.unwrap().is_none());
    }
}

#[wasm_bindgen_test]
async fn an_answer_without_an_identifier_is_no_receipt() {
    forget_all();
    // A `data:` address cannot be posted to: this stands for any answer that is none.
    assert!(deliver(&answering("{}")).await.is_err());
    assert_eq!(outbox().len(), 1);
}
