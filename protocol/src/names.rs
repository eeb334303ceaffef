//! The names under which things are kept in the browser and told to the page: one place for the core, the gate and
//! the tests.

/// The receipt in localStorage: `{"consentId":"<uuid>","expiresAt":"<ISO 8601>"}`.
pub const RECEIPT: &str = "placet-consent-id";
/// The widget's configuration in localStorage, kept for a day.
pub const CONFIG: &str = "placet-config";
/// The proofs in localStorage that the server has not yet taken.
pub const OUTBOX: &str = "placet-outbox";
/// The visit in sessionStorage: a UUID that groups the proofs of one visit.
pub const SESSION: &str = "placet-session";
