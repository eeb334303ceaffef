//! What columns hold, and how it is read back.

use std::collections::BTreeSet;

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    clock,
    seal::PublicKey,
    store::{Error, Result},
};

/// A UUID in the one form in which it is written. Another form of the same UUID would not be found by those who look for it.
pub fn uuid(text: &str) -> Result<Uuid> {
    let uuid = Uuid::parse_str(text).ok().filter(|uuid| uuid.to_string() == text);
    uuid.ok_or_else(|| Error::Corrupt(format!("`{text}` in the place of a UUID")))
}

/// A date in the one form in which it is written: in other forms dates would not sort in the order of time.
pub fn date(text: &str) -> Result<Timestamp> {
    let date = clock::parse(text).filter(|date| clock::iso(*date) == text);
    date.ok_or_else(|| Error::Corrupt(format!("`{text}` in the place of a date")))
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

/// Keys, one after the other, in their order and each of them once, as they are signed.
pub fn keys(kept: &[u8]) -> Result<BTreeSet<PublicKey>> {
    let keys: BTreeSet<PublicKey> = kept.chunks(size_of::<PublicKey>()).map(bytes).collect::<Result<_>>()?;
    if keys.iter().flatten().eq(kept) {
        Ok(keys)
    } else {
        Err(Error::Corrupt("keys in another order than they are signed in".to_owned()))
    }
}
