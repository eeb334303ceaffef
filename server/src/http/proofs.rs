//! `GET /v1/consents/{consentId}`: a proof, for the administrators of its workspace.

use axum::{
    Json, Router,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::get,
};
use jiff::Timestamp;
use uuid::Uuid;

use super::{App, error::Error, text};
use crate::{clock, seal::Reason, store::Remains, token::AdminToken};

/// The resource.
pub fn router() -> Router<App> {
    Router::new().route("/consents/{consent_id}", get(show))
}

/// The proof of an identifier. One of another workspace is not there.
async fn show(
    State(app): State<App>,
    consent_id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let Path(consent_id) = consent_id?;
    let workspace = authorize(&app, &headers).await?;
    let unknown = || Error::NotFound("your workspace has no proof of this identifier".to_owned());
    let consent_id = Uuid::parse_str(&consent_id).map_err(|_| {
        Error::NotFound(
            "a proof's identifier is a UUID, as the visitor's browser keeps it under `consentId`".to_owned(),
        )
    })?;
    let entry = app.store.proof(consent_id).await?;
    let entry = entry.filter(|entry| entry.workspace == workspace).ok_or_else(unknown)?;
    if let Remains::Erased { at, reason, .. } = entry.remains {
        return Err(gone(at, reason));
    }
    let proof = entry.into_proof().ok_or_else(unknown)?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(proof)).into_response())
}

fn gone(at: Timestamp, reason: Reason) -> Error {
    let at = clock::iso(at);
    Error::Gone(match reason {
        Reason::Erased => format!("this proof was erased at {at}, as somebody asked for it"),
        Reason::Expired => format!("this proof was erased at {at}, as it had expired"),
    })
}

/// The workspace that the request's admin token opens.
async fn authorize(app: &App, headers: &HeaderMap) -> Result<u32, Error> {
    let token = text(headers, header::AUTHORIZATION)
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .and_then(|(_, token)| AdminToken::new(token.trim()));
    let Some(token) = token else {
        return Err(Error::Unauthorized("send your workspace's admin token: `Authorization: Bearer TOKEN`"));
    };
    let workspace = app.store.workspace_of(token.hash()).await?;
    workspace.ok_or(Error::Unauthorized("this admin token opens no workspace; check that it was copied whole"))
}
