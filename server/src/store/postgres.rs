//! [`Store`] in PostgreSQL 15 or later, or an engine that speaks its protocol.
//!
//! A batch of proofs is one statement, and so one round trip and one commit. Nothing that is written with a proof is a
//! row that another server writes too.

use std::{path::Path, time::Duration};

use async_trait::async_trait;
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use placet_protocol::Proof;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection as _, Executor, Postgres, Transaction,
    error::DatabaseError,
    postgres::{PgConnectOptions, PgDatabaseError, PgPoolOptions},
    query::Query,
};
use uuid::Uuid;

use super::{
    Access, Appended, Batch, Chain, Entry, Erasure, Error, ExpiredAt, ExpiredProof, KnownRequest, Orphan, Published,
    Readable, Removal, Result, SdkFile, SealedProof, Span, Store, row, shown,
};
use crate::{
    audit_log::{AuditRecord, AuditSpan},
    clock,
    idempotency::RequestSecret,
    seal::{ChainId, Hash, PublicKey},
    statement::SignedStatement,
    statistics::{Counted, NAMES, OfDay},
    token::{KnownToken, Opened, Rights, TokenHash, TokenName},
    widget::{
        Version,
        check::{Claims, Wanted},
    },
};

/// Does something once more when another transaction has got in its way, as engines that promise an order among
/// transactions may say of any of them.
macro_rules! retried {
    ($work:expr) => {{
        let mut attempt = 1;
        loop {
            match $work.await {
                Err(Error::Query(error)) if is_overtaken(&error) => {
                    if attempt == ATTEMPTS {
                        break Err(Error::Unavailable(super::reason(&error)));
                    }
                    attempt += 1;
                }
                outcome => break outcome,
            }
        }
    }};
}

#[path = "sql/audit_log.rs"]
mod audit_log;
#[path = "sql/proofs.rs"]
mod proofs;
#[path = "sql/requests.rs"]
mod requests;
#[path = "sql/sdk_files.rs"]
mod sdk_files;
#[macro_use]
#[path = "sql/statistics.rs"]
mod statistics;
#[path = "sql/tokens.rs"]
mod tokens;
#[path = "sql/widgets.rs"]
mod widgets;

// What the files of `sql/` call the engine's own.
use sqlx::{PgConnection as Connection, PgPool as Pool, Postgres as Database, postgres::PgRow as Row};

/// How long a request waits for a connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a connection may have been idle to be used without asking whether it still is one.
const FRESH: Duration = Duration::from_secs(1);
/// How often a statement that another one got in the way of is tried.
const ATTEMPTS: usize = 5;
/// How many connections read.
const READERS: u32 = 8;
/// For how many months beside this one there are partitions.
const MONTHS_AHEAD: i32 = 3;

/// Takes the transaction's view of the database as the only one: what is looked up in it still holds when it is written,
/// or it fails.
async fn begin(pool: &Pool) -> Result<Transaction<'static, Postgres>> {
    Ok(pool.begin_with("BEGIN ISOLATION LEVEL SERIALIZABLE").await?)
}

/// Forgets the hash of the body that brought a proof. That of the idempotency key stays: a request that comes once more
/// brings nothing back.
async fn forget_request(transaction: &mut Connection, widget: u32, consent_id: &str) -> Result<()> {
    sqlx::query(
        "UPDATE request SET body_hash = NULL
         WHERE widget_id = $1 AND key_hash =
               (SELECT key_hash FROM proof WHERE widget_id = $1 AND consent_id = $2)",
    )
    .bind(i64::from(widget))
    .bind(consent_id)
    .execute(transaction)
    .await?;
    Ok(())
}

/// Forgets the requests of the first proofs of a chain.
async fn forget_requests(transaction: &mut Connection, widget: i64, run: &str, last: i64) -> Result<()> {
    sqlx::query(
        "DELETE FROM request
         WHERE widget_id = $1 AND key_hash IN
               (SELECT key_hash FROM proof WHERE run = $2 AND widget_id = $1 AND number <= $3)",
    )
    .bind(widget)
    .bind(run)
    .bind(last)
    .execute(transaction)
    .await?;
    Ok(())
}

/// A PostgreSQL database.
#[derive(Debug)]
pub struct PostgresStore {
    writer: Pool,
    readers: Pool,
    request_secret: RequestSecret,
}

