//! `POST /v1/widgets/{id}/consents?key=K`: keeps a proof.

use axum::{
    Router,
    extract::{Path, Request, State, rejection::PathRejection},
    response::Response,
    routing::post,
};
use placet_protocol::{ConsentAnswer, ConsentRequest};

use super::{
    App, access, body,
    error::Error,
    keep::{self, Envelope},
    limits::Kind,
};
use crate::clock;

/// The resource.
pub fn router() -> Router<App> {
    Router::new().route("/widgets/{id}/consents", post(keep))
}

/// Keeps what a visitor decided, service by service, and answers 201 with the proof's identifier.
async fn keep(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Error> {
    let Path(id) = id?;
    let version_in_force = access::open(&app, Kind::Keeping, &id, request.uri(), request.headers()).await?;
    let headers = request.headers().clone();
    let mut sent: ConsentRequest = body::json(request).await?;
    let widget = version_in_force.content.id;
    let name = sent.idempotency_key.take();
    let envelope = Envelope::open(widget, &headers, name, &sent)?;

    let version = match sent.consents.version_key.as_deref() {
        None => Some(version_in_force),
        Some(version_key) => keep::version(&app, widget, version_key).await?,
    };
    let receipt = keep::keep(&app, envelope, sent, version.as_deref(), clock::now()).await?;
    Ok(keep::created(ConsentAnswer { consent_id: receipt.consent_id.to_string() }))
}
