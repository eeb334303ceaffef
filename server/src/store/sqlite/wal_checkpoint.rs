//! Checkpoints the write-ahead log on a separate connection, while proofs go on being written.
//!
//! Left to itself, SQLite does it within a commit, which then takes some tenths of a second: pages from all over the file
//! are read from the log, written and waited for. Here a connection of its own copies them, which blocks nobody (a
//! passive checkpoint, <https://www.sqlite.org/wal.html#ckpt>). What has been written meanwhile is little; the writer
//! copies that itself and waits for the disk, so that the log begins anew instead of growing.
//!
//! What was erased is in the log, too, for as long as the log has the pages as they were. So after an erasure the log is
//! copied whole and its file cut to nothing (a truncating checkpoint). That waits for those who read, and keeps the
//! writer waiting meanwhile, so it is given up soon and tried again until it has succeeded.
//!
//! It takes SQLite 3.51.3: before, a log that begins anew while two connections checkpoint it one after the other could
//! lose what was in it (<https://www.sqlite.org/wal.html#walresetbug>).

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::Mutex;

use super::Pool;

/// About how many pages are written before a checkpoint: so many that a site with few visitors pays for it seldom.
const PAGES: usize = 4000;

/// How long a truncating checkpoint waits for those who read: the writer waits with it.
pub const TRUNCATION_PATIENCE: Duration = Duration::from_millis(100);
/// How long after a truncating checkpoint that had to wait too long the next one is tried.
const TRUNCATED_AGAIN_AFTER: Duration = Duration::from_millis(200);
/// How often it is tried before a request to erase is answered.
const TRUNCATED_AT_ONCE: usize = 10;

/// The log of one file.
#[derive(Debug)]
pub struct WalCheckpointer {
    beside: Pool,
    writer: Pool,
    /// About how many pages have been written since the last checkpoint.
    written: AtomicUsize,
    /// Held while it is.
    turn: Arc<Mutex<()>>,
}

impl WalCheckpointer {
    /// `beside` has a connection that may write and is used for nothing else.
    pub fn new(beside: Pool, writer: Pool) -> Self {
        Self { beside, writer, written: AtomicUsize::new(0), turn: Arc::default() }
    }

    /// About so many pages have been written: begins a checkpoint, if it is time for one.
    pub fn wrote(&self, pages: usize) {
        if self.written.fetch_add(pages, Ordering::Relaxed) + pages < PAGES {
            return;
        }
        let Ok(turn) = Arc::clone(&self.turn).try_lock_owned() else { return };
        self.written.store(0, Ordering::Relaxed);
        let (beside, writer) = (self.beside.clone(), self.writer.clone());
        tokio::spawn(async move {
            // The second time for what was written during the first.
            for pool in [&beside, &beside, &writer] {
                if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(pool).await {
                    if !pool.is_closed() {
                        tracing::warn!(%error, "the write-ahead log could not be checkpointed yet");
                    }
                    break;
                }
            }
            drop(turn);
        });
    }

    /// Cuts the log to nothing, so that it no longer has what was erased: before this answers, unless somebody reads for
    /// long, and then in the background as soon as that is possible.
    pub async fn truncate(&self) {
        for _ in 0..TRUNCATED_AT_ONCE {
            if is_truncated(&self.beside).await {
                return;
            }
            tokio::time::sleep(TRUNCATED_AGAIN_AFTER).await;
        }
        let beside = self.beside.clone();
        tokio::spawn(async move {
            while !beside.is_closed() && !is_truncated(&beside).await {
                tokio::time::sleep(TRUNCATED_AGAIN_AFTER).await;
            }
        });
    }

    /// Takes the connection back.
    pub async fn close(&self) {
        self.beside.close().await;
    }
}

/// Whether the log could be cut to nothing.
async fn is_truncated(pool: &Pool) -> bool {
    let outcome: sqlx::Result<(i64, i64, i64)> =
        sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(pool).await;
    match outcome {
        Ok((is_busy, ..)) => is_busy == 0,
        Err(error) => {
            if !pool.is_closed() {
                tracing::warn!(%error, "the write-ahead log still has what was erased; it is tried again");
            }
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection as _, SqliteConnection};

    #[tokio::test]
    async fn sqlite_can_be_checkpointed_by_two_connections() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&mut connection).await.unwrap();
        let numbers: Vec<u32> = version.split('.').map(|number| number.parse().unwrap()).collect();
        assert!(numbers >= vec![3, 51, 3], "{version}");
    }
}
