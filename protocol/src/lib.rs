//! The wire between the browser's core and the server, written once.
//!
//! | module | what travels |
//! |---|---|
//! | [`config`] | what a widget shows: the answer to `GET /v1/widgets/{id}` |
//! | [`proof`] | what a visitor decided: the body of `POST …/consents`, its answer, and the proof as it is kept |
//! | [`names`] | under which names things are kept in the browser |
//! | [`problem`] | what went wrong and how to mend it (RFC 9457) |
//! | [`purpose`] | the five purposes, their numbers and labels |
//!
//! Identifiers and dates are strings here: the browser passes them on without reading them, and a parser for them
//! would cost the visitor kilobytes. The server checks them where they come in.

pub mod config;
pub mod names;
pub mod problem;
pub mod proof;
pub mod purpose;

pub use config::{
    CookieSettings, DeclaredCookie, PurposeConfig, PurposeTexts, ServiceConfig, Signals, Texts, WidgetConfig,
};
pub use problem::Problem;
pub use proof::{ConsentAnswer, ConsentRequest, Consents, CookieConsent, DeviceType, Proof, ProofType};
pub use purpose::{Purpose, UnknownPurpose};

/// The longest a choice may be kept, in days (the seeds; CNIL recommendation of 17 September 2020, §36: six months).
pub const MAX_CHOICE_DAYS: u16 = 180;

#[cfg(test)]
mod typescript;
