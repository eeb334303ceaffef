//! Who may have a widget: a page that shows a public key of its workspace, on a site that its file allows.

use std::{sync::Arc, time::Instant};

use axum::http::{HeaderMap, Uri, header};
use moka::sync::Cache;

use super::{App, error::Error, limits::Kind, parameter, text};
use crate::{
    origin::Origin,
    store::{self, GRANTED_FOR},
    widget::{Version, check::is_public_key},
};

/// What a public key opens.
pub enum Access {
    /// Nothing: nobody has this key.
    UnknownKey,
    /// Its workspace has no widget of this number.
    UnknownWidget,
    /// The version in force.
    Granted(Arc<Version>),
}

/// A public key and the number of a widget.
pub type Asked = (String, u32);

/// What keys have opened a moment ago, and when the store was asked. It answers for [`GRANTED_FOR`], as it is asked by
/// every request.
#[derive(Clone, Debug)]
pub struct Granted(Cache<Asked, (Instant, Arc<Version>)>);

impl Default for Granted {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(10_000).time_to_live(GRANTED_FOR).build())
    }
}

impl Granted {
    fn get(&self, asked: &Asked) -> Option<Arc<Version>> {
        // From when the store was asked, not from when it had answered: something may have been published meanwhile.
        let (at, version) = self.0.get(asked)?;
        (at.elapsed() < GRANTED_FOR).then_some(version)
    }
}

/// What a key opens.
///
/// # Errors
///
/// If the store can't say.
pub async fn access(app: &App, asked: &Asked) -> Result<Access, Error> {
    // What has not the form of a key needs no look-up, and may be more than a database takes, such as a NUL.
    if !is_public_key(&asked.0) {
        return Ok(Access::UnknownKey);
    }
    if let Some(version) = app.granted.get(asked) {
        return Ok(Access::Granted(version));
    }
    let at = Instant::now();
    let (key, widget) = asked;
    let version_key = match app.store.access(key, *widget).await? {
        store::Access::Granted { version_key } => version_key,
        store::Access::UnknownKey => return Ok(Access::UnknownKey),
        store::Access::UnknownWidget => return Ok(Access::UnknownWidget),
    };
    let version = app.version(*widget, version_key).await?;
    let version = version.ok_or_else(|| Error::Internal(format!("version {version_key} is in force but not there")))?;
    app.granted.0.insert(asked.clone(), (at, Arc::clone(&version)));
    Ok(Access::Granted(version))
}

/// Checks the key, the widget and the page's origin, in this order, counts the request against the widget's limit, and
/// answers the version in force.
pub async fn open(app: &App, kind: Kind, widget: &str, uri: &Uri, headers: &HeaderMap) -> Result<Arc<Version>, Error> {
    let Some(key) = parameter(uri, "key").filter(|key| !key.is_empty()) else {
        return Err(Error::UnknownKey(
            "no public key: add `key=` to the address, as in the snippet of your widget; `keys` in the widget's file \
             lists its keys"
                .to_owned(),
        ));
    };
    // What is no number is no widget's; the key is looked up all the same, as it is checked first.
    let asked = (key, widget.parse().unwrap_or(0));
    let version = match access(app, &asked).await? {
        Access::Granted(version) => version,
        Access::UnknownKey => {
            return Err(Error::UnknownKey(format!(
                "nobody has the public key `{}`: compare `key=` in the page's snippet with `keys` in the widget's file",
                shortened(&asked.0)
            )));
        }
        Access::UnknownWidget => {
            return Err(Error::NotFound(format!(
                "the workspace of this public key has no widget `{}`: compare `widget=` in the page's snippet with \
                 `id` in the widget's file, and apply the file with `placet-server widget apply FILE`",
                shortened(widget)
            )));
        }
    };
    check_origin(&version, headers)?;
    app.limits.count_widget(kind, version.content.id)?;
    Ok(version)
}

/// Refuses pages on sites that the widget's file does not allow.
///
/// A browser names the page's origin in `Origin` whenever another site's page asks, and for every POST. Without it, the
/// page is on this very server, and `Referer` may name it; or no browser is asking. A request that names no page is let
/// through: what a widget shows is public, and this check keeps a widget off sites that its owner did not list, which
/// only browsers can be held to.
pub fn check_origin(version: &Version, headers: &HeaderMap) -> Result<(), Error> {
    let (named, origin) = match (headers.get(header::ORIGIN), text(headers, header::REFERER)) {
        (Some(origin), _) => {
            let origin = origin.to_str().unwrap_or("null");
            (origin, Origin::from_header(origin))
        }
        (None, Some(referer)) => (referer, Origin::from_header(referer)),
        (None, None) => return Ok(()),
    };
    match origin {
        Some(origin) if version.content.allows(&origin) => Ok(()),
        Some(origin) => Err(Error::OriginRefused(format!(
            "widget {id} may not be shown on {origin}: add \"{origin}\" to `origins` in the widget's file and run \
             `placet-server widget apply FILE`",
            id = version.content.id,
        ))),
        None => Err(Error::OriginRefused(format!(
            "widget {id} may not be shown on a page whose origin is `{}`, such as a sandboxed frame or a file: open the \
             page at an http:// or https:// address, and list its origin in `origins` in the widget's file",
            shortened(named),
            id = version.content.id,
        ))),
    }
}

/// Whether a request names the page that sends it, as browsers do: by `Origin`, or, for a script and for what is on this
/// very server, by `Referer`.
pub fn names_page(headers: &HeaderMap) -> bool {
    headers.contains_key(header::ORIGIN) || headers.contains_key(header::REFERER)
}

/// Text that a client sent, cut so that an answer stays short.
fn shortened(text: &str) -> String {
    text.chars().take(100).collect()
}
