//! Folding the write-ahead log into the file while proofs go on being written.
//!
//! SQLite does it within a commit, which then takes some tenths of a second: pages from all over the file are written
//! and waited for. Here a connection of its own does most of that, which blocks nobody (a passive checkpoint,
//! <https://www.sqlite.org/wal.html#ckpt>). What has been written meanwhile is little; the writer folds that in itself,
//! so that the log begins anew instead of growing.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::Mutex;

use super::Pool;

/// How long the log grows before it is folded in.
const EVERY: Duration = Duration::from_millis(500);

/// The log of one file.
#[derive(Debug)]
pub struct Folding {
    beside: Pool,
    writer: Pool,
    /// When it was folded in; locked while it is.
    last: Arc<Mutex<Instant>>,
}

impl Folding {
    /// `beside` has a connection that may write and is used for nothing else.
    pub fn new(beside: Pool, writer: Pool) -> Self {
        Self { beside, writer, last: Arc::new(Mutex::new(Instant::now())) }
    }

    /// Begins to fold the log in, if it is time to and nobody does. To be called after something was written.
    pub fn begin_if_due(&self) {
        let Ok(mut last) = Arc::clone(&self.last).try_lock_owned() else { return };
        if last.elapsed() < EVERY {
            return;
        }
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
            *last = Instant::now();
        });
    }

    /// Takes the connection back.
    pub async fn close(&self) {
        self.beside.close().await;
    }
}
