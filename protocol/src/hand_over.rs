//! One choice for several domains of one owner: a one-use token in a link between them.

use serde::{Deserialize, Serialize};

/// The body of `POST /v1/widgets/{id}/hand-overs`: asks for a token for a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HandOverRequest {
    /// The proof of the choice that is handed over (UUID): what the browser keeps.
    pub consent_id: String,
    /// The origin that the link leads to, which the widget's file allows.
    pub to: String,
}

/// What a link carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct HandOverAnswer {
    /// The token, hexadecimal digits: good once, for two minutes, on pages of that origin.
    pub token: String,
}

/// The body of `POST /v1/widgets/{id}/hand-overs/redeem`: takes a choice over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RedeemRequest {
    /// The token that the page's address carries.
    pub token: String,
    /// The visit in which the visitor came (UUID).
    pub session_id: String,
    /// Whether the browser sends Global Privacy Control.
    pub gpc: bool,
    /// Whether the browser sends Do Not Track.
    pub dnt: bool,
    /// Whether the page came over https: its cookie is then for https only.
    pub secure: bool,
}
