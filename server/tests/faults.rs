//! What is kept when things break: the process, the database, the disk.

#![cfg(target_os = "linux")]
#![allow(clippy::doc_markdown, clippy::panic, clippy::unwrap_used)]

mod common;

use std::{
    collections::{HashMap, HashSet},
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use common::{DEMO, PAGE, Server, TOKEN, choice, postgres};
use jiff::civil::Date;
use placet_server::{
    audit::audit,
    key,
    ledger::{Ledger, MOST_WAITING},
    statistics::Counts,
    store::{self, Error, Span, Store},
};
use reqwest::{Client, StatusCode, header};
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};
use tempfile::TempDir;
use tokio::task::JoinSet;
use uuid::Uuid;

/// How often something that will come is looked for.
const MOMENT: Duration = Duration::from_millis(20);

/// The server as people run it.
struct Process {
    child: Child,
    address: String,
}

impl Process {
    fn start(folder: &Path, url: &str) -> Self {
        Self::start_by(Command::new(env!("CARGO_BIN_EXE_placet-server")), folder, url)
    }

    /// Starts it by a command that runs it.
    fn start_by(mut command: Command, folder: &Path, url: &str) -> Self {
        command.args(["serve", "--listen", "127.0.0.1:0", "--database-url", url, "--log", "error"]);
        command.arg("--signing-key").arg(folder.join("placet.key")).env("PLACET_ADMIN_TOKEN", TOKEN);
        // One client sends as much as many would.
        for limit in ["PROOFS_PER_CLIENT", "PROOFS_PER_WIDGET", "REQUESTS_PER_CLIENT", "REQUESTS_PER_WIDGET"] {
            command.env(format!("PLACET_{limit}"), "0");
        }
        let mut child = command.current_dir(folder).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("Placet is listening on ").unwrap().to_owned();
        Self { child, address }
    }

    /// Ends it as the kernel ends what takes too much memory.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A database with the demo widget, and its widget's body of a decision.
async fn prepare(url: &str) -> Value {
    let server = Server::start_in(TempDir::new().unwrap(), url.to_owned()).await;
    server.publish(DEMO, TOKEN).await;
    let body = choice(&server.widget().await, &["drift"]);
    server.end().await;
    body
}

/// Clients that post one decision after the other, each under a name of its own, until they are told to stop; what each
/// name was answered.
struct Load {
    stop: Arc<AtomicBool>,
    clients: JoinSet<HashMap<String, Option<Uuid>>>,
}

impl Load {
    fn start(clients: usize, address: &str, body: &Value, goes_on: bool) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut set = JoinSet::new();
        for _ in 0..clients {
            let (address, mut body, stop) = (address.to_owned(), body.clone(), Arc::clone(&stop));
            set.spawn(async move {
                let client = Client::new();
                let mut answers = HashMap::new();
                while !stop.load(Ordering::Relaxed) {
                    let name = Uuid::new_v4().to_string();
                    body["idempotencyKey"] = json!(name);
                    let answer = post(&client, &address, &body).await;
                    let is_kept = answer.is_some();
                    answers.insert(name, answer);
                    if !is_kept && !goes_on {
                        break;
                    }
                }
                answers
            });
        }
        Self { stop, clients: set }
    }

    /// What each name was answered; `None` if it was not.
    async fn stop(self) -> HashMap<String, Option<Uuid>> {
        self.stop.store(true, Ordering::Relaxed);
        self.clients.join_all().await.into_iter().flatten().collect()
    }
}

/// Posts a decision; answers its identifier if it was kept.
async fn post(client: &Client, address: &str, body: &Value) -> Option<Uuid> {
    let address = format!("{address}/v1/widgets/43/consents?key=pk_demo");
    let answer = client.post(address).header(header::ORIGIN, PAGE).json(body).send().await.ok()?;
    match answer.status() {
        StatusCode::CREATED => answer.json::<Value>().await.ok()?["consentId"].as_str()?.parse().ok(),
        status => {
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
            assert!(answer.headers().contains_key("retry-after"));
            assert_eq!(answer.headers()["content-type"], "application/problem+json");
            None
        }
    }
}

/// Waits until a database has this many proofs.
async fn until_kept(store: &dyn Store, count: u64) {
    let kept = async || store.chains(None).await.unwrap().iter().map(|chain| chain.head.number).sum::<u64>();
    while kept().await < count {
        tokio::time::sleep(MOMENT).await;
    }
}

