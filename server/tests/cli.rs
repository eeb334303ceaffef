//! The commands, as a person runs them.

#![allow(clippy::unwrap_used)]

mod common;

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use common::program::{self, Outcome, command};
use tempfile::TempDir;

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../widgets/demo.toml");
const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../widgets/widget.schema.json");

fn run(folder: &TempDir, words: &[&str]) -> Outcome {
    program::run(folder.path(), words)
}

fn demo(folder: &TempDir, change: impl FnOnce(String) -> String) -> String {
    let path = folder.path().join("widget.toml");
    fs::write(&path, change(fs::read_to_string(DEMO).unwrap())).unwrap();
    "widget.toml".to_owned()
}

#[test]
fn a_widget_is_published_once_and_its_token_told_once() {
    let folder = TempDir::new().unwrap();
    let first = run(&folder, &["widget", "apply", DEMO]);
    assert_eq!((first.code, first.complained.as_str()), (0, ""));
    assert!(first.told.starts_with("Published widget 43 (Demo shop), version "), "{}", first.told);
    assert!(first.told.contains("Its admin token, which opens its proofs: placet_"), "{}", first.told);
    assert!(folder.path().join("placet.db").exists());

    let again = run(&folder, &["widget", "apply", DEMO]);
    assert!(again.told.starts_with("Widget 43 (Demo shop) is unchanged, version "), "{}", again.told);
    assert!(!again.told.contains("placet_"));
}

#[test]
fn a_token_that_was_chosen_is_not_told() {
    let folder = TempDir::new().unwrap();
    let outcome = run(&folder, &["widget", "apply", DEMO, "--admin-token", "chosen-by-hand-0123456789"]);
    assert!(outcome.told.contains("its admin token is the one that you set"), "{}", outcome.told);
    assert!(!outcome.told.contains("chosen-by-hand"));
}

#[test]
fn a_change_says_whether_visitors_are_asked_again() {
    let folder = TempDir::new().unwrap();
    run(&folder, &["widget", "apply", DEMO]);
    let file = demo(&folder, |text| text.replace("Demo shop", "Shop"));
    let outcome = run(&folder, &["widget", "apply", &file]);
    assert!(outcome.told.contains("choices that were made stand"), "{}", outcome.told);
    let file = demo(&folder, |text| text.replace("purpose = \"Preference\"", "purpose = \"Other\""));
    let outcome = run(&folder, &["widget", "apply", &file]);
    assert!(outcome.told.contains("visitors who have decided are asked again"), "{}", outcome.told);
}

#[test]
fn visitors_are_asked_again_if_the_owner_wants_it() {
    let folder = tempfile::tempdir().unwrap();
    run(&folder, &["widget", "apply", DEMO]);
    let again = run(&folder, &["widget", "apply", "--reask", DEMO]);
    assert_eq!(again.code, 0);
    assert!(again.told.contains("are asked again, as you wish"), "{}", again.told);
    assert!(run(&folder, &["widget", "apply", DEMO]).told.contains("is unchanged"));
}

#[test]
fn every_fault_of_a_file_is_named_with_its_place_and_nothing_is_applied() {
    let folder = TempDir::new().unwrap();
    let file = demo(&folder, |text| {
        text.replace("name = \"Demo shop\"", "nam = \"Demo shop\"")
            .replace("http://127.0.0.1:8787", "https://shop.example.com:*")
            .replace("days = 180\n\n[signals]", "days = 365\n\n[signals]")
            .replace("purpose = \"Preference\"", "purpose = \"Comfort\"")
            .replace("slug = \"drift\"", "slug = \"analytics\"")
            .replace("ad_user_data", "ad_data")
    });
    let outcome = run(&folder, &["widget", "apply", &file]);
    assert_eq!((outcome.code, outcome.told.as_str()), (1, ""));
    let faults: Vec<_> = outcome.complained.lines().collect();
    let line = |words: &str| {
        let text = fs::read_to_string(folder.path().join("widget.toml")).unwrap();
        text.lines().position(|line| line.contains(words)).unwrap() + 1
    };
    let expected = [
        (line("nam = "), 1, "nam: "),
        (line("shop.example.com"), 34, "origins[1]: `*` is a port for loopback hosts only"),
        (line("days = 365"), 8, "cookie.days: "),
        (line("Comfort"), 11, "services[1].purpose: this must be one of: Necessary, "),
        (line("name = \"Drift\"") - 1, 8, "services[3].slug: `services[2]` has this slug already"),
        (line("ad_data"), 31, "services[4].consent-mode[1]: this must be one of: ad_storage, "),
    ];
    for (line, column, words) in expected {
        let start = format!("widget.toml:{line}:{column}: {words}");
        assert!(faults.iter().any(|fault| fault.starts_with(&start)), "{start}\nin\n{}", outcome.complained);
    }
    assert!(faults.iter().any(|fault| fault.contains(": name: this is missing; add `name = …`")));
    assert_eq!(faults.len(), expected.len() + 2, "{}", outcome.complained);
    assert_eq!(*faults.last().unwrap(), "widget.toml was not applied: it has 7 faults.");
    assert!(run(&folder, &["widget", "list"]).told.contains("There are no widgets yet"));
}

