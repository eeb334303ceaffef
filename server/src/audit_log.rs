//! Who read, exported or erased what: a record of each use of an admin token or of a command, which is added and never
//! changed.
//!
//! A record that erases or exports is on disk before it is answered. Those of single reads, of which a dashboard may make
//! many, are written together a moment later, so that they cost the reader nothing; as long as they can't be written no
//! more than [`MOST_WAITING`] wait, and then nothing is read. Tokens that open nothing are counted, and the count is
//! written once a minute: somebody who guesses must not fill the database.
//!
//! A record names proofs by their identifiers, which stay in their places when they are erased, and no visitor.

use std::{
    collections::HashMap,
    fmt,
    str::FromStr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio::{
    sync::{Notify, mpsc, oneshot},
    task::JoinHandle,
    time::Instant,
};
use uuid::Uuid;

use crate::{
    clock,
    ledger::Erased,
    store::{Error, Result, Store},
    token::TokenName,
};

/// How often it is written that a token was used.
pub const USED_EVERY: SignedDuration = SignedDuration::from_secs(60);
/// How often it is written how many tokens opened nothing.
const FAILED_EVERY: Duration = Duration::from_mins(1);
/// How many records may wait to be written.
const MOST_WAITING: usize = 1024;
/// How many records are written together at most.
const MOST_TOGETHER: usize = 256;
/// How long to wait before records that could not be written are tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// How often records are tried once the server stops.
const LAST_TRIES: u32 = 3;

/// What was done, by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditRecord {
    /// Its identifier, which begins with the time (UUID v7).
    pub id: Uuid,
    /// When.
    #[serde(serialize_with = "iso")]
    pub date: Timestamp,
    /// In which workspace; `None` where it is no workspace's, or of all of them.
    pub workspace: Option<u32>,
    /// Who.
    #[serde(serialize_with = "text")]
    pub actor: Actor,
    /// What.
    #[serde(serialize_with = "text")]
    pub action: Action,
    /// To what: a proof's identifier, a token's name, or what was looked for.
    pub subject: Option<String>,
    /// How it ended.
    #[serde(serialize_with = "text")]
    pub outcome: Outcome,
    /// How many proofs, or how many times.
    pub count: Option<u64>,
}

impl AuditRecord {
    /// What is done now, to nothing in particular.
    pub fn new(actor: Actor, workspace: Option<u32>, action: Action, outcome: Outcome) -> Self {
        let date = clock::now();
        Self { id: clock::identifier(date), date, workspace, actor, action, subject: None, outcome, count: None }
    }
}

fn iso<S: serde::Serializer>(date: &Timestamp, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(&clock::iso(*date))
}

fn text<S: serde::Serializer>(name: &impl fmt::Display, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_str(name)
}

/// Who does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The holder of the admin token of this name.
    Token(TokenName),
    /// Somebody who runs a command of the program, and so can read the database anyway.
    Command,
    /// Nobody that is known.
    Unknown,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(name) => write!(f, "token:{name}"),
            Self::Command => f.write_str("command"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

/// A text that names nothing of the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownName;

impl FromStr for Actor {
    type Err = UnknownName;

    fn from_str(text: &str) -> std::result::Result<Self, UnknownName> {
        match (text, text.strip_prefix("token:")) {
            ("command", _) => Ok(Self::Command),
            ("unknown", _) => Ok(Self::Unknown),
            (_, Some(name)) => name.parse().map(Self::Token).map_err(|_| UnknownName),
            _ => Err(UnknownName),
        }
    }
}

/// A name for each of a few things.
macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident = $name:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $type { $($(#[$variant_doc])* $variant),+ }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $name),+ })
            }
        }

        impl FromStr for $type {
            type Err = UnknownName;

            fn from_str(text: &str) -> std::result::Result<Self, UnknownName> {
                match text { $($name => Ok(Self::$variant),)+ _ => Err(UnknownName) }
            }
        }
    };
}

