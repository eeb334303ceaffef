//! `POST /v1/widgets/{id}/consents?key=K`: keeps a proof.

use std::sync::Arc;

use axum::{
    extract::{Path, Request, State, rejection::PathRejection},
    response::Response,
};
use placet_protocol::{ConsentAnswer, ConsentRequest};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    App, access, body,
    error::Error,
    first_party,
    keep::{self, Envelope},
    limits::Kind,
    openapi::{BodyRefusals, Keyed, OfWidget, Refusals},
};
use crate::clock;

/// The resource.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(keep))
}

/// Keeps what a visitor decided, service by service, and answers 201 with the proof's identifier.
#[utoipa::path(
    post,
    path = "/widgets/{id}/consents",
    tag = "Pages",
    params(
        OfWidget,
        Keyed,
        ("Idempotency-Key" = Option<String>, Header, description = "Names the request: sent again, it is stored once."),
    ),
    request_body = ConsentRequest,
    responses(
        (status = 201, description = "The proof is on disk.", body = ConsentAnswer),
        Refusals,
        BodyRefusals,
    ),
)]
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
    let key = sent.idempotency_key.take();
    let envelope = Envelope::open(&app, widget, &headers, key.as_deref(), &sent)?;

    let version = match sent.consents.version_key.as_deref() {
        None => Some(Arc::clone(&version_in_force)),
        Some(version_key) => keep::version(&app, widget, version_key).await?,
    };
    let now = clock::now();
    let receipt = keep::keep(&app, envelope, sent, version.as_deref(), now).await?;
    let answer = keep::created(ConsentAnswer { consent_id: receipt.consent_id.to_string() });
    Ok(first_party::renew(answer, &version_in_force, &headers, now))
}