/// Checks that everything that was answered is there once, and that nothing is wrong with the chains.
async fn check(store: &dyn Store, answers: &HashMap<String, Option<Uuid>>) {
    let kept: Vec<_> = all(store).await;
    let once: HashSet<_> = kept.iter().copied().collect();
    assert_eq!(once.len(), kept.len());
    for (name, answer) in answers {
        let Some(answer) = answer else { continue };
        assert!(once.contains(answer), "{answer} was answered and is lost");
        let key_hash = store.request_secret().key_hash(43, &name.parse().unwrap());
        let known = store.known_requests(&[(43, key_hash)]).await.unwrap();
        assert_eq!(known[0].consent_id, *answer);
    }
    // What was not answered may be there, but not twice.
    assert!(kept.len() <= answers.len(), "{} of {}", kept.len(), answers.len());
    let mut faults = Vec::new();
    audit(store, None, None, &mut |fault| faults.push(fault)).await.unwrap();
    assert_eq!(faults, [""; 0]);
    // Each was counted once, too.
    let days = store.statistics(43, Date::MIN, Date::MAX).await.unwrap();
    assert_eq!(Counts::total(&days).partial, kept.len() as u64);
}

async fn all(store: &dyn Store) -> Vec<Uuid> {
    let span = Span { widget: 43, user_id: None, from: Uuid::nil(), until: Uuid::max() };
    store.proofs(&span, 1_000_000).await.unwrap().iter().map(|entry| entry.consent_id).collect()
}

/// Kills a server under load, several times, and starts another one on the same database each time.
async fn survives_kills(url: &str) {
    let folder = TempDir::new().unwrap();
    let body = prepare(url).await;
    let store = store::open(url).await.unwrap();
    let mut answers = HashMap::new();
    for round in 1..=3 {
        let process = Process::start(folder.path(), url);
        let load = Load::start(16, &process.address, &body, false);
        until_kept(&*store, 200 * round).await;
        process.kill();
        answers.extend(load.stop().await);
    }
    assert!(answers.values().flatten().count() > 300);
    check(&*store, &answers).await;

    // Whoever was not answered sends again, and is stored once: whether it had been or not.
    let process = Process::start(folder.path(), url);
    let client = Client::new();
    for (name, answer) in &mut answers {
        let mut body = body.clone();
        body["idempotencyKey"] = json!(name);
        let again = post(&client, &process.address, &body).await;
        assert!(again.is_some());
        assert_eq!(*answer.get_or_insert(again.unwrap()), again.unwrap());
    }
    process.kill();
    check(&*store, &answers).await;
    assert_eq!(all(&*store).await.len(), answers.len());
    store.close().await;
}

#[tokio::test]
async fn what_was_answered_survives_a_kill_on_sqlite() {
    let folder = TempDir::new().unwrap();
    survives_kills(&format!("sqlite://{}", folder.path().join("placet.db").display())).await;
}

#[tokio::test]
async fn what_was_answered_survives_a_kill_on_postgres() {
    survives_kills(&postgres::shared().new_database().await).await;
}

#[tokio::test]
async fn two_servers_share_one_postgres() {
    let url = postgres::shared().new_database().await;
    let body = prepare(&url).await;
    let store = store::open(&url).await.unwrap();
    // Each with a key of its own.
    let folders = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let processes = folders.each_ref().map(|folder| Process::start(folder.path(), &url));
    let loads = processes.each_ref().map(|process| Load::start(8, &process.address, &body, true));

    // Meanwhile the same requests reach both.
    let client = Client::new();
    let mut answers = HashMap::new();
    for _ in 0..50 {
        let name = Uuid::new_v4().to_string();
        let mut body = body.clone();
        body["idempotencyKey"] = json!(name);
        let [one, other] = processes.each_ref().map(|process| post(&client, &process.address, &body));
        let (one, other) = tokio::join!(one, other);
        assert!(one.is_some());
        assert_eq!(one, other);
        answers.insert(name, one);
    }
    for load in loads {
        answers.extend(load.stop().await);
    }
    assert!(answers.values().all(Option::is_some));
    check(&*store, &answers).await;
    assert_eq!(all(&*store).await.len(), answers.len());
    assert_eq!(store.chains(Some(43)).await.unwrap().len(), 2);
    assert_eq!(store.signing_keys().await.unwrap().len(), 3);
    store.close().await;
}

/// Waits until somebody waits for a row of a database.
async fn until_somebody_waits(connection: &mut PgConnection) {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut *connection).await.unwrap() == 0 {
        tokio::time::sleep(MOMENT).await;
    }
}