named! {
    /// What is done.
    Action {
        /// One proof is read.
        ReadProof = "read-proof",
        /// Proofs are listed.
        ListProofs = "list-proofs",
        /// Proofs are taken away as a file.
        ExportProofs = "export-proofs",
        /// One proof is erased.
        EraseProof = "erase-proof",
        /// All proofs of a visitor are erased.
        EraseVisitor = "erase-visitor",
        /// Statistics are read.
        ReadStatistics = "read-statistics",
        /// An admin token is made.
        AddToken = "add-token",
        /// An admin token is revoked.
        RevokeToken = "revoke-token",
        /// The whole database is copied.
        BackUp = "back-up",
        /// A token is shown that opens nothing, or no longer.
        Authenticate = "authenticate",
    }
}

named! {
    /// How it ends.
    Outcome {
        /// It is done.
        Done = "done",
        /// It is not allowed.
        Denied = "denied",
        /// There is nothing, or nothing any more, that it could be done to.
        NotFound = "not-found",
        /// It could not be done.
        Failed = "failed",
    }
}

impl Outcome {
    /// Of an erasure, with how many proofs were erased. One that left proofs that are not what was signed has failed.
    pub fn of(erased: &Result<Erased>) -> (Self, Option<u64>) {
        match erased {
            Ok(Erased { erased, refused: 0 }) => (Self::Done, Some(*erased)),
            Ok(Erased { erased, .. }) => (Self::Failed, Some(*erased)),
            Err(_) => (Self::Failed, None),
        }
    }
}

/// Some of the audit records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditSpan {
    /// Of a workspace.
    pub workspace: Option<u32>,
    /// Of an actor.
    pub actor: Option<Actor>,
    /// At this moment or later.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// After this record.
    pub after: Option<Uuid>,
}

/// Writes audit records. Its clones are one and the same.
#[derive(Clone, Debug)]
pub struct AuditLog {
    queue: mpsc::WeakSender<Waiting>,
    failed: Arc<Failed>,
    work: Arc<Mutex<Option<Work>>>,
}

/// What [`AuditLog::close`] ends.
#[derive(Debug)]
struct Work {
    queue: mpsc::Sender<Waiting>,
    task: JoinHandle<()>,
}

/// A record that waits to be written, and who waits for that.
#[derive(Debug)]
struct Waiting {
    record: AuditRecord,
    written: Option<oneshot::Sender<()>>,
}

/// How many tokens opened nothing since that was last written.
#[derive(Debug, Default)]
struct Failed {
    count: AtomicU64,
    more: Notify,
}

impl AuditLog {
    /// A log in a store.
    pub fn open(store: Arc<dyn Store>) -> Self {
        let (queue, waiting) = mpsc::channel(MOST_WAITING);
        let failed = Arc::<Failed>::default();
        let writer = Writer { store, failed: Arc::clone(&failed), used: HashMap::new() };
        let work = Work { queue: queue.clone(), task: tokio::spawn(writer.write(waiting)) };
        Self { queue: queue.downgrade(), failed, work: Arc::new(Mutex::new(Some(work))) }
    }

    /// Has a record written in a moment.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if too many wait already: then what it records must not happen.
    pub fn record(&self, record: AuditRecord) -> Result<()> {
        self.enqueue(Waiting { record, written: None })
    }

    /// Has a record written, and answers when it is on disk.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if it can't be written.
    pub async fn record_durably(&self, record: AuditRecord) -> Result<()> {
        let (written, is_written) = oneshot::channel();
        self.enqueue(Waiting { record, written: Some(written) })?;
        is_written.await.map_err(|_| closed())
    }

    /// Counts a token that opened nothing.
    pub fn count_failed(&self) {
        self.failed.count.fetch_add(1, Ordering::Relaxed);
        self.failed.more.notify_one();
    }

    /// Takes no more records, and waits until those that were taken are written.
    pub async fn close(&self) {
        let work = self.work.lock().ok().and_then(|mut work| work.take());
        if let Some(Work { queue, task }) = work {
            drop(queue);
            if let Err(error) = task.await {
                tracing::error!(%error, "the task that writes audit records ended badly");
            }
        }
    }

