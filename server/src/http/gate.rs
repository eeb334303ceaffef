//! `GET /sdk/placet.js?key=K&widget=43`: the gate, and before it in its first line what it should know of its widget at
//! once. So whoever has to be asked sees the banner without a second request.
//!
//! What it says follows from its address alone, as caches between the server and the page may send it to any page and any
//! visitor for a day. What depends on the page (its origin) or on the visitor (their languages) the gate finds out there.

use std::{collections::BTreeMap, sync::Arc};

use axum::http::Uri;
use nonempty::NonEmpty;
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
    origin::AllowedOrigin,
    widget::{Content, Version, content::Edition, first_layer, render},
};

/// The gate's build with automatic blocking.
const AUTOBLOCK: &str = "autoblock.js";
/// How long the pattern of the origins may be, in bytes, to travel with the banner: about 30 sites.
const MOST_ORIGINS: usize = 1000;

/// What one version's gate is told depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Told {
    version: Option<Uuid>,
    blocks: bool,
    /// The banner's language, if there is a banner.
    banner: Option<Language>,
}

/// What the gate should know at once: `KnownWidget` in `www/gate/known.ts`.
#[derive(Serialize)]
struct Known<'a> {
    /// What automatic blocking has to hold before it can ask anybody: the hosts that services declare, each with the
    /// slugs of those services.
    #[serde(skip_serializing_if = "Option::is_none")]
    domains: Option<BTreeMap<String, Vec<&'a str>>>,
    #[serde(flatten)]
    shown: Option<Shown>,
}

/// The first layer, for visitors who have to be asked, and where it is the right one.
#[derive(Serialize)]
struct Shown {
    /// A regular expression that the page's origin matches if it may show the banner.
    origins: String,
    banner: FirstLayer,
}

/// A gate, and whether what it says holds for as long as a gate is kept.
pub struct Gate {
    /// The script.
    pub asset: Arc<Asset>,
    /// Whether the widget is published. If not, the same address says something else as soon as it is.
    pub is_of_widget: bool,
}

/// The gate of the snippet's widget; `None` if the address names none. If there is no such widget nothing is blocked:
/// asked for what the widget shows, the server will say why.
///
/// The banner may be a day old when it is used, as the gate is kept for a day: the gate compares it with the configuration
/// that it asks for meanwhile.
///
/// # Errors
///
/// If the store can't say what automatic blocking has to hold.
pub async fn of_widget(app: &App, uri: &Uri) -> Result<Option<Gate>, Error> {
    if parameter(uri, "key").or(parameter(uri, "widget")).is_none() {
        return Ok(None);
    }
    let blocks = parameter(uri, "autoblock").as_deref() == Some("1");
    let version = match version(app, uri).await {
        Ok(version) => version,
        // What it holds it has to know; what it shows it can ask for.
        Err(error) if blocks => return Err(error),
        Err(_) => None,
    };
    let banner = version.as_deref().map(|version| widgets::edition_by_address(&version.content, uri));
    let told = Told {
        version: version.as_ref().map(|version| version.version_key),
        blocks,
        banner: banner.map(|edition| edition.lang.clone()),
    };
    let build = sdk::content(if blocks { AUTOBLOCK } else { sdk::ENTRY })?;
    let asset = app.gates.try_get_with(told, || {
        let known = known(version.as_deref(), blocks, banner);
        compose(&known, &build).map(Arc::new)
    });
    let asset = asset.map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Some(Gate { asset, is_of_widget: version.is_some() }))
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

fn known<'a>(version: Option<&'a Version>, blocks: bool, edition: Option<&Edition>) -> Known<'a> {
    let shown = version.zip(edition).and_then(|(version, edition)| shown(version, edition));
    let domains = || version.map(|version| declared_domains(&version.content)).unwrap_or_default();
    Known { domains: blocks.then(domains), shown }
}

/// The first layer; `None` for a widget of so many sites that a list of them would delay the banner on each.
fn shown(version: &Version, edition: &Edition) -> Option<Shown> {
    let origins = origins_pattern(&version.content.origins);
    if origins.len() > MOST_ORIGINS {
        return None;
    }
    let config = render::render(version, edition);
    let banner = first_layer::first_layer(&config, sdk::banner_style(&config))?;
    Some(Shown { origins, banner })
}

/// Matches the origins that may show the widget, as browsers write them.
fn origins_pattern(origins: &NonEmpty<AllowedOrigin>) -> String {
    let patterns = origins.iter().map(|origin| {
        let origin = origin.to_string();
        match origin.strip_suffix(":*") {
            Some(without_port) => format!("{}(:\\d+)?", literal(without_port)),
            None => literal(&origin),
        }
    });
    format!("^({})$", patterns.collect::<Vec<_>>().join("|"))
}

/// A text as a regular expression that matches it alone.
fn literal(text: &str) -> String {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || matches!(char, ':' | '/' | '-');
    text.chars().flat_map(|char| (!is_plain(char)).then_some('\\').into_iter().chain([char])).collect()
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
        let asset = compose(&Known { domains: Some(domains), shown: None }, b"gate").unwrap();
        let script = "window.placetKnown={\"domains\":{\"js.driftt.com\":[\"drift\"]}};\ngate";
        assert_eq!(asset.identity, script.as_bytes());
    }

    #[test]
    fn the_pattern_of_the_origins_means_them_and_no_others() {
        let pattern = |origins: &[&str]| {
            origins_pattern(&NonEmpty::collect(origins.iter().map(|origin| origin.parse().unwrap())).unwrap())
        };
        assert_eq!(pattern(&["https://shop.example.com"]), r"^(https://shop\.example\.com)$");
        assert_eq!(
            pattern(&["http://localhost:*", "http://[::1]:*", "https://a-b.test:8443"]),
            r"^(http://localhost(:\d+)?|http://\[::1\](:\d+)?|https://a-b\.test:8443)$"
        );
        // The URL standard lets a host's name have these.
        assert_eq!(pattern(&["https://a(b)+$.test"]), r"^(https://a\(b\)\+\$\.test)$");
    }
}
