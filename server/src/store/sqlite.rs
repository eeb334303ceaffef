//! [`Store`] in one SQLite file.
//!
//! One connection writes and several read, as SQLite has one writer at a time: waiting for it in this process is
//! cheaper and fairer than in the file. Other processes (`placet-server widget apply` beside `serve`) wait in the file.

use std::{path::Path, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;
use placet_protocol::{Consents, DeviceType, Proof, ProofType, proof::StoredConsent};
use sqlx::{
    ConnectOptions, Row, SqliteConnection, SqlitePool,
    error::DatabaseError,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous},
};
use uuid::Uuid;

use super::{Access, Error, NewProof, Published, Request, Result, Store, Stored};
use crate::{
    clock,
    token::TokenHash,
    widget::{
        Content, Version,
        check::{Claims, Wanted},
    },
};

/// How long a connection waits for another process to finish writing, and a request for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// A SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
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

async fn migrate(writer: &SqlitePool, path: &Path) -> Result<()> {
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
        let row: Option<(Option<String>,)> = sqlx::query_as(
            "SELECT widget.version_key
             FROM public_key LEFT JOIN widget ON widget.id = ?2 AND widget.workspace_id = public_key.workspace_id
             WHERE public_key.key = ?1
             LIMIT 1",
        )
        .bind(key)
        .bind(widget)
        .fetch_optional(&self.readers)
        .await?;
        Ok(match row {
            None => Access::UnknownKey,
            Some((None,)) => Access::UnknownWidget,
            Some((Some(version_key),)) => Access::Granted { version_key: uuid(&version_key)? },
        })
    }

    async fn version(&self, widget: u32, version_key: Uuid) -> Result<Option<Version>> {
        sqlx::query(
            "SELECT version_key, ask_key, published_at, content FROM widget_version
             WHERE version_key = ?1 AND widget_id = ?2",
        )
        .bind(version_key.to_string())
        .bind(widget)
        .fetch_optional(&self.readers)
        .await?
        .map(|row| version(&row))
        .transpose()
    }

    async fn version_in_force(&self, widget: u32) -> Result<Option<Version>> {
        sqlx::query(
            "SELECT version_key, ask_key, published_at, content FROM widget JOIN widget_version USING (version_key)
             WHERE widget.id = ?1",
        )
        .bind(widget)
        .fetch_optional(&self.readers)
        .await?
        .map(|row| version(&row))
        .transpose()
    }

    async fn versions(&self, widget: u32) -> Result<Vec<Version>> {
        let rows = sqlx::query(
            "SELECT version_key, ask_key, published_at, content FROM widget_version
             WHERE widget_id = ?1 ORDER BY version_key DESC",
        )
        .bind(widget)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(version).collect()
    }

    async fn widgets(&self) -> Result<Vec<Version>> {
        let rows = sqlx::query(
            "SELECT version_key, ask_key, published_at, content FROM widget JOIN widget_version USING (version_key)
             ORDER BY widget.id",
        )
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(version).collect()
    }

    async fn claims(&self, wanted: &Wanted) -> Result<Claims> {
        let mut claims = Claims::default();
        if let Some(id) = wanted.widget {
            let sql = "SELECT workspace_id FROM widget WHERE id = ?1";
            claims.widget = sqlx::query_scalar(sql).bind(id).fetch_optional(&self.readers).await?;
        }
        for key in &wanted.keys {
            let sql = "SELECT workspace_id FROM public_key WHERE key = ?1 LIMIT 1";
            if let Some(owner) = sqlx::query_scalar(sql).bind(key).fetch_optional(&self.readers).await? {
                claims.keys.insert(key.clone(), owner);
            }
        }
        Ok(claims)
    }

    async fn publish(&self, version: &Version, replaced: Option<Uuid>, token: TokenHash) -> Result<Published> {
        let Version { version_key, ask_key, published_at, content } = version;
        let version_key = version_key.to_string();
        let published_at = clock::iso(*published_at);
        let json = serde_json::to_string(content).map_err(|error| Error::Corrupt(error.to_string()))?;
        // Takes the right to write at once, so that what is looked up here still holds when it is written.
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;

        let new_workspace =
            sqlx::query("INSERT INTO workspace (id, created_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
                .bind(content.workspace)
                .bind(&published_at)
                .execute(&mut *transaction)
                .await?
                .rows_affected()
                == 1;
        if new_workspace {
            add_admin_token(&mut transaction, content.workspace, token).await?;
        }

        sqlx::query(
            "INSERT INTO widget_version (version_key, widget_id, ask_key, published_at, content)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .bind(&version_key)
        .bind(content.id)
        .bind(ask_key.to_string())
        .bind(&published_at)
        .bind(json)
        .execute(&mut *transaction)
        .await?;

        let in_force = match replaced {
            None => sqlx::query(
                "INSERT INTO widget (id, workspace_id, version_key, created_at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO NOTHING",
            )
            .bind(content.id)
            .bind(content.workspace)
            .bind(&version_key)
            .bind(&published_at),
            Some(replaced) => sqlx::query(
                "UPDATE widget SET version_key = ?3 WHERE id = ?1 AND workspace_id = ?2 AND version_key = ?4",
            )
            .bind(content.id)
            .bind(content.workspace)
            .bind(&version_key)
            .bind(replaced.to_string()),
        };
        if in_force.execute(&mut *transaction).await?.rows_affected() != 1 {
            return Err(Error::Overtaken);
        }

        sqlx::query("DELETE FROM public_key WHERE widget_id = ?1").bind(content.id).execute(&mut *transaction).await?;
        for key in &content.keys {
            let added = sqlx::query(
                "INSERT INTO public_key (key, widget_id, workspace_id) SELECT ?1, ?2, ?3
                 WHERE NOT EXISTS (SELECT 1 FROM public_key WHERE key = ?1 AND workspace_id <> ?3)",
            )
            .bind(key)
            .bind(content.id)
            .bind(content.workspace)
            .execute(&mut *transaction)
            .await?;
            if added.rows_affected() != 1 {
                return Err(Error::Overtaken);
            }
        }

        transaction.commit().await?;
        Ok(Published { new_workspace })
    }

    async fn workspaces(&self) -> Result<Vec<u32>> {
        Ok(sqlx::query_scalar("SELECT id FROM workspace ORDER BY id").fetch_all(&self.readers).await?)
    }

    async fn set_admin_token(&self, workspace: u32, token: TokenHash) -> Result<()> {
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query("DELETE FROM admin_token WHERE workspace_id = ?1")
            .bind(workspace)
            .execute(&mut *transaction)
            .await?;
        add_admin_token(&mut transaction, workspace, token).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn workspace_of(&self, token: TokenHash) -> Result<Option<u32>> {
        let candidates: Vec<(Vec<u8>, u32)> =
            sqlx::query_as("SELECT token_sha256, workspace_id FROM admin_token WHERE selector = ?1")
                .bind(token.selector())
                .fetch_all(&self.readers)
                .await?;
        let mut found = None;
        for (kept, workspace) in candidates {
            let kept = kept.try_into().map_err(|_| Error::Corrupt("an admin token's hash".to_owned()))?;
            if TokenHash::from_bytes(kept).matches(&token) {
                found = Some(workspace);
            }
        }
        Ok(found)
    }

    async fn store_proof(&self, NewProof { proof, request }: NewProof) -> Result<Stored> {
        let consents = serde_json::to_string(&proof.consents).map_err(|error| Error::Corrupt(error.to_string()))?;
        let kept = Stored::Kept { consent_id: uuid(&proof.consent_id)?, date: date(&proof.date)? };
        let widget = proof.widget_id;
        // One statement, so that it is a transaction by itself.
        let added = sqlx::query(
            "INSERT INTO proof (consent_id, id, workspace_id, widget_id, version_key, session_id, date,
                                date_expiration, type, type_device, consents, previous_consent_id, user_id,
                                idempotency_key, request_sha256)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
             ON CONFLICT (widget_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING",
        )
        .bind(proof.consent_id)
        .bind(proof.id)
        .bind(proof.work_space_id)
        .bind(widget)
        .bind(proof.widget_version)
        .bind(proof.session_id)
        .bind(proof.date)
        .bind(proof.date_expiration)
        .bind(u8::from(proof.kind))
        .bind(u8::from(proof.type_device))
        .bind(consents)
        .bind(proof.previous_consent_id)
        .bind(proof.user_id)
        .bind(request.as_ref().map(|request| request.idempotency_key.as_str()))
        .bind(request.as_ref().map(|request| &request.sha256[..]))
        .execute(&self.writer)
        .await?;
        match &request {
            Some(request) if added.rows_affected() == 0 => self
                .stored_request(widget, request)
                .await?
                .ok_or_else(|| Error::Unavailable("the first request of this name is gone".to_owned())),
            _ => Ok(kept),
        }
    }

    async fn stored_request(&self, widget: u32, request: &Request) -> Result<Option<Stored>> {
        let row: Option<(String, String, Vec<u8>)> = sqlx::query_as(
            "SELECT consent_id, date, request_sha256 FROM proof WHERE widget_id = ?1 AND idempotency_key = ?2",
        )
        .bind(widget)
        .bind(&request.idempotency_key)
        .fetch_optional(&self.readers)
        .await?;
        row.map(|(consent_id, stored_at, said)| {
            Ok(if said == request.sha256 {
                Stored::Kept { consent_id: uuid(&consent_id)?, date: date(&stored_at)? }
            } else {
                Stored::NameTaken
            })
        })
        .transpose()
    }

    async fn proof(&self, consent_id: Uuid) -> Result<Option<Proof>> {
        sqlx::query(
            "SELECT consent_id, id, workspace_id, widget_id, version_key, session_id, date, date_expiration, type,
                    type_device, consents, previous_consent_id, user_id
             FROM proof WHERE consent_id = ?1",
        )
        .bind(consent_id.to_string())
        .fetch_optional(&self.readers)
        .await?
        .map(|row| proof(&row))
        .transpose()
    }

    async fn close(&self) {
        self.readers.close().await;
        // Last, so that the write-ahead log is folded into the file.
        self.writer.close().await;
    }
}

/// Adds an admin token to those of a workspace.
async fn add_admin_token(transaction: &mut SqliteConnection, workspace: u32, token: TokenHash) -> Result<()> {
    let added = sqlx::query(
        "INSERT INTO admin_token (token_sha256, selector, workspace_id, created_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO NOTHING",
    )
    .bind(token.as_bytes())
    .bind(token.selector())
    .bind(workspace)
    .bind(clock::iso(clock::now()))
    .execute(&mut *transaction)
    .await?;
    if added.rows_affected() != 1 {
        let sql = "SELECT workspace_id FROM admin_token WHERE token_sha256 = ?1";
        let owner = sqlx::query_scalar(sql).bind(token.as_bytes()).fetch_one(&mut *transaction).await?;
        return Err(Error::TokenTaken(owner));
    }
    Ok(())
}

fn uuid(text: &str) -> Result<Uuid> {
    Uuid::parse_str(text).map_err(|_| Error::Corrupt(format!("`{text}` in the place of a UUID")))
}

fn date(text: &str) -> Result<Timestamp> {
    clock::parse(text).ok_or_else(|| Error::Corrupt(format!("`{text}` in the place of a date")))
}

fn version(row: &SqliteRow) -> Result<Version> {
    let (version_key, ask_key): (&str, &str) = (row.try_get("version_key")?, row.try_get("ask_key")?);
    let published_at: &str = row.try_get("published_at")?;
    let content: &str = row.try_get("content")?;
    let corrupt = |what: &str| Error::Corrupt(format!("{what} of version {version_key}"));
    Ok(Version {
        version_key: uuid(version_key)?,
        ask_key: uuid(ask_key)?,
        published_at: clock::parse(published_at).ok_or_else(|| corrupt("the date"))?,
        content: serde_json::from_str::<Content>(content)
            .map_err(|error| corrupt(&format!("the content ({error})")))?,
    })
}

fn proof(row: &SqliteRow) -> Result<Proof> {
    let consent_id: String = row.try_get("consent_id")?;
    let corrupt = |what: &str| Error::Corrupt(format!("the {what} of proof {consent_id}"));
    let consents: &str = row.try_get("consents")?;
    Ok(Proof {
        id: row.try_get("id")?,
        session_id: row.try_get("session_id")?,
        date: row.try_get("date")?,
        date_expiration: row.try_get("date_expiration")?,
        kind: ProofType::try_from(row.try_get::<u8, _>("type")?).map_err(|_| corrupt("type"))?,
        widget_id: row.try_get("widget_id")?,
        type_device: DeviceType::try_from(row.try_get::<u8, _>("type_device")?).map_err(|_| corrupt("device"))?,
        work_space_id: row.try_get("workspace_id")?,
        consents: serde_json::from_str::<Consents<StoredConsent>>(consents).map_err(|_| corrupt("decisions"))?,
        widget_version: row.try_get("version_key")?,
        previous_consent_id: row.try_get("previous_consent_id")?,
        user_id: row.try_get("user_id")?,
        consent_id,
    })
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
