//! Whose admin token a request shows.

use axum::http::{HeaderMap, header};

use super::{App, error::Error, text};
use crate::token::AdminToken;

/// The workspace that the request's admin token opens.
pub async fn authorize(app: &App, headers: &HeaderMap) -> Result<u32, Error> {
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
