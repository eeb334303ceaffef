//! The commands about what was stored, as a person runs them beside a server.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::fs;

use common::{
    Server, TOKEN, choice,
    program::{Outcome, Serving, run},
};
use placet_server::clock;
use serde_json::{Value, json};
use uuid::Uuid;

/// Runs a command in the folder of a server, whose database and key are where they are looked for.
fn beside(server: &Server, words: &[&str]) -> Outcome {
    run(server.folder.path(), words)
}

/// What a command told that did what it should.
fn told(server: &Server, words: &[&str]) -> String {
    let outcome = beside(server, words);
    assert_eq!((outcome.code, outcome.complained.as_str()), (0, ""), "{words:?}");
    outcome.told
}

/// A server with three proofs, the first two of one visitor.
async fn with_proofs() -> (Server, [Uuid; 3]) {
    let server = Server::start().await;
    let widget = server.widget().await;
    let (mut mine, other) = (choice(&widget, &["drift"]), choice(&widget, &[]));
    mine["userId"] = json!("customer-1815");
    let kept = [server.keep(&mine).await, server.keep(&mine).await, server.keep(&other).await];
    (server, kept)
}

#[tokio::test]
async fn what_was_counted_is_told_in_columns_or_as_csv() {
    let (server, _) = with_proofs().await;
    let today = clock::day(clock::now()).to_string();
    let table = told(&server, &["statistics"]);
    let cells = |line: &str| {
        line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let lines: Vec<_> = table.lines().map(cells).collect();
    assert_eq!(
        lines[0],
        ["WIDGET", "DAY", "SHOWN", "ALL", "NONE", "SOME", "PREFERENCE", "ANALYTICAL", "MARKETING", "OTHER"]
    );
    assert_eq!(lines[1], ["43", today.as_str(), "0", "0", "1", "2", "0 of 3", "0 of 3", "0 of 3", "0 of 0"]);
    assert_eq!(lines[2], ["total", "0", "0", "1", "2", "0 of 3", "0 of 3", "0 of 3", "0 of 0"]);
    let csv = told(&server, &["statistics", "--widget", "43", "--format", "csv"]);
    assert_eq!(csv.replace('"', "").lines().nth(1), Some(format!("43,{today},0,0,1,2,0,3,0,3,0,3,0,0").as_str()));
    let none = told(&server, &["statistics", "--from", "2026-01-01", "--to", "2026-01-02"]);
    assert_eq!(none, "Nothing was counted from 2026-01-01 on and before 2026-01-02.\n");
    let unknown = beside(&server, &["statistics", "--widget", "44"]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.complained.starts_with("there is no widget 44; "), "{}", unknown.complained);
}

#[tokio::test]
async fn proofs_are_exported_by_what_is_known_of_them() {
    let (server, [first, second, other]) = with_proofs().await;
    let exported = |words: &[&str]| {
        let text = told(&server, &[&["proof", "export"], words].concat());
        let proofs: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        proofs.iter().map(|proof| proof["consentId"].as_str().unwrap().parse().unwrap()).collect::<Vec<Uuid>>()
    };
    assert_eq!(exported(&[]), [first, second, other]);
    assert_eq!(exported(&["--user-id", "customer-1815"]), [first, second]);
    assert_eq!(exported(&["--service", "drift", "--choice", "refused"]), [other]);
    assert_eq!(exported(&["--widget", "44"]), Vec::<Uuid>::new());
    assert_eq!(exported(&["--from", "2020-01-01", "--to", "2020-12-31"]), Vec::<Uuid>::new());

    let csv = told(&server, &["proof", "export", "--choice", "refused", "--service", "drift", "--format", "csv"]);
    let lines: Vec<_> = csv.split_terminator("\r\n").collect();
    assert!(lines[0].starts_with("\"consentId\",\"id\",\"date\","), "{csv}");
    assert!(lines[1].starts_with(&format!("\"{other}\",")) && lines.len() == 2, "{csv}");

    let wrong = beside(&server, &["proof", "export", "--from", "yesterday"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.complained.contains("this is no date"), "{}", wrong.complained);
}

#[tokio::test]
async fn proofs_are_listed_a_line_each() {
    let (server, [first, ..]) = with_proofs().await;
    let list = told(&server, &["proof", "list", "--service", "drift", "--choice", "granted"]);
    let lines: Vec<_> = list.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].contains(&format!("  {first}        43  session drift")), "{list}");
}

