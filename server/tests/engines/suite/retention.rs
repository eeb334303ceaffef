//! Proofs that are no longer needed are removed.

use placet_server::{
    clock,
    retention::{self, Done},
    seal::Reason,
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
    assert_eq!(done, Done { removed: 0, erased: 1, refused: 0 });
    server.proof(long).await;
    let gone = server.get(&format!("/v1/consents/{short}")).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(gone.status(), 410);
    assert!(gone.text().await.unwrap().contains("as it had expired"));
    assert_eq!(server.faults().await, [""; 0]);
    // With the one before it, its place goes too.
    let all = clock::parse("9999-01-01T00:00:00Z").unwrap();
    let done = retention::purge(&*server.store, &server.ledger, all).await.unwrap();
    assert_eq!(done, Done { removed: 2, erased: 0, refused: 0 });
    assert_eq!(server.faults().await, [""; 0]);
}

#[tokio::test]
async fn an_expiry_that_was_altered_removes_nothing() {
    let server = start().await;
    let body = choice(&server.widget().await, &["drift"]);
    for _ in 0..8 {
        server.keep(&body).await;
    }
    server.tamper("UPDATE proof SET date_expiration = '2020-01-01T00:00:00.000Z'").await;
    let due = clock::parse("2021-01-01T00:00:00Z").unwrap();
    let done = retention::purge(&*server.store, &server.ledger, due).await.unwrap();
    // The chain, and each proof.
    assert_eq!(done, Done { removed: 0, erased: 0, refused: 9 });
    assert_eq!(server.count().await, 8);
    let faults = server.faults_with(Some(&[server.public_key()])).await;
    assert_eq!(faults.iter().filter(|fault| fault.ends_with("was altered or added")).count(), 8, "{faults:?}");
}

#[tokio::test]
async fn what_was_altered_is_left_when_its_neighbours_are_removed() {
    for change in [
        "user_id = 'u-1'",
        "consents = replace(consents, 'true', 'false')",
        "consents = 'no JSON'",
        "signature = (SELECT signature FROM proof WHERE number = 1)",
        "previous = salt",
        "statement_sha256 = salt",
    ] {
        let server = start().await;
        let body = choice(&server.widget().await, &["drift"]);
        let mut kept = Vec::new();
        for _ in 0..4 {
            kept.push(server.keep(&body).await);
        }
        server.tamper(&format!("UPDATE proof SET {change} WHERE number = 3")).await;
        let all = clock::parse("9999-01-01T00:00:00Z").unwrap();
        let done = retention::purge(&*server.store, &server.ledger, all).await.unwrap();
        assert!(done.refused >= 2 && done.removed <= 2, "{change}: {done:?}");
        // Once more, and it is still there.
        retention::purge(&*server.store, &server.ledger, all).await.unwrap();
        let faults = server.faults_with(Some(&[server.public_key()])).await;
        let named = faults.iter().any(|fault| fault.contains(&kept[2].to_string()));
        assert!(named, "{change}: {faults:?}");
    }
}

#[tokio::test]
async fn a_forged_erasure_or_removal_is_not_removed_with_its_chain() {
    let server = start().await;
    let body = choice(&server.widget().await, &["drift"]);
    let (first, _) = (server.keep(&body).await, server.keep(&body).await);
    let entry = server.store.proof(first).await.unwrap().unwrap();
    server.ledger.erase(&[entry], Reason::Erased).await.unwrap();
    let all = clock::parse("9999-01-01T00:00:00Z").unwrap();
    server.tamper("UPDATE proof SET date_expiration = '2020-01-01T00:00:00.000Z' WHERE number = 1").await;
    let due = clock::parse("2021-01-01T00:00:00Z").unwrap();
    let done = retention::purge(&*server.store, &server.ledger, due).await.unwrap();
    assert_eq!(done, Done { removed: 0, erased: 0, refused: 1 });
    assert!(server.faults().await[0].ends_with("was erased, and nobody has signed for it"));

    let server = start().await;
    let body = choice(&server.widget().await, &["drift"]);
    for _ in 0..3 {
        server.keep(&body).await;
    }
    // Somebody removes the first two themselves.
    server
        .tamper(
            "UPDATE chain SET removed = 2, removed_link = (SELECT previous FROM proof WHERE number = 3),
                              removed_expiration = '2020-01-01T00:00:00.000Z', removed_at = '2020-01-02T00:00:00.000Z',
                              removal_signed_by = public_key, removal_key = public_key,
                              removal_signature = (SELECT signature FROM proof WHERE number = 3);
             DELETE FROM proof WHERE number < 3",
        )
        .await;
    let done = retention::purge(&*server.store, &server.ledger, all).await.unwrap();
    assert_eq!((done.removed, done.refused), (0, 1));
    let faults = server.faults().await;
    let told = "places 1 to 2 are missing, and nobody has signed for their removal";
    assert!(faults[0].ends_with(told), "{faults:?}");
}

#[tokio::test]
async fn a_chain_of_which_nothing_is_left_is_still_known() {
    let server = start().await;
    server.keep(&choice(&server.widget().await, &["drift"])).await;
    let all = clock::parse("9999-01-01T00:00:00Z").unwrap();
    retention::purge(&*server.store, &server.ledger, all).await.unwrap();
    let server = server.restart().await;
    server.keep(&choice(&server.widget().await, &["drift"])).await;
    assert_eq!((server.count().await, server.faults().await), (1, Vec::new()));
    let server = server.restart().await;
    server.keep(&choice(&server.widget().await, &["drift"])).await;
    assert_eq!(server.faults().await, [""; 0]);
}
