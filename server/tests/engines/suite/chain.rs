//! Proofs in their chains: whatever is altered, removed, added or moved is found.

use std::{fmt::Write as _, sync::Arc};

use ed25519_dalek::SigningKey;
use placet_protocol::Proof;
use placet_server::{
    clock,
    heads::{Heads, SignedHead},
    key,
    ledger::{CheckedPlaces, Erased, Ledger},
    retention,
    seal::{self, Fault, Head, Reason},
    statement::{Found, Latest},
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
    let faults = after("DELETE FROM chain").await;
    assert_eq!(faults.len(), 6, "{faults:?}");
    assert_eq!(faults[0], "the chain is missing: its run has begun it in statement 1");
    assert!(faults[1..].iter().all(|fault| fault.contains("was added: it is in no chain")), "{faults:?}");
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
    // Anywhere beyond the chain's end; an audit ends there.
    for number in ["6", "9223372036854775807"] {
        let faults = after(&format!("UPDATE proof SET number = {number} WHERE number = 5")).await;
        assert_eq!(faults[0], "place 5 is missing at its end", "{number}: {faults:?}");
        assert!(faults[1].contains("was added: it is in no chain"), "{number}: {faults:?}");
        assert_eq!(faults.len(), 2, "{number}: {faults:?}");
    }
    // One more at the end, with the seal of the third and a new identifier.
    let copied = "id, workspace_id, widget_id, version_key, session_id, date, date_expiration, type, type_device, \
                  consents, run, statement_sha256, previous, salt, signature";
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
    let (heads, left_out) = Heads::now(&*server.store, None, &key).await.unwrap();
    assert_eq!(left_out, [""; 0]);
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
    let one = Erased { erased: 1, refused: 0 };
    assert_eq!(server.ledger.erase(erased, Reason::Erased).await.unwrap(), one);
    assert_eq!(server.ledger.erase(erased, Reason::Erased).await.unwrap(), Erased::default());
    assert_eq!(server.faults().await, [""; 0]);
    let answer =
        server.get(&format!("/v1/consents/{}", kept[2])).bearer_auth(crate::common::TOKEN).send().await.unwrap();
    assert_eq!(answer.status(), 410);
    let left = server.store.proof(kept[2]).await.unwrap().unwrap();
    assert_eq!(left.content().unwrap(), entry.content().unwrap());
    assert!(left.into_proof().is_none());

    // All that is left of it is signed for.
    for change in [
        "erased_at = '2020-01-01T00:00:00.000Z'",
        "date = '2020-01-01T00:00:00.000Z'",
        "date_expiration = '2020-01-01T00:00:00.000Z'",
        "erasure_reason = 2",
        "erasure_signature = signature",
    ] {
        let (column, _) = change.split_once(' ').unwrap();
        server.tamper(&format!("CREATE TABLE kept AS SELECT {column} AS it FROM proof WHERE number = 3")).await;
        server.tamper(&format!("UPDATE proof SET {change} WHERE number = 3")).await;
        let faults = server.faults().await;
        assert!(!faults.is_empty(), "{change}");
        assert!(faults[0].ends_with("was erased, and nobody has signed for it"), "{change}: {faults:?}");
        let restore = format!("UPDATE proof SET {column} = (SELECT it FROM kept) WHERE number = 3; DROP TABLE kept");
        server.tamper(&restore).await;
        assert_eq!(server.faults().await, [""; 0]);
    }

    // And nothing is written again where something was erased.
    for column in [
        "id",
        "version_key",
        "version_sha256",
        "session_id",
        "type",
        "type_device",
        "consents",
        "previous_consent_id",
        "user_id",
        "salt",
    ] {
        let of_another = format!("(SELECT {column} FROM proof WHERE number = 4)");
        let added = match column {
            "user_id" | "previous_consent_id" => format!("'{}'", kept[3]),
            _ => of_another,
        };
        server.tamper(&format!("UPDATE proof SET {column} = {added} WHERE number = 3")).await;
        let faults = server.faults().await;
        assert_eq!(faults.len(), 1, "{column}: {faults:?}");
        assert!(faults[0].ends_with("was erased, and yet has content: somebody added it"), "{column}: {faults:?}");
        server.tamper(&format!("UPDATE proof SET {column} = NULL WHERE number = 3")).await;
        assert_eq!(server.faults().await, [""; 0]);
    }
}

