//! Folding the write-ahead log into the file while proofs go on being written.
//!
//! Left to itself, SQLite does it within a commit, which then takes some tenths of a second: pages from all over the file
//! are read from the log, written and waited for. Here a connection of its own copies them, which blocks nobody (a
//! passive checkpoint, <https://www.sqlite.org/wal.html#ckpt>). What has been written meanwhile is little; the writer
//! copies that itself and waits for the disk, so that the log begins anew instead of growing.
//!
//! It takes SQLite 3.51.3: before, a log that begins anew while two connections fold it in one after the other could
//! lose what was in it (<https://www.sqlite.org/wal.html#walresetbug>).

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::Mutex;

use super::Pool;

/// About how many pages are written before they are folded in: so many that a site with few visitors pays for it seldom.
const PAGES: usize = 4000;

/// The log of one file.
#[derive(Debug)]
pub struct Folding {
    beside: Pool,
    writer: Pool,
    /// About how many pages have been written since it was folded in.
    written: AtomicUsize,
    /// Held while it is.
    turn: Arc<Mutex<()>>,
}

impl Folding {
    /// `beside` has a connection that may write and is used for nothing else.
    pub fn new(beside: Pool, writer: Pool) -> Self {
        Self { beside, writer, written: AtomicUsize::new(0), turn: Arc::default() }
    }

    /// About so many pages have been written: begins to fold them in, if it is time to.
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
                        tracing::warn!(%error, "the write-ahead log is not folded into the file yet");
                    }
                    break;
                }
            }
            drop(turn);
        });
    }

    /// Takes the connection back.
    pub async fn close(&self) {
        self.beside.close().await;
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection as _, SqliteConnection};

    #[tokio::test]
    async fn sqlite_can_be_folded_by_two_connections() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&mut connection).await.unwrap();
        let numbers: Vec<u32> = version.split('.').map(|number| number.parse().unwrap()).collect();
        assert!(numbers >= vec![3, 51, 3], "{version}");
    }
}
