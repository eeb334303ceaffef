//! The wire between the browser's core and the server, written once.
//!
//! | module | what travels |
//! |---|---|
//! | [`config`] | what a widget shows: the answer to `GET /v1/widgets/{id}` |
//! | [`first_layer`] | the banner alone, ready to be drawn: the answer to `GET …/banner`; the way back |
//! | [`proof`] | what a visitor decided: the body of `POST …/consents`, its answer, and the proof as it is kept |
//! | [`answer`] | a bare answer for which the server works out the rest: the body of `POST …/answers`, and what follows |
//! | [`names`] | under which names things are kept in the browser |
//! | [`problem`] | what went wrong and how to mend it (RFC 9457) |
//! | [`purpose`] | the five purposes, their numbers and labels |
//! | [`text`] | texts put together |
//!
//! Identifiers and dates are strings here: the browser passes them on without reading them, and a parser for them
//! would cost the visitor kilobytes. The server checks them where they come in.

pub mod answer;
pub mod config;
pub mod first_layer;
pub mod hand_over;
pub mod names;
pub mod problem;
pub mod proof;
pub mod purpose;
#[cfg(feature = "schema")]
mod schema;
pub mod text;

pub use answer::{Answer, AnswerOutcome, AnswerRequest};
pub use config::{
    Appearance, CookieSettings, DeclaredCookie, DeclaredStorage, PurposeConfig, PurposeTexts, ServiceConfig, Signals,
    Texts, WidgetConfig,
};
pub use first_layer::{FirstLayer, Node, Trigger};
pub use hand_over::{HandOverAnswer, HandOverRequest, RedeemRequest};
pub use problem::Problem;
pub use proof::{ConsentAnswer, ConsentRequest, Consents, CookieConsent, DeviceType, Proof, ProofType};
pub use purpose::{Purpose, UnknownPurpose};
pub use text::glue;

/// The longest a choice may be kept, in days (the seeds; CNIL recommendation of 17 September 2020, §36: six months).
pub const MAX_CHOICE_DAYS: u16 = 180;

#[cfg(test)]
mod typescript;
