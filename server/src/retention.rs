//! Proofs that are no longer needed are removed, some time after they have expired.
//!
//! A few at a time, each in a transaction of its own, so that what comes is stored in between. Each place is checked
//! before its removal or erasure is signed: one that was altered, also in its expiry, is left as it is and said so.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::{
    audit::{self, CheckedPlace},
    ledger::{CheckedPlaces, Erased, Ledger},
    seal::{Head, PublicKey, Reason},
    store::{Chain, Error, ExpiredAt, Result, Store},
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
    /// Chains and proofs that were left as they are, since they are not what was signed.
    pub refused: u64,
}

/// Removes what expired before a moment.
///
/// # Errors
///
/// [`crate::store::Error`] of the store.
pub async fn purge(store: &dyn Store, ledger: &Ledger, before: Timestamp) -> Result<Done> {
    let mut done = Done::default();
    for chain in store.chains(None).await? {
        match purge_chain(store, ledger, &chain, before, &mut done).await {
            Err(Error::Corrupt(what)) => refuse(&chain, &what, &mut done),
            outcome => outcome?,
        }
    }
    let mut after = ExpiredAt::default();
    loop {
        let left = store.expired(before, &after, TOGETHER).await?;
        let Some(last) = left.last() else { return Ok(done) };
        after = last.position.clone();
        let mut entries = Vec::with_capacity(left.len());
        for proof in left {
            match proof.entry {
                Ok(entry) => entries.push(entry),
                Err(Error::Corrupt(what)) => {
                    done.refused += 1;
                    let consent_id = proof.position.consent_id;
                    tracing::error!(
                        "the expired proof {consent_id:?} was not erased: its row is not what Placet writes ({what}); run \
                         `placet-server proof verify`"
                    );
                }
                Err(error) => return Err(error),
            }
        }
        let Erased { erased, refused } = ledger.erase(&entries, Reason::Expired).await?;
        done.erased += erased;
        done.refused += refused;
    }
}

/// Removes the first places of a chain, as far as they have expired and are what was signed.
async fn purge_chain(
    store: &dyn Store,
    ledger: &Ledger,
    chain: &Chain,
    before: Timestamp,
    done: &mut Done,
) -> Result<()> {
    let (mut last, mut expired, mut signed_by) = match &chain.removed {
        None => (Head::NONE, Timestamp::MIN, BTreeSet::new()),
        Some(removed) if removed.is_signed(chain.id) => {
            let mut keys = removed.signed_by.clone();
            keys.insert(removed.public_key);
            (removed.last, removed.expired, keys)
        }
        Some(_) => {
            refuse(chain, "nobody has signed for the removal of its first places", done);
            return Ok(());
        }
    };
    loop {
        let places = store.places(chain.id, last.number, TOGETHER).await?;
        let first = last.number;
        let mut refused = None;
        for entry in places.iter().take_while(|entry| entry.expires < before) {
            let CheckedPlace { head, keys, faults } = audit::check_place(chain, last, entry, &|_: &PublicKey| true)?;
            if let Some(fault) = faults.into_iter().next() {
                refused = Some(fault);
                break;
            }
            last = head;
            expired = expired.max(entry.expires);
            signed_by.extend(keys);
        }
        if last.number > first {
            let signed_by = signed_by.clone();
            ledger.remove(CheckedPlaces { chain: chain.id, after: first, last, expired, signed_by }).await?;
            done.removed += last.number - first;
        }
        if let Some(fault) = refused {
            refuse(chain, &fault, done);
            return Ok(());
        }
        if last.number == first {
            return Ok(());
        }
    }
}

fn refuse(chain: &Chain, fault: &str, done: &mut Done) {
    done.refused += 1;
    tracing::error!(
        "expired proofs of widget {}, chain {}, were not removed from there on: {fault}; they are left as they are, and \
         `placet-server proof verify` names them",
        chain.id.widget,
        chain.id.run,
    );
}

/// The moment before which a proof has expired long enough ago; `None` if there is no such moment.
pub fn due(now: Timestamp, days: u16) -> Option<Timestamp> {
    now.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).ok()
}
