//! The visitor's decision, wherever it is worked out: in the browser's core, and on the server for a browser without
//! WebAssembly.
//!
//! | module | what it says |
//! |---|---|
//! | [`choice`] | one answer for every service, from *accept all*, *refuse all* or the switches |
//! | [`cookie`] | the choice as the `euconsent` cookie keeps it |
//! | [`request`] | the choice as the proof's request carries it |
//!
//! Pure: knows no browser, no server and no clock.

pub mod choice;
pub mod cookie;
pub mod request;

pub use choice::Choice;
pub use cookie::Kept;
pub use request::{Visitor, request};
