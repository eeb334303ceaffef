//! [`Store`] in one SQLite file.
//!
//! One connection writes and several read, as SQLite has one writer at a time: waiting for it in this process is
//! cheaper and fairer than in the file. Other processes (`placet-server widget apply` beside `serve`) wait in the file.

use std::{path::Path, time::Duration};

use async_trait::async_trait;
use jiff::{Timestamp, civil::Date};
use sqlx::{
    ConnectOptions, Connection as _, Executor, QueryBuilder, Sqlite, Transaction,
    error::DatabaseError,
    sqlite::{SqliteConnectOptions, SqliteError, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
    types::Json,
};
use uuid::Uuid;

use self::wal_checkpoint::WalCheckpointer;
use super::{
    Access, Appended, Batch, Chain, Entry, Erasure, Error, ExpiredAt, ExpiredProof, KnownRequest, NewProof, Orphan,
    Published, Readable, Removal, Result, SdkFile, SealedProof, Span, Store, reason, row,
};
use crate::{
    audit_log::{AuditRecord, AuditSpan},
    idempotency::RequestSecret,
    private_file,
    seal::{ChainId, Hash, PublicKey},
    statement::SignedStatement,
    statistics::{Counted, OfDay},
    token::{KnownToken, Opened, Rights, TokenHash, TokenName},
    widget::{
        Version,
        check::{Claims, Wanted},
    },
};

#[path = "sql/audit_log.rs"]
mod audit_log;
#[path = "sql/proofs.rs"]
mod proofs;
#[path = "sql/requests.rs"]
mod requests;
#[path = "sql/sdk_files.rs"]
mod sdk_files;
#[path = "sql/statistics.rs"]
mod statistics;
#[path = "sql/tokens.rs"]
mod tokens;
mod wal_checkpoint;
#[path = "sql/widgets.rs"]
mod widgets;

// What the files of `sql/` call the engine's own.
use sqlx::{Sqlite as Database, SqliteConnection as Connection, SqlitePool as Pool, sqlite::SqliteRow as Row};

/// Takes the right to write at once, so that what is looked up in the transaction still holds when it is written.
async fn begin(pool: &Pool) -> Result<Transaction<'static, Sqlite>> {
    Ok(pool.begin_with("BEGIN IMMEDIATE").await?)
}

/// Forgets the hash of the body that brought a proof. That of the idempotency key stays: a request that comes once more
/// brings nothing back.
async fn forget_request(transaction: &mut Connection, widget: u32, consent_id: &str) -> Result<()> {
    sqlx::query("UPDATE proof SET body_hash = NULL WHERE widget_id = $1 AND consent_id = $2")
        .bind(i64::from(widget))
        .bind(consent_id)
        .execute(transaction)
        .await?;
    Ok(())
}

/// Forgets the requests of the first proofs of a chain: here they are in the proofs' own rows.
async fn forget_requests(_: &mut Connection, _widget: i64, _run: &str, _last: i64) -> Result<()> {
    Ok(())
}

/// How long a connection waits for another process to finish writing, and a request for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// After how many pages (of 4 KiB) of the write-ahead log a commit checkpoints it itself, should [`WalCheckpointer`] not
/// have done it.
const CHECKPOINT: &str = "16000";
/// How large the log's file may stay once it begins anew, in bytes: while a backup is made it grows.
const LOG: &str = "67108864";
/// How much of the file the writer keeps in memory, in KiB (negative: SQLite's way to say so). In SQLite's own 2 MiB
/// there is no room for the pages in which the hashes of random idempotency keys stand.
const CACHE: &str = "-16384";

/// A SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    writer: Pool,
    readers: Pool,
    checkpointer: WalCheckpointer,
    request_secret: RequestSecret,
}

