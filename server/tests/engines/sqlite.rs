//! On a file of SQLite.

use crate::common::Server;

async fn start() -> Server {
    Server::start().await
}

#[path = "suite/answers.rs"]
mod answers;
#[path = "suite/audit_log.rs"]
mod audit_log;
#[path = "suite/chain.rs"]
mod chain;
#[path = "suite/config.rs"]
mod config;
#[path = "suite/consents.rs"]
mod consents;
#[path = "suite/found.rs"]
mod found;
#[path = "suite/idempotency.rs"]
mod idempotency;
#[path = "suite/proofs.rs"]
mod proofs;
#[path = "suite/retention.rs"]
mod retention;
#[path = "suite/sdk_files.rs"]
mod sdk_files;
#[path = "suite/statistics.rs"]
mod statistics;
#[path = "suite/tampering.rs"]
mod tampering;
#[path = "suite/tokens.rs"]
mod tokens;
