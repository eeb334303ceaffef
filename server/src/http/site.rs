//! `/demo/`: a folder of static pages, such as the demo shop; and `/`, which leads there.

use std::path::Path;

use axum::{
    Router,
    handler::HandlerWithoutStateExt,
    http::{HeaderValue, header},
    response::Redirect,
    routing::get,
};
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};

use super::{App, error::Error};

/// The resource; without a folder, `/` says what this server is.
pub fn router(folder: Option<&Path>) -> Router<App> {
    let Some(folder) = folder else {
        return Router::new().route("/", get(async || "This is Placet, a consent manager. Its API is under /v1/.\n"));
    };
    // People change these pages and load them again to look.
    let fresh = SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Router::new()
        .nest_service("/demo/", ServeDir::new(folder).fallback(no_page.into_service()))
        .layer(fresh)
        .route("/", get(async || Redirect::to("/demo/")))
        .route("/demo", get(async || Redirect::to("/demo/")))
}

async fn no_page() -> Error {
    Error::NotFound("the demo site has no such page; it starts at /demo/".to_owned())
}
