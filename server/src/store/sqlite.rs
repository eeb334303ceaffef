//! [`Store`] in one SQLite file.
//!
//! One connection writes and several read, as SQLite has one writer at a time: waiting for it in this process is
//! cheaper and fairer than in the file. Other processes (`placet-server widget apply` beside `serve`) wait in the file.

use std::{path::Path, time::Duration};

use async_trait::async_trait;
use placet_protocol::Proof;
use sqlx::{
    ConnectOptions, Sqlite, Transaction,
    error::DatabaseError,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use uuid::Uuid;

use super::{Access, Error, NewProof, Published, Request, Result, Store, Stored};
use crate::{
    token::TokenHash,
    widget::{
        Version,
        check::{Claims, Wanted},
    },
};

#[path = "sql/proofs.rs"]
mod proofs;
#[path = "sql/row.rs"]
mod row;
#[path = "sql/tokens.rs"]
mod tokens;
#[path = "sql/widgets.rs"]
mod widgets;

// What the files of `sql/` call the engine's own.
use sqlx::{SqliteConnection as Connection, SqlitePool as Pool, sqlite::SqliteRow as Row};

/// Takes the right to write at once, so that what is looked up in the transaction still holds when it is written.
async fn begin(pool: &Pool) -> Result<Transaction<'static, Sqlite>> {
    Ok(pool.begin_with("BEGIN IMMEDIATE").await?)
}

/// How long a connection waits for another process to finish writing, and a request for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// A SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    writer: Pool,
    readers: Pool,
}

impl SqliteStore {
    /// Opens the file of a `sqlite://` address, makes it if it is not there, and brings it up to date.
    pub async fn open(url: &str) -> Result<Self> {
        if url.contains(":memory:") || url.contains("mode=memory") {
            return Err(Error::InMemory);
        }
        let options: SqliteConnectOptions = url.parse().map_err(|_| Error::UnknownUrl(url.to_owned()))?;
        // FULL: a commit is on disk before it is answered, also when the machine loses its power.
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE)
            .disable_statement_logging();
        let path = options.get_filename().to_owned();
        let open = |error: sqlx::Error| Error::Open { path: path.clone(), reason: reason(&error) };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|error| open(error.into()))?;
        }
        let pool = || SqlitePoolOptions::new().acquire_timeout(PATIENCE).test_before_acquire(false);
        let writer = pool().max_connections(1).connect_with(options.clone()).await.map_err(open)?;
        migrate(&writer, &path).await?;
        let readers = pool().max_connections(4).connect_with(options.read_only(true)).await.map_err(open)?;
        Ok(Self { writer, readers })
    }
}

async fn migrate(writer: &Pool, path: &Path) -> Result<()> {
    let migrator = sqlx::migrate!("migrations/sqlite");
    let mut outcome = migrator.run(writer).await;
    if outcome.is_err() {
        // Two processes that find a new file make the same tables; the slower one finds them made when it looks again.
        outcome = migrator.run(writer).await;
    }
    outcome.map_err(|error| Error::Migrate { path: path.to_owned(), reason: error.to_string() })
}

#[async_trait]
impl Store for SqliteStore {
    async fn access(&self, key: &str, widget: u32) -> Result<Access> {
        widgets::access(&self.readers, key, widget).await
    }

    async fn version(&self, widget: u32, version_key: Uuid) -> Result<Option<Version>> {
        widgets::version(&self.readers, widget, version_key).await
    }

    async fn version_in_force(&self, widget: u32) -> Result<Option<Version>> {
        widgets::version_in_force(&self.readers, widget).await
    }

    async fn versions(&self, widget: u32) -> Result<Vec<Version>> {
        widgets::versions(&self.readers, widget).await
    }

    async fn widgets(&self) -> Result<Vec<Version>> {
        widgets::widgets(&self.readers).await
    }

    async fn claims(&self, wanted: &Wanted) -> Result<Claims> {
        widgets::claims(&self.readers, wanted).await
    }

    async fn publish(&self, version: &Version, replaced: Option<Uuid>, token: TokenHash) -> Result<Published> {
        widgets::publish(&self.writer, version, replaced, token).await
    }

    async fn workspaces(&self) -> Result<Vec<u32>> {
        tokens::workspaces(&self.readers).await
    }

    async fn set_admin_token(&self, workspace: u32, token: TokenHash) -> Result<()> {
        tokens::set_admin_token(&self.writer, workspace, token).await
    }

    async fn workspace_of(&self, token: TokenHash) -> Result<Option<u32>> {
        tokens::workspace_of(&self.readers, token).await
    }

    async fn store_proof(&self, proof: NewProof) -> Result<Stored> {
        proofs::store_proof(&self.writer, &self.readers, proof).await
    }

    async fn stored_request(&self, widget: u32, request: &Request) -> Result<Option<Stored>> {
        proofs::stored_request(&self.readers, widget, request).await
    }

    async fn proof(&self, consent_id: Uuid) -> Result<Option<Proof>> {
        proofs::proof(&self.readers, consent_id).await
    }

    async fn close(&self) {
        self.readers.close().await;
        // Last, so that the write-ahead log is folded into the file.
        self.writer.close().await;
    }
}

/// What the engine says, without the wrapping.
fn reason(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        /// Primary result codes (<https://www.sqlite.org/rescode.html>) that say nothing against the question: BUSY,
        /// LOCKED, IOERR, FULL.
        const PASSING: [u32; 4] = [5, 6, 10, 13];

        let code = error.as_database_error().and_then(DatabaseError::code).and_then(|code| code.parse::<u32>().ok());
        match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) => Self::Unavailable(error.to_string()),
            // Extended codes carry the primary one in their lowest byte.
            _ if code.is_some_and(|code| PASSING.contains(&(code & 0xff))) => Self::Unavailable(reason(&error)),
            error => Self::Query(error),
        }
    }
}
