//! What the resources for administrators share: whose admin token a request shows, and what its query asks for.

use axum::http::{HeaderMap, HeaderName, Uri, header};

use super::{App, error::Error, parameter, text};
use crate::token::{AdminToken, Opened, Rights};

/// Nobody but the administrator is to see an answer.
pub const NOT_STORED: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

/// The workspace that the request's admin token opens, if the token allows what is to be done there. The token is
/// looked up each time: one that was revoked opens nothing any more.
pub async fn authorize(app: &App, headers: &HeaderMap, needed: Rights) -> Result<u32, Error> {
    let token = text(headers, header::AUTHORIZATION)
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .and_then(|(_, token)| AdminToken::new(token.trim()));
    let Some(token) = token else {
        return Err(Error::Unauthorized("send your workspace's admin token: `Authorization: Bearer TOKEN`"));
    };
    match app.store.opened_by(token.hash()).await? {
        Some(Opened { workspace, rights }) if rights >= needed => Ok(workspace),
        Some(_) => Err(Error::ReadOnly),
        None => Err(Error::Unauthorized(
            "this admin token opens no workspace; check that it was copied whole and has not been revoked",
        )),
    }
}

/// A parameter of the query, if it is there.
///
/// # Errors
///
/// That it is `fault`, if `read` cannot read it.
pub fn asked<T>(uri: &Uri, name: &str, read: impl FnOnce(&str) -> Option<T>, fault: &str) -> Result<Option<T>, Error> {
    parameter(uri, name).map(|text| read(&text).ok_or_else(|| Error::query(name, fault))).transpose()
}
