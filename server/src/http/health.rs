//! `GET /healthz`: whether the process is there and answers.

use axum::{Router, http::header, routing::get};

use super::App;

/// The resource.
pub fn router() -> Router<App> {
    Router::new().route("/healthz", get(async || ([(header::CACHE_CONTROL, "no-store")], "ok")))
}