#[test]
fn names_of_another_workspace_are_taken() {
    let folder = TempDir::new().unwrap();
    run(&folder, &["widget", "apply", DEMO]);
    let file = demo(&folder, |text| text.replace("workspace = 19", "workspace = 20"));
    let outcome = run(&folder, &["widget", "apply", &file]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.complained.contains(": id: widget 43 belongs to workspace 19"), "{}", outcome.complained);
    assert!(outcome.complained.contains(": keys[0]: workspace 19 uses this key already"), "{}", outcome.complained);
}

#[test]
fn an_exported_widget_is_the_same_widget() {
    let folder = TempDir::new().unwrap();
    run(&folder, &["widget", "apply", DEMO]);
    let exported = run(&folder, &["widget", "export", "43"]).told;
    fs::write(folder.path().join("exported.toml"), &exported).unwrap();
    let outcome = run(&folder, &["widget", "apply", "exported.toml"]);
    assert!(outcome.told.contains("is unchanged"), "{}{}", outcome.told, outcome.complained);

    let version = outcome.told.trim_end_matches(['.', '\n']).rsplit(' ').next().unwrap().to_owned();
    let file = demo(&folder, |text| text.replace("Demo shop", "Shop"));
    run(&folder, &["widget", "apply", &file]);
    assert_eq!(run(&folder, &["widget", "export", "43", "--version", &version]).told, exported);
    assert!(run(&folder, &["widget", "export", "43"]).told.contains("name = \"Shop\""));
}

#[test]
fn widgets_are_listed_and_shown() {
    let folder = TempDir::new().unwrap();
    run(&folder, &["widget", "apply", DEMO]);
    let list = run(&folder, &["widget", "list"]).told;
    assert!(list.lines().nth(1).unwrap().starts_with("43      19         Demo shop  en, fr, nl  5  "), "{list}");
    let shown = run(&folder, &["widget", "show", "43"]).told;
    for words in ["Demo shop", "pk_demo", "http://localhost:*", "google-ads", "in force"] {
        assert!(shown.contains(words), "{words} in {shown}");
    }
}

#[test]
fn what_does_not_exist_is_said_in_a_sentence() {
    let folder = TempDir::new().unwrap();
    let nobody = "8a5e89c4-2243-4598-97c5-ba3cfb35a138";
    for (words, sentence) in [
        (&["widget", "show", "43"][..], "there is no widget 43; `placet-server widget list` lists them\n"),
        (&["widget", "export", "43"], "there is no widget 43; `placet-server widget list` lists them\n"),
        (&["widget", "apply", "nothing.toml"], "nothing.toml cannot be read ("),
        (&["proof", "show", nobody], "there is no proof 8a5e89c4-2243-4598-97c5-ba3cfb35a138; "),
        (
            &["serve", "--database-url", "postgres://me:secret@localhost:1/placet"],
            "the database postgres://me:***@localhost:1/placet cannot be reached (",
        ),
        (&["serve", "--database-url", "mysql://localhost/placet"], "`mysql://localhost/placet` is no database"),
        (&["serve", "--database-url", "sqlite::memory:"], "a database in memory forgets its proofs"),
        (&["serve", "--database-url", "sqlite:///proc/placet.db"], "the database /proc/placet.db cannot be opened ("),
        (&["serve", "--site", "nowhere"], "nowhere is no folder; "),
        (&["serve", "--log", "a=b=c"], "`a=b=c` is no log filter ("),
    ] {
        let outcome = run(&folder, words);
        assert_eq!(outcome.code, 1, "{words:?}");
        assert!(outcome.complained.starts_with(sentence), "{words:?}: {}", outcome.complained);
        assert_eq!(outcome.complained.lines().count(), 1, "{words:?}: {}", outcome.complained);
    }
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let folder = TempDir::new().unwrap();
    fs::write(
        folder.path().join("placet.db"),
        "Something else altogether, and longer than a header of SQLite is.".repeat(20),
    )
    .unwrap();
    let outcome = run(&folder, &["widget", "list"]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.complained.contains("placet.db cannot be"), "{}", outcome.complained);
}

#[test]
fn wrong_words_are_answered_with_the_usage() {
    let folder = TempDir::new().unwrap();
    for words in [&["nonsense"][..], &["widget", "show", "x"], &["proof", "show", "x"], &[]] {
        let outcome = run(&folder, words);
        assert_eq!(outcome.code, 2, "{words:?}");
        assert!(
            outcome.complained.contains("Usage:") || outcome.complained.contains("--help"),
            "{}",
            outcome.complained
        );
    }
}

