//! What the server answers, a file for each resource.
//!
//! | module | answers |
//! |---|---|
//! | [`widgets`] | `GET /v1/widgets/{id}` and `…/banner`: what a widget shows, to pages of the sites that may show it |
//! | [`consents`] | `POST /v1/widgets/{id}/consents`: keeps a proof |
//! | [`answers`] | `POST /v1/widgets/{id}/answers`: keeps the proof of a bare answer, for browsers without WebAssembly |
//! | [`hand_overs`] | `POST /v1/widgets/{id}/hand-overs` and `…/redeem`: a choice for another site of the widget |
//! | [`proofs`] | `GET` and `DELETE /v1/consents…`: proofs, to the administrators of their workspace |
//! | [`statistics`] | `GET /v1/widgets/{id}/statistics`: what visitors did, counted, to the same |
//! | [`sdk`] | `GET /sdk/{file}`: what the snippet loads |
//! | [`gate`] | `GET /sdk/placet.js?…`: the first of that, with what it should know of its widget |
//! | [`site`] | `GET /demo/…`: a folder of static pages, if there is one |
//! | [`health`] | `GET /healthz` and `/readyz`: whether the process is there, and whether it should be sent requests |
//! | [`security_txt`] | `GET /.well-known/security.txt`: the contact for vulnerability reports |
//! | [`openapi`] | `GET /openapi.json` and `/openapi`: what the API is, for programs and for people |
//! | [`metrics`] | `GET /metrics`, on a listener of its own |
//!
//! Every answer that says no is a [`error::Error`], sent as `application/problem+json` (RFC 9457).

mod access;
mod admin;
pub mod answers;
mod asset;
mod body;
pub mod certificate;
pub mod client;
pub mod connections;
pub mod consents;
mod cors;
pub mod error;
mod first_party;
pub mod gate;
pub mod hand_overs;
pub mod health;
mod keep;
pub mod limits;
pub mod listen;
pub mod log;
pub mod metrics;
pub mod openapi;
pub mod proofs;
pub mod sdk;
pub mod security_txt;
pub mod site;
pub mod statistics;
pub mod widgets;

use std::{ops::Deref, path::PathBuf, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use moka::sync::Cache;
use tower_http::{catch_panic::CatchPanicLayer, set_header::SetResponseHeaderLayer, trace::TraceLayer};
use utoipa::OpenApi;
use uuid::Uuid;

pub use self::listen::serve;
use self::{
    access::Granted,
    asset::Asset,
    certificate::Certificate,
    client::Proxy,
    connections::MostConnections,
    error::Error,
    limits::{Limits, PerMinute},
    listen::{Stopping, Times},
    log::Addresses,
    security_txt::SecurityContact,
};
use crate::{audit_log::AuditLog, language::Language, ledger::Ledger, shown::Shown, store::Store, widget::Version};

/// How long a request may take, from its headers to its answer.
const REQUEST_TIME: Duration = Duration::from_secs(30);
/// For how long a file of another server's SDK is remembered after it was asked for.
const REMEMBERED_FOR: Duration = Duration::from_hours(1);
/// How much memory answers that are remembered may take, in bytes; as much again may gates.
const REMEMBERED: u64 = 32 * 1024 * 1024;

/// How much of a widget is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Layer {
    /// What is seen first.
    First,
    /// All of it.
    All,
}

/// What every resource can reach. Its clones are one and the same.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

/// What there is to reach.
#[derive(Clone, Debug)]
pub struct Parts {
    store: Arc<dyn Store>,
    ledger: Ledger,
    audit_log: AuditLog,
    /// Published versions. They never change, so nothing here is ever out of date.
    versions: Cache<(u32, Uuid), Arc<Version>>,
    granted: Granted,
    /// What visitors are sent, by version, language and layer.
    rendered: Cache<(Uuid, Language, Layer), Arc<Asset>>,
    /// Files of the SDK that other servers have put into the database, by their names.
    sdk_files: Cache<String, Arc<Asset>>,
    /// The gates that are told something of their widget.
    gates: Cache<gate::Told, Arc<Asset>>,
    shown: Arc<Shown>,
    site: Option<PathBuf>,
    proxies: Arc<[Proxy]>,
    limits: Arc<Limits>,
    times: Times,
    most_connections: MostConnections,
    stopping: Stopping,
    logged: Addresses,
    security_contact: Option<SecurityContact>,
    certificate: Option<Certificate>,
    counts: bool,
}