impl SqliteStore {
    /// Opens the file of a `sqlite://` address, makes it if it is not there, and brings it up to date.
    pub async fn open(url: &str) -> Result<Self> {
        if url.contains(":memory:") || url.contains("mode=memory") {
            return Err(Error::InMemory);
        }
        let options: SqliteConnectOptions = url.parse().map_err(|_| Error::UnknownUrl(super::shown(url)))?;
        // FULL: a commit is on disk before it is answered, also when the machine loses its power.
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE)
            .pragma("wal_autocheckpoint", CHECKPOINT)
            .pragma("journal_size_limit", LOG)
            // What is erased is overwritten with zeros, in whichever page it was; FAST would leave it in pages that are
            // free then (https://www.sqlite.org/pragma.html#pragma_secure_delete).
            .pragma("secure_delete", "ON")
            .disable_statement_logging();
        let path = options.get_filename().to_owned();
        let open = |error: sqlx::Error| Error::Open { path: path.clone(), reason: reason(&error) };
        create(&path).map_err(|error| open(error.into()))?;
        let pool = || SqlitePoolOptions::new().acquire_timeout(PATIENCE).test_before_acquire(false);
        // Where a transaction could not be undone, as SQLite had done that already (a full disk), the connection counts
        // one that is not there; a new one takes its place.
        let writer = pool()
            .max_connections(1)
            .after_release(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }));
        let writer = writer.connect_with(options.clone().pragma("cache_size", CACHE)).await.map_err(open)?;
        migrate(&writer, &path).await?;
        protect(&path);
        let request_secret = requests::secret(&writer).await?;
        let beside = options.clone().busy_timeout(wal_checkpoint::TRUNCATION_PATIENCE);
        let beside = pool().max_connections(1).connect_lazy_with(beside);
        let checkpointer = WalCheckpointer::new(beside, writer.clone());
        let readers = pool().max_connections(4).connect_with(options.read_only(true)).await.map_err(open)?;
        Ok(Self { writer, readers, checkpointer, request_secret })
    }
}

