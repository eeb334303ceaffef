//! How many visitors a widget was shown to: counted in memory, and added to the database from time to time.
//!
//! Nothing is kept of a visitor who did not choose, so nobody can be told from anybody else. What the browser says by
//! itself is enough: it asks for the configuration whenever its user has to be asked, and names the one that it has
//! (`If-None-Match`), whose tag tells what that one asked for. A browser that has none, or one that asked for less, is
//! counted.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use jiff::civil::Date;
use uuid::Uuid;

use crate::{
    clock,
    statistics::{Counted, Counts},
    store::{Result, Store},
};

/// What one server has counted and not yet added.
#[derive(Debug)]
pub struct Shown {
    /// The server's run: no other one writes what this one counts.
    run: Uuid,
    counts: Mutex<BTreeMap<(u32, Date), Counts>>,
}

impl Default for Shown {
    fn default() -> Self {
        Self { run: Uuid::now_v7(), counts: Mutex::default() }
    }
}

impl Shown {
    /// Counts a visitor of a widget, today.
    pub fn count(&self, widget: u32) {
        self.add((widget, clock::day(clock::now())), &Counts { shown: 1, ..Counts::default() });
    }

    /// Adds to the database what was counted. What it does not take now is kept for the next time.
    ///
    /// # Errors
    ///
    /// [`crate::store::Error`] of the store.
    pub async fn store(&self, store: &dyn Store) -> Result<()> {
        let taken = std::mem::take(&mut *self.counts.lock().unwrap_or_else(PoisonError::into_inner));
        if taken.is_empty() {
            return Ok(());
        }
        let counted = taken.into_iter().map(|((widget, day), counts)| Counted { widget, day, counts });
        let counted = counted.collect::<Vec<_>>();
        let outcome = store.count(self.run, &counted).await;
        if outcome.is_err() {
            for Counted { widget, day, counts } in counted {
                self.add((widget, day), &counts);
            }
        }
        outcome
    }

    fn add(&self, of: (u32, Date), counts: &Counts) {
        let mut all = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(of).or_default().add(counts);
    }
}
