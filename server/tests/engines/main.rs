//! What the API answers, over each of the engines: the same tests.

// `suite/` is compiled for each engine.
#![allow(clippy::doc_markdown, clippy::duplicate_mod, clippy::panic, clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
mod postgres;
mod sqlite;
