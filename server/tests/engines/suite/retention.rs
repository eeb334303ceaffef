//! Proofs that are no longer needed are removed.

use placet_server::{
    clock,
    retention::{self, Done},
};
use serde_json::Value;

use super::start;
use crate::common::{DEMO, TOKEN, choice};

#[tokio::test]
async fn what_has_expired_is_removed_and_its_chain_stays_whole() {
    let server = start().await;
    let body = choice(&server.widget().await, &["drift"]);
    let mut kept = Vec::new();
    for _ in 0..300 {
        kept.push(server.keep(&body).await);
    }
    let purge =
        async |date: &str| retention::purge(&*server.store, &server.ledger, clock::parse(date).unwrap()).await.unwrap();
    // Nothing has expired yet.
    let expires: Value = server.proof(kept[270]).await["dateExpiration"].clone();
    assert_eq!(purge("2020-01-01T00:00:00Z").await, Done::default());
    // Those that expire before the 271st does; those of the same millisecond may be beside it.
    let done = purge(expires.as_str().unwrap()).await;
    assert!((251..=270).contains(&done.removed) && done.erased == 0, "{done:?}");
    assert_eq!(server.count().await as u64, 300 - done.removed);
    assert_eq!(server.faults().await, [""; 0]);
    server.proof(kept[270]).await;
    let gone = server.get(&format!("/v1/consents/{}", kept[0])).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(gone.status(), 404);

    assert_eq!(purge("9999-01-01T00:00:00Z").await.removed, 300 - done.removed);
    assert_eq!((server.count().await, server.faults().await), (0, Vec::new()));
    // The chain goes on where it was.
    let next = server.keep(&body).await;
    assert_eq!(server.proof(next).await["seal"]["number"], 301);
    assert_eq!(server.faults().await, [""; 0]);
}

#[tokio::test]
async fn one_that_expires_before_those_that_came_earlier_is_erased_at_once() {
    let server = start().await;
    let mut body = choice(&server.widget().await, &["drift"]);
    body["consents"]["versionKey"] = Value::Null;
    let long = server.keep(&body).await;
    server.publish(&DEMO.replacen("days = 180", "days = 30", 1), TOKEN).await;
    let short = server.keep(&body).await;
    let expires = server.proof(short).await["dateExpiration"].as_str().unwrap().to_owned();
    let later = clock::days_later(clock::parse(&expires).unwrap(), 1);
    let done = retention::purge(&*server.store, &server.ledger, later).await.unwrap();
    assert_eq!(done, Done { removed: 0, erased: 1 });
    server.proof(long).await;
    let gone = server.get(&format!("/v1/consents/{short}")).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(gone.status(), 410);
    assert!(gone.text().await.unwrap().contains("as it had expired"));
    assert_eq!(server.faults().await, [""; 0]);
    // With the one before it, its place goes too.
    let all = clock::parse("9999-01-01T00:00:00Z").unwrap();
    let done = retention::purge(&*server.store, &server.ledger, all).await.unwrap();
    assert_eq!(done, Done { removed: 2, erased: 0 });
    assert_eq!(server.faults().await, [""; 0]);
}
