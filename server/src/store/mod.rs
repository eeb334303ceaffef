//! What is kept: widgets, who may ask for them, and proofs.
//!
//! [`Store`] is what the rest of the server knows of a database. Any number of servers may stand on one database at the
//! same time, so nothing of record is kept in the process: what a method answers is what the database says now.

mod postgres;
mod record;
mod row;
mod sqlite;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp, civil::Date};
use sqlx::error::DatabaseError;
use uuid::Uuid;

pub use self::record::{
    Appended, Batch, Chain, Entry, Erasure, ExpiredAt, ExpiredProof, KnownRequest, NewProof, Orphan, Readable, Remains,
    Removal, Removed, Request, SdkFile, SealedProof, Span, Stored,
};
use crate::{
    audit_log::{AuditRecord, AuditSpan},
    idempotency::RequestSecret,
    seal::{ChainId, Hash, PublicKey},
    statement::SignedStatement,
    statistics::{Counted, OfDay},
    token::{KnownToken, Opened, Rights, TokenHash, TokenName},
    widget::{
        Version,
        check::{Claims, Wanted},
    },
};

/// For how long a server may go by what [`Store::access`] has granted it; [`Store::publish`] waits so long after it has
/// replaced something.
pub const GRANTED_FOR: Duration = Duration::from_millis(100);

/// For how long the SDK's files of another version are kept once a server has started that does not have them: far
/// longer than a browser keeps the `placet.js` that names them.
pub const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A database of widgets and proofs.
#[async_trait]
pub trait Store: Send + Sync + std::fmt::Debug {
    /// What a public key opens: the version in force of a widget, if key and widget are of one workspace. What is granted
    /// may be relied on for [`GRANTED_FOR`].
    async fn access(&self, key: &str, widget: u32) -> Result<Access>;

    /// A version of a widget, by its name. It never changes, so it may be remembered.
    async fn version(&self, widget: u32, version_key: Uuid) -> Result<Option<Version>>;

    /// The version in force of a widget.
    async fn version_in_force(&self, widget: u32) -> Result<Option<Version>>;

    /// Every version of a widget, the latest first.
    async fn versions(&self, widget: u32) -> Result<Vec<Version>>;

    /// The version in force of every widget, by the widgets' numbers.
    async fn widgets(&self) -> Result<Vec<Version>>;

    /// Who has the names that a widget's file wants for itself.
    async fn claims(&self, wanted: &Wanted) -> Result<Claims>;

    /// Puts a version in force, with its public keys, in the place of `replaced`; makes the widget and the workspace if
    /// they do not exist. `token` becomes the admin token of a workspace that is made. All of it or nothing. When this
    /// answers, no server goes by what it replaced any more.
    ///
    /// # Errors
    ///
    /// [`Error::Overtaken`] if another version than `replaced` is in force by now, or another workspace has taken one
    /// of the names: look again. [`Error::TokenTaken`] if the token is another workspace's.
    async fn publish(&self, version: &Version, replaced: Option<Uuid>, token: TokenHash) -> Result<Published>;

    /// Every workspace's number.
    async fn workspaces(&self) -> Result<Vec<u32>>;

    /// Makes a token the first admin token of a workspace ([`TokenName::FIRST`]), in the place of the one that was.
    ///
    /// # Errors
    ///
    /// [`Error::TokenTaken`] if it is another workspace's, or has another name.
    async fn set_admin_token(&self, workspace: u32, token: TokenHash) -> Result<()>;

    /// Adds an admin token to those of a workspace.
    ///
    /// # Errors
    ///
    /// [`Error::TokenNameTaken`] if the workspace has one of this name, [`Error::TokenTaken`] if there is this token.
    async fn add_token(
        &self,
        workspace: u32,
        name: &TokenName,
        rights: Rights,
        expires_at: Option<Timestamp>,
        token: TokenHash,
    ) -> Result<()>;

    /// Takes an admin token back: it opens nothing any more, on any server. Answers whether there was one.
    async fn revoke_token(&self, workspace: u32, name: &TokenName) -> Result<bool>;