#[tokio::test]
async fn a_proof_or_all_of_a_visitor_is_erased() {
    let (server, [first, second, other]) = with_proofs().await;
    let status = async |consent_id: Uuid| {
        let request = server.get(&format!("/v1/consents/{consent_id}")).bearer_auth(TOKEN);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(told(&server, &["proof", "erase", &first.to_string()]), "1 proof was erased.\n");
    assert_eq!(told(&server, &["proof", "erase", &first.to_string()]), "There was nothing left to erase.\n");
    assert_eq!((status(first).await, status(second).await), (410, 200));
    server
        .keep(&{
            let mut body = choice(&server.widget().await, &[]);
            body["userId"] = json!("customer-1815");
            body
        })
        .await;
    assert_eq!(told(&server, &["proof", "erase", "--user-id", "customer-1815"]), "2 proofs were erased.\n");
    assert_eq!((status(second).await, status(other).await), (410, 200));

    let shown = beside(&server, &["proof", "show", &first.to_string()]);
    assert_eq!(shown.code, 1);
    assert!(shown.complained.starts_with(&format!("proof {first} was erased at 20")), "{}", shown.complained);
    let nobodys = beside(&server, &["proof", "erase", "8a5e89c4-2243-4598-97c5-ba3cfb35a138"]);
    assert!(nobodys.complained.starts_with("there is no proof 8a5e89c4-"), "{}", nobodys.complained);
    // Whose it is has to be said, and only once.
    assert_eq!(beside(&server, &["proof", "erase"]).code, 2);
    assert_eq!(beside(&server, &["proof", "erase", &other.to_string(), "--user-id", "customer-1815"]).code, 2);
    assert_eq!(status(other).await, 200);
    let verified = told(&server, &["proof", "verify"]);
    assert!(verified.starts_with("1 proofs, 3 erased, 0 removed"), "{verified}");
}

#[tokio::test]
async fn what_an_intruder_wrote_is_shown_as_such_and_says_nothing_to_the_terminal() {
    let (server, [first, ..]) = with_proofs().await;
    // It would hide the faults above it, and add a line of its own.
    let columns = "workspace_id, widget_id, version_key, version_sha256, session_id, date, date_expiration, type, \
                   type_device, statement_sha256, previous, salt, signature, id, consents";
    let lie = "'x' || char(27) || '[2J' || char(10) || 'Nothing is missing, altered or added.' || char(0x9b, 0x202e)";
    let added = format!(
        "INSERT INTO proof (consent_id, run, number, {columns}) SELECT {lie}, {lie}, 9, {columns} FROM proof LIMIT 1"
    );
    server.tamper(&added).await;
    server.tamper(&format!("UPDATE proof SET user_id = 'customer-1816' WHERE consent_id = '{first}'")).await;
    let harmless = |text: &str| text.chars().all(|char| char == '\n' || !(char.is_control() || char == '\u{202e}'));
    let verified = beside(&server, &["proof", "verify"]);
    assert_eq!(verified.code, 1);
    assert!(harmless(&verified.told) && !verified.told.contains("\nNothing"), "{:?}", verified.told);
    assert!(verified.told.contains("was added: it is in no chain"), "{}", verified.told);
    for words in [&["proof", "list"][..], &["proof", "erase", "--user-id", "customer-1816"], &["audit", "list"]] {
        let outcome = beside(&server, words);
        assert!(harmless(&outcome.told) && harmless(&outcome.complained), "{words:?}: {outcome:?}");
    }
    let shown = beside(&server, &["proof", "show", &first.to_string()]);
    assert_eq!(shown.code, 1);
    assert!(shown.told.contains("customer-1816"), "{}", shown.told);
    assert_eq!(shown.complained, "1 fault was found: what is told above can be doubted\n");
}

#[tokio::test]
async fn a_database_is_verified_with_the_key_that_was_kept() {
    let (server, [first, ..]) = with_proofs().await;
    let (folder, path) = (server.folder.path(), |name: &str| server.folder.path().join(name));
    let key = told(&server, &["proof", "key"]);
    assert!(key.starts_with("-----BEGIN PUBLIC KEY-----\n"), "{key}");
    fs::write(path("placet.pub"), &key).unwrap();
    for words in [&["proof", "verify"][..], &["proof", "verify", "--key", "placet.pub", "--widget", "43"]] {
        let verified = told(&server, words);
        assert!(verified.starts_with("3 proofs, 0 erased, 0 removed"), "{verified}");
        assert!(verified.ends_with("Nothing is missing, altered or added.\n"), "{verified}");
    }
    // Another server's key.
    fs::create_dir(path("elsewhere")).unwrap();
    fs::write(path("other.pub"), run(&path("elsewhere"), &["proof", "key"]).told).unwrap();
    let other = beside(&server, &["proof", "verify", "--key", "other.pub"]);
    assert_eq!(other.code, 1);
    assert!(other.told.contains("which is not trusted"), "{}", other.told);
    assert_eq!(other.complained, "1 fault was found: what is told above can be doubted\n");
    // With both keys it is.
    told(&server, &["proof", "verify", "--key", "other.pub", "--key", "placet.pub"]);
    fs::write(path("no.pub"), "no key").unwrap();
    let none = run(folder, &["proof", "verify", "--key", "no.pub"]);
    assert_eq!(none.complained, "no.pub holds no public key as `placet-server proof key` prints it\n");

    server.tamper(&format!("UPDATE proof SET user_id = 'nobody' WHERE consent_id = '{first}'")).await;
    let altered = beside(&server, &["proof", "verify", "--key", "placet.pub"]);
    assert_eq!(altered.code, 1);
    assert!(altered.told.contains(&format!("place 1 ({first}) was altered or added")), "{}", altered.told);
}

#[tokio::test]
async fn proofs_that_were_handed_over_are_verified_without_a_database() {
    let (server, [first, ..]) = with_proofs().await;
    let exported = told(&server, &["proof", "export"]);
    let shown = told(&server, &["proof", "show", &first.to_string()]);
    let key = told(&server, &["proof", "key"]);
    let elsewhere = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(elsewhere.path().join(name), text).unwrap();
    let verify = |file: &str, key: &[&str]| run(elsewhere.path(), &[&["proof", "verify", file], key].concat());
    let with_key = &["--key", "placet.pub"][..];
    write("placet.pub", &key);
    write("proofs.ndjson", &exported);
    write("proof.json", &shown);
    assert_eq!(verify("proofs.ndjson", with_key).told, "3 proofs are what was signed.\n");
    assert_eq!(verify("proof.json", with_key).told, "The proof is what was signed.\n");
    assert!(!elsewhere.path().join("placet.db").exists());

    write("altered.ndjson", &exported.replacen("\"consent\":true", "\"consent\":false", 2));
    let altered = verify("altered.ndjson", with_key);
    assert_eq!(altered.code, 1);
    assert!(altered.told.starts_with(&format!("✗ {first}: it is not what this key has signed")), "{}", altered.told);
    assert_eq!(altered.told.lines().count(), 1);
    assert!(verify("proof.json", &[]).complained.starts_with("which key must have signed? "));
    // What nobody has signed is not passed over.
    for (written, other) in [
        ("\"salt\"", "\"verified\": true, \"salt\""),
        ("\"id\"", "\"withdrawnAt\": null, \"id\""),
        ("\"lang\"", "\"note\": \"\", \"lang\""),
        ("\"tenantId\"", "\"expires\": 0, \"tenantId\""),
    ] {
        write("more.json", &shown.replacen(written, other, 1));
        let more = verify("more.json", with_key);
        assert_eq!(more.code, 1, "{other}");
        let name = other.split('"').nth(1).unwrap();
        assert!(more.complained.contains(&format!("{name}`")), "{other}: {}", more.complained);
    }
    let public_key = serde_json::from_str::<Value>(&shown).unwrap()["seal"]["publicKey"].as_str().unwrap().to_owned();
    for (written, other) in [(public_key.clone(), "0".repeat(64)), (public_key.clone(), public_key.to_uppercase())] {
        write("key.json", &shown.replacen(&written, &other, 1));
        assert_eq!(verify("key.json", with_key).code, 1, "{other}");
    }
    write("garbage.json", &format!("{shown}garbage"));
    assert_eq!(verify("garbage.json", with_key).code, 1);
    write("empty.json", "");
    assert_eq!(
        verify("empty.json", with_key).complained,
        "empty.json holds no proof as `placet-server proof show` prints it (it is empty)\n"
    );
    assert!(verify("nowhere.json", with_key).complained.starts_with("nowhere.json cannot be read ("));
}

#[tokio::test]
async fn an_end_that_was_cut_off_is_found_with_the_heads_that_were_kept() {
    let (server, _) = with_proofs().await;
    let heads = told(&server, &["proof", "head"]);
    let stated: Value = serde_json::from_str(&heads).unwrap();
    assert_eq!((&stated["heads"][0]["widgetId"], &stated["heads"][0]["number"]), (&json!(43), &json!(3)));
    let path = |name: &str| server.folder.path().join(name);
    fs::write(path("heads.json"), &heads).unwrap();
    server.keep(&choice(&server.widget().await, &[])).await;
    let verify = || beside(&server, &["proof", "verify", "--heads", "heads.json"]);
    assert_eq!(verify().code, 0);
    server
        .tamper(
            "UPDATE chain SET length = 2,
                              link = (SELECT previous FROM proof WHERE proof.run = chain.run AND number = 3);
             DELETE FROM proof WHERE number > 2",
        )
        .await;
    assert_eq!(beside(&server, &["proof", "verify"]).code, 0);
    let cut = verify();
    assert_eq!(cut.code, 1);
    assert!(cut.told.contains("place 3 is no longer there"), "{}", cut.told);

    fs::write(path("heads.json"), heads.replacen("\"number\": 3", "\"number\": 2", 1)).unwrap();
    assert!(verify().told.contains("is not signed by a key that is trusted"));
    fs::write(path("heads.json"), "{}").unwrap();
    assert!(verify().complained.starts_with("heads.json is no statement as `placet-server proof head` prints it ("));
    assert_eq!(
        serde_json::from_str::<Value>(&told(&server, &["proof", "head", "--widget", "44"])).unwrap()["heads"],
        json!([])
    );
}

/// Checks a proof by a program that has nothing of Placet's but its documentation.
fn verify_independently(folder: &std::path::Path, proof: &str) -> (bool, String) {
    let program = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/verify.mjs");
    let mut command = std::process::Command::new("node");
    let output = command.current_dir(folder).arg(program).args([proof, "placet.pub"]).output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(told).unwrap())
}

