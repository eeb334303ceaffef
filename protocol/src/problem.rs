//! What went wrong and how to mend it: `application/problem+json` (RFC 9457).

use serde::{Deserialize, Serialize};

/// An error answer of the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// The kind of problem, in a few words that stay the same.
    pub title: String,
    /// What happened this time, and what to do about it.
    pub detail: String,
    /// Where in the request's body the faults are, each as `consents.cookieConsents[1].slug`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// One fault in a request's body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FieldError {
    /// The path to the field.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
}