    /// The admin tokens of every workspace, by their workspaces and names.
    async fn tokens(&self) -> Result<Vec<KnownToken>>;

    /// What an admin token opens, also one that has expired.
    async fn opened_by(&self, token: TokenHash) -> Result<Option<Opened>>;

    /// Keeps when an admin token was last used, unless that was within [`crate::audit_log::USED_EVERY`].
    async fn touch_token(&self, workspace: u32, name: &TokenName, at: Timestamp) -> Result<()>;

    /// Adds audit records, all of them or none.
    async fn add_audit_records(&self, records: &[AuditRecord]) -> Result<()>;

    /// The audit records of a span, the oldest first, at most `limit`.
    async fn audit_records(&self, span: &AuditSpan, limit: u32) -> Result<Vec<AuditRecord>>;

    /// Removes the audit records from before a moment; answers how many there were.
    async fn purge_audit_records(&self, before: Timestamp) -> Result<u64>;

    /// Makes a public key known as one that signs proofs in this database.
    async fn register_key(&self, key: &PublicKey) -> Result<()>;

    /// Every key that has signed proofs in this database, the oldest first.
    async fn signing_keys(&self) -> Result<Vec<PublicKey>>;

    /// Keeps proofs at the ends of chains, all of them or none. When this answers, they are on disk, and stay there
    /// whatever happens to the process or the machine.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] leaves it open whether they were kept.
    async fn append(&self, batch: &Batch) -> Result<Appended>;

    /// The secret under which idempotency keys and bodies are hashed, which all servers on the database share.
    fn request_secret(&self) -> &RequestSecret;

    /// The requests among these, by widget and hash of the idempotency key, that have been here before.
    async fn known_requests(&self, keys: &[(u32, Hash)]) -> Result<Vec<KnownRequest>>;

    /// The proof of an identifier, in whichever workspace it is.
    async fn proof(&self, consent_id: Uuid) -> Result<Option<Entry>>;

    /// The numbers of the widgets of a workspace, or of all.
    async fn widget_numbers(&self, workspace: Option<u32>) -> Result<Vec<u32>>;

    /// The proofs of a span, in the order of their identifiers, at most `limit`.
    async fn proofs(&self, span: &Span<'_>, limit: u32) -> Result<Vec<Entry>>;

    /// The chains of a widget, or of all, that can be read, and what is wrong with the rest.
    async fn readable_chains(&self, widget: Option<u32>) -> Result<Readable<Chain>>;

    /// The chains of a widget, or of all, that can be read.
    async fn chains(&self, widget: Option<u32>) -> Result<Vec<Chain>> {
        Ok(self.readable_chains(widget).await?.found)
    }

    /// What runs of servers have stated, in the order of runs and of their statements.
    async fn statements(&self) -> Result<Readable<SignedStatement>>;

    /// The places of a chain after a number, in order, at most `limit`.
    async fn places(&self, chain: ChainId, after: u64, limit: u32) -> Result<Vec<Entry>>;

    /// Proofs that stand in no chain that is known, after its end, before its beginning, or in a place that another one
    /// has: there should be none. At most `limit`.
    async fn orphans(&self, widget: Option<u32>, limit: u32) -> Result<Vec<Orphan>>;

    /// Proofs that expired before a moment and still have their content, after a position, at most `limit`.
    async fn expired(&self, before: Timestamp, after: &ExpiredAt, limit: u32) -> Result<Vec<ExpiredProof>>;

    /// Erases the content of proofs, all of them or none; answers how many of them still had one.
    async fn erase(&self, erasures: &[Erasure]) -> Result<u64>;

    /// Removes the first places of a chain.
    async fn remove(&self, removal: &Removal) -> Result<()>;

    /// Adds to what is counted of widgets; `run` is the only one that counts under its name.
    async fn count(&self, run: Uuid, counted: &[Counted]) -> Result<()>;

    /// What was counted of a widget on each day from `from` on and before `until` on which there was anything.
    async fn statistics(&self, widget: u32, from: Date, until: Date) -> Result<Vec<OfDay>>;

    /// Does what the engine needs to have done from time to time.
    async fn maintain(&self) -> Result<()>;

    /// Keeps the SDK's files of a server that runs, and forgets those of others after [`FORGOTTEN_AFTER`].
    async fn keep_sdk_files(&self, files: &[SdkFile], now: Timestamp) -> Result<()>;

    /// A file of the SDK by its name.
    async fn sdk_file(&self, name: &str) -> Result<Option<SdkFile>>;

    /// Copies the whole database, as it is at this moment, into a new file, while servers go on.
    ///
    /// # Errors
    ///
    /// [`Error::NoBackup`] if the engine has tools of its own for that.
    async fn backup(&self, file: &Path) -> Result<()>;

    /// Ends all connections; what was answered is on disk.
    async fn close(&self);
}

/// What [`Store::access`] finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nobody has this key.
    UnknownKey,
    /// The key's workspace has no widget of this number.
    UnknownWidget,
    /// The version in force.
    Granted {
        /// Its name.
        version_key: Uuid,
    },
}