#[test]
fn the_help_says_what_a_person_needs() {
    let folder = TempDir::new().unwrap();
    let help = run(&folder, &["--help"]);
    assert_eq!(help.code, 0);
    for words in ["keeps a proof", "Examples:", "PLACET_DATABASE_URL", "[default: sqlite://placet.db]"] {
        assert!(help.told.contains(words), "{words}");
    }
    let help = run(&folder, &["help", "serve"]).told;
    for words in
        ["PLACET_LISTEN", "[default: 127.0.0.1:8787]", "PLACET_SITE", "PLACET_ADMIN_TOKEN", "PLACET_ADMIN_WORKSPACE"]
    {
        assert!(help.contains(words), "{words}");
    }
}

#[test]
fn the_schema_beside_the_demo_widget_is_up_to_date() {
    let folder = TempDir::new().unwrap();
    let schema = run(&folder, &["widget", "schema"]).told;
    assert!(
        fs::read_to_string(SCHEMA).unwrap() == schema,
        "write it again: cargo run -p placet-server -- widget schema > widgets/widget.schema.json"
    );
}

#[cfg(unix)]
#[test]
fn the_server_says_where_it_listens_and_stops_when_told_to() {
    let folder = TempDir::new().unwrap();
    run(&folder, &["widget", "apply", DEMO]);
    for signal in ["TERM", "INT"] {
        let mut server = command(folder.path(), &["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("Placet is listening on http://").unwrap();
        std::net::TcpStream::connect(address).unwrap();
        let told = Command::new("kill").args([format!("-{signal}"), server.id().to_string()]).status().unwrap();
        assert!(told.success());
        assert!(server.wait().unwrap().success());
    }
}

#[test]
fn a_token_needs_to_know_its_workspace() {
    let folder = TempDir::new().unwrap();
    run(&folder, &["widget", "apply", DEMO]);
    let other = demo(&folder, |text| {
        text.replace("id = 43 ", "id = 44 ").replace("workspace = 19", "workspace = 20").replace("pk_demo", "pk_other")
    });
    run(&folder, &["widget", "apply", &other]);
    let outcome = run(&folder, &["serve", "--admin-token", "a-token-for-tests-only"]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.complained.contains("there are several (19, 20)"), "{}", outcome.complained);
    let outcome = run(&folder, &["serve", "--admin-token", "a-token-for-tests-only", "--admin-workspace", "21"]);
    assert!(outcome.complained.contains("there is no workspace 21"), "{}", outcome.complained);
}

#[test]
fn tokens_are_made_listed_and_revoked_by_name() {
    let folder = TempDir::new().unwrap();
    assert_eq!(
        run(&folder, &["token", "list"]).told,
        "There are no admin tokens. Make one: placet-server token add NAME\n"
    );
    assert!(run(&folder, &["token", "add", "mine"]).complained.starts_with("there is no workspace yet; "));
    run(&folder, &["widget", "apply", DEMO]);
    let added = run(&folder, &["token", "add", "dashboard", "--read-only"]);
    let token = added.told.lines().next().unwrap().rsplit(' ').next().unwrap().to_owned();
    assert!(token.starts_with("placet_") && token.len() > 64, "{}", added.told);
    assert!(added.told.starts_with("The admin token `dashboard` of workspace 19, which may read: "), "{}", added.told);

    let list = run(&folder, &["token", "list"]).told;
    let lines: Vec<_> = list.lines().collect();
    assert!(lines[0].starts_with("WORKSPACE  NAME       MAY             MADE"), "{list}");
    assert!(lines[0].ends_with("EXPIRES  LAST USED") && lines[1].ends_with("never    never"), "{list}");
    assert!(lines[1].starts_with("19         admin      read and erase  20"), "{list}");
    assert!(lines[2].starts_with("19         dashboard  read            20"), "{list}");
    assert!(!list.contains(&token));

    let again = run(&folder, &["token", "add", "dashboard"]);
    assert!(again.complained.starts_with("workspace 19 has an admin token of this name; "), "{}", again.complained);
    assert_eq!(run(&folder, &["token", "add", "two words"]).code, 2);
    let revoked = run(&folder, &["token", "revoke", "dashboard"]);
    assert_eq!(revoked.told, "The admin token `dashboard` of workspace 19 opens nothing any more.\n");
    let gone = run(&folder, &["token", "revoke", "dashboard"]);
    assert_eq!(
        (gone.code, gone.complained.as_str()),
        (1, "workspace 19 has no admin token `dashboard`; `placet-server token list` lists them\n")
    );
    let nowhere = run(&folder, &["token", "add", "mine", "--workspace", "21"]);
    assert!(nowhere.complained.starts_with("there is no workspace 21 "), "{}", nowhere.complained);
}

#[test]
fn a_token_is_made_for_a_time() {
    let folder = TempDir::new().unwrap();
    run(&folder, &["widget", "apply", DEMO]);
    let added = run(&folder, &["token", "add", "auditor", "--read-only", "--expires", "90d"]);
    assert!(
        added.told.starts_with("The admin token `auditor` of workspace 19, which may read until 20"),
        "{}",
        added.told
    );
    let added = run(&folder, &["token", "add", "guest", "--expires", "9999-01-31"]);
    assert!(added.told.contains("which may read and erase until 9999-01-31T00:00:00.000Z: "), "{}", added.told);
    let list = run(&folder, &["token", "list"]).told;
    assert!(list.lines().nth(3).unwrap().ends_with("9999-01-31T00:00:00.000Z  never"), "{list}");
    for (when, words) in [("soon", "write a time, as `90d`"), ("2020-01-31", "this has passed"), ("-1d", "")] {
        let refused = run(&folder, &["token", "add", "other", "--expires", when]);
        assert_eq!(refused.code, 2, "{when}");
        assert!(refused.complained.contains(words), "{}", refused.complained);
    }
}

#[test]
fn what_commands_read_erase_and_change_is_recorded() {
    let folder = TempDir::new().unwrap();
    run(&folder, &["widget", "apply", DEMO]);
    assert_eq!(run(&folder, &["audit", "list"]).told, "There are no such audit records.\n");
    run(&folder, &["token", "add", "dashboard"]);
    run(&folder, &["proof", "list", "--user-id", "customer-1815"]);
    run(&folder, &["proof", "export", "--widget", "43"]);
    run(&folder, &["proof", "erase", "--user-id", "customer-1815"]);
    run(&folder, &["statistics"]);
    run(&folder, &["token", "revoke", "dashboard"]);
    run(&folder, &["database", "backup", "copy.db"]);
    let list = run(&folder, &["audit", "list"]).told;
    assert!(!list.contains("customer"), "{list}");
    let lines: Vec<Vec<_>> = list.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["DATE", "WORKSPACE", "ACTOR", "ACTION", "SUBJECT", "OUTCOME", "COUNT"]);
    let said: Vec<_> = lines[1..].iter().map(|line| line[1..].join(" ")).collect();
    let expected = [
        "19 command add-token dashboard done",
        "command list-proofs userId=… done",
        "command export-proofs widget=43 done",
        "command erase-visitor userId=… done 0",
        "command read-statistics done",
        "19 command revoke-token dashboard done",
        "command back-up done",
    ];
    assert_eq!(said, expected);
    let json = run(&folder, &["audit", "list", "--workspace", "19", "--format", "ndjson"]).told;
    let records: Vec<serde_json::Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records.len(), 2);
    assert_eq!((&records[0]["action"], &records[0]["actor"]), (&"add-token".into(), &"command".into()));
    assert!(run(&folder, &["audit", "list", "--token", "dashboard"]).told.contains("no such"));
    assert!(run(&folder, &["audit", "list", "--to", "2020-01-01"]).told.contains("no such"));
}