#[tokio::test]
async fn what_another_transaction_gets_in_the_way_of_is_tried_again_and_kept_once() {
    let url = postgres::shared().new_database().await;
    let mut other = PgConnection::connect(&url).await.unwrap();
    let set = "DO $$ BEGIN EXECUTE format(
                   'ALTER DATABASE %I SET default_transaction_isolation = serializable', current_database()); END $$";
    other.execute(set).await.unwrap();
    let body = prepare(&url).await;
    let server = Server::start_in(TempDir::new().unwrap(), url.clone()).await;
    let first = server.keep(&body).await;
    // A sequence counts what is tried, whether or not it is undone.
    let attempts = "CREATE SEQUENCE attempt;
                    CREATE FUNCTION count_attempt() RETURNS trigger LANGUAGE plpgsql
                        AS 'BEGIN PERFORM nextval(''attempt''); RETURN NULL; END';
                    CREATE TRIGGER counted BEFORE INSERT ON chain FOR EACH STATEMENT EXECUTE FUNCTION count_attempt();
                    CREATE TRIGGER counted BEFORE UPDATE ON proof FOR EACH STATEMENT EXECUTE FUNCTION count_attempt()";
    other.execute(attempts).await.unwrap();
    let tried = async |connection: &mut PgConnection| {
        sqlx::query_scalar::<_, i64>("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM attempt")
            .fetch_one(connection)
            .await
            .unwrap()
    };

    // A server that is about to write a row that another transaction changes meanwhile.
    other.execute("BEGIN; UPDATE chain SET length = length").await.unwrap();
    let mut named = body.clone();
    named["idempotencyKey"] = json!("in-the-way");
    let posted = tokio::spawn(server.post(&named).send());
    until_somebody_waits(&mut other).await;
    other.execute("COMMIT").await.unwrap();
    let answer = posted.await.unwrap().unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    let second = common::consent_id(answer).await;
    assert_eq!(tried(&mut other).await, 2);
    assert_eq!(server.keep(&named).await, second);

    other.execute("SELECT setval('attempt', 1, false); BEGIN; UPDATE proof SET date = date").await.unwrap();
    let address = format!("{}/v1/consents/{first}", server.address);
    let erased = tokio::spawn(server.client.delete(address).bearer_auth(TOKEN).send());
    until_somebody_waits(&mut other).await;
    other.execute("COMMIT").await.unwrap();
    assert_eq!(erased.await.unwrap().unwrap().status(), StatusCode::NO_CONTENT);
    // This test's own, and two.
    assert_eq!(tried(&mut other).await, 3);
    other.close().await.unwrap();

    assert_eq!(all(&*server.store).await, [first, second]);
    check(&*server.store, &HashMap::from([("in-the-way".to_owned(), Some(second)), (String::new(), None)])).await;
}

#[tokio::test]
async fn a_postgres_that_stops_is_waited_for() {
    let mut postgres = postgres::Postgres::start(&[]);
    let url = postgres.new_database().await;
    let body = prepare(&url).await;
    let folder = TempDir::new().unwrap();
    let process = Process::start(folder.path(), &url);
    let client = Client::new();
    let mut answers = HashMap::new();
    for _ in 0..2 {
        let load = Load::start(8, &process.address, &body, true);
        let store = store::open(&url).await.unwrap();
        let before = all(&*store).await.len() as u64;
        until_kept(&*store, before + 200).await;
        store.close().await;
        postgres.stop();
        while post(&client, &process.address, &body).await.is_some() {}
        postgres.resume(&[]);
        while post(&client, &process.address, &body).await.is_none() {
            tokio::time::sleep(MOMENT).await;
        }
        answers.extend(load.stop().await);
    }
    assert!(answers.values().any(Option::is_none) && answers.values().flatten().count() > 400);
    let store = store::open(&url).await.unwrap();
    // Those that were posted one by one had no name.
    answers.extend(all(&*store).await.into_iter().map(|unnamed| (unnamed.to_string(), None)));
    check(&*store, &answers).await;
    store.close().await;
    drop(process);
    postgres.stop();
}