/// What [`Store::publish`] did beside publishing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// Whether the workspace is new, and so has been given its admin token.
    pub new_workspace: bool,
}

/// What goes wrong with a database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An address that is no database's.
    #[error(
        "`{0}` is no database that Placet knows; write `sqlite://` and the path of a file, as `sqlite://placet.db`, or the address of a PostgreSQL database, as `postgres://placet@db.example.com/placet`"
    )]
    UnknownUrl(String),
    /// A database that forgets.
    #[error("a database in memory forgets its proofs when the program ends; name a file, as `sqlite://placet.db`")]
    InMemory,
    /// A file that cannot be opened or made.
    #[error("the database {} cannot be opened ({reason}); check that the folder can be written to and the disk is not full", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why, in the engine's words.
        reason: String,
    },
    /// A server that cannot be reached, or lets nobody in.
    #[error("the database {url} cannot be reached ({reason}); check its address, user and password, and that it runs")]
    Connect {
        /// Its address, without the password.
        url: String,
        /// Why, in the engine's words.
        reason: String,
    },
    /// A server's database that another program wrote, or a later Placet.
    #[error(
        "the database {url} cannot be brought up to date ({reason}); is it Placet's, is this the latest Placet that has used it, and may its user make tables?"
    )]
    MigrateServer {
        /// Its address, without the password.
        url: String,
        /// Why, in the engine's words.
        reason: String,
    },
    /// A database that another program wrote, or a later Placet.
    #[error("the database {} cannot be brought up to date ({reason}); is it Placet's, and is this the latest Placet that has used it?", path.display())]
    Migrate {
        /// The file.
        path: PathBuf,
        /// Why, in the engine's words.
        reason: String,
    },
    /// Nothing wrong with the question: asked later, it may be answered.
    #[error("the database cannot answer now ({0}); try again")]
    Unavailable(String),
    /// Somebody else published meanwhile.
    #[error(
        "somebody else has published this widget, or taken one of its names, at the same moment; apply the file again"
    )]
    Overtaken,
    /// An admin token that there is already.
    #[error("this admin token is workspace {0}'s already; every one needs to be another")]
    TokenTaken(u32),
    /// The name of an admin token that there is already.
    #[error("workspace {0} has an admin token of this name; revoke that one, or choose another name")]
    TokenNameTaken(u32),
    /// A row that is not what Placet writes.
    #[error("the database holds something that Placet did not write: {0}")]
    Corrupt(String),
    /// An engine that is backed up by its own tools.
    #[error("this database is backed up with its own tools, such as pg_dump or pg_basebackup")]
    NoBackup,
    /// A batch whose proofs were not kept, for this reason.
    #[error("a proof was not stored ({0})")]
    NotKept(String),
    /// Anything else.
    #[error("the database does not answer as it should: {0}")]
    Query(#[source] sqlx::Error),
}

/// The answer of a database.
pub type Result<T> = std::result::Result<T, Error>;