impl PostgresStore {
    /// Connects to the database of a `postgres://` address and brings it up to date.
    pub async fn open(url: &str) -> Result<Self> {
        let options: PgConnectOptions = url.parse().map_err(|_| Error::UnknownUrl(shown(url)))?;
        let options = options.application_name("placet").disable_statement_logging();
        let connect = |error: sqlx::Error| Error::Connect { url: shown(url), reason: super::reason(&error) };
        // A pool would go on trying; whoever starts the server is told at once.
        options.connect().await.map_err(connect)?.close().await?;
        let pool = || {
            PgPoolOptions::new().acquire_timeout(PATIENCE).test_before_acquire(false).before_acquire(
                |connection, known| {
                    Box::pin(async move {
                        if known.idle_for > FRESH {
                            connection.ping().await?;
                        }
                        Ok(true)
                    })
                },
            )
        };
        let writer = pool()
            .max_connections(2)
            .after_connect(|connection, _| {
                // A commit is on disk before it is answered, whatever the database is set to.
                Box::pin(async move {
                    let sql = "SELECT set_config('synchronous_commit', 'on', false)
                               WHERE current_setting('synchronous_commit') = 'off'";
                    connection.execute(sql).await?;
                    Ok(())
                })
            })
            .connect_with(options.clone())
            .await
            .map_err(connect)?;
        let migrated = sqlx::migrate!("migrations/postgres").run(&writer).await;
        migrated.map_err(|error| Error::MigrateServer { url: shown(url), reason: error.to_string() })?;
        let readers = pool().max_connections(READERS).connect_with(options).await.map_err(connect)?;
        let request_secret = requests::secret(&writer).await?;
        let store = Self { writer, readers, request_secret };
        store.maintain().await?;
        Ok(store)
    }