#[tokio::test]
async fn an_altered_proof_is_not_erased() {
    let (server, kept) = with_proofs(3).await;
    server.tamper(&format!("UPDATE proof SET user_id = 'u-2' WHERE consent_id = '{}'", kept[1])).await;
    let before = server.faults().await;
    let address = format!("{}/v1/consents/{}", server.address, kept[1]);
    let answer = server.client.delete(address).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(answer.status(), 409);
    assert!(answer.text().await.unwrap().contains("it is not what was signed, and was left as it is"));
    let address = format!("{}/v1/consents?userId=u-2", server.address);
    let answer = server.client.delete(address).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), r#"{"erased":0,"refused":1}"#);
    assert!(server.store.proof(kept[1]).await.unwrap().unwrap().proof().is_some());
    assert_eq!(server.faults().await, before);
}

#[tokio::test]
async fn removed_places_are_signed_for() {
    let (server, kept) = with_proofs(5).await;
    let third = server.store.proof(kept[2]).await.unwrap().unwrap();
    let last = Head { number: 3, link: third.place.link(&third.content().unwrap()) };
    let expired = clock::parse("2020-01-01T00:00:00Z").unwrap();
    let signed_by = [server.public_key()].into();
    let places = CheckedPlaces { chain: third.place.chain, after: 0, last, expired, signed_by };
    server.ledger.remove(places).await.unwrap();
    assert_eq!((server.count().await, server.faults().await), (2, Vec::new()));
    server.keep(&choice(&server.widget().await, &[])).await;
    assert_eq!(server.faults().await, [""; 0]);
    for change in [
        "removed_at = '2020-01-02T00:00:00.000Z'",
        "removed_expiration = '2019-01-01T00:00:00.000Z'",
        "removal_signature = (SELECT signature FROM proof WHERE number = 4)",
    ] {
        let (column, _) = change.split_once(' ').unwrap();
        server.tamper(&format!("CREATE TABLE kept AS SELECT {column} AS it FROM chain")).await;
        server.tamper(&format!("UPDATE chain SET {change}")).await;
        let faults = server.faults().await;
        assert_eq!(faults.len(), 1, "{change}: {faults:?}");
        assert!(
            faults[0].ends_with("places 1 to 3 are missing, and nobody has signed for their removal"),
            "{faults:?}"
        );
        server.tamper(&format!("UPDATE chain SET {column} = (SELECT it FROM kept); DROP TABLE kept")).await;
        assert_eq!(server.faults().await, [""; 0]);
    }
    server.tamper("UPDATE chain SET removed = 4; DELETE FROM proof WHERE number = 4").await;
    assert_eq!(server.faults().await.len(), 2);
}

/// A server with two widgets whose proofs have come in turn, and the chains' widgets in the order of the statements.
async fn with_two_widgets() -> Server {
    let (server, _) = with_proofs(2).await;
    server.publish(&DEMO.replacen("id = 43", "id = 44", 1), TOKEN).await;
    keep_for(&server, 44).await;
    server.keep(&choice(&server.widget().await, &[])).await;
    assert_eq!(server.faults().await, [""; 0]);
    server
}

async fn keep_for(server: &Server, widget: u32) {
    let version = server.store.version_in_force(widget).await.unwrap().unwrap();
    let mut new = server.ledger_entry().await;
    new.proof.widget_id = widget;
    new.proof.widget_version = version.version_key.to_string();
    new.proof.widget_version_sha256 = Some(hex::encode(version.sha256));
    new.proof.consent_id = clock::identifier(clock::now()).to_string();
    server.ledger.keep(new).await.unwrap();
}