/// Opens the database of an address, makes it if it is not there, and brings it up to date.
///
/// # Errors
///
/// [`Error`] if there is no such engine, or it does not open.
pub async fn open(url: &str) -> Result<Arc<dyn Store>> {
    match url.split_once(':') {
        Some(("sqlite", _)) => Ok(Arc::new(sqlite::SqliteStore::open(url).await?)),
        Some(("postgres" | "postgresql", _)) => Ok(Arc::new(postgres::PostgresStore::open(url).await?)),
        _ => Err(Error::UnknownUrl(shown(url))),
    }
}

/// A database's address as it may be told: without its password, and without what may be one.
fn shown(url: &str) -> String {
    let lower = url.to_ascii_lowercase();
    if !["@", "pass", "pwd", "secret"].iter().any(|sign| lower.contains(sign)) {
        return url.to_owned();
    }
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    let scheme = scheme.filter(|scheme| scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let nothing_more = || format!("{}…", scheme.map(|scheme| format!("{scheme}://")).unwrap_or_default());
    let Ok(mut parsed) = url::Url::parse(url) else { return nothing_more() };
    // A password that was not percent-encoded may reach into the path, or what follows it.
    let after_the_host = [Some(parsed.path()), parsed.query(), parsed.fragment()];
    if !parsed.has_host() || after_the_host.into_iter().flatten().any(|part| part.contains('@')) {
        return nothing_more();
    }
    let masked = parsed.password().is_none() || parsed.set_password(Some("***")).is_ok();
    parsed.set_query(None);
    parsed.set_fragment(None);
    if masked { parsed.into() } else { nothing_more() }
}

/// What an engine says, without the wrapping.
fn reason(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let is_passing = |error: &dyn DatabaseError| sqlite::is_passing(error) || postgres::is_passing(error);
        match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Io(_) => {
                Self::Unavailable(error.to_string())
            }
            error if error.as_database_error().is_some_and(is_passing) => Self::Unavailable(reason(&error)),
            // NULL, a number that is too large, or bytes that are no UTF-8, where Placet writes none.
            sqlx::Error::ColumnDecode { .. } => Self::Corrupt(error.to_string()),
            error => Self::Query(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_told() {
        for url in [
            "postgres://placet:hunter2@db.example.com/placet",
            "postgresql://placet:hunter2@db.example.com:5432/placet?sslmode=require",
            "postgres://db.example.com/placet?user=placet&password=hunter2",
            "postgres://db.example.com/placet?PASSWORD=hunter2#hunter2",
            "postgres://placet:hunter2@",
            "postgres://placet:hunter2@db.example.com:port/placet",
            "postgres://placet:a/hunter2@db.example.com/placet",
            "postgres://placet:12/hunter2@db.example.com/placet",
            "postgres://placet:12?hunter2@db.example.com/placet",
            "postgres://placet:12#hunter2@db.example.com/placet",
            "postgres://placet:a@hunter2@db.example.com/placet",
            "postgres://placet:%68unter2@db.example.com/hunter%32%zz",
            "postgres://placet:hunter2@[::1/placet",
            "postgre://placet:hunter2@db.example.com/placet",
            "mysql://placet:hunter2@db.example.com/placet",
            "placet:hunter2@db.example.com/placet",
            "host=db.example.com user=placet password=hunter2",
            "host=db.example.com user=placet password='a://hunter2'",
            " postgres://placet:hunter2@db.example.com/placet",
        ] {
            let told = Error::UnknownUrl(shown(url)).to_string();
            assert!(!told.contains("unter2"), "{url}: {told}");
        }
        assert_eq!(
            shown("postgres://placet:x@db.example.com:5433/placet"),
            "postgres://placet:***@db.example.com:5433/placet"
        );
        assert_eq!(shown("postgres://placet@db.example.com/placet"), "postgres://placet@db.example.com/placet");
        for harmless in ["placet.db", "mysql://db.example.com/placet", "sqlite:/x?mode=odd"] {
            assert_eq!(shown(harmless), harmless);
        }
    }
}