/// Makes the file, which is empty, unless it is there: by itself SQLite would make one that others can read. What SQLite
/// puts beside it has the file's mode.
fn create(path: &Path) -> std::io::Result<()> {
    private_file::create_folder_of(path)?;
    match private_file::create(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Takes the database's files from all but their owner, should they have been made otherwise, and says so. A server that
/// refused to start for it would help nobody: what could be read before has been readable all the time.
fn protect(path: &Path) {
    for beside in ["", "-wal", "-shm", "-journal"] {
        let mut file = path.as_os_str().to_owned();
        file.push(beside);
        let file = Path::new(&file);
        match private_file::protect(file) {
            Ok(None) => {}
            Ok(Some(mode)) => {
                let mode = format!("{mode:04o}");
                tracing::warn!(file = %file.display(), mode, "other users could read the database; it is its owner's alone now (0600)");
            }
            Err(error) => {
                let file = file.display();
                tracing::warn!(%error, "other users can read the database; make it its owner's alone: chmod 600 {file}");
            }
        }
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

impl SqliteStore {
    /// Adds a batch in one transaction.
    async fn insert(&self, batch: &Batch) -> sqlx::Result<()> {
        let mut writer = self.writer.acquire().await?;
        let outcome = insertion(batch).build().execute(&mut *writer).await;
        if outcome.is_err() && writer.execute("ROLLBACK").await.is_err() {
            // It had not begun, or SQLite has undone it already (a full disk).
            writer.close_on_drop();
        }
        outcome?;
        // Of its tables and indexes a commit writes the last page of each, and for each proof one or two more.
        self.checkpointer.wrote(8 + 2 * batch.proofs.len());
        Ok(())
    }
}

/// The whole transaction that adds a batch, as one text: a connection is a thread of its own, and each thing that it is
/// told costs a change of threads there and back. The texts for batches of the usual sizes stay prepared.
fn insertion(batch: &Batch) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(
        "BEGIN IMMEDIATE;
         INSERT INTO proof (consent_id, id, workspace_id, widget_id, version_key, session_id, date, date_expiration,
                            type, type_device, consents, previous_consent_id, user_id, key_hash,
                            body_hash, run, number, statement_sha256, previous, salt, signature, version_sha256) ",
    );
    let run = batch.run.to_string();
    query.push_values(&batch.proofs, |mut row, sealed| {
        let SealedProof { new, place, salt, signature } = sealed;
        let NewProof { proof, request } = &**new;
        row.push_bind(&proof.consent_id)
            .push_bind(&proof.id)
            .push_bind(i64::from(proof.work_space_id))
            .push_bind(i64::from(proof.widget_id))
            .push_bind(&proof.widget_version)
            .push_bind(&proof.session_id)
            .push_bind(&proof.date)
            .push_bind(&proof.date_expiration)
            .push_bind(i16::from(u8::from(proof.kind)))
            .push_bind(i16::from(u8::from(proof.type_device)))
            .push_bind(Json(&proof.consents))
            .push_bind(&proof.previous_consent_id)
            .push_bind(&proof.user_id)
            .push_bind(request.as_ref().map(|request| request.key_hash.as_slice()))
            .push_bind(request.as_ref().map(|request| request.body_hash.as_slice()))
            .push_bind(&run)
            .push_bind(place.number.cast_signed())
            .push_bind(place.statement.as_slice())
            .push_bind(place.previous.as_slice())
            .push_bind(salt.as_slice())
            .push_bind(signature.as_slice())
            .push_bind(sealed.version_sha256().map(Vec::from));
    });
    if let Some(statement) = &batch.statement {
        query.push("; INSERT INTO run_statement (run, number, public_key, statement, signature) ");
        query.push_values([statement], |mut row, statement| {
            row.push_bind(&run)
                .push_bind(statement.number.cast_signed())
                .push_bind(statement.public_key.as_slice())
                .push_bind(&statement.text)
                .push_bind(statement.signature.as_slice());
        });
    }
    query.push("; INSERT INTO chain (widget_id, run, public_key, length, link) ");
    query.push_values(&batch.heads, |mut row, (widget, head)| {
        row.push_bind(i64::from(*widget))
            .push_bind(&run)
            .push_bind(batch.public_key.as_slice())
            .push_bind(head.number.cast_signed())
            .push_bind(head.link.as_slice());
    });
    query.push(" ON CONFLICT (widget_id, run) DO UPDATE SET length = excluded.length, link = excluded.link");
    if !batch.counted.is_empty() {
        query.push("; ");
        statistics::adding(&mut query, &run, &batch.counted);
    }
    query.push("; COMMIT");
    query
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

    async fn add_token(
        &self,
        workspace: u32,
        name: &TokenName,
        rights: Rights,
        expires_at: Option<Timestamp>,
        token: TokenHash,
    ) -> Result<()> {
        tokens::add_token(&self.writer, workspace, name, rights, expires_at, token).await
    }

    async fn revoke_token(&self, workspace: u32, name: &TokenName) -> Result<bool> {
        tokens::revoke(&self.writer, workspace, name).await
    }

    async fn tokens(&self) -> Result<Vec<KnownToken>> {
        tokens::all(&self.readers).await
    }

    async fn opened_by(&self, token: TokenHash) -> Result<Option<Opened>> {
        tokens::opened_by(&self.readers, token).await
    }

    async fn touch_token(&self, workspace: u32, name: &TokenName, at: Timestamp) -> Result<()> {
        tokens::touch(&self.writer, workspace, name, at).await
    }

    async fn add_audit_records(&self, records: &[AuditRecord]) -> Result<()> {
        audit_log::add(&self.writer, records).await
    }

    async fn audit_records(&self, span: &AuditSpan, limit: u32) -> Result<Vec<AuditRecord>> {
        audit_log::find(&self.readers, span, limit).await
    }

    async fn purge_audit_records(&self, before: Timestamp) -> Result<u64> {
        audit_log::purge(&self.writer, before).await
    }

    async fn register_key(&self, key: &PublicKey) -> Result<()> {
        proofs::register_key(&self.writer, key).await
    }

    async fn signing_keys(&self) -> Result<Vec<PublicKey>> {
        proofs::signing_keys(&self.readers).await
    }

    async fn append(&self, batch: &Batch) -> Result<Appended> {
        match self.insert(batch).await {
            Ok(()) => Ok(Appended::Kept),
            Err(error) if error.as_database_error().is_some_and(DatabaseError::is_unique_violation) => {
                let known = self.known_requests(&batch.keys()).await?;
                if known.is_empty() { Err(error.into()) } else { Ok(Appended::Known(known)) }
            }
            Err(error) => Err(error.into()),
        }
    }

    fn request_secret(&self) -> &RequestSecret {
        &self.request_secret
    }

    async fn known_requests(&self, keys: &[(u32, Hash)]) -> Result<Vec<KnownRequest>> {
        let mut known = Vec::new();
        for &(widget, key_hash) in keys {
            let found: Option<(String, String, Option<Vec<u8>>)> =
                sqlx::query_as("SELECT consent_id, date, body_hash FROM proof WHERE widget_id = $1 AND key_hash = $2")
                    .bind(i64::from(widget))
                    .bind(key_hash.as_slice())
                    .fetch_optional(&self.readers)
                    .await?;
            if let Some((consent_id, date, body_hash)) = found {
                known.push(KnownRequest {
                    widget,
                    key_hash,
                    body_hash: body_hash.as_deref().map(row::bytes).transpose()?,
                    consent_id: row::uuid(&consent_id)?,
                    date: row::date(&date)?,
                });
            }
        }
        Ok(known)
    }

    async fn proof(&self, consent_id: Uuid) -> Result<Option<Entry>> {
        proofs::proof(&self.readers, consent_id).await
    }

    async fn widget_numbers(&self, workspace: Option<u32>) -> Result<Vec<u32>> {
        proofs::widget_numbers(&self.readers, workspace).await
    }

    async fn proofs(&self, span: &Span<'_>, limit: u32) -> Result<Vec<Entry>> {
        proofs::proofs(&self.readers, span, limit).await
    }

    async fn readable_chains(&self, widget: Option<u32>) -> Result<Readable<Chain>> {
        proofs::chains(&self.readers, widget).await
    }

    async fn statements(&self) -> Result<Readable<SignedStatement>> {
        proofs::statements(&self.readers).await
    }

    async fn places(&self, chain: ChainId, after: u64, limit: u32) -> Result<Vec<Entry>> {
        proofs::places(&self.readers, chain, after, limit).await
    }

    async fn orphans(&self, widget: Option<u32>, limit: u32) -> Result<Vec<Orphan>> {
        proofs::orphans(&self.readers, widget, limit).await
    }

    async fn expired(&self, before: Timestamp, after: &ExpiredAt, limit: u32) -> Result<Vec<ExpiredProof>> {
        proofs::expired(&self.readers, before, after, limit).await
    }

    async fn erase(&self, erasures: &[Erasure]) -> Result<u64> {
        let erased = proofs::erase(&self.writer, erasures).await?;
        self.checkpointer.truncate().await;
        Ok(erased)
    }

    async fn remove(&self, removal: &Removal) -> Result<()> {
        proofs::remove(&self.writer, removal).await?;
        self.checkpointer.truncate().await;
        Ok(())
    }

    async fn keep_sdk_files(&self, files: &[SdkFile], now: Timestamp) -> Result<()> {
        sdk_files::keep(&self.writer, files, now).await
    }

    async fn sdk_file(&self, name: &str) -> Result<Option<SdkFile>> {
        sdk_files::find(&self.readers, name).await
    }

    async fn count(&self, run: Uuid, counted: &[Counted]) -> Result<()> {
        statistics::count(&self.writer, run, counted).await
    }

    async fn statistics(&self, widget: u32, from: Date, until: Date) -> Result<Vec<OfDay>> {
        statistics::of_days(&self.readers, widget, from, until).await
    }

    async fn maintain(&self) -> Result<()> {
        Ok(())
    }

    async fn backup(&self, file: &Path) -> Result<()> {
        let failed = |error: sqlx::Error| Error::Open { path: file.to_owned(), reason: reason(&error) };
        let name = file.to_str().ok_or_else(|| Error::Open {
            path: file.to_owned(),
            reason: "its name is not written in UTF-8".to_owned(),
        })?;
        // Fails if the file is there already. An empty one is written to, and keeps its mode.
        private_file::create(file).map_err(|error| failed(error.into()))?;
        let copied = sqlx::query("VACUUM INTO $1").bind(name).execute(&self.readers).await;
        if copied.is_err() {
            let _ = std::fs::remove_file(file);
        }
        copied.map_err(failed)?;
        Ok(())
    }

    async fn close(&self) {
        self.readers.close().await;
        self.checkpointer.close().await;
        // Last, so that the write-ahead log is checkpointed.
        self.writer.close().await;
    }
}

/// Whether an error says nothing against the question: BUSY, LOCKED, IOERR, FULL
/// (<https://www.sqlite.org/rescode.html>).
pub fn is_passing(error: &dyn DatabaseError) -> bool {
    const PASSING: [u32; 4] = [5, 6, 10, 13];

    let error = error.try_downcast_ref::<SqliteError>();
    let code = error.and_then(DatabaseError::code).and_then(|code| code.parse::<u32>().ok());
    // Extended codes carry the primary one in their lowest byte.
    code.is_some_and(|code| PASSING.contains(&(code & 0xff)))
}
