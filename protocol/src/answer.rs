//! A bare answer to the banner, *accept all* or *refuse all*, of a browser that forbids WebAssembly: the server works
//! out what the core would have.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The body of `POST /v1/widgets/{id}/answers`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnswerRequest {
    /// The visit in which the visitor answered (UUID).
    pub session_id: String,
    /// What they answered.
    pub answer: Answer,
    /// Whether their browser refuses for them, by a signal that the widget honours.
    #[serde(default)]
    #[cfg_attr(test, ts(as = "Option<_>", optional))]
    pub signalled: bool,
    /// The language of the texts that were shown (BCP 47): [`crate::WidgetConfig::lang`].
    pub lang: String,
    /// The version of the widget that was shown (UUID): [`crate::WidgetConfig::version_key`].
    pub version_key: String,
    /// The proof that this one follows, if the visitor decided before (UUID).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_id: Option<String>,
    /// The site's own opaque name for the visitor; never an e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Whether the page came over https: its cookie is then for https only.
    pub secure: bool,
    /// Names the request: sent again with the same key it is stored once and answered alike (an `Idempotency-Key`
    /// header does the same). Keys that begin with the time (UUID v7) cost the database least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
}

/// An answer that needs no switches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// Grants all that may be asked for.
    AcceptAll,
    /// Refuses all that can be refused.
    RefuseAll,
}

/// What follows from an [`AnswerRequest`] whose proof is stored: all that the core would have done in the browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct AnswerOutcome {
    /// The identifier of the proof, kept by the browser: in a dispute it is what one searches for.
    pub consent_id: String,
    /// When the choice, and with it the receipt, ends (ISO 8601, UTC).
    pub expires_at: String,
    /// What is to be assigned to `document.cookie`.
    pub cookie: String,
    /// Whether each service is granted, by its slug.
    #[cfg_attr(test, ts(type = "Record<string, boolean>"))]
    pub choice: BTreeMap<String, bool>,
}
