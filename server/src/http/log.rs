//! What the log says of a request: its method, its path, its name, and nothing of who asked but what was chosen.
//!
//! The query stays out, as it holds the public key; so do headers, which hold admin tokens and cookies, and bodies.

use axum::{extract::Request, middleware::Next, response::Response};
use tower_http::request_id::RequestId;
use tracing::{Span, field};

use super::client::Client;

/// What is kept of a client's address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Addresses {
    /// Nothing.
    #[default]
    None,
    /// The network that the client is in: 24 bits of an IPv4 address, 48 of an IPv6 address.
    Network,
}

/// What a request's lines share.
pub fn span<B>(addresses: Addresses, request: &axum::http::Request<B>) -> Span {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok()).unwrap_or_default();
    let (method, path) = (request.method(), request.uri().path());
    let span = tracing::info_span!("request", %method, path, id, client = field::Empty);
    if addresses == Addresses::Network
        && let Some(client) = request.extensions().get::<Client>()
    {
        span.record("client", field::display(client));
    }
    span
}

/// Names the request in an answer that somebody may have to look up in the log: one that says no, or one to a request
/// that changed something. The others go to every visitor of a site, where every byte counts.
pub async fn tell_request_id(request: Request, next: Next) -> Response {
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
