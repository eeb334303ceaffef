//! Idempotency keys: what is kept of them, and what a request that is repeated is answered.

use std::collections::HashSet;

use placet_server::store;
use reqwest::Response;
use serde_json::{Value, json};
use uuid::Uuid;

use super::start;
use crate::common::{Server, TOKEN, choice, consent_id, paths, problem};

/// A key that names a person.
const PERSONAL: &str = "ada@example.com-1";

/// A bare answer and a whole decision, each as a page posts it.
async fn bodies(server: &Server) -> [(&'static str, Value); 2] {
    let widget = server.widget().await;
    let answer = json!({
        "sessionId": "0b93b823-ff36-4d61-8959-e9e8deee5ef8", "answer": "acceptAll", "lang": widget.lang,
        "versionKey": widget.version_key, "secure": false,
    });
    [("consents", choice(&widget, &["drift"])), ("answers", answer)]
}

/// Another body for the same resource.
fn another(body: &Value) -> Value {
    let mut body = body.clone();
    body["sessionId"] = json!("1c3baa61-0d05-44e4-8a3d-08d7eeadee05");
    body
}

fn with_key(body: &Value, key: &str) -> Value {
    let mut body = body.clone();
    body["idempotencyKey"] = json!(key);
    body
}

async fn send(server: &Server, resource: &str, body: &Value) -> Response {
    server.post_to(resource, body).send().await.unwrap()
}

async fn erase(server: &Server, consent_id: Uuid) {
    let address = format!("{}/v1/consents/{consent_id}", server.address);
    assert_eq!(server.client.delete(address).bearer_auth(TOKEN).send().await.unwrap().status(), 204);
}

#[tokio::test]
async fn a_key_and_a_body_leave_only_hashes_that_nobody_can_try_out_without_the_secret() {
    let server = start().await;
    for (resource, body) in bodies(&server).await {
        let key = format!("{PERSONAL}-{resource}");
        let first = consent_id(send(&server, resource, &with_key(&body, &key)).await).await;
        let header = server.post_to(resource, &body).header("idempotency-key", &key).send().await.unwrap();
        assert_eq!(consent_id(header).await, first, "the header and the field are one key");
        assert_eq!(server.holds(&key).await, [""; 0]);
    }
    assert_eq!(server.holds("ada@").await, [""; 0]);
    assert_eq!(server.count().await, 2);
}

#[tokio::test]
async fn another_body_under_a_key_is_refused_and_says_what_to_do() {
    let server = start().await;
    for (resource, body) in bodies(&server).await {
        let first = consent_id(send(&server, resource, &with_key(&body, resource)).await).await;
        let refused = problem(send(&server, resource, &with_key(&another(&body), resource)).await, 422).await;
        assert_eq!(paths(&refused), ["idempotencyKey"]);
        assert!(refused["detail"].as_str().unwrap().contains("with a new key"), "{refused}");
        // What was stored first is still what is answered.
        assert_eq!(consent_id(send(&server, resource, &with_key(&body, resource)).await).await, first);
    }
    assert_eq!(server.count().await, 2);
}

#[tokio::test]
async fn a_key_whose_proof_was_erased_is_gone_whatever_the_body() {
    let server = start().await;
    for (resource, body) in bodies(&server).await {
        let key = format!("{PERSONAL}-{resource}");
        let kept = consent_id(send(&server, resource, &with_key(&body, &key)).await).await;
        erase(&server, kept).await;
        for body in [&body, &another(&body)] {
            let gone = problem(send(&server, resource, &with_key(body, &key)).await, 410).await;
            assert!(gone["detail"].as_str().unwrap().contains("has been erased; drop the request"), "{gone}");
        }
    }
    // Also of a body that does not fit the widget any more.
    let (resource, body) = &bodies(&server).await[0];
    let mut unfit = with_key(body, &format!("{PERSONAL}-{resource}"));
    unfit["consents"]["cookieConsents"][1]["slug"] = json!("tiktok");
    problem(send(&server, resource, &unfit).await, 410).await;
    assert_eq!(server.count().await, 2, "two places, both erased");
    assert_eq!(server.faults().await, [""; 0]);
    // And after a restart.
    let server = server.restart().await;
    let (resource, body) = &bodies(&server).await[0];
    problem(send(&server, resource, &with_key(body, &format!("{PERSONAL}-{resource}"))).await, 410).await;
}

#[tokio::test]
async fn of_erased_proofs_no_hash_of_a_body_is_left() {
    let server = start().await;
    let (resource, body) = &bodies(&server).await[0];
    let kept = consent_id(send(&server, resource, &with_key(body, "one")).await).await;
    let table = if server.url.starts_with("sqlite:") { "proof" } else { "request" };
    let with_body = format!("UPDATE {table} SET consent_id = consent_id WHERE body_hash IS NOT NULL");
    assert_eq!(server.tamper(&with_body).await, 1);
    erase(&server, kept).await;
    assert_eq!(server.tamper(&with_body).await, 0);
}

#[tokio::test]
async fn of_bodies_that_come_at_once_under_one_key_one_is_stored() {
    let server = start().await;
    for (resource, body) in bodies(&server).await {
        let bodies = [with_key(&body, resource), with_key(&another(&body), resource)];
        let posts: Vec<_> =
            (0..32).map(|number| tokio::spawn(server.post_to(resource, &bodies[number % 2]).send())).collect();
        let (mut stored, mut refused) = (HashSet::new(), 0);
        for post in posts {
            let answer = post.await.unwrap().unwrap();
            if answer.status() == 201 {
                stored.insert(consent_id(answer).await);
            } else {
                assert_eq!(paths(&problem(answer, 422).await), ["idempotencyKey"]);
                refused += 1;
            }
        }
        assert_eq!((stored.len(), refused), (1, 16), "{resource}");
    }
    assert_eq!(server.count().await, 2);
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let server = start().await;
    for (resource, body) in bodies(&server).await {
        for key in ["", " ", "two words", "tab\there", "nul\0", "clé", "\u{200b}", "\u{ff20}", &"x".repeat(129)] {
            let answer = send(&server, resource, &with_key(&body, key)).await;
            assert_eq!(paths(&problem(answer, 422).await), ["idempotencyKey"], "{key:?}");
        }
        for key in [&b""[..], b"two words", b"\xff\xfe", "clé".as_bytes(), "x".repeat(129).as_bytes()] {
            let answer = server.post_to(resource, &body).header("idempotency-key", key).send().await.unwrap();
            assert_eq!(paths(&problem(answer, 422).await), ["idempotencyKey"], "{key:?}");
        }
        let twice = server.post_to(resource, &body).header("idempotency-key", "one").header("idempotency-key", "two");
        assert_eq!(paths(&problem(twice.send().await.unwrap(), 422).await), ["idempotencyKey"]);
        let differs = server.post_to(resource, &with_key(&body, "one")).header("idempotency-key", "two");
        assert_eq!(paths(&problem(differs.send().await.unwrap(), 422).await), ["idempotencyKey"]);
    }
    assert_eq!(server.count().await, 0);
}

#[tokio::test]
async fn all_servers_of_a_database_know_a_key() {
    let server = start().await;
    let (resource, body) = &bodies(&server).await[0];
    let kept = consent_id(send(&server, resource, &with_key(body, PERSONAL)).await).await;
    let elsewhere = store::open(&server.url).await.unwrap();
    let key_hash = elsewhere.request_secret().key_hash(43, &PERSONAL.parse().unwrap());
    let known = elsewhere.known_requests(&[(43, key_hash)]).await.unwrap();
    assert_eq!(known[0].consent_id, kept);
    // The keys of another widget are others.
    let other = elsewhere.request_secret().key_hash(44, &PERSONAL.parse().unwrap());
    assert_ne!(other, key_hash);
    elsewhere.close().await;
}
