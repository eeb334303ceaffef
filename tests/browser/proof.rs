//! Proofs that wait in the browser.

use placet::{proof, storage};
use placet_choice::Choice;
use placet_protocol::names::{OUTBOX, SESSION};
use wasm_bindgen_test::wasm_bindgen_test;

use super::page::{answering, config, forget_all, page};

fn unsent() -> proof::Unsent {
    proof::of_choice(&page(), &config(), &Choice::refuse_all(&config()), 1_800_000_000_000).unwrap()
}

async fn deliver(page: &placet::page::Page) -> Result<placet::receipt::Receipt, placet::Failure> {
    let unsent = unsent();
    proof::wait(&unsent);
    proof::deliver(page, &unsent).await
}

fn outbox() -> Vec<serde_json::Value> {
    storage::read(storage::local(), OUTBOX).map(|json| serde_json::from_str(&json).unwrap()).unwrap_or_default()
}

#[wasm_bindgen_test]
async fn a_proof_waits_while_the_server_cannot_be_reached() {
    forget_all();
    let failure = deliver(&page()).await.err().unwrap();
    assert!(failure.0.contains("waits in this browser"), "{}", failure.0);
    assert_eq!(outbox().len(), 1);
    assert!(proof::deliver_waiting(&page()).await.is_err());
    assert_eq!(outbox().len(), 1, "trying again adds nothing");
}

#[wasm_bindgen_test]
async fn each_proof_has_its_own_key_and_those_of_one_visit_its_session() {
    forget_all();
    for _ in 0..2 {
        let _ = deliver(&page()).await;
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
        let _ = deliver(&page()).await;
    }
    assert_eq!(outbox().len(), 20);
}

#[wasm_bindgen_test]
async fn a_damaged_outbox_is_empty() {
    for damaged in ["", "{", "null", "[1]", "[{\"url\":1}]"] {
        forget_all();
        storage::write(storage::local(), OUTBOX, damaged);
        assert!(proof::deliver_waiting(&page()).await.unwrap().is_none());
    }
}

#[wasm_bindgen_test]
async fn an_answer_without_an_identifier_is_no_receipt() {
    for body in ["{}", "", "<html>"] {
        forget_all();
        assert!(deliver(&answering(201, body)).await.is_err());
        assert_eq!(outbox().len(), 1);
    }
}

#[wasm_bindgen_test]
async fn what_the_server_has_is_not_sent_again_and_what_it_refuses_neither() {
    forget_all();
    let receipt = deliver(&answering(201, r#"{"consentId":"8a5e89c4-2243-4598-97c5-ba3cfb35a138"}"#)).await.unwrap();
    assert_eq!(receipt.consent_id, "8a5e89c4-2243-4598-97c5-ba3cfb35a138");
    assert!(outbox().is_empty());
    let failure = deliver(&answering(422, r#"{"detail":"no such service"}"#)).await.err().unwrap();
    assert!(failure.0.contains("no such service"), "{}", failure.0);
    assert!(outbox().is_empty());
    assert!(deliver(&answering(503, "")).await.is_err());
    assert_eq!(outbox().len(), 1);
}
