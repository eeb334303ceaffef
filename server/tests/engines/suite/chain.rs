//! Proofs in their chains: whatever is altered, removed, added or moved is found.

use placet_protocol::Proof;
use placet_server::{
    audit::Heads,
    clock, key,
    seal::{self, Fault, Reason},
    store::Stored,
};
use uuid::Uuid;

use super::start;
use crate::common::{DEMO, Server, TOKEN, choice};

/// A server with some proofs, and their identifiers in the order of their places.
async fn with_proofs(count: usize) -> (Server, Vec<Uuid>) {
    let server = start().await;
    let body = choice(&server.widget().await, &["drift"]);
    let mut kept = Vec::new();
    for _ in 0..count {
        kept.push(server.keep(&body).await);
    }
    (server, kept)
}

/// The faults that somebody leaves who changes the database of a server with five proofs.
async fn after(sql: &str) -> Vec<String> {
    let (server, kept) = with_proofs(5).await;
    assert_eq!(server.faults().await, [""; 0]);
    assert!(server.tamper(&sql.replace("{third}", &kept[2].to_string())).await > 0);
    server
        .faults()
        .await
        .into_iter()
        .map(|fault| fault.split_once(": ").map_or(fault.clone(), |f| f.1.to_owned()))
        .collect()
}

fn without_identifiers(faults: &[String]) -> Vec<String> {
    let words = |fault: &String| {
        let words = fault.split(' ').filter(|word| !word.starts_with('('));
        words.collect::<Vec<_>>().join(" ")
    };
    faults.iter().map(words).collect()
}

#[tokio::test]
async fn an_altered_proof_is_found() {
    for change in [
        "consents = replace(consents, 'true', 'false')",
        "date_expiration = '2099-01-01T00:00:00.000Z'",
        "user_id = 'somebody-else'",
        "session_id = 'a6a1a8a0-0000-4000-8000-000000000000'",
        "type_device = 3",
        "previous_consent_id = consent_id",
        "version_key = (SELECT version_key FROM widget_version LIMIT 1), id = consent_id",
        "salt = previous",
        "workspace_id = (SELECT id FROM workspace LIMIT 1), date = '2020-01-01T00:00:00.000Z'",
    ] {
        let faults = after(&format!("UPDATE proof SET {change} WHERE consent_id = '{{third}}'")).await;
        // The places after it no longer follow it.
        assert_eq!(
            without_identifiers(&faults),
            ["place 3 was altered or added", "place 4 does not follow the place before it"],
            "{change}"
        );
    }
}

#[tokio::test]
async fn an_altered_version_is_found() {
    for change in ["content = replace(content, 'Drift', 'Dwift')", "content = '{}'", "widget_id = 44"] {
        let (server, kept) = with_proofs(5).await;
        let version = server.proof(kept[0]).await["widgetVersion"].as_str().unwrap().to_owned();
        let is_guarded = server.url.starts_with("sqlite:");
        let guard =
            if is_guarded { "DROP TRIGGER widget_version_is_immutable; PRAGMA foreign_keys = OFF;" } else { "" };
        server.tamper(&format!("{guard} UPDATE widget_version SET {change} WHERE version_key = '{version}'")).await;
        let faults = server.faults().await;
        assert_eq!(faults.len(), 1, "{change}: {faults:?}");
        let told = format!("version {version}, which visitors were shown, was altered or is missing");
        assert!(faults[0].ends_with(&told), "{change}: {faults:?}");
    }
}

#[tokio::test]
async fn a_proof_from_before_versions_were_hashed_is_still_whole() {
    let (server, kept) = with_proofs(1).await;
    let mut old = server.ledger_entry().await;
    old.proof.widget_version_sha256 = None;
    old.proof.consent_id = clock::identifier(clock::now()).to_string();
    server.ledger.keep(old).await.unwrap();
    assert_eq!((server.count().await, server.faults().await), (2, Vec::new()));
    // And what was hashed is not taken away unnoticed.
    server.tamper(&format!("UPDATE proof SET version_sha256 = NULL WHERE consent_id = '{}'", kept[0])).await;
    assert_eq!(server.faults().await.len(), 2);
}