#[tokio::test]
async fn a_missing_chain_is_found() {
    // With the whole of a widget, the one that began first or the one that began later, in the same run.
    for widget in [43, 44] {
        let server = with_two_widgets().await;
        let key = server.public_key();
        server.tamper(&format!("DELETE FROM proof WHERE widget_id = {widget}")).await;
        server.tamper(&format!("DELETE FROM chain WHERE widget_id = {widget}")).await;
        let faults = server.faults_with(Some(&[key])).await;
        assert_eq!(faults.len(), 1, "{faults:?}");
        let told = format!("the chain is missing: its run has begun it in statement {}", widget - 42);
        assert!(faults[0].starts_with(&format!("widget {widget}, ")) && faults[0].ends_with(&told), "{faults:?}");
        // A server that starts then signs nothing of it away.
        let server = server.restart().await;
        let other = if widget == 43 { 44 } else { 43 };
        let version = server.store.version_in_force(other).await.unwrap();
        assert!(version.is_some());
        server.keep(&choice(&server.widget().await, &[])).await;
        assert_eq!(server.faults_with(Some(&[key])).await.len(), 1);
    }
    // And with what was stated of it.
    let server = with_two_widgets().await;
    for table in ["proof", "chain"] {
        server.tamper(&format!("DELETE FROM {table} WHERE widget_id = 44")).await;
    }
    server.tamper("DELETE FROM run_statement WHERE number = 2").await;
    let faults = server.faults().await;
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].ends_with("is under a statement of its run that is missing"), "{faults:?}");
    server.tamper("DELETE FROM run_statement").await;
    let faults = server.faults().await;
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].ends_with("its run has not signed for having begun it"), "{faults:?}");
}

#[tokio::test]
async fn a_missing_run_is_found() {
    let (server, kept) = with_proofs(3).await;
    // A run without a proof leaves nothing.
    let server = server.restart().await.restart().await;
    assert_eq!(server.store.statements().await.unwrap().found.len(), 1);
    server.keep(&choice(&server.widget().await, &[])).await;
    let server = server.restart().await;
    server.keep(&choice(&server.widget().await, &[])).await;
    assert_eq!(server.faults().await, [""; 0]);
    let first = server.store.proof(kept[0]).await.unwrap().unwrap().place.chain.run;

    let cut =
        "UPDATE chain SET length = 2, link = (SELECT previous FROM proof WHERE proof.run = chain.run AND number = 3)
               WHERE run = '{first}'; DELETE FROM proof WHERE run = '{first}' AND number = 3";
    let gone = "DELETE FROM proof WHERE run = '{first}'; DELETE FROM chain WHERE run = '{first}'";
    let also_unstated = "DELETE FROM run_statement WHERE run = '{first}'";
    for (attack, expected) in [
        (cut, "place 3 is missing at its end; it ended with place 3 when run "),
        (gone, "the chain is missing: it had 3 places when run "),
        (also_unstated, ": statement 1, which run "),
    ] {
        server.tamper(&attack.replace("{first}", &first.to_string())).await;
        let faults = server.faults_with(Some(&[server.public_key()])).await;
        assert!(faults.iter().any(|fault| fault.contains(expected)), "{expected}: {faults:?}");
    }
}

#[tokio::test]
async fn runs_that_begin_at_once_hang_together() {
    let (server, _) = with_proofs(2).await;
    let key = key::load_or_make(&server.folder.path().join("placet.key")).unwrap();
    let template = server.ledger_entry().await;
    let mut ledgers = Vec::new();
    for _ in 0..4 {
        ledgers.push(Ledger::open(Arc::clone(&server.store), key.clone()).await.unwrap());
    }
    let keep = ledgers.iter().flat_map(|ledger| {
        (0..5).map(|_| {
            let (ledger, mut new) = (ledger.clone(), template.clone());
            new.proof.consent_id = clock::identifier(clock::now()).to_string();
            tokio::spawn(async move { ledger.keep(new).await.unwrap() })
        })
    });
    for kept in keep.collect::<Vec<_>>() {
        kept.await.unwrap();
    }
    for ledger in ledgers {
        ledger.close().await;
    }
    assert_eq!(server.store.chains(None).await.unwrap().len(), 5);
    assert_eq!((server.count().await, server.faults().await), (22, Vec::new()));
}

/// The columns of a proof but those that say which one it is.
const COPIED: &str = "id, workspace_id, version_key, session_id, date, date_expiration, type, type_device, consents, \
                      statement_sha256, previous, salt, signature";