#[tokio::test]
async fn a_verifier_that_knows_the_documentation_only_agrees() {
    let (server, [first, _, other]) = with_proofs().await;
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("placet.pub", &told(&server, &["proof", "key"]));
    let exported = told(&server, &["proof", "export"]);
    for line in exported.lines() {
        write("proof.json", line);
        assert_eq!(
            verify_independently(folder.path(), "proof.json"),
            (true, "The proof is what was signed.\n".to_owned())
        );
    }
    let shown = told(&server, &["proof", "show", &first.to_string()]);
    write("proof.json", &shown);
    assert!(verify_independently(folder.path(), "proof.json").0);
    let value: Value = serde_json::from_str(&shown).unwrap();
    let text = |pointer: &str| value.pointer(pointer).unwrap().as_str().unwrap();
    // Both refuse the same.
    for (written, changed) in [
        ("\"consent\": true", "\"consent\": false".to_owned()),
        (text("/date"), text("/date").replacen('2', "3", 1)),
        (text("/dateExpiration"), "2099-01-01T00:00:00.000Z".to_owned()),
        (text("/userId"), "somebody-else".to_owned()),
        (text("/consentId"), other.to_string()),
        (text("/seal/chain"), text("/consentId").to_owned()),
        (text("/seal/statement"), "0".repeat(64)),
        (text("/seal/previous"), "1".repeat(64)),
        (text("/seal/salt"), "2".repeat(64)),
        (text("/seal/signature"), "3".repeat(128)),
        (text("/seal/publicKey"), "0".repeat(64)),
        ("\"number\": 1", "\"number\": 2".to_owned()),
        ("\"number\": 1", "\"number\": 1, \"verified\": true".to_owned()),
        // Members that every object of JavaScript has.
        ("\"number\": 1", "\"number\": 1, \"constructor\": \"verified\"".to_owned()),
        ("\"number\": 1", "\"number\": 1, \"toString\": \"verified\"".to_owned()),
        ("\"number\": 1", "\"number\": 1, \"__proto__\": {\"verified\": true}".to_owned()),
        ("\"number\": 1", "\"number\": 1, \"number?\": 1".to_owned()),
        ("\"number\": 1", "\"number\": 1, \"n\\u0075mber\": 1".to_owned()),
        ("\"number\": 1", "\"number\": 10e-1".to_owned()),
        ("\"tenantId\": 0", "\"tenantId\": -0".to_owned()),
        ("{", "\u{feff}{".to_owned()),
        ("\"number\": 1", "\"number\": 2, \"number\": 1".to_owned()),
        ("\"widgetId\": 43", "\"widgetId\": 43.0".to_owned()),
        ("\"type\": 2", "\"type\": 2, \"withdrawnAt\": null".to_owned()),
    ] {
        let altered = shown.replacen(written, &changed, 1);
        assert_ne!(altered, shown, "{written}");
        write("altered.json", &altered);
        let (is_good, told) = verify_independently(folder.path(), "altered.json");
        assert!(!is_good, "{written} -> {changed}: {told}");
        let ours = run(folder.path(), &["proof", "verify", "altered.json", "--key", "placet.pub"]);
        assert_eq!(ours.code, 1, "{written} -> {changed}");
    }
}