#[test]
fn a_port_that_is_taken_is_said_in_a_sentence() {
    let folder = TempDir::new().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let outcome = run(&folder, &["serve", "--listen", &address, "--log", "error"]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.complained.starts_with(&format!("cannot listen on {address} (")), "{}", outcome.complained);
}

#[test]
fn a_password_is_not_told() {
    let folder = TempDir::new().unwrap();
    let secret = "hunter2";
    let told = |words: &[&str]| {
        let mut command = command(folder.path(), words);
        command.env("PLACET_DATABASE_URL", format!("postgres://placet:{secret}@127.0.0.1:1/placet"));
        command.env("PLACET_ADMIN_TOKEN", secret);
        let output = command.output().unwrap();
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    };
    for words in [
        &["help", "serve"][..],
        &["serve", "--help"],
        &["--help"],
        &["help", "widget", "apply"],
        &["widget", "apply", "-h"],
        &["help", "proof", "verify"],
        &["serve", "--lisen"],
        // Nobody listens there.
        &["widget", "list"],
        &["--log", "trace", "serve"],
    ] {
        let told = told(words);
        assert!(!told.is_empty() && !told.contains(secret), "{words:?}: {told}");
    }
    for url in
        ["postgre://placet:hunter2@db/placet", "host=db password=hunter2", "postgres://placet:hunter2@db:x/placet"]
    {
        let told = told(&["widget", "list", "--database-url", url]);
        assert!(told.contains("is no database") && !told.contains(secret), "{url}: {told}");
    }
}
