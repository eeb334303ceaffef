//! A real server on a free port, with a real database that is gone afterwards.

#![allow(dead_code, missing_docs, clippy::doc_markdown, clippy::expect_used, clippy::panic, clippy::unwrap_used)]

pub mod postgres;
pub mod program;

use std::{net::TcpListener, sync::Arc};

use placet_protocol::{CookieConsent, WidgetConfig};
use placet_server::{
    audit::audit,
    audit_log::AuditLog,
    clock,
    http::{self, App},
    key,
    ledger::Ledger,
    seal::PublicKey,
    store::{self, NewProof, Span, Store},
    tls,
    token::AdminToken,
    widget::{
        Version,
        check::Draft,
        publish::{Publication, publication},
    },
};
use reqwest::{Client, RequestBuilder, Response, header};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor};
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};
use uuid::Uuid;

pub const DEMO: &str = include_str!("../../../widgets/demo.toml");
pub const TOKEN: &str = "the admin token of workspace 19";

/// A page's origin that the demo widget allows.
pub const PAGE: &str = "http://localhost:4000";

pub struct Server {
    pub folder: TempDir,
    pub url: String,
    pub store: Arc<dyn Store>,
    pub ledger: Ledger,
    pub audit_log: AuditLog,
    pub address: String,
    pub client: Client,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Server {
    /// A server that has the demo widget, whose workspace has [`TOKEN`].
    pub async fn start() -> Self {
        Self::start_with(|app| app).await
    }

    /// The same, set up in another way.
    pub async fn start_with(set_up: impl FnOnce(App) -> App) -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite://{}", folder.path().join("placet.db").display());
        Self::start_with_demo(folder, url, set_up).await
    }

    /// The same, with a PostgreSQL database of its own.
    pub async fn start_on_postgres() -> Self {
        let url = postgres::shared().new_database().await;
        Self::start_with_demo(TempDir::new().unwrap(), url, |app| app).await
    }

    async fn start_with_demo(folder: TempDir, url: String, set_up: impl FnOnce(App) -> App) -> Self {
        let server = Self::start_set_up(folder, url, set_up).await;
        server.publish(DEMO, TOKEN).await;
        server
    }

    /// A server on a database; its signing key is in the folder.
    pub async fn start_in(folder: TempDir, url: String) -> Self {
        Self::start_set_up(folder, url, |app| app).await
    }

    async fn start_set_up(folder: TempDir, url: String, set_up: impl FnOnce(App) -> App) -> Self {
        tls::use_ring();
        let store = store::open(&url).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let key = key::load_or_make(&folder.path().join("placet.key")).unwrap();
        let ledger = Ledger::open(Arc::clone(&store), key).await.unwrap();
        let app = set_up(App::new(Arc::clone(&store), ledger.clone(), None));
        let audit_log = app.audit_log();
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(async move {
            http::serve(listener, app, async { stopped.await.unwrap_or_default() }).await.unwrap();
        });
        Self { folder, url, store, ledger, audit_log, address, client: Client::new(), stop, served }
    }

    /// Stops the server and starts another one on the same database.
    pub async fn restart(self) -> Self {
        let (folder, url) = self.end().await;
        Self::start_in(folder, url).await
    }

    /// Stops the server; what it had is left.
    pub async fn end(self) -> (TempDir, String) {
        let Self { folder, url, store, ledger, audit_log, client, stop, served, .. } = self;
        drop(client);
        stop.send(()).unwrap();
        served.await.unwrap();
        ledger.close().await;
        audit_log.close().await;
        store.close().await;
        (folder, url)
    }

