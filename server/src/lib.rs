//! Placet's server: answers a widget's configuration, keeps proofs of consent and finds them again.
//!
//! | module | its job |
//! |---|---|
//! | [`cli`] | the commands: `serve`, `widget …`, `proof …` |
//! | [`settings`] | what is given by flags and `PLACET_*` variables |
//! | [`http`] | what the server answers, a file for each resource |
//! | [`collect`] | from what a browser sends to a proof |
//! | [`seal`], [`key`] | what makes a proof one that cannot be doubted, and the key that signs it |
//! | [`proof_file`] | proofs that were handed over, read strictly |
//! | `canonical` | the one form in which a proof is hashed |
//! | [`statement`], [`heads`] | how chains hang together, and how far they go |
//! | [`ledger`] | where proofs are kept: committed together, each in its place |
//! | [`idempotency`] | requests that may be repeated safely: what is kept of their keys and bodies |
//! | [`search`], `csv_cell` | finding proofs again, and taking them into a spreadsheet |
//! | [`retention`] | proofs are removed, some time after they have expired |
//! | [`statistics`], [`shown`] | what visitors did, counted; how many were shown a widget |
//! | [`audit`] | whether what is kept is what was stored |
//! | [`audit_log`] | who read, exported or erased what |
//! | `private_file` | files that only their owner can read |
//! | [`widget`] | from a file that a person writes to the version that visitors are shown |
//! | [`store`] | what is kept, and the engine that keeps it |
//! | [`doctor`] | what is right and what is wrong with Placet on a page, seen from outside |
//! | [`tls`] | what it asks other servers with |
//! | [`texts`], [`language`] | Placet's own words, and which language a visitor reads |
//! | [`origin`] | where a page comes from, and where a widget may be shown |
//! | [`device`], [`clock`], [`token`] | the kind of device, dates, admin tokens |

// Names of products are not code.
#![allow(clippy::doc_markdown)]
// `store/sql/` is compiled for each engine.
#![allow(clippy::duplicate_mod)]

pub mod audit;
pub mod audit_log;
mod canonical;
pub mod cli;
pub mod clock;
pub mod collect;
mod csv_cell;
pub mod device;
pub mod doctor;
mod hand_over;
pub mod heads;
pub mod http;
pub mod idempotency;
pub mod key;
pub mod language;
pub mod ledger;
pub mod origin;
mod private_file;
pub mod proof_file;
pub mod retention;
pub mod seal;
pub mod search;
pub mod settings;
pub mod shown;
pub mod statement;
pub mod statistics;
pub mod store;
pub mod texts;
pub mod tls;
pub mod token;
pub mod widget;