#[tokio::test]
async fn what_an_intruder_inserts_is_never_signed_and_is_found() {
    let identifier = "0197a201-3d9f-7000-8000-000000000000";
    let insert = |run: &str, number: i64| {
        format!(
            "INSERT INTO proof (consent_id, widget_id, run, number, {COPIED})
             SELECT '{identifier}', widget_id, {run}, {number}, {COPIED} FROM proof WHERE number = 1"
        )
    };
    let fake = "'0197a201-3d9f-7000-8000-00000000000f'";
    let chain = format!(
        "INSERT INTO chain (widget_id, run, public_key, length, link)
         SELECT widget_id, {fake}, public_key, 1, link FROM chain"
    );
    let stated = format!(
        "INSERT INTO run_statement (run, number, public_key, statement, signature)
         SELECT {fake}, 1, public_key, replace(statement, run, {fake}), signature FROM run_statement"
    );
    for (attack, expected) in [
        (insert("run", 6), "was added"),
        (insert("run", 0), "was added"),
        (insert("run", -1), "was added"),
        (insert("run", 4_000_000_000), "was added"),
        (insert(fake, 1), "was added"),
        (chain.clone(), "its run has not signed for having begun it"),
        (format!("{chain}; {}", insert(fake, 1)), "was altered or added"),
        (stated.clone(), "statement 1 was altered or added"),
        (format!("{stated}; {chain}; {}", insert(fake, 1)), "statement 1 was altered or added"),
    ] {
        let (server, _) = with_proofs(3).await;
        let key = server.public_key();
        assert!(server.tamper(&attack).await > 0, "{attack}");
        let server = server.restart().await;
        server.keep(&choice(&server.widget().await, &[])).await;
        let everything_has_expired = clock::parse("9999-01-01T00:00:00Z").unwrap();
        let found = server.faults_with(Some(&[key])).await;
        assert!(found.iter().any(|fault| fault.contains(expected)), "{attack}: {found:?}");
        // Nor is it signed away.
        retention::purge(&*server.store, &server.ledger, everything_has_expired).await.unwrap();
        let found = server.faults_with(Some(&[key])).await;
        assert!(found.iter().any(|fault| fault.contains(expected)), "{attack}: {found:?}");
        let key = key::load_or_make(&server.folder.path().join("placet.key")).unwrap();
        let (heads, _) = Heads::now(&*server.store, None, &key).await.unwrap();
        assert!(heads.heads.iter().all(|head| head.chain.to_string() != fake.trim_matches('\'')), "{attack}");
    }
}

#[tokio::test]
async fn an_intruder_with_a_key_of_their_own_is_found_by_whoever_knows_the_servers() {
    let (server, _) = with_proofs(3).await;
    let trusted = [server.public_key()];
    assert_eq!(server.faults_with(Some(&trusted)).await, [""; 0]);
    // All that a server would write.
    let intruder = Ledger::open(Arc::clone(&server.store), SigningKey::from_bytes(&[7; 32])).await.unwrap();
    let found = server.faults_with(Some(&trusted)).await;
    assert!(found.len() == 1 && found[0].starts_with("the database knows the signing key "), "{found:?}");
    let mut new = server.ledger_entry().await;
    new.proof.consent_id = clock::identifier(clock::now()).to_string();
    intruder.keep(new).await.unwrap();
    intruder.close().await;
    let server = server.restart().await;
    server.keep(&choice(&server.widget().await, &[])).await;
    let found = server.faults_with(Some(&trusted)).await;
    let other = hex::encode(SigningKey::from_bytes(&[7; 32]).verifying_key().to_bytes());
    let told = format!(": signed by {other}, which is not trusted");
    assert!(found.len() == 1 && found[0].ends_with(&told), "{found:?}");
    // What the server then removes or erases for them does not become the server's own.
    let everything_has_expired = clock::parse("9999-01-01T00:00:00Z").unwrap();
    retention::purge(&*server.store, &server.ledger, everything_has_expired).await.unwrap();
    let found = server.faults_with(Some(&trusted)).await;
    assert!(found.iter().any(|fault| fault.contains("nobody has signed for their removal")), "{found:?}");
}