    /// Publishes a widget's file, as `widget apply` does.
    pub async fn publish(&self, file: &str, token: &str) -> Version {
        let draft = Draft::parse("widget.toml", file).unwrap();
        let content = draft.check(&self.store.claims(&draft.wanted()).await.unwrap()).unwrap();
        let in_force = self.store.version_in_force(content.id).await.unwrap();
        let replaced = in_force.as_ref().map(|version| version.version_key);
        match publication(content, in_force, clock::now()) {
            Publication::Unchanged(version) => version,
            Publication::New { version, .. } => {
                let token = AdminToken::new(token).unwrap().hash();
                self.store.publish(&version, replaced, token).await.unwrap();
                version
            }
        }
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.address))
    }

    /// A request from an allowed page.
    pub fn config(&self, query: &str) -> RequestBuilder {
        self.get(&format!("/v1/widgets/43?key=pk_demo{query}")).header(header::ORIGIN, PAGE)
    }

    pub fn banner(&self, query: &str) -> RequestBuilder {
        self.get(&format!("/v1/widgets/43/banner?key=pk_demo{query}")).header(header::ORIGIN, PAGE)
    }

    pub async fn widget(&self) -> WidgetConfig {
        self.config("&lang=fr").send().await.unwrap().json().await.unwrap()
    }

    /// A decision from an allowed page.
    pub fn post(&self, body: &Value) -> RequestBuilder {
        self.post_to("consents", body)
    }

    /// A request from an allowed page.
    pub fn post_to(&self, resource: &str, body: &Value) -> RequestBuilder {
        let address = format!("{}/v1/widgets/43/{resource}?key=pk_demo", self.address);
        self.client.post(address).header(header::ORIGIN, PAGE).json(body)
    }

    /// Posts a body that is expected to be kept, and answers the identifier.
    pub async fn keep(&self, body: &Value) -> Uuid {
        let answer = self.post(body).send().await.unwrap();
        assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
        consent_id(answer).await
    }

    /// Posts to a resource of the demo widget are refused to pages of other sites, and to those without its key.
    pub async fn refuses_strangers(&self, resource: &str) {
        let address = format!("{}/v1/widgets/43/{resource}", self.address);
        let post = |query: &str, origin: &'static str| {
            self.client.post(format!("{address}{query}")).header(header::ORIGIN, origin).body("not JSON").send()
        };
        problem(post("?key=pk_demo", "https://evil.example").await.unwrap(), 403).await;
        problem(post("?key=pk_demo", "null").await.unwrap(), 403).await;
        problem(post("?key=pk_other", PAGE).await.unwrap(), 401).await;
        problem(post("", PAGE).await.unwrap(), 401).await;
    }

    pub async fn proof(&self, consent_id: Uuid) -> Value {
        let answer = self.get(&format!("/v1/consents/{consent_id}")).bearer_auth(TOKEN).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }

    /// A proof that the server has, as if it were new.
    pub async fn ledger_entry(&self) -> NewProof {
        let span = Span { widget: 43, user_id: None, from: Uuid::nil(), until: Uuid::max() };
        let entry = self.store.proofs(&span, 1).await.unwrap().remove(0);
        NewProof { proof: entry.proof().unwrap().clone(), request: None }
    }

    /// How many proofs are kept.
    pub async fn count(&self) -> usize {
        let mut count = 0;
        for widget in self.store.widget_numbers(None).await.unwrap() {
            let span = Span { widget, user_id: None, from: Uuid::nil(), until: Uuid::max() };
            count += self.store.proofs(&span, 1_000_000).await.unwrap().len();
        }
        count
    }

    /// Changes the database behind the server's back, as somebody with a tool would.
    pub async fn tamper(&self, sql: &str) -> u64 {
        self.try_to_tamper(sql).await.unwrap()
    }

    /// The same, where the database may refuse it.
    pub async fn try_to_tamper(&self, sql: &str) -> sqlx::Result<u64> {
        if self.url.starts_with("sqlite:") {
            let mut connection = sqlx::SqliteConnection::connect(&self.url).await?;
            let done = connection.execute(AssertSqlSafe(sql)).await?.rows_affected();
            connection.close().await?;
            Ok(done)
        } else {
            let mut connection = sqlx::PgConnection::connect(&self.url).await?;
            let done = connection.execute(AssertSqlSafe(sql)).await?.rows_affected();
            connection.close().await?;
            Ok(done)
        }
    }

    /// What a query answers that answers one text in each row.
    pub async fn texts(&self, sql: &str) -> Vec<Option<String>> {
        if self.url.starts_with("sqlite:") {
            let mut connection = sqlx::SqliteConnection::connect(&self.url).await.unwrap();
            let texts = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            texts
        } else {
            let mut connection = sqlx::PgConnection::connect(&self.url).await.unwrap();
            let texts = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            texts
        }
    }

    /// Where the database holds a text: the names of files or tables.
    pub async fn holds(&self, text: &str) -> Vec<String> {
        let mut places = Vec::new();
        if self.url.starts_with("sqlite:") {
            for file in std::fs::read_dir(self.folder.path()).unwrap() {
                let path = file.unwrap().path();
                let bytes = std::fs::read(&path).unwrap();
                if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                    places.push(path.display().to_string());
                }
            }
        } else {
            let mut connection = sqlx::PgConnection::connect(&self.url).await.unwrap();
            let tables =
                "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";
            for table in sqlx::query_scalar::<_, String>(tables).fetch_all(&mut connection).await.unwrap() {
                // Bytes are written in hexadecimal digits.
                let sql = format!(
                    "SELECT count(*) FROM {table} AS held WHERE strpos(held::text, $1) > 0 OR strpos(held::text, $2) > 0"
                );
                let query = sqlx::query_scalar::<_, i64>(AssertSqlSafe(sql)).bind(text).bind(hex::encode(text));
                if query.fetch_one(&mut connection).await.unwrap() > 0 {
                    places.push(table);
                }
            }
            connection.close().await.unwrap();
        }
        places
    }

    /// Bytes as the engine's SQL writes them.
    pub fn bytes(&self, bytes: &[u8]) -> String {
        let digits = hex::encode(bytes);
        if self.url.starts_with("sqlite:") { format!("X'{digits}'") } else { format!("'\\x{digits}'") }
    }

    /// What an audit of the database finds wrong.
    pub async fn faults(&self) -> Vec<String> {
        self.faults_with(None).await
    }

    /// The same, for somebody who trusts these keys and no others.
    pub async fn faults_with(&self, trusted: Option<&[PublicKey]>) -> Vec<String> {
        let mut faults = Vec::new();
        audit(&*self.store, None, trusted, &mut |fault| faults.push(fault)).await.unwrap();
        faults
    }

    /// The public key of the server.
    pub fn public_key(&self) -> PublicKey {
        key::load_or_make(&self.folder.path().join("placet.key")).unwrap().verifying_key().to_bytes()
    }
}