    /// Adds a batch in one statement, which is a transaction by itself.
    async fn insert(&self, batch: &Batch) -> Result<()> {
        let proofs = &batch.proofs;
        let names = |of: fn(&Proof) -> &str| proofs.iter().map(|sealed| of(&sealed.new.proof)).collect::<Vec<_>>();
        let options = |of: fn(&Proof) -> &Option<String>| {
            proofs.iter().map(|sealed| of(&sealed.new.proof).as_deref()).collect::<Vec<_>>()
        };
        let numbers =
            |of: fn(&Proof) -> u32| proofs.iter().map(|sealed| i64::from(of(&sealed.new.proof))).collect::<Vec<_>>();
        let small =
            |of: fn(&Proof) -> u8| proofs.iter().map(|sealed| i16::from(of(&sealed.new.proof))).collect::<Vec<_>>();
        let consents = proofs.iter().map(|sealed| serde_json::to_string(&sealed.new.proof.consents));
        let consents =
            consents.collect::<std::result::Result<Vec<_>, _>>().map_err(|error| Error::NotKept(error.to_string()))?;
        let requests = || proofs.iter().map(|sealed| sealed.new.request.as_ref());
        let run = batch.run.to_string();
        let query = sqlx::query(concat!(
            "WITH added AS (
                 INSERT INTO proof (consent_id, id, workspace_id, widget_id, version_key, session_id, date,
                                    date_expiration, type, type_device, consents, previous_consent_id, user_id,
                                    key_hash, number, previous, salt, signature, version_sha256, statement_sha256, run)
                 SELECT *, $20 FROM UNNEST($1::TEXT[], $2::TEXT[], $3::BIGINT[], $4::BIGINT[], $5::TEXT[], $6::TEXT[],
                                           $7::TEXT[], $8::TEXT[], $9::SMALLINT[], $10::SMALLINT[], $11::TEXT[],
                                           $12::TEXT[], $13::TEXT[], $14::BYTEA[], $15::BIGINT[], $16::BYTEA[],
                                           $17::BYTEA[], $18::BYTEA[], $39::BYTEA[], $40::BYTEA[])
             ), stated AS (
                 INSERT INTO run_statement (run, number, public_key, statement, signature)
                 SELECT $20, $41, $21, $42, $43 WHERE $41::BIGINT IS NOT NULL
             ), named AS (
                 INSERT INTO request (widget_id, key_hash, body_hash, consent_id)
                 SELECT * FROM UNNEST($4::BIGINT[], $14::BYTEA[], $19::BYTEA[], $1::TEXT[])
                               AS request (widget_id, key_hash, body_hash, consent_id)
                 WHERE key_hash IS NOT NULL
             ), counted AS (",
            into!(),
            "SELECT widget, day, $20, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11, n12
                 FROM UNNEST($25::BIGINT[], $26::TEXT[], $27::BIGINT[], $28::BIGINT[], $29::BIGINT[], $30::BIGINT[],
                             $31::BIGINT[], $32::BIGINT[], $33::BIGINT[], $34::BIGINT[], $35::BIGINT[], $36::BIGINT[],
                             $37::BIGINT[], $38::BIGINT[])
                      AS counted (widget, day, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11, n12)",
            added_up!(),
            ")
             INSERT INTO chain (widget_id, run, public_key, length, link)
             SELECT widget_id, $20, $21, length, link FROM UNNEST($22::BIGINT[], $23::BIGINT[], $24::BYTEA[])
                                                          AS head (widget_id, length, link)
             ON CONFLICT (widget_id, run) DO UPDATE SET length = excluded.length, link = excluded.link",
        ))
        .bind(names(|proof| &proof.consent_id))
        .bind(names(|proof| &proof.id))
        .bind(numbers(|proof| proof.work_space_id))
        .bind(numbers(|proof| proof.widget_id))
        .bind(names(|proof| &proof.widget_version))
        .bind(names(|proof| &proof.session_id))
        .bind(names(|proof| &proof.date))
        .bind(names(|proof| &proof.date_expiration))
        .bind(small(|proof| proof.kind.into()))
        .bind(small(|proof| proof.type_device.into()))
        .bind(consents)
        .bind(options(|proof| &proof.previous_consent_id))
        .bind(options(|proof| &proof.user_id))
        .bind(requests().map(|request| request.map(|request| request.key_hash.as_slice())).collect::<Vec<_>>())
        .bind(proofs.iter().map(|sealed| sealed.place.number.cast_signed()).collect::<Vec<_>>())
        .bind(proofs.iter().map(|sealed| sealed.place.previous.as_slice()).collect::<Vec<_>>())
        .bind(proofs.iter().map(|sealed| sealed.salt.as_slice()).collect::<Vec<_>>())
        .bind(proofs.iter().map(|sealed| sealed.signature.as_slice()).collect::<Vec<_>>())
        .bind(requests().map(|request| request.map(|request| request.body_hash.as_slice())).collect::<Vec<_>>())
        .bind(run)
        .bind(batch.public_key.as_slice())
        .bind(batch.heads.iter().map(|(widget, _)| i64::from(*widget)).collect::<Vec<_>>())
        .bind(batch.heads.iter().map(|(_, head)| head.number.cast_signed()).collect::<Vec<_>>())
        .bind(batch.heads.iter().map(|(_, head)| head.link.as_slice()).collect::<Vec<_>>())
        .bind(batch.counted.iter().map(|counted| i64::from(counted.widget)).collect::<Vec<_>>())
        .bind(batch.counted.iter().map(|counted| counted.day.to_string()).collect::<Vec<_>>());
        let numbers = batch.counted.iter().map(|counted| counted.counts.numbers()).collect::<Vec<_>>();
        let columns =
            (0..NAMES.len()).map(|column| numbers.iter().map(|row| row[column].cast_signed()).collect::<Vec<_>>());
        let versions = proofs.iter().map(SealedProof::version_sha256).collect::<Vec<_>>();
        let versions = versions.iter().map(|sha256| sha256.as_ref().map(<[u8; 32]>::as_slice)).collect::<Vec<_>>();
        let statement = batch.statement.as_ref();
        columns
            .fold(query, Query::bind)
            .bind(versions)
            .bind(proofs.iter().map(|sealed| sealed.place.statement.as_slice()).collect::<Vec<_>>())
            .bind(statement.map(|statement| statement.number.cast_signed()))
            .bind(statement.map(|statement| statement.text.as_str()))
            .bind(statement.map(|statement| statement.signature.as_slice()))
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}

#[async_trait]
impl Store for PostgresStore {
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
        retried!(widgets::publish(&self.writer, version, replaced, token))
    }

    async fn workspaces(&self) -> Result<Vec<u32>> {
        tokens::workspaces(&self.readers).await
    }

    async fn set_admin_token(&self, workspace: u32, token: TokenHash) -> Result<()> {
        retried!(tokens::set_admin_token(&self.writer, workspace, token))
    }

    async fn add_token(
        &self,
        workspace: u32,
        name: &TokenName,
        rights: Rights,
        expires_at: Option<Timestamp>,
        token: TokenHash,
    ) -> Result<()> {
        retried!(tokens::add_token(&self.writer, workspace, name, rights, expires_at, token))
    }

    async fn revoke_token(&self, workspace: u32, name: &TokenName) -> Result<bool> {
        retried!(tokens::revoke(&self.writer, workspace, name))
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
        retried!(audit_log::add(&self.writer, records))
    }

    async fn audit_records(&self, span: &AuditSpan, limit: u32) -> Result<Vec<AuditRecord>> {
        audit_log::find(&self.readers, span, limit).await
    }

    async fn purge_audit_records(&self, before: Timestamp) -> Result<u64> {
        retried!(audit_log::purge(&self.writer, before))
    }

    async fn register_key(&self, key: &PublicKey) -> Result<()> {
        proofs::register_key(&self.writer, key).await
    }

