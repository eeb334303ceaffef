//! What an operator relies on: logs, metrics, readiness, an orderly end, several servers on one database.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    thread::JoinHandle,
};

use common::program::command;
use reqwest::{Client, Response, StatusCode, header};
use serde_json::{Value, json};
use tempfile::TempDir;
#[cfg(target_os = "linux")]
use tokio::{io::AsyncWriteExt, net::TcpStream};

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../widgets/demo.toml");
const TOKEN: &str = "a-token-for-tests-only-0123456789";
const PAGE: &str = "http://localhost:4000";

/// A server in a process of its own.
struct Process {
    child: Child,
    told: BufReader<ChildStdout>,
    log: Option<JoinHandle<String>>,
    address: String,
    client: Client,
}

fn apply(folder: &TempDir, file: &str) {
    let done = command(folder.path(), &["widget", "apply", file, "--admin-token", TOKEN]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

impl Process {
    /// A server on a folder's database.
    fn start(folder: &TempDir, words: &[&str]) -> Self {
        let words = [&["serve", "--listen", "127.0.0.1:0"], words].concat();
        let mut child = command(folder.path(), &words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = stderr.read_to_string(&mut text);
            text
        });
        let mut told = BufReader::new(child.stdout.take().unwrap());
        let address = said(&mut told, "Placet is listening on ");
        Self { child, told, log: Some(log), address, client: Client::new() }
    }

    async fn get(&self, path: &str) -> Response {
        let request = self.client.get(format!("{}{path}", self.address));
        request.header(header::ORIGIN, PAGE).bearer_auth(TOKEN).send().await.unwrap()
    }

    async fn config(&self) -> Response {
        self.get("/v1/widgets/43?key=pk_demo").await
    }

    fn tell(&self, signal: &str) {
        let told = Command::new("kill").args([format!("-{signal}"), self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
    }

    /// Stops it and answers its log.
    fn stop(mut self) -> String {
        self.tell("TERM");
        assert!(self.child.wait().unwrap().success());
        self.log.take().unwrap().join().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The rest of the next line, which begins with these words.
fn said(told: &mut impl BufRead, words: &str) -> String {
    let mut line = String::new();
    told.read_line(&mut line).unwrap();
    line.trim_end().strip_prefix(words).unwrap_or_else(|| panic!("{line}")).to_owned()
}

/// A proof's request that is refused, with what nobody should see in a log.
async fn secrets(server: &Process) -> Response {
    let request = server.client.post(format!("{}/v1/widgets/43/consents?key=pk_demo", server.address));
    request
        .header("x-forwarded-for", "198.51.100.77")
        .header("x-request-id", "name-of-the-request")
        .header(header::USER_AGENT, "agent-of-the-visitor")
        .header(header::COOKIE, "euconsent=cookie-of-the-visitor")
        .header("idempotency-key", "name-of-the-request")
        .bearer_auth(TOKEN)
        .json(&json!({"userId": "name-of-the-visitor"}))
        .send()
        .await
        .unwrap()
}

/// Requests that are refused for what is in them, which nobody should see in a log either.
async fn more_secrets(server: &Process) {
    for path in [
        "/v1/widgets/43?key=pk_of-the-visitor",
        "/v1/widgets/43?key=pk_demo&lang=of-the-visitor",
        "/v1/widgets/43/statistics?from=of-the-visitor",
        "/v1/consents?userId=of-the-visitor&limit=of-the-visitor",
        "/v1/consents?after=of-the-visitor",
        "/sdk/placet.js?key=of-the-visitor&widget=43",
        "/demo/?of-the-visitor",
    ] {
        server.get(path).await;
    }
    let get = |path: &str| server.client.get(format!("{}{path}", server.address));
    get("/v1/widgets/43?key=pk_demo").header(header::ORIGIN, "https://of-the-visitor.example").send().await.unwrap();
    get("/v1/widgets/43?key=pk_demo").header(header::REFERER, "https://a.example/of-the-visitor").send().await.unwrap();
    get("/v1/consents").bearer_auth("token-of-the-visitor").send().await.unwrap();
    get("/v1/consents").header(header::AUTHORIZATION, "Basic of-the-visitor").send().await.unwrap();
    get("/healthz").header("x-forwarded-for", "of-the-visitor").send().await.unwrap();
    for body in
        [json!("of-the-visitor"), json!({"type": "of-the-visitor"}), json!({"sessionId": 1, "of-the-visitor": 2})]
    {
        let post = server.client.post(format!("{}/v1/widgets/43/answers?key=pk_demo", server.address));
        post.header(header::ORIGIN, PAGE).json(&body).send().await.unwrap();
    }
}

const SECRETS: [&str; 8] =
    [TOKEN, "pk_demo", "198.51.100.77", "127.0.0.1:", "of-the-visitor", "name-of-the-request", "euconsent=", "Bearer"];

/// What may begin a line, or change how one is read, in a path and in a parameter.
const FORGED: [&str; 8] = [
    "%0aFORGED",
    "%0d%0aFORGED",
    "%1b%5b2JFORGED",
    "%e2%80%a8FORGED",
    "%c2%85FORGED",
    "%c2%9b2JFORGED",
    "%e2%80%aeFORGED",
    "%22%2c%22level%22:%22FORGED",
];

#[tokio::test]
async fn security_txt_is_answered_if_a_contact_is_set() {
    let folder = TempDir::new().unwrap();
    let server = Process::start(&folder, &["--security-contact", "mailto:security@example.com"]);
    let answer = server.get("/.well-known/security.txt").await;
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/plain; charset=utf-8");
    let text = answer.text().await.unwrap();
    assert!(text.starts_with("Contact: mailto:security@example.com\nExpires: 20"), "{text}");
    drop(server);
    let server = Process::start(&folder, &[]);
    assert_eq!(server.get("/.well-known/security.txt").await.status(), StatusCode::NOT_FOUND);
    drop(server);
    let refused = command(folder.path(), &["serve", "--security-contact", "nobody"]).output().unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("this is no `mailto:`, `https:` or `tel:` address"));
}

#[tokio::test]
async fn no_request_writes_a_line_of_the_log() {
    let folder = TempDir::new().unwrap();
    apply(&folder, DEMO);
    for format in ["text", "json"] {
        let server =
            Process::start(&folder, &["--log", "trace", "--log-format", format, "--trusted-proxies", "127.0.0.1"]);
        for forged in FORGED {
            for path in [
                format!("/v1/widgets/43?key={forged}"),
                format!("/v1/widgets/{forged}?key=pk_demo"),
                format!("/v1/widgets/43?key=pk_demo&lang={forged}"),
                format!("/v1/consents/{forged}"),
                format!("/v1/consents?userId={forged}&after={forged}&limit={forged}"),
                format!("/sdk/{forged}"),
                format!("/demo/{forged}"),
                format!("/{forged}"),
            ] {
                server.get(&path).await;
            }
        }
        // As they are, not percent-encoded; `reqwest` would not send them.
        for raw in ["\u{2028}FORGED", "\u{85}FORGED", "\u{9b}2JFORGED", "\u{202e}FORGED"] {
            let mut connection = std::net::TcpStream::connect(server.address.strip_prefix("http://").unwrap()).unwrap();
            let request =
                format!("GET /v1/{raw} HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {raw}\r\nConnection: close\r\n\r\n");
            std::io::Write::write_all(&mut connection, request.as_bytes()).unwrap();
            let _ = connection.read_to_end(&mut Vec::new());
        }
        let log = server.stop();
        assert!(!log.is_empty());
        let is_odd = |char: char| char != '\n' && !matches!(char, '"' | '\'' | '\\') && char.escape_debug().len() > 1;
        for line in log.lines() {
            assert!(!line.contains(is_odd), "{line:?}");
            if format == "json" {
                let line: Value = serde_json::from_str(line).unwrap();
                assert!(["TRACE", "DEBUG", "INFO", "WARN", "ERROR"].contains(&line["level"].as_str().unwrap()));
            } else {
                // Each begins with its time.
                assert!(line.starts_with("20") && line.contains('T'), "{line:?}");
            }
        }
    }
}

#[tokio::test]
async fn the_log_names_requests_and_keeps_no_secret_and_no_address() {
    let folder = TempDir::new().unwrap();
    apply(&folder, DEMO);
    let everything = ["--log", "trace", "--log-format", "json", "--trusted-proxies", "127.0.0.1"];
    for addresses in ["none", "network"] {
        let server = Process::start(&folder, &[&everything[..], &["--log-addresses", addresses]].concat());
        let refused = secrets(&server).await;
        assert_eq!(refused.status(), 422);
        let id = refused.headers()["x-request-id"].to_str().unwrap().to_owned();
        assert_eq!(server.get("/v1/consents/8a5e89c4-2243-4598-97c5-ba3cfb35a138").await.status(), 404);
        more_secrets(&server).await;
        let log = server.stop();
        let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let of_request: Vec<_> = lines.iter().filter(|line| line["span"]["id"] == json!(id)).collect();
        assert!(!of_request.is_empty());
        assert_eq!(of_request[0]["span"]["path"], "/v1/widgets/43/consents");
        assert_eq!(of_request[0]["span"]["method"], "POST");
        let client = if addresses == "none" { Value::Null } else { json!("198.51.100.0/24") };
        assert_eq!(of_request[0]["span"]["client"], client);
        for secret in SECRETS {
            let line = log.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "{secret}");
        }
    }
}

#[tokio::test]
async fn the_log_is_text_for_people_unless_asked_otherwise() {
    let folder = TempDir::new().unwrap();
    apply(&folder, DEMO);
    let log = Process::start(&folder, &[]).stop();
    assert!(log.contains("INFO placet_server::http::listen: stopping"), "{log}");
}

#[tokio::test]
async fn metrics_are_told_on_a_listener_of_their_own() {
    let folder = TempDir::new().unwrap();
    apply(&folder, DEMO);
    let mut server = Process::start(&folder, &["--metrics-listen", "127.0.0.1:0"]);
    let metrics = said(&mut server.told, "Its metrics are at ");
    for _ in 0..3 {
        assert_eq!(server.config().await.status(), 200);
    }
    assert_eq!(server.get("/v1/widgets/99?key=pk_demo").await.status(), 404);
    assert_eq!(server.get("/made/up").await.status(), 404);
    // The public is not told.
    assert_eq!(server.get("/metrics").await.status(), 404);
    let answer = server.client.get(&metrics).send().await.unwrap();
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    let told = answer.text().await.unwrap();
    let route = "route=\"/v1/widgets/{id}\"";
    for line in [
        &format!("placet_requests_total{{method=\"GET\",{route},status=\"200\"}} 3"),
        &format!("placet_requests_total{{method=\"GET\",{route},status=\"404\"}} 1"),
        "placet_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 2",
        &format!("placet_request_duration_seconds_count{{{route}}} 4"),
        "placet_requests_in_flight 0",
        &format!("placet_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION")),
    ] {
        assert!(told.lines().any(|told| told == line), "{line}\nin\n{told}");
    }
    server.stop();
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_says_so_before_it_does() {
    let folder = TempDir::new().unwrap();
    apply(&folder, DEMO);
    // Longer than this test takes: it is killed at its end.
    let server = Process::start(&folder, &["--drain-delay", "600"]);
    assert_eq!(server.get("/readyz").await.text().await.unwrap(), "ready");
    server.tell("TERM");
    let mut readiness = server.get("/readyz").await;
    while readiness.status() == 200 {
        readiness = server.get("/readyz").await;
    }
    assert_eq!(readiness.status(), 503);
    // Who does not know yet is answered.
    assert_eq!(server.get("/healthz").await.status(), 200);
    assert_eq!(server.config().await.status(), 200);
}

#[tokio::test]
async fn a_server_whose_database_is_gone_is_alive_and_not_ready() {
    let server = common::Server::start().await;
    let status = async |path: &str| server.get(path).send().await.unwrap().status();
    assert_eq!((status("/readyz").await, status("/healthz").await), (StatusCode::OK, StatusCode::OK));
    server.store.close().await;
    assert_eq!((status("/readyz").await, status("/healthz").await), (StatusCode::SERVICE_UNAVAILABLE, StatusCode::OK));
}

#[tokio::test]
async fn a_container_engine_can_ask_from_within() {
    let folder = TempDir::new().unwrap();
    apply(&folder, DEMO);
    let server = Process::start(&folder, &[]);
    let address = server.address.strip_prefix("http://").unwrap().to_owned();
    let ask = || command(folder.path(), &["ready", "--listen", &address]).output().unwrap();
    assert!(ask().status.success());
    server.stop();
    let gone = ask();
    assert_eq!(gone.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&gone.stderr).contains("is not ready: "));
}

#[tokio::test]
async fn what_is_published_shows_on_every_server_at_once() {
    let folder = TempDir::new().unwrap();
    apply(&folder, DEMO);
    let servers = [Process::start(&folder, &[]), Process::start(&folder, &[])];
    let mut versions = Vec::new();
    for server in &servers {
        versions.push(server.config().await.json::<Value>().await.unwrap()["versionKey"].clone());
    }
    assert_eq!(versions[0], versions[1]);

    let changed = fs::read_to_string(DEMO).unwrap().replace("Demo shop", "Shop").replace("pk_demo", "pk_next");
    fs::write(folder.path().join("widget.toml"), changed).unwrap();
    apply(&folder, "widget.toml");
    let mut changed = Vec::new();
    for server in &servers {
        assert_eq!(server.config().await.status(), 401, "the key is another");
        let config: Value = server.get("/v1/widgets/43?key=pk_next").await.json().await.unwrap();
        changed.push(config["versionKey"].clone());
    }
    assert_eq!(changed[0], changed[1]);
    assert_ne!(changed[0], versions[0]);
}

/// How many connections mean no good.
#[cfg(target_os = "linux")]
const HOSTILE: usize = 2000;
/// The most memory that the server may have had meanwhile, in kilobytes.
#[cfg(target_os = "linux")]
const MOST_MEMORY: u64 = 120 * 1024;
/// The most memory that each connection may take where none is closed for the others, in kilobytes.
#[cfg(target_os = "linux")]
const MOST_OF_EACH: u64 = 48;

/// A connection that means no good, once it has done what it does; a server that ends it is right to.
#[cfg(target_os = "linux")]
async fn hostile(address: String, kind: usize) -> Option<TcpStream> {
    let mut connection = TcpStream::connect(address).await.ok()?;
    let started =
        "POST /v1/widgets/43/consents?key=pk_demo HTTP/1.1\r\nHost: placet\r\nContent-Type: application/json\r\n";
    let sent = match kind % 8 {
        // One header without an end, and one address.
        0 => format!("GET / HTTP/1.1\r\nHost: placet\r\nX-Long: {}", "x".repeat(400_000)),
        1 => format!("GET /{}", "x".repeat(400_000)),
        // Headers without an end.
        2 => format!("GET / HTTP/1.1\r\nHost: placet\r\n{}", "X: x\r\n".repeat(60_000)),
        // Answers that nobody reads.
        3 => "GET /openapi.json HTTP/1.1\r\nHost: placet\r\n\r\n".repeat(200),
        // A body without an end, whole or in parts with long extensions.
        4 => format!("{started}Content-Length: 60000\r\n\r\n{}", "x".repeat(59_000)),
        5 => format!("{started}Transfer-Encoding: chunked\r\n\r\n5;{}", "x".repeat(400_000)),
        // A byte.
        6 => "G".to_owned(),
        _ => String::new(),
    };
    let _ = connection.write_all(sent.as_bytes()).await;
    Some(connection)
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_connections_take_little_memory_and_keep_nobody_out() {
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let folder = TempDir::new().unwrap();
    apply(&folder, DEMO);
    // From one client, and from as many as there may be behind a proxy.
    for words in [&[][..], &["--trusted-proxies", "127.0.0.1"]] {
        let server = Process::start(&folder, words);
        let memory = peak(server.child.id()).unwrap();
        let most = if words.is_empty() { MOST_MEMORY } else { memory + HOSTILE as u64 * MOST_OF_EACH };
        let widget = server.get("/v1/widgets/43?key=pk_demo&lang=fr").await.json().await.unwrap();
        let post = || async {
            // Each comes over a connection of its own, as a visitor's does.
            let request = Client::new().post(format!("{}/v1/widgets/43/consents?key=pk_demo", server.address));
            request.header(header::ORIGIN, PAGE).json(&common::choice(&widget, &["drift"])).send().await.unwrap()
        };
        let address = server.address.strip_prefix("http://").unwrap();
        let mut coming = tokio::task::JoinSet::new();
        let mut held = Vec::new();
        for kind in 0..HOSTILE {
            coming.spawn(hostile(address.to_owned(), kind));
            if coming.len() == 100 {
                held.extend(coming.join_next().await.unwrap().unwrap());
            }
            if kind % 100 == 0 {
                assert_eq!(post().await.status(), 201);
            }
        }
        while let Some(connection) = coming.join_next().await {
            held.extend(connection.unwrap());
        }
        assert_eq!(held.len(), HOSTILE);
        assert_eq!(post().await.status(), 201);
        let memory = peak(server.child.id()).unwrap();
        assert!(memory < most, "{memory} KB");
        drop(held);
        server.stop();
    }
}

/// How many proofs are exported.
const EXPORTED: usize = 30_000;
/// How much more memory the rest of an export may take than its first part did, in kilobytes: three quarters of what
/// comes. The allocator gives back what it was given when it sees fit.
#[cfg(target_os = "linux")]
const MOST_GROWTH: u64 = 36 * 1024;

/// A database with many proofs: one, copied.
async fn with_many_proofs() -> TempDir {
    let server = common::Server::start().await;
    server.keep(&common::choice(&server.widget().await, &["drift"])).await;
    let columns = "id, workspace_id, widget_id, version_key, session_id, date, date_expiration, type, type_device, \
                  consents, run, statement_sha256, previous, salt, signature";
    let copies = format!(
        "WITH RECURSIVE copy (number) AS (SELECT 2 UNION ALL SELECT number + 1 FROM copy WHERE number < {EXPORTED})
         INSERT INTO proof (consent_id, number, {columns})
         SELECT printf('ffffffff-0000-7000-8000-%012x', copy.number), copy.number, {columns} FROM proof, copy"
    );
    assert_eq!(server.tamper(&copies).await, EXPORTED as u64 - 1);
    server.end().await.0
}

/// The most memory that a process has had, in kilobytes.
#[cfg(target_os = "linux")]
fn peak(process: u32) -> Option<u64> {
    let status = fs::read_to_string(Path::new("/proc").join(process.to_string()).join("status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}

/// The most memory that a process has had, as something comes from it: after its first part, and at the end.
#[cfg(target_os = "linux")]
#[derive(Default)]
struct Peaks {
    process: u32,
    first_part: usize,
    came: usize,
    first: u64,
    last: u64,
}

#[cfg(target_os = "linux")]
impl Peaks {
    fn take(&mut self, bytes: usize) {
        self.came += bytes;
        // One that has ended tells nothing any more.
        self.last = peak(self.process).unwrap_or(self.last);
        if self.came <= self.first_part {
            self.first = self.last;
        }
    }

    fn check(&self, size: usize) {
        assert!(self.came > size, "{} bytes came", self.came);
        assert!(self.first > 0 && self.last < self.first + MOST_GROWTH, "{} KB, then {} KB", self.first, self.last);
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_export_takes_the_same_memory_whatever_its_length() {
    let folder = with_many_proofs().await;
    for (format, size) in [("ndjson", 48 * 1024 * 1024), ("csv", 6 * 1024 * 1024)] {
        let first_part = size / 8;
        let server = Process::start(&folder, &["--admin-token", TOKEN]);
        let mut answer = server.get(&format!("/v1/consents?format={format}")).await;
        let mut of_server = Peaks { process: server.child.id(), first_part, ..Peaks::default() };
        while let Some(chunk) = answer.chunk().await.unwrap() {
            of_server.take(chunk.len());
        }
        of_server.check(size);
        server.stop();

        let words = ["proof", "export", "--format", format];
        let mut program = command(folder.path(), &words).stdout(Stdio::piped()).spawn().unwrap();
        let mut of_program = Peaks { process: program.id(), first_part, ..Peaks::default() };
        let (mut told, mut chunk) = (program.stdout.take().unwrap(), vec![0; 64 * 1024]);
        loop {
            let read = told.read(&mut chunk).unwrap();
            of_program.take(read);
            if read == 0 {
                break;
            }
        }
        assert!(program.wait().unwrap().success());
        of_program.check(size);
        assert_eq!(of_program.came, of_server.came, "{format}");
    }
}
