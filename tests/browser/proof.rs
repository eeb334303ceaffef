//! Proofs that wait in the browser.

use placet::{clock, page::Page, proof, storage};
use placet_choice::Choice;
use placet_protocol::names::{OUTBOX, SESSION};
use wasm_bindgen_test::wasm_bindgen_test;

use super::page::{answering, answering_with, config, forget_all, log, page};

fn unsent() -> proof::Unsent {
    proof::of_choice(&page(), &config(), &Choice::refuse_all(&config()), 1_784_448_000_000, 1_800_000_000_000).unwrap()
}

async fn deliver(page: &placet::page::Page) -> Result<placet::receipt::Receipt, placet::Failure> {
    let unsent = unsent();
    proof::wait(&unsent);
    proof::deliver(page, &unsent).await
}

fn outbox() -> Vec<serde_json::Value> {
    storage::read(storage::local(), OUTBOX).map(|json| serde_json::from_str(&json).unwrap()).unwrap_or_default()
}

/// As if all that wait had waited long enough.
fn now_due() {
    let mut waiting = outbox();
    for unsent in &mut waiting {
        unsent["due"] = 0.into();
    }
    storage::write(storage::local(), OUTBOX, &serde_json::to_string(&waiting).unwrap());
}

/// How long the first that waits has to wait, in milliseconds.
fn rest() -> u64 {
    outbox()[0]["due"].as_u64().unwrap().saturating_sub(clock::now())
}

fn posts(page: &Page) -> usize {
    log(page).iter().filter(|line| *line == "posted").count()
}

#[wasm_bindgen_test]
async fn what_failed_is_tried_again_after_longer_and_longer_times() {
    forget_all();
    let server_down = page();
    let _ = deliver(&server_down).await;
    for tries in 1..15_u32 {
        let least = 500 << (tries - 1).min(9);
        assert!((least - 500..=2 * least).contains(&rest()), "try {tries}: {}", rest());
        assert!(proof::pause() >= 500);
        // It is not its time.
        assert!(proof::deliver_waiting(&server_down).await.unwrap().is_none());
        assert_eq!(posts(&server_down), tries as usize);
        now_due();
        assert!(proof::deliver_waiting(&server_down).await.is_err());
    }
}

#[wasm_bindgen_test]
async fn a_server_that_asks_for_time_is_given_it() {
    for status in [429, 503] {
        forget_all();
        assert!(deliver(&answering_with(status, "", 120)).await.is_err());
        assert!((119_000..=121_000).contains(&rest()), "{}", rest());
        // By what is decided meanwhile, too.
        let again = answering(201, r#"{"consentId":"8a5e89c4-2243-4598-97c5-ba3cfb35a138"}"#);
        let failure = deliver(&again).await.err().unwrap();
        assert!(failure.0.contains("waits in this browser"), "{}", failure.0);
        assert_eq!((posts(&again), outbox().len()), (0, 2));
        now_due();
        assert!(proof::deliver_waiting(&again).await.unwrap().is_some());
        assert!(outbox().is_empty() && proof::pause() == 0);
    }
}

#[wasm_bindgen_test]
async fn a_choice_that_follows_at_once_is_not_held_up_by_the_one_before() {
    forget_all();
    proof::wait(&unsent());
    let mut waiting = outbox();
    // The first has just been sent, and is not answered yet.
    waiting[0]["due"] = (clock::now() + 900).into();
    storage::write(storage::local(), OUTBOX, &serde_json::to_string(&waiting).unwrap());
    let server = answering(201, r#"{"consentId":"8a5e89c4-2243-4598-97c5-ba3cfb35a138"}"#);
    assert!(deliver(&server).await.is_ok());
    assert_eq!(posts(&server), 2, "each in its turn");
    assert!(outbox().is_empty());
}

#[wasm_bindgen_test]
async fn nobody_waits_for_a_time_that_only_a_wrong_clock_has_named() {
    forget_all();
    let _ = deliver(&answering_with(503, "", u32::MAX)).await;
    assert!(rest() <= 3_600_000);
    let mut waiting = outbox();
    waiting[0]["due"] = (clock::now() + 86_400_000).into();
    storage::write(storage::local(), OUTBOX, &serde_json::to_string(&waiting).unwrap());
    assert!(proof::deliver_waiting(&page()).await.is_err());
}

#[wasm_bindgen_test]
async fn what_an_earlier_placet_left_is_sent() {
    forget_all();
    let left = r#"[{"url":"/consents","body":"{}","expires":"2999-01-01T00:00:00.000Z"}]"#;
    storage::write(storage::local(), OUTBOX, left);
    let server = answering(201, r#"{"consentId":"8a5e89c4-2243-4598-97c5-ba3cfb35a138"}"#);
    assert!(proof::deliver_waiting(&server).await.unwrap().is_some());
    assert!(outbox().is_empty());
}

#[wasm_bindgen_test]
async fn a_proof_waits_while_the_server_cannot_be_reached() {
    forget_all();
    let failure = deliver(&page()).await.err().unwrap();
    assert!(failure.0.contains("waits in this browser"), "{}", failure.0);
    assert_eq!(outbox().len(), 1);
    now_due();
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
