//! What is kept: widgets, who may ask for them, and proofs.
//!
//! [`Store`] is what the rest of the server knows of a database. Any number of servers may stand on one database at the
//! same time, so nothing of record is kept in the process: what a method answers is what the database says now.

mod sqlite;

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use jiff::Timestamp;
use placet_protocol::Proof;
use uuid::Uuid;

use crate::{
    token::TokenHash,
    widget::{
        Version,
        check::{Claims, Wanted},
    },
};

/// A database of widgets and proofs.
#[async_trait]
pub trait Store: Send + Sync + std::fmt::Debug {
    /// What a public key opens: the version in force of a widget, if key and widget are of one workspace.
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
    /// they do not exist. `token` becomes the admin token of a workspace that is made. All of it or nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Overtaken`] if another version than `replaced` is in force by now, or another workspace has taken one
    /// of the names: look again. [`Error::TokenTaken`] if the token is another workspace's.
    async fn publish(&self, version: &Version, replaced: Option<Uuid>, token: TokenHash) -> Result<Published>;

    /// Every workspace's number.
    async fn workspaces(&self) -> Result<Vec<u32>>;

    /// Makes a token the only admin token of a workspace.
    ///
    /// # Errors
    ///
    /// [`Error::TokenTaken`] if it is another workspace's.
    async fn set_admin_token(&self, workspace: u32, token: TokenHash) -> Result<()>;

    /// The workspace that an admin token opens.
    async fn workspace_of(&self, token: TokenHash) -> Result<Option<u32>>;

    /// Keeps a proof. When this answers, the proof is on disk, and stays there whatever happens to the process or the
    /// machine. A request that names itself is stored once, however often and from however many sides it is sent.
    async fn store_proof(&self, proof: NewProof) -> Result<Stored>;

    /// What became of a request that named itself, if it has been here before.
    async fn stored_request(&self, widget: u32, request: &Request) -> Result<Option<Stored>>;

    /// The proof of an identifier, in whichever workspace it is.
    async fn proof(&self, consent_id: Uuid) -> Result<Option<Proof>>;

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

/// A proof to be kept.
#[derive(Clone, Debug)]
pub struct NewProof {
    /// The proof.
    pub proof: Proof,
    /// The request that brings it, if it names itself.
    pub request: Option<Request>,
}

/// A request that names itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its name, of 1 to 128 visible ASCII characters; names of different widgets have nothing to do with each other.
    pub idempotency_key: String,
    /// What it says (SHA-256): another request under the same name is a mistake.
    pub sha256: [u8; 32],
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It is kept, by this call or by an earlier one.
    Kept {
        /// What the visitor's browser is told.
        consent_id: Uuid,
        /// When it was stored: the proof's `date`.
        date: Timestamp,
    },
    /// Its name stands for a request that said something else. Nothing was stored.
    NameTaken,
}

/// What goes wrong with a database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An address that is no database's.
    #[error(
        "`{0}` is no database that Placet knows; write `sqlite://` and the path of a file, as `sqlite://placet.db`"
    )]
    UnknownUrl(String),
    /// An engine that Placet does not speak yet.
    #[error("PostgreSQL is not supported yet; use a SQLite file, as `--database-url sqlite://placet.db`")]
    Postgres,
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
    /// An admin token that another workspace has.
    #[error("this admin token is workspace {0}'s already; every workspace needs its own")]
    TokenTaken(u32),
    /// A row that is not what Placet writes.
    #[error("the database holds something that Placet did not write: {0}")]
    Corrupt(String),
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
        Some(("postgres" | "postgresql", _)) => Err(Error::Postgres),
        _ => Err(Error::UnknownUrl(url.to_owned())),
    }
}