#[tokio::test]
async fn a_full_disk_is_waited_for() {
    let folder = TempDir::new().unwrap();
    let disk = folder.path().join("disk");
    std::fs::create_dir(&disk).unwrap();
    let url = format!("sqlite://{}", disk.join("placet.db").display());
    let body = prepare(&url).await;

    let limits_file = !can_mount();
    let program = env!("CARGO_BIN_EXE_placet-server");
    let process = if limits_file {
        // No file may grow beyond a size, until it may.
        let mut command = Command::new("sh");
        command.args(["-c", r#"trap "" XFSZ; exec prlimit --fsize=400000: "$@""#, "sh", program]);
        Process::start_by(command, folder.path(), &url)
    } else {
        // A disk of its own, that goes with the process.
        let mut command = Command::new("unshare");
        let script =
            r#"cp -r "$0" "$0.files" && mount -t tmpfs -o size=2m tmpfs "$0" && cp "$0.files"/* "$0" && exec "$@""#;
        command.args(["--mount", "sh", "-c", script, disk.to_str().unwrap(), program]);
        Process::start_by(command, folder.path(), &url)
    };
    let client = Client::new();
    let mut answers = HashMap::new();
    let mut post_one = async || {
        let name = Uuid::new_v4().to_string();
        let mut body = body.clone();
        body["idempotencyKey"] = json!(name);
        let answer = post(&client, &process.address, &body).await;
        answers.insert(name, answer);
        answer.is_some()
    };
    assert!(post_one().await);
    while post_one().await {}
    // Full: nothing is taken, and nothing breaks.
    for _ in 0..10 {
        post_one().await;
    }
    if limits_file {
        let pid = process.child.id().to_string();
        assert!(Command::new("prlimit").args(["--fsize=unlimited", "--pid", &pid]).status().unwrap().success());
    } else {
        let pid = process.child.id().to_string();
        let mount = ["--mount", "--target", &pid, "mount", "-o", "remount,size=16m", disk.to_str().unwrap()];
        assert!(Command::new("nsenter").args(mount).status().unwrap().success());
    }
    while !post_one().await {
        tokio::time::sleep(MOMENT).await;
    }
    for _ in 0..10 {
        assert!(post_one().await);
    }
    // A copy can be seen from outside of the process's file system.
    let copy = folder.path().join("copy.db");
    let words = [program, "database", "backup", copy.to_str().unwrap(), "--database-url", &url];
    let pid = process.child.id().to_string();
    let mut backup = Command::new(if limits_file { "env" } else { "nsenter" });
    if !limits_file {
        backup.args(["--mount", "--target", &pid]);
    }
    assert!(backup.args(words).stdout(Stdio::null()).status().unwrap().success());
    let store = store::open(&format!("sqlite://{}", copy.display())).await.unwrap();
    check(&*store, &answers).await;
    assert!(answers.values().flatten().count() > 10);
    store.close().await;
}

#[tokio::test]
async fn sqlites_log_is_checkpointed_again_and_again_while_proofs_come() {
    /// Alone, a proof writes a page of each table and index.
    const PAGES: u64 = 6;
    const KEPT: u64 = 2000;
    let server = Server::start().await;
    let file = server.url.trim_start_matches("sqlite://").to_owned();
    let size = |more: &str| std::fs::metadata(format!("{file}{more}")).map_or(0, |file| file.len());
    let (body, before) = (choice(&server.widget().await, &["drift"]), size(""));
    for _ in 0..KEPT {
        server.keep(&body).await;
    }
    let (grown, log) = (size("") - before, size("-wal"));
    assert!(grown > KEPT * 1024, "{grown} bytes");
    // Far from all that has been written: the log has begun anew.
    assert!(log < KEPT * PAGES * 4096 / 2, "{log} bytes");
    let (_folder, _) = server.end().await;
    assert_eq!(size("-wal"), 0);
}

/// Whether a process may have a file system of its own.
fn can_mount() -> bool {
    let tried = Command::new("unshare").args(["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).output();
    tried.is_ok_and(|tried| tried.status.success())
}

#[tokio::test]
async fn what_would_wait_too_long_is_put_off() {
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite://{}", folder.path().join("placet.db").display());
    prepare(&url).await;
    let store = store::open(&url).await.unwrap();
    let key = key::load_or_make(&folder.path().join("placet.key")).unwrap();
    let ledger = Ledger::open(Arc::clone(&store), key).await.unwrap();
    let server = Server::start().await;
    server.keep(&choice(&server.widget().await, &[])).await;
    let template = server.ledger_entry().await;

    // Somebody else writes, and takes their time.
    let mut other = sqlx::SqliteConnection::connect(&url).await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    let mut waiting = JoinSet::new();
    for _ in 0..MOST_WAITING + 400 {
        let (ledger, mut new) = (ledger.clone(), template.clone());
        new.proof.consent_id = Uuid::now_v7().to_string();
        new.proof.widget_version = store.version_in_force(43).await.unwrap().unwrap().version_key.to_string();
        waiting.spawn(async move { ledger.keep(new).await });
    }
    // More than one commit takes cannot be on its way; what waits beside it is bounded.
    let mut put_off = 0;
    while put_off < 100 {
        match waiting.join_next().await.unwrap().unwrap() {
            Err(Error::Unavailable(_)) => put_off += 1,
            outcome => panic!("{outcome:?}"),
        }
    }
    other.execute("ROLLBACK").await.unwrap();
    let outcomes = waiting.join_all().await;
    let kept = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(_) | Err(Error::Unavailable(_)))));
    assert_eq!(all(&*store).await.len(), kept);
    let mut new = template;
    new.proof.consent_id = Uuid::now_v7().to_string();
    new.proof.widget_version = store.version_in_force(43).await.unwrap().unwrap().version_key.to_string();
    ledger.keep(new).await.unwrap();
    ledger.close().await;
    store.close().await;
}
