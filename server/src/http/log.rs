//! What the log says of a request: its method, its path, its name, and nothing of who asked but what was chosen.
//!
//! The query stays out, as it holds the public key; so do headers, which hold admin tokens and cookies, and bodies.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use tracing::{Span, field};
use uuid::Uuid;

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

/// How many characters of a request's path and method are written.
const LONGEST: usize = 200;

/// A request's name in the log.
#[derive(Clone, Copy, Debug)]
pub struct RequestId(Uuid);

/// Names a request. The name is always ours: one that the client sends may be another request's, and a proxy that knows
/// nothing of the header passes on what the client has written into it.
pub async fn name_request(mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(RequestId(Uuid::new_v4()));
    next.run(request).await
}

/// What a request's lines share.
pub fn span<B>(addresses: Addresses, request: &axum::http::Request<B>) -> Span {
    let id = request.extensions().get::<RequestId>().map(|RequestId(id)| field::display(*id));
    let (method, path) = (shortened(request.method().as_str()), shortened(request.uri().path()));
    let span = tracing::info_span!("request", method, path, id, client = field::Empty);
    if addresses == Addresses::Network
        && let Some(client) = request.extensions().get::<Client>()
    {
        span.record("client", field::display(client));
    }
    span
}

fn shortened(text: &str) -> &str {
    text.char_indices().nth(LONGEST).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// Names the request in an answer that somebody may have to look up in the log: one that says no, or one to a request
/// that changed something. The others go to every visitor of a site, where every byte counts.
pub async fn tell_request_id(request: Request, next: Next) -> Response {
    let only_reads = request.method().is_safe();
    let id = request.extensions().get::<RequestId>().copied();
    let mut answer = next.run(request).await;
    let went_well = answer.status().is_success() || answer.status().is_redirection();
    if let Some(RequestId(id)) = id
        && !(only_reads && went_well)
        && let Ok(id) = HeaderValue::try_from(id.to_string())
    {
        answer.headers_mut().insert(HeaderName::from_static("x-request-id"), id);
    }
    answer
}