pub async fn consent_id(answer: Response) -> Uuid {
    let answer: Value = answer.json().await.unwrap();
    answer["consentId"].as_str().unwrap().parse().unwrap()
}

/// What a page posts after its visitor has granted some services and refused the rest.
pub fn choice(widget: &WidgetConfig, granted: &[&str]) -> Value {
    let entries: Vec<_> = widget
        .purposes
        .iter()
        .flat_map(|purpose| purpose.services.iter().map(|service| (purpose.purpose, service)))
        .map(|(purpose, service)| CookieConsent {
            id: service.id.clone(),
            name: service.name.clone(),
            slug: service.slug.clone(),
            consent: purpose.is_necessary() || granted.contains(&service.slug.as_str()),
            version: service.version.clone(),
            date: "2020-05-19T16:53:59.511Z".to_owned(),
            purpose,
            tenant_id: 0,
        })
        .collect();
    json!({
        "sessionId": "0b93b823-ff36-4d61-8959-e9e8deee5ef8",
        "type": 2,
        "consents": { "lang": "fr-FR", "versionKey": widget.version_key, "cookieConsents": entries },
    })
}

/// Checks that an answer is a problem that a page's script may read, and answers it.
pub async fn problem(answer: Response, status: u16) -> Value {
    assert_eq!(answer.status(), status);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["status"], status);
    assert!(!problem["title"].as_str().unwrap().is_empty() && !problem["detail"].as_str().unwrap().is_empty());
    problem
}

/// The names of an answer's headers, sorted.
pub fn header_names(answer: &Response) -> Vec<&str> {
    let mut names: Vec<_> = answer.headers().keys().map(header::HeaderName::as_str).collect();
    names.sort_unstable();
    names
}

/// The paths of a problem's faults.
pub fn paths(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|error| error["path"].as_str().unwrap()).collect()
}
