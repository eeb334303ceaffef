//! What columns hold, and how it is read back.

use std::collections::BTreeSet;

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    clock,
    seal::PublicKey,
    store::{Error, Result},
};

pub fn uuid(text: &str) -> Result<Uuid> {
    Uuid::parse_str(text).map_err(|_| Error::Corrupt(format!("`{text}` in the place of a UUID")))
}

pub fn date(text: &str) -> Result<Timestamp> {
    clock::parse(text).ok_or_else(|| Error::Corrupt(format!("`{text}` in the place of a date")))
}

/// A number of a widget or a workspace; engines keep them with a sign.
pub fn number(kept: i64) -> Result<u32> {
    u32::try_from(kept).map_err(|_| Error::Corrupt(format!("{kept} in the place of a widget's or workspace's number")))
}

/// A count; engines keep it with a sign.
pub fn count(kept: i64) -> Result<u64> {
    u64::try_from(kept).map_err(|_| Error::Corrupt(format!("{kept} in the place of a count")))
}

/// A hash, a key or a signature.
pub fn bytes<const LENGTH: usize>(kept: &[u8]) -> Result<[u8; LENGTH]> {
    kept.try_into().map_err(|_| Error::Corrupt(format!("{} bytes in the place of {LENGTH}", kept.len())))
}

/// Keys, one after the other.
pub fn keys(kept: &[u8]) -> Result<BTreeSet<PublicKey>> {
    kept.chunks(size_of::<PublicKey>()).map(bytes).collect()
}
