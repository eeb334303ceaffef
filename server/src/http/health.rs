//! `GET /healthz`: whether the process is there and answers. `GET /readyz`: whether it should be sent requests, which it
//! should not while its database does not answer, or once it has been told to stop.

use std::time::Duration;

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use placet_protocol::Problem;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{App, error::Error};

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The resources.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(health)).routes(routes!(readiness))
}

/// Whether the process is there and answers.
#[utoipa::path(get, path = "/healthz", tag = "Operation", responses((status = 200, description = "It does.", body = String)))]
async fn health() -> Response {
    said("ok")
}

/// Whether the server should be sent requests.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "Operation",
    responses(
        (status = 200, description = "It should.", body = String),
        (status = 503, description = "Its database does not answer, or it has been told to stop.", body = Problem, content_type = "application/problem+json"),
    ),
)]
async fn readiness(State(app): State<App>) -> Result<Response, Error> {
    if app.stopping.is_told() {
        return Err(Error::Unavailable("the server has been told to stop".to_owned()));
    }
    match tokio::time::timeout(PATIENCE, app.store.workspaces()).await {
        Ok(Ok(_)) => Ok(said("ready")),
        Ok(Err(error)) => Err(Error::Unavailable(error.to_string())),
        Err(_) => Err(Error::Unavailable(format!("the database took more than {} s to answer", PATIENCE.as_secs()))),
    }
}

fn said(word: &'static str) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], word).into_response()
}