#[tokio::test]
async fn what_an_intruder_states_does_not_count_as_stated() {
    let (server, kept) = with_proofs(3).await;
    let (trusted, intruder) = ([server.public_key()], SigningKey::from_bytes(&[7; 32]));
    let chain = server.store.proof(kept[0]).await.unwrap().unwrap().place.chain;
    let far = SignedHead {
        widget_id: chain.widget,
        chain: chain.run,
        number: 1_000_000,
        link: [0; 32],
        public_key: trusted[0],
    };
    let public_key = intruder.verifying_key().to_bytes();
    let found = Found { statements: Vec::new(), heads: vec![far] };
    let statement = found.state(Uuid::now_v7(), public_key, Latest::NONE, Vec::new(), clock::now()).unwrap();
    let statement = statement.sign(&intruder).unwrap();
    let key = server.bytes(&public_key);
    server
        .tamper(&format!(
            "INSERT INTO signing_key (public_key, created_at) VALUES ({key}, '');
             INSERT INTO run_statement (run, number, public_key, statement, signature)
             VALUES ('{}', 1, {key}, '{}', {})",
            statement.run,
            statement.text,
            server.bytes(&statement.signature)
        ))
        .await;
    let server = server.restart().await;
    server.keep(&choice(&server.widget().await, &[])).await;
    server
        .tamper(&format!(
            "DELETE FROM run_statement WHERE run = '{}'; DELETE FROM signing_key WHERE created_at = '';
             UPDATE chain SET length = 2, link = (SELECT previous FROM proof WHERE run = '{run}' AND number = 3)
             WHERE run = '{run}';
             DELETE FROM proof WHERE run = '{run}' AND number = 3",
            statement.run,
            run = chain.run,
        ))
        .await;
    let found = server.faults_with(Some(&trusted)).await;
    assert!(found.iter().any(|fault| fault.contains("it ended with place 3 when run ")), "{found:?}");
}

#[tokio::test]
async fn a_chain_that_is_given_another_key_for_a_while_is_not_signed_away() {
    let (server, kept) = with_proofs(2).await;
    let (trusted, intruder) = ([server.public_key()], SigningKey::from_bytes(&[7; 32]));
    let other = server.bytes(&intruder.verifying_key().to_bytes());
    // Both proofs are signed anew, by the intruder's key.
    let mut sql = format!(
        "INSERT INTO signing_key (public_key, created_at) VALUES ({other}, ''); UPDATE chain SET public_key = {other};"
    );
    for consent_id in &kept {
        let entry = server.store.proof(*consent_id).await.unwrap().unwrap();
        let link = entry.place.link(&entry.content().unwrap());
        let signature = server.bytes(&seal::sign(&intruder, &link));
        write!(sql, "UPDATE proof SET signature = {signature} WHERE consent_id = '{consent_id}';").unwrap();
    }
    server.tamper(&sql).await;
    let first = server.store.proof(kept[0]).await.unwrap().unwrap();
    server.ledger.erase(&[first], Reason::Erased).await.unwrap();
    let restore = format!("UPDATE chain SET public_key = {}", server.bytes(&trusted[0]));
    server.tamper(&restore).await;
    let found = server.faults_with(Some(&trusted)).await;
    assert!(found.iter().any(|fault| fault.contains("was erased, and nobody has signed for it")), "{found:?}");
    server.tamper(&format!("UPDATE chain SET public_key = {other}")).await;
    let everything_has_expired = clock::parse("9999-01-01T00:00:00Z").unwrap();
    retention::purge(&*server.store, &server.ledger, everything_has_expired).await.unwrap();
    server.tamper(&format!("{restore}; DELETE FROM signing_key WHERE created_at = ''")).await;
    let found = server.faults_with(Some(&trusted)).await;
    assert!(found.iter().any(|fault| fault.contains("nobody has signed for their removal")), "{found:?}");
}

#[tokio::test]
async fn a_signature_of_another_key_does_not_count() {
    let (server, _) = with_proofs(2).await;
    let mut faults = 0;
    let other = [[7; 32]];
    let seen = placet_server::audit::audit(&*server.store, None, Some(&other), &mut |_| faults += 1).await.unwrap();
    assert_eq!((seen.proofs, seen.faults, faults), (2, 1, 1));
}