/// Waits until something holds, for a while.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..3000 {
        if holds() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{what}");
}

#[tokio::test]
async fn a_server_that_starts_removes_nothing_whose_expiry_was_altered() {
    let (server, kept) = with_proofs().await;
    server.tamper("UPDATE proof SET date_expiration = '2020-01-01T00:00:00.000Z'").await;
    let (folder, url) = server.end().await;
    let serving = Serving::start(folder.path(), &["--keep-expired", "1"], &[]);
    let told = "were not removed from there on: place 1 (";
    until(&serving.log(), || serving.log().contains(told)).await;
    for consent_id in kept {
        let told = format!("proof {consent_id} (widget 43, chain ");
        until(&serving.log(), || serving.log().contains(&told)).await;
    }
    drop(serving);
    let server = Server::start_in(folder, url).await;
    assert_eq!(server.count().await, 3);
    fs::write(server.folder.path().join("placet.pub"), told_key(&server)).unwrap();
    let verified = beside(&server, &["proof", "verify", "--key", "placet.pub"]);
    assert_eq!(verified.code, 1);
    for consent_id in kept {
        assert!(verified.told.contains(&format!("({consent_id}) was altered or added")), "{}", verified.told);
    }
}

fn told_key(server: &Server) -> String {
    told(server, &["proof", "key"])
}

