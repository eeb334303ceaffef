//! `GET /v1/consents/{consentId}`: a proof, for the administrators of its workspace.

use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use placet_protocol::Proof;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{App, error::Error, openapi::AdminRefusals, text};
use crate::token::AdminToken;

/// The resource.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show))
}

/// The proof of an identifier. One of another workspace is not there.
#[utoipa::path(
    get,
    path = "/consents/{consent_id}",
    tag = "Administrators",
    security(("token" = [])),
    params(("consent_id" = String, Path, description = "The proof's identifier (UUID), as the visitor's browser keeps it.")),
    responses(
        (status = 200, description = "The proof.", body = Proof),
        AdminRefusals,
    ),
)]
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
    let proof = app.store.proof(consent_id).await?;
    let proof = proof.filter(|proof| proof.work_space_id == workspace).ok_or_else(unknown)?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(proof)).into_response())
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
