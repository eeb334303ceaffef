//! `GET /v1/widgets/{id}?key=K&lang=L`: what a widget shows.

use std::sync::Arc;

use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, Uri, header},
    response::Response,
};
use placet_protocol::{FirstLayer, WidgetConfig};
use serde::Serialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    App, Layer, access,
    asset::Asset,
    error::Error,
    first_party, joined,
    limits::Kind,
    openapi::{Keyed, OfWidget, Refusals},
    parameter, sdk,
};
use crate::{
    clock, language,
    widget::{
        Version,
        content::{Content, Edition},
        first_layer, render,
    },
};

/// The resources.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show)).routes(routes!(show_banner))
}

/// The widget in the first of these languages that it speaks: what was chosen for the page (`lang`: one, or several
/// separated by commas, best first), what the visitor's browser reads (`Accept-Language`), the widget's own first.
#[utoipa::path(
    get,
    path = "/widgets/{id}",
    tag = "Pages",
    params(
        OfWidget,
        Keyed,
        ("lang" = Option<String>, Query, description = "Languages that were chosen for the page, best first (BCP 47)."),
    ),
    responses(
        (status = 200, description = "What the widget shows.", body = WidgetConfig),
        (status = 304, description = "What the browser has (`If-None-Match`) is still good."),
        Refusals,
    ),
)]
async fn show(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let whole = |mut config: WidgetConfig, content: &Content| {
        config.trigger = first_layer::trigger(&config, content.appearance.trigger, sdk::trigger_style(&config));
        Ok(config)
    };
    answer(&app, &id?, Layer::All, &uri, &headers, whole).await
}

/// The banner alone, in the same language: what is seen first travels first.
#[utoipa::path(
    get,
    path = "/widgets/{id}/banner",
    tag = "Pages",
    params(
        OfWidget,
        Keyed,
        ("lang" = Option<String>, Query, description = "Languages that were chosen for the page, best first (BCP 47)."),
    ),
    responses(
        (status = 200, description = "The banner, ready to be drawn.", body = FirstLayer),
        (status = 304, description = "What the browser has (`If-None-Match`) is still good."),
        Refusals,
    ),
)]
async fn show_banner(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let banner = |config: WidgetConfig, _: &Content| {
        let style = sdk::banner_style(&config);
        let layer = first_layer::first_layer(&config, style);
        layer.ok_or_else(|| Error::Internal("the view has told no banner".to_owned()))
    };
    answer(&app, &id?, Layer::First, &uri, &headers, banner).await
}

/// Answers a layer of the widget; what `of` makes of its configuration is remembered.
///
/// A browser keeps the answer and asks each time whether it is still good. Nothing is answered from a copy that may be
/// old (`stale-while-revalidate`): whoever is asked for consent is shown the newest version, as an owner who has just
/// corrected a text or added a service relies on, and the proof names the version that was shown.
async fn answer<T: Serialize>(
    app: &App,
    id: &str,
    layer: Layer,
    uri: &Uri,
    headers: &HeaderMap,
    of: impl FnOnce(WidgetConfig, &Content) -> Result<T, Error>,
) -> Result<Response, Error> {
    let version = access::open(app, Kind::Reading, id, uri, headers).await?;
    let (edition, by_browser) = edition(&version.content, uri, headers);
    let rendered = app.rendered.try_get_with((version.version_key, edition.lang.clone(), layer), || {
        let body = serde_json::to_vec(&of(render::render(&version, edition), &version.content)?)?;
        let asset = Asset::compress(body, "application/json");
        let tag = format!("{}{}", asking(&version), asset.tag);
        Ok::<_, Error>(Arc::new(Asset { tag, ..asset }))
    });
    let rendered = rendered.map_err(|error| Error::Internal(error.to_string()))?;
    if layer == Layer::All && access::names_page(headers) && !was_asked(&version, headers) {
        app.shown.count(version.content.id);
    }
    // Without `Origin`, `Referer` may name the page (`access::check_origin`).
    let vary = match (headers.contains_key(header::ORIGIN), by_browser) {
        (true, false) => "Origin, Accept-Encoding",
        (true, true) => "Origin, Accept-Encoding, Accept-Language",
        (false, false) => "Origin, Referer, Accept-Encoding",
        (false, true) => "Origin, Referer, Accept-Encoding, Accept-Language",
    };
    let answer = rendered.answer(headers, "no-cache", vary);
    Ok(if layer == Layer::All { first_party::renew(answer, &version, headers, clock::now()) } else { answer })
}

/// What an answer's tag begins with: it tells what the version asks for.
fn asking(version: &Version) -> String {
    // The first digits of the key are a time.
    format!("{}-", hex::encode(&version.ask_key.as_bytes()[12..]))
}

/// Whether the browser has shown its user already what this version asks for: it has a configuration, of this version or
/// of another one that asks for the same, and says so.
fn was_asked(version: &Version, headers: &HeaderMap) -> bool {
    let known = joined(headers, header::IF_NONE_MATCH).unwrap_or_default();
    known.contains(&format!("\"{}", asking(version)))
}

/// What the widget says in the language that the visitor reads best, and whether it was their browser's header that
/// decided.
fn edition<'a>(content: &'a Content, uri: &Uri, headers: &HeaderMap) -> (&'a Edition, bool) {
    if let Some(edition) = chosen_edition(content, uri) {
        return (edition, false);
    }
    let accepted = joined(headers, header::ACCEPT_LANGUAGE).unwrap_or_default();
    let edition = content.edition(&language::parse_accept_language(&accepted));
    (edition.unwrap_or(content.editions.first()), true)
}

/// What the widget says at this address, whatever language the visitor reads.
pub fn edition_by_address<'a>(content: &'a Content, uri: &Uri) -> &'a Edition {
    chosen_edition(content, uri).unwrap_or(content.editions.first())
}

fn chosen_edition<'a>(content: &'a Content, uri: &Uri) -> Option<&'a Edition> {
    content.edition(&language::parse_list(&parameter(uri, "lang")?))
}