#[tokio::test]
async fn what_comes_at_once_for_several_widgets_has_its_place_in_each_ones_chain() {
    let (server, _) = with_proofs(1).await;
    let second = server.publish(&DEMO.replacen("id = 43", "id = 44", 1), TOKEN).await;
    let proof = server.ledger_entry().await;
    let many = (0..300).map(|index| {
        let (ledger, mut new) = (server.ledger.clone(), proof.clone());
        if index % 2 == 1 {
            new.proof.widget_id = 44;
            new.proof.widget_version = second.version_key.to_string();
            new.proof.widget_version_sha256 = Some(hex::encode(second.sha256));
        }
        new.proof.consent_id = clock::identifier(clock::now()).to_string();
        tokio::spawn(async move { ledger.keep(new).await })
    });
    for kept in many.collect::<Vec<_>>() {
        assert!(matches!(kept.await.unwrap().unwrap(), Stored::Kept { .. }));
    }
    let lengths = server.store.chains(None).await.unwrap();
    let lengths: Vec<_> = lengths.iter().map(|chain| (chain.id.widget, chain.head.number)).collect();
    assert_eq!(lengths, [(43, 151), (44, 150)]);
    assert_eq!(server.faults().await, [""; 0]);
}

#[tokio::test]
async fn a_missing_proof_is_found() {
    assert_eq!(after("DELETE FROM proof WHERE number = 3").await, ["place 3 is missing"]);
    assert_eq!(after("DELETE FROM proof WHERE number <= 2").await, ["places 1 to 2 are missing"]);
    assert_eq!(after("DELETE FROM proof WHERE number >= 4").await, ["places 4 to 5 are missing at its end"]);
    assert_eq!(after("DELETE FROM proof").await, ["places 1 to 5 are missing at its end"]);
    assert_eq!(after("DELETE FROM chain").await, ["5 proofs stand in chains that the database does not know"]);
}

#[tokio::test]
async fn an_added_or_moved_proof_is_found() {
    // The fifth in the place of the third.
    let faults = after("DELETE FROM proof WHERE number = 3; UPDATE proof SET number = 3 WHERE number = 5").await;
    assert_eq!(
        without_identifiers(&faults),
        [
            "place 3 does not follow the place before it",
            "place 3 was altered or added",
            "place 4 does not follow the place before it",
            "place 5 is missing at its end"
        ]
    );
    // One more at the end, with the seal of the third and a new identifier.
    let copied = "id, workspace_id, widget_id, version_key, session_id, date, date_expiration, type, type_device, \
                  consents, run, previous, salt, signature";
    let added = format!(
        "INSERT INTO proof (consent_id, number, {copied}) SELECT 'ffffffff-ffff-7fff-bfff-ffffffffffff', 6, {copied} \
         FROM proof WHERE consent_id = '{{third}}'; \
         UPDATE chain SET length = 6"
    );
    let faults = after(&added).await;
    let expected = ["place 6 does not follow the place before it", "place 6 was altered or added"];
    assert_eq!(without_identifiers(&faults)[..2], expected);
}