    async fn signing_keys(&self) -> Result<Vec<PublicKey>> {
        proofs::signing_keys(&self.readers).await
    }

    async fn append(&self, batch: &Batch) -> Result<Appended> {
        match retried!(self.insert(batch)) {
            Err(Error::Query(error)) if error.as_database_error().is_some_and(DatabaseError::is_unique_violation) => {
                let known = self.known_requests(&batch.keys()).await?;
                if known.is_empty() { Err(Error::Query(error)) } else { Ok(Appended::Known(known)) }
            }
            outcome => outcome.map(|()| Appended::Kept),
        }
    }

    fn request_secret(&self) -> &RequestSecret {
        &self.request_secret
    }

    async fn known_requests(&self, keys: &[(u32, Hash)]) -> Result<Vec<KnownRequest>> {
        let found: Vec<(i64, Vec<u8>, Option<Vec<u8>>, String)> = sqlx::query_as(
            "SELECT widget_id, key_hash, body_hash, consent_id
             FROM request JOIN UNNEST($1::BIGINT[], $2::BYTEA[]) AS asked (widget_id, key_hash)
                  USING (widget_id, key_hash)",
        )
        .bind(keys.iter().map(|(widget, _)| i64::from(*widget)).collect::<Vec<_>>())
        .bind(keys.iter().map(|(_, key_hash)| key_hash.as_slice()).collect::<Vec<_>>())
        // Not a reader: what a standby has not seen yet was here before all the same.
        .fetch_all(&self.writer)
        .await?;
        let known = found.into_iter().map(|(widget, key_hash, body_hash, consent_id)| {
            let consent_id = row::uuid(&consent_id)?;
            Ok(KnownRequest {
                widget: row::number(widget)?,
                key_hash: row::bytes(&key_hash)?,
                body_hash: body_hash.as_deref().map(row::bytes).transpose()?,
                consent_id,
                date: clock::moment(consent_id).ok_or_else(|| Error::Corrupt(format!("the time of {consent_id}")))?,
            })
        });
        known.collect()
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
        retried!(proofs::erase(&self.writer, erasures))
    }

    async fn remove(&self, removal: &Removal) -> Result<()> {
        retried!(proofs::remove(&self.writer, removal))
    }

    async fn keep_sdk_files(&self, files: &[SdkFile], now: Timestamp) -> Result<()> {
        retried!(sdk_files::keep(&self.writer, files, now))
    }

    async fn sdk_file(&self, name: &str) -> Result<Option<SdkFile>> {
        sdk_files::find(&self.readers, name).await
    }

    async fn count(&self, run: Uuid, counted: &[Counted]) -> Result<()> {
        retried!(statistics::count(&self.writer, run, counted))
    }

    async fn statistics(&self, widget: u32, from: Date, until: Date) -> Result<Vec<OfDay>> {
        statistics::of_days(&self.readers, widget, from, until).await
    }

    /// Makes the partitions of this month and the next ones.
    async fn maintain(&self) -> Result<()> {
        let month = clock::now().to_zoned(TimeZone::UTC).date().first_of_month();
        for ahead in 0..=MONTHS_AHEAD {
            let month = month.saturating_add(ahead.months());
            let sql = format!(
                "CREATE TABLE IF NOT EXISTS proof_{} PARTITION OF proof FOR VALUES FROM ('{}') TO ('{}')",
                month.strftime("%Y_%m"),
                first_identifier(month),
                first_identifier(month.saturating_add(1.month())),
            );
            if let Err(error) = self.writer.execute(AssertSqlSafe(sql)).await {
                // Another server makes it at this moment, or the default has proofs of that month already, and keeps
                // those that come.
                tracing::info!(month = %month.strftime("%Y-%m"), reason = super::reason(&error), "no partition was made");
            }
        }
        Ok(())
    }

    async fn backup(&self, _: &Path) -> Result<()> {
        Err(Error::NoBackup)
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

fn first_identifier(month: Date) -> Uuid {
    let start = month.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |start| start.timestamp());
    clock::first_identifier(start)
}

/// Whether a transaction failed because of another one, and would do when it is tried again: `serialization_failure`,
/// `deadlock_detected`.
fn is_overtaken(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| matches!(&*code, "40001" | "40P01"))
}

/// Whether an error says nothing against the question: connection lost (class 08), out of resources, such as a full disk
/// (53), interrupted by whoever runs the server (57), the system's own (58), and a server that may only be read (25006)
/// (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
pub fn is_passing(error: &dyn DatabaseError) -> bool {
    let code = error.try_downcast_ref::<PgDatabaseError>().map(PgDatabaseError::code);
    code.is_some_and(|code| ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class)) || code == "25006")
}
