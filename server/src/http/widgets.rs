//! `GET /v1/widgets/{id}?key=K&lang=L`: what a widget shows.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, Uri, header},
    response::Response,
    routing::get,
};

use super::{App, access, asset::Asset, error::Error, joined, parameter};
use crate::{language, widget::render};

/// The resource.
pub fn router() -> Router<App> {
    Router::new().route("/widgets/{id}", get(show))
}

/// The widget in the language that the visitor reads best: `lang` names their languages, best first, separated by
/// commas; without it `Accept-Language` does.
///
/// A browser keeps the answer and asks each time whether it is still good, so that a new version shows at once and
/// costs nothing in the meantime.
async fn show(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let Path(id) = id?;
    let version = access::open(&app, &id, &uri, &headers).await?;
    let named = parameter(&uri, "lang").filter(|lang| !lang.is_empty());
    let (wanted, vary) = if let Some(list) = &named {
        (language::parse_list(list), "Origin, Accept-Encoding")
    } else {
        let accepted = joined(&headers, header::ACCEPT_LANGUAGE).unwrap_or_default();
        (language::parse_accept_language(&accepted), "Origin, Accept-Encoding, Accept-Language")
    };
    let edition = version.content.edition(&wanted);
    let rendered = app.rendered.try_get_with((version.version_key, edition.lang.clone()), || {
        let config = serde_json::to_vec(&render::render(&version, edition))?;
        Ok::<_, serde_json::Error>(Arc::new(Asset::compress(config, "application/json")))
    });
    let rendered = rendered.map_err(|error| Error::Internal(error.to_string()))?;
    Ok(rendered.answer(&headers, "public, no-cache", vary))
}