#[tokio::test]
async fn an_end_that_was_cut_off_is_found_with_what_was_said_of_it_before() {
    let (server, _) = with_proofs(5).await;
    let key = key::load_or_make(&server.folder.path().join("placet.key")).unwrap();
    let heads = Heads::now(&*server.store, None, &key).await.unwrap();
    let missing = async |heads: &Heads| {
        let mut faults = Vec::new();
        heads.compare(&*server.store, None, &mut |fault| faults.push(fault)).await.unwrap();
        faults
            .into_iter()
            .map(|fault| fault.rsplit_once(": ").map_or(fault.clone(), |f| f.1.to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(missing(&heads).await, [""; 0]);
    // What comes later takes nothing away.
    server.keep(&choice(&server.widget().await, &[])).await;
    assert_eq!(missing(&heads).await, [""; 0]);

    let mut forged = heads.clone();
    forged.heads[0].number = 4;
    assert_eq!(missing(&forged).await.len(), 2);

    // Cut off so well that the database agrees with itself.
    server
        .tamper(
            "UPDATE chain SET length = 3,
                              link = (SELECT previous FROM proof WHERE proof.run = chain.run AND number = 4);
             DELETE FROM proof WHERE number > 3",
        )
        .await;
    assert_eq!(server.faults().await, [""; 0]);
    assert_eq!(missing(&heads).await, ["place 5 is no longer there"]);
    server.tamper("DELETE FROM proof; DELETE FROM chain").await;
    assert_eq!(missing(&heads).await, ["it is no longer there"]);
}

#[tokio::test]
async fn a_proof_that_is_given_away_stands_on_its_own() {
    let (server, kept) = with_proofs(3).await;
    let key = key::load_or_make(&server.folder.path().join("placet.key")).unwrap().verifying_key().to_bytes();
    let proof: Proof = serde_json::from_value(server.proof(kept[1]).await).unwrap();
    assert_eq!(seal::check(&proof, &key), Ok(()));
    assert_eq!(proof.seal.as_ref().unwrap().number, 2);
    let mut altered = proof.clone();
    altered.consents.cookie_consents[2].consent ^= true;
    assert_eq!(seal::check(&altered, &key), Err(Fault::Signature));
}

#[tokio::test]
async fn an_erased_proof_leaves_its_place() {
    let (server, kept) = with_proofs(5).await;
    let entry = server.store.proof(kept[2]).await.unwrap().unwrap();
    let erased = std::slice::from_ref(&entry);
    assert_eq!(server.ledger.erase(erased, Reason::Erased).await.unwrap(), 1);
    assert_eq!(server.ledger.erase(erased, Reason::Erased).await.unwrap(), 0);
    assert_eq!(server.faults().await, [""; 0]);
    let answer =
        server.get(&format!("/v1/consents/{}", kept[2])).bearer_auth(crate::common::TOKEN).send().await.unwrap();
    assert_eq!(answer.status(), 410);
    let left = server.store.proof(kept[2]).await.unwrap().unwrap();
    assert_eq!(left.content().unwrap(), entry.content().unwrap());
    assert!(left.into_proof().is_none());

    // What nobody has signed for is found: another erasure, and another moment of this one.
    server.tamper("UPDATE proof SET erased_at = '2020-01-01T00:00:00.000Z' WHERE number = 3").await;
    let faults = server.faults().await;
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].ends_with("was erased, and nobody has signed for it"), "{faults:?}");
}

#[tokio::test]
async fn removed_places_are_signed_for() {
    let (server, kept) = with_proofs(5).await;
    let third = server.store.proof(kept[2]).await.unwrap().unwrap();
    server.ledger.remove(&third).await.unwrap();
    assert_eq!((server.count().await, server.faults().await), (2, Vec::new()));
    server.keep(&choice(&server.widget().await, &[])).await;
    assert_eq!(server.faults().await, [""; 0]);
    server.tamper("UPDATE chain SET removed = 4; DELETE FROM proof WHERE number = 4").await;
    assert_eq!(server.faults().await.len(), 2);
}

#[tokio::test]
async fn a_signature_of_another_key_does_not_count() {
    let (server, _) = with_proofs(2).await;
    let mut faults = 0;
    let other = [[7; 32]];
    let seen = placet_server::audit::audit(&*server.store, None, Some(&other), &mut |_| faults += 1).await.unwrap();
    assert_eq!((seen.proofs, seen.faults, faults), (2, 1, 1));
}
