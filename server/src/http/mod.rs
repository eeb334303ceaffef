//! What the server answers, a file for each resource.
//!
//! | module | answers |
//! |---|---|
//! | [`widgets`] | `GET /v1/widgets/{id}` and `…/banner`: what a widget shows, to pages of the sites that may show it |
//! | [`consents`] | `POST /v1/widgets/{id}/consents`: keeps a proof |
//! | [`answers`] | `POST /v1/widgets/{id}/answers`: keeps the proof of a bare answer, for browsers without WebAssembly |
//! | [`proofs`] | `GET` and `DELETE /v1/consents…`: proofs, to the administrators of their workspace |
//! | [`sdk`] | `GET /sdk/{file}`: what the snippet loads |
//! | [`gate`] | `GET /sdk/placet.js?…`: the first of that, with what it should know of its widget |
//! | [`site`] | `GET /demo/…`: a folder of static pages, if there is one |
//! | [`health`] | `GET /healthz` |
//!
//! Every answer that says no is a [`error::Error`], sent as `application/problem+json` (RFC 9457).

mod access;
pub mod answers;
mod asset;
mod body;
pub mod consents;
mod cors;
pub mod error;
pub mod gate;
pub mod health;
mod keep;
pub mod proofs;
pub mod sdk;
pub mod site;
pub mod widgets;

use std::{io, net::TcpListener, path::PathBuf, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use axum_server::{Handle, accept::NoDelayAcceptor};
use hyper_util::rt::TokioTimer;
use moka::sync::Cache;
use tower_http::{
    catch_panic::CatchPanicLayer,
    request_id::{MakeRequestUuid, RequestId, SetRequestIdLayer},
    set_header::SetResponseHeaderLayer,
    trace::TraceLayer,
};
use uuid::Uuid;

use self::{asset::Asset, error::Error};
use crate::{language::Language, ledger::Ledger, store::Store, widget::Version};

/// How long a request may take, from its headers to its answer.
const REQUEST_TIME: Duration = Duration::from_secs(30);
/// How long a client may take to send a request's headers, and a connection may stay idle.
const HEADER_TIME: Duration = Duration::from_secs(30);
/// How many headers a request may have. Browsers send about twenty.
const MOST_HEADERS: usize = 64;
/// How long requests that are under way when the server is told to stop may take to end.
const DRAIN_TIME: Duration = Duration::from_secs(10);
/// How much memory remembered versions and what is made of them may take, in bytes.
const REMEMBERED: u64 = 64 * 1024 * 1024;

/// How much of a widget is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Layer {
    /// What is seen first.
    First,
    /// All of it.
    All,
}

/// What every resource can reach.
#[derive(Clone, Debug)]
pub struct App {
    store: Arc<dyn Store>,
    ledger: Ledger,
    /// Published versions. They never change, so nothing here is ever out of date; which one is in force is asked of
    /// the store each time.
    versions: Cache<(u32, Uuid), Arc<Version>>,
    /// What visitors are sent, by version, language and layer.
    rendered: Cache<(Uuid, Language, Layer), Arc<Asset>>,
    /// The gates that are told something of their widget.
    gates: Cache<gate::Told, Arc<Asset>>,
    site: Option<PathBuf>,
}

impl App {
    /// A server on a store and the ledger that keeps its proofs; `site` is a folder of static pages for `/demo/`.
    pub fn new(store: Arc<dyn Store>, ledger: Ledger, site: Option<PathBuf>) -> Self {
        // A version takes a few tens of kilobytes.
        let versions = Cache::new(1000);
        let weigh = |_: &(Uuid, Language, Layer), asset: &Arc<Asset>| u32::try_from(asset.len()).unwrap_or(u32::MAX);
        let rendered = Cache::builder().weigher(weigh).max_capacity(REMEMBERED).build();
        Self { store, ledger, versions, rendered, gates: Cache::new(1000), site }
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

/// Everything that the server answers.
pub fn router(app: App) -> Router {
    // For pages of other sites, which may read every answer.
    let public = Router::new()
        .merge(widgets::router())
        .merge(consents::router())
        .merge(answers::router())
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(limit_time))
        .layer(middleware::from_fn(cors::open_to_all));
    // For administrators, who call from their own servers.
    let admin = proofs::router()
        .method_not_allowed_fallback(method_not_allowed)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(limit_time));

    Router::new()
        .nest("/v1", public.merge(admin))
        .merge(sdk::router())
        .merge(site::router(app.site.as_deref()))
        .merge(health::router())
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(SetResponseHeaderLayer::if_not_present(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(middleware::from_fn(tell_request_id))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .with_state(app)
}

/// Serves on a listener until `stop` comes, then lets the requests that are under way end.
///
/// # Errors
///
/// If the listener does not listen.
pub async fn serve(listener: TcpListener, app: App, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let handle = Handle::new();
    let mut server = axum_server::from_tcp(listener)?
        .handle(handle.clone())
        .acceptor(NoDelayAcceptor::new())
        // A connection that never says which version it speaks would wait for ever.
        .http1_only();
    server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIME).max_headers(MOST_HEADERS);
    tokio::spawn(async move {
        stop.await;
        tracing::info!("stopping; requests under way may take {} s to end", DRAIN_TIME.as_secs());
        handle.graceful_shutdown(Some(DRAIN_TIME));
    });
    server.serve(router(app).into_make_service()).await
}

/// Names the request in an answer that somebody may have to look up in the log: one that says no, or one to a request
/// that changed something. The others go to every visitor of a site, where every byte counts.
async fn tell_request_id(request: Request, next: Next) -> Response {
    let only_reads = request.method().is_safe();
    let id = request.extensions().get::<RequestId>().map(|id| id.header_value().clone());
    let mut answer = next.run(request).await;
    let went_well = answer.status().is_success() || answer.status().is_redirection();
    if let Some(id) = id
        && !(only_reads && went_well)
    {
        answer.headers_mut().insert("x-request-id", id);
    }
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

/// What a request's log lines share. The query stays out, and so does the client's address.
fn span<B>(request: &axum::http::Request<B>) -> tracing::Span {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), path = request.uri().path(), id)
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