impl App {
    /// A server on a store and the ledger that keeps its proofs; `site` is a folder of static pages for `/demo/`.
    pub fn new(store: Arc<dyn Store>, ledger: Ledger, site: Option<PathBuf>) -> Self {
        // A version takes a few tens of kilobytes.
        let versions = Cache::new(1000);
        let weight = |asset: &Arc<Asset>| u32::try_from(asset.len()).unwrap_or(u32::MAX);
        let rendered = Cache::builder()
            .weigher(move |_: &(Uuid, Language, Layer), asset| weight(asset))
            .max_capacity(REMEMBERED)
            .build();
        let gates =
            Cache::builder().weigher(move |_: &gate::Told, asset| weight(asset)).max_capacity(REMEMBERED).build();
        let sdk_files = Cache::builder().weigher(move |_: &String, asset| weight(asset)).max_capacity(REMEMBERED / 4);
        let sdk_files = sdk_files.time_to_idle(REMEMBERED_FOR).build();
        Self(Arc::new(Parts {
            audit_log: AuditLog::open(Arc::clone(&store)),
            store,
            ledger,
            versions,
            granted: Granted::default(),
            rendered,
            gates,
            sdk_files,
            shown: Arc::default(),
            site,
            proxies: Arc::default(),
            limits: Arc::new(Limits::new(PerMinute::default())),
            times: Times::default(),
            most_connections: MostConnections::default(),
            stopping: Stopping::default(),
            logged: Addresses::default(),
            security_contact: None,
            certificate: None,
            counts: false,
        }))
    }

