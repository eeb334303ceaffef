//! Proofs that are no longer needed are removed, some time after they have expired.
//!
//! A few at a time, each in a transaction of its own, so that what comes is stored in between.

use jiff::{SignedDuration, Timestamp};

use crate::{
    ledger::Ledger,
    seal::Reason,
    store::{Result, Store},
};

/// How many proofs are looked at together.
const TOGETHER: u32 = 250;

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Proofs that were removed with their places, from the beginning of their chains.
    pub removed: u64,
    /// Proofs that were erased and whose places stay for now, as one before them in their chain has not expired yet.
    pub erased: u64,
}

/// Removes what expired before a moment.
///
/// # Errors
///
/// [`crate::store::Error`] of the store.
pub async fn purge(store: &dyn Store, ledger: &Ledger, before: Timestamp) -> Result<Done> {
    let mut done = Done::default();
    for chain in store.chains(None).await? {
        let mut after = chain.removed.map_or(0, |removed| removed.last.number);
        loop {
            let places = store.places(chain.id, after, TOGETHER).await?;
            let expired = places.iter().take_while(|entry| entry.expires < before);
            let Some(last) = expired.last() else { break };
            ledger.remove(last).await?;
            done.removed += last.place.number - after;
            after = last.place.number;
        }
    }
    loop {
        let left = store.expired(before, TOGETHER).await?;
        if left.is_empty() {
            return Ok(done);
        }
        done.erased += ledger.erase(&left, Reason::Expired).await?;
    }
}

/// The moment before which a proof has expired long enough ago; `None` if there is no such moment.
pub fn due(now: Timestamp, days: u16) -> Option<Timestamp> {
    now.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).ok()
}
