//! `GET /sdk/placet.js?key=K&widget=43`: the gate, and before it in its first line what it should know of its widget at
//! once. So whoever has to be asked sees the banner without a second request.

use std::{collections::BTreeMap, sync::Arc};

use axum::http::{HeaderMap, Uri};
use placet_protocol::FirstLayer;
use serde::Serialize;
use uuid::Uuid;

use super::{
    App,
    access::{self, Access},
    asset::Asset,
    error::Error,
    parameter, sdk, widgets,
};
use crate::{
    language::Language,
    widget::{Content, Version, content::Edition, first_layer, render},
};

/// The gate's build with automatic blocking.
const AUTOBLOCK: &str = "autoblock.js";

/// What one version's gate is told depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Told {
    version: Option<Uuid>,
    blocks: bool,
    /// The banner's language, if there is a banner.
    banner: Option<Language>,
}

/// What the gate should know at once: `KnownWidget` in `www/gate/index.ts`.
#[derive(Serialize)]
struct Known<'a> {
    /// What automatic blocking has to hold before it can ask anybody: the hosts that services declare, each with the
    /// slugs of those services.
    #[serde(skip_serializing_if = "Option::is_none")]
    domains: Option<BTreeMap<String, Vec<&'a str>>>,
    /// The first layer, for whoever has to be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    banner: Option<FirstLayer>,
}

/// The gate of the snippet's widget, and which headers of the request it depends on; `None` if nothing is to be told.
/// If there is no such widget nothing is blocked: asked for what the widget shows, the server will say why.
///
/// The banner is told where the page names its site, and the widget's file allows that site. It may be a day old when it
/// is used, as the gate is kept for a day: the gate compares it with the configuration that it asks for meanwhile.
///
/// # Errors
///
/// If the store can't say what automatic blocking has to hold.
pub async fn of_widget(app: &App, uri: &Uri, headers: &HeaderMap) -> Result<Option<(Arc<Asset>, &'static str)>, Error> {
    let blocks = parameter(uri, "autoblock").as_deref() == Some("1");
    let version = match version(app, uri).await {
        Ok(version) => version,
        // What it holds it has to know; what it shows it can ask for.
        Err(error) if blocks => return Err(error),
        Err(_) => None,
    };
    let banner = version.as_deref().filter(|version| is_for_page(version, headers));
    let banner = banner.map(|version| widgets::edition(&version.content, uri, headers));
    if !blocks && banner.is_none() {
        return Ok(None);
    }
    let told = Told {
        version: version.as_ref().map(|version| version.version_key),
        blocks,
        banner: banner.map(|(edition, _)| edition.lang.clone()),
    };
    let build = sdk::content(if blocks { AUTOBLOCK } else { sdk::ENTRY })?;
    let gate = app.gates.try_get_with(told, || {
        let known = known(version.as_deref(), blocks, banner.map(|(edition, _)| edition));
        compose(&known, &build).map(Arc::new)
    });
    let gate = gate.map_err(|error| Error::Internal(error.to_string()))?;
    let by_browser = banner.is_some_and(|(_, by_browser)| by_browser);
    Ok(Some((gate, if by_browser { "Accept-Encoding, Accept-Language" } else { "Accept-Encoding" })))
}

/// The version in force of the widget that the snippet names.
async fn version(app: &App, uri: &Uri) -> Result<Option<Arc<Version>>, Error> {
    let key = parameter(uri, "key").unwrap_or_default();
    let widget = parameter(uri, "widget").and_then(|widget| widget.parse().ok()).unwrap_or(0);
    match access::access(app, &(key, widget)).await? {
        Access::Granted(version) => Ok(Some(version)),
        Access::UnknownKey | Access::UnknownWidget => Ok(None),
    }
}

/// Whether the request names its page's site, and the widget may be shown there.
fn is_for_page(version: &Version, headers: &HeaderMap) -> bool {
    access::names_page(headers) && access::check_origin(version, headers).is_ok()
}

fn known<'a>(version: Option<&'a Version>, blocks: bool, edition: Option<&Edition>) -> Known<'a> {
    let banner = version.zip(edition);
    Known {
        domains: blocks.then(|| version.map(|version| declared_domains(&version.content)).unwrap_or_default()),
        banner: banner.and_then(|(version, edition)| {
            let config = render::render(version, edition);
            first_layer::first_layer(&config, sdk::banner_style(&config))
        }),
    }
}

/// The hosts that services declare, each with the short names of those services.
fn declared_domains(content: &Content) -> BTreeMap<String, Vec<&str>> {
    let mut domains: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for service in content.services.iter().filter(|service| !service.purpose.is_necessary()) {
        for domain in &service.domains {
            domains.entry(domain.to_ascii_lowercase()).or_default().push(service.slug.as_str());
        }
    }
    domains
}

fn compose(known: &Known<'_>, gate: &[u8]) -> Result<Asset, Error> {
    let known = serde_json::to_vec(known)?;
    Ok(Asset::compress([b"window.placetKnown=", known.as_slice(), b";\n", gate].concat(), sdk::JAVASCRIPT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_gate_should_know_is_its_first_line() {
        let domains = BTreeMap::from([("js.driftt.com".to_owned(), vec!["drift"])]);
        let asset = compose(&Known { domains: Some(domains), banner: None }, b"gate").unwrap();
        let script = "window.placetKnown={\"domains\":{\"js.driftt.com\":[\"drift\"]}};\ngate";
        assert_eq!(asset.identity, script.as_bytes());
    }
}