    /// The same but for something.
    fn with(mut self, change: impl FnOnce(&mut Parts)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// Refuses requests beyond these limits. Without, there are none.
    #[must_use]
    pub fn limited(self, per_minute: PerMinute) -> Self {
        self.with(|parts| parts.limits = Arc::new(Limits::new(per_minute)))
    }

    /// Believes these proxies as to whom they speak for. Without, whoever asks is the client.
    #[must_use]
    pub fn behind(self, proxies: &[Proxy]) -> Self {
        self.with(|parts| parts.proxies = proxies.into())
    }

    /// Waits so long. Without, as long as [`Times::default`] says.
    #[must_use]
    pub fn waiting(self, times: Times) -> Self {
        self.with(|parts| parts.times = times)
    }

    /// Has so many connections at a time. Without, as many as [`MostConnections::default`] says.
    #[must_use]
    pub fn connected(self, most: MostConnections) -> Self {
        self.with(|parts| parts.most_connections = most)
    }

    /// Writes so much of clients' addresses to the log. Without, nothing.
    #[must_use]
    pub fn logging(self, logged: Addresses) -> Self {
        self.with(|parts| parts.logged = logged)
    }

    /// Publishes a contact for vulnerability reports. Without, there is none.
    #[must_use]
    pub fn with_security_contact(self, security_contact: Option<SecurityContact>) -> Self {
        self.with(|parts| parts.security_contact = security_contact)
    }

    /// Speaks TLS with a certificate. Without, HTTP.
    #[must_use]
    pub fn with_certificate(self, certificate: Option<Certificate>) -> Self {
        self.with(|parts| parts.certificate = certificate)
    }

    /// Counts requests for [`metrics`]. Without, nobody does.
    #[must_use]
    pub fn counting(self) -> Self {
        self.with(|parts| parts.counts = true)
    }

    /// Who read, exported or erased what: to be closed at the end.
    pub fn audit_log(&self) -> AuditLog {
        self.audit_log.clone()
    }

    /// How many visitors were shown a widget: to be added to the store from time to time.
    pub fn shown(&self) -> Arc<Shown> {
        Arc::clone(&self.shown)
    }

    /// A version of a widget, remembered from the last time that it was asked for.
    async fn version(&self, widget: u32, version_key: Uuid) -> Result<Option<Arc<Version>>, Error> {
        if let Some(version) = self.versions.get(&(widget, version_key)) {
            return Ok(Some(version));
        }
        let version = self.store.version(widget, version_key).await?.map(Arc::new);
        if let Some(version) = &version {
            self.versions.insert((widget, version_key), Arc::clone(version));
        }
        Ok(version)
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// Everything that the server answers.
pub fn router(app: App) -> Router {
    // For pages of other sites, which may read every answer.
    let (public, of_public) = widgets::router()
        .merge(consents::router())
        .merge(answers::router())
        .merge(hand_overs::router())
        .split_for_parts();
    let public = public
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(limit_time))
        .layer(middleware::from_fn_with_state(app.clone(), first_party::share_cookies))
        .layer(middleware::from_fn_with_state(app.clone(), limits::limit_clients))
        .layer(middleware::from_fn(cors::open_to_all));
    // For administrators, who call from their own servers.
    let (admin, of_admin) = proofs::router().merge(statistics::router()).split_for_parts();
    let admin = admin
        .method_not_allowed_fallback(method_not_allowed)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(limit_time))
        .layer(middleware::from_fn_with_state(app.clone(), limits::limit_clients))
        .layer(middleware::map_response(for_nobodys_page));

    let (plain, of_plain) = sdk::router().merge(health::router()).merge(security_txt::router()).split_for_parts();
    let of_api = openapi::Document::openapi().nest("/v1", of_public).nest("/v1", of_admin).merge_from(of_plain);

    let everything = Router::new()
        .nest("/v1", public.merge(admin))
        .merge(plain)
        .merge(site::router(app.site.as_deref()))
        .merge(openapi::router(of_api))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(SetResponseHeaderLayer::if_not_present(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ));
    let counted = if app.counts { everything.layer(middleware::from_fn(metrics::count)) } else { everything };
    let logged = app.logged;
    counted
        .layer(middleware::from_fn(log::tell_request_id))
        .layer(TraceLayer::new_for_http().make_span_with(move |request: &Request| log::span(logged, request)))
        .layer(middleware::from_fn_with_state(app.clone(), client::identify))
        .layer(middleware::from_fn(log::name_request))
        .layer(middleware::from_fn(connections::note_answering))
        .with_state(app)
}

/// Keeps an answer out of pages: none may frame it, load it or run anything of it, should a browser be shown it.
async fn for_nobodys_page(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    );
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    answer
}

/// Ends a request that takes too long.
async fn limit_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(REQUEST_TIME, next.run(request)).await {
        Ok(answer) => answer,
        Err(_) => Error::Unavailable("the answer took too long".to_owned()).into_response(),
    }
}

/// Answers for a request that panics, which none should.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    Error::Panicked.into_response()
}

async fn not_found() -> Error {
    Error::NotFound("there is nothing at this address; the API is under /v1/, the SDK is /sdk/placet.js".to_owned())
}

async fn method_not_allowed() -> Error {
    Error::MethodNotAllowed
}

/// A header's value, if it is there and is text.
fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// All values of a header that may be given in several lines, as if it were in one (RFC 9110, 5.3).
fn joined(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let lines: Vec<_> = headers.get_all(name).iter().filter_map(|line| line.to_str().ok()).collect();
    (!lines.is_empty()).then(|| lines.join(","))
}

/// The first value of a parameter of the query.
fn parameter(request: &axum::http::Uri, name: &str) -> Option<String> {
    let query = request.query()?;
    url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