    fn enqueue(&self, waiting: Waiting) -> Result<()> {
        let queue = self.queue.upgrade().ok_or_else(closed)?;
        queue.try_send(waiting).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => {
                Error::Unavailable(format!("{MOST_WAITING} audit records are waiting to be written already"))
            }
            mpsc::error::TrySendError::Closed(_) => closed(),
        })
    }
}

fn closed() -> Error {
    Error::Unavailable("the server is stopping".to_owned())
}

/// The one that writes.
struct Writer {
    store: Arc<dyn Store>,
    failed: Arc<Failed>,
    /// When it was last written that a token was used.
    used: HashMap<(u32, String), Timestamp>,
}

impl Writer {
    async fn write(mut self, mut waiting: mpsc::Receiver<Waiting>) {
        let mut together = Vec::with_capacity(MOST_TOGETHER);
        let mut next_failed = Instant::now();
        loop {
            let is_open = tokio::select! {
                received = waiting.recv_many(&mut together, MOST_TOGETHER) => received > 0,
                () = self.failed.due(next_failed) => true,
            };
            let now = Instant::now();
            if now >= next_failed || !is_open {
                together.extend(self.failed.take());
                next_failed = now + FAILED_EVERY;
            }
            self.commit(std::mem::take(&mut together), &waiting).await;
            if !is_open {
                return;
            }
        }
    }

    /// Writes records, however long it takes while the server runs.
    async fn commit(&mut self, together: Vec<Waiting>, waiting: &mpsc::Receiver<Waiting>) {
        if together.is_empty() {
            return;
        }
        let (records, written): (Vec<_>, Vec<_>) = together.into_iter().map(|one| (one.record, one.written)).unzip();
        let mut last_tries = LAST_TRIES;
        while let Err(error) = self.store.add_audit_records(&records).await {
            if waiting.is_closed() {
                last_tries -= 1;
                if last_tries == 0 {
                    tracing::error!(%error, records = records.len(), "audit records are lost");
                    return;
                }
            }
            tracing::warn!(%error, "audit records have to wait");
            tokio::time::sleep(RETRY_AFTER).await;
        }
        for written in written.into_iter().flatten() {
            // The caller may have gone.
            let _ = written.send(());
        }
        self.touch_tokens(&records).await;
    }

    async fn touch_tokens(&mut self, records: &[AuditRecord]) {
        for record in records {
            let (Actor::Token(name), Some(workspace)) = (&record.actor, record.workspace) else { continue };
            let token = (workspace, name.to_string());
            let is_due = |last: &Timestamp| record.date.duration_since(*last) >= USED_EVERY;
            if !self.used.get(&token).is_none_or(is_due) {
                continue;
            }
            match self.store.touch_token(workspace, name, record.date).await {
                Ok(()) => drop(self.used.insert(token, record.date)),
                Err(error) => tracing::warn!(%error, "that a token was used has to wait"),
            }
        }
    }
}

impl Failed {
    /// Resolves when there is something to write, and not before a moment.
    async fn due(&self, at: Instant) {
        while self.count.load(Ordering::Relaxed) == 0 {
            self.more.notified().await;
        }
        tokio::time::sleep_until(at).await;
    }

    /// The record of what was counted, if anything was.
    fn take(&self) -> Option<Waiting> {
        let count = self.count.swap(0, Ordering::Relaxed);
        let record = AuditRecord::new(Actor::Unknown, None, Action::Authenticate, Outcome::Denied);
        (count > 0).then(|| Waiting { record: AuditRecord { count: Some(count), ..record }, written: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_were_written() {
        let token = Actor::Token("dashboard".parse().unwrap());
        for actor in [token, Actor::Command, Actor::Unknown] {
            assert_eq!(actor.to_string().parse(), Ok(actor));
        }
        assert_eq!("read-proof".parse(), Ok(Action::ReadProof));
        assert_eq!("not-found".parse(), Ok(Outcome::NotFound));
        for text in ["", "token", "token:", "token:two words", "Command"] {
            assert_eq!(text.parse::<Actor>(), Err(UnknownName), "{text}");
        }
    }
}