/// The database's files that have a text in them.
fn files_with(folder: &std::path::Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        let is_there = |content: Vec<u8>| content.windows(text.len()).any(|part| part == text.as_bytes());
        if name.contains(".db") && is_there(fs::read(file.path()).unwrap_or_default()) {
            found.push(name);
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn what_was_erased_is_in_none_of_the_databases_files() {
    let server = Server::start().await;
    let folder = server.folder.path().to_owned();
    let mut body = choice(&server.widget().await, &["drift"]);
    // In the order of no index.
    let name = |index: u32| format!("visitor-{:08x}", index.wrapping_mul(2_654_435_761));
    let mut kept = Vec::new();
    for index in 0..200 {
        body["userId"] = json!(name(index));
        kept.push(server.keep(&body).await);
    }
    for index in [3, 77, 150] {
        assert!(!files_with(&folder, &name(index)).is_empty());
    }
    let gone = async |index: u32| {
        let left = || files_with(&folder, &name(index));
        until(&format!("{} is in {:?}", name(index), left()), || left().is_empty()).await;
    };
    let erase = |path: String| server.client.delete(format!("{}{path}", server.address)).bearer_auth(TOKEN).send();
    assert_eq!(erase(format!("/v1/consents?userId={}", name(3))).await.unwrap().status(), 200);
    gone(3).await;
    assert_eq!(erase(format!("/v1/consents/{}", kept[77])).await.unwrap().status(), 204);
    gone(77).await;
    assert_eq!(told(&server, &["proof", "erase", "--user-id", &name(150)]), "1 proof was erased.\n");
    gone(150).await;
    told(&server, &["database", "backup", "copy.db"]);
    for index in [3, 77, 150] {
        gone(index).await;
    }
    assert!(files_with(&folder, &name(4)).contains(&"copy.db".to_owned()));

    // While somebody reads for long, as a backup does, proofs are stored all the same; then it is gone.
    let mut reader = <sqlx::SqliteConnection as sqlx::Connection>::connect(&server.url).await.unwrap();
    sqlx::Executor::execute(&mut reader, "BEGIN; SELECT count(*) FROM proof").await.unwrap();
    assert_eq!(erase(format!("/v1/consents/{}", kept[90])).await.unwrap().status(), 204);
    body["userId"] = json!("visitor-after");
    server.keep(&body).await;
    sqlx::Connection::close(reader).await.unwrap();
    fs::remove_file(folder.join("copy.db")).unwrap();
    gone(90).await;

    // What has expired, too.
    let all = clock::parse("9999-01-01T00:00:00Z").unwrap();
    placet_server::retention::purge(&*server.store, &server.ledger, all).await.unwrap();
    for index in 0..200 {
        gone(index).await;
    }
    assert_eq!(server.faults().await, [""; 0]);
}
