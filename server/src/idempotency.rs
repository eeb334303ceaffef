//! Requests that may be repeated safely: what is kept of an idempotency key and of the body that came with it.
//!
//! A client may choose any text as its key, also one that names a person, and a proof's place outlives the erasure of its
//! content. So neither the key nor the body is kept: only their hashes under a secret that the servers of a database share
//! (HMAC, RFC 2104), without which nobody can try out what they were made of. `docs/database.md` says where the secret is
//! and what that means.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

use crate::{seal::Hash, store::Request};

/// The most characters that an idempotency key may have.
const MAX_KEY_LENGTH: usize = 128;
/// The moments that the time in an idempotency key may stand for, in milliseconds since 1970: the years 2020 to 2099.
const PLAUSIBLE: std::ops::Range<u64> = 1_577_836_800_000..4_102_444_800_000;

/// A key by which a client names its request, of 1 to 128 visible ASCII characters.
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// A text that is no [`IdempotencyKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key is 1 to 128 visible ASCII characters, such as a UUID")]
pub struct InvalidKey;

impl std::str::FromStr for IdempotencyKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let is_key = (1..=MAX_KEY_LENGTH).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_key { Ok(Self(text.to_owned())) } else { Err(InvalidKey) }
    }
}

/// Not what it says: it may name a person.
impl std::fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IdempotencyKey(…)")
    }
}

impl IdempotencyKey {
    /// The time with which a UUID v7 begins, in units of 65,536 milliseconds; `None` for any other key.
    fn coarse_time(&self) -> Option<u32> {
        let uuid = Uuid::parse_str(&self.0).ok().filter(|uuid| uuid.get_version_num() == 7)?;
        let milliseconds = u64::try_from(uuid.as_u128() >> 80).ok().filter(|time| PLAUSIBLE.contains(time))?;
        u32::try_from(milliseconds >> 16).ok()
    }
}

/// The secret under which idempotency keys and bodies are hashed.
#[derive(Clone)]
pub struct RequestSecret(Hmac<Sha256>);

impl std::fmt::Debug for RequestSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RequestSecret(…)")
    }
}

impl RequestSecret {
    /// The secret of these bytes.
    pub fn from_bytes(secret: &Hash) -> Self {
        let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
        block[..secret.len()].copy_from_slice(secret);
        Self(Hmac::new(&block))
    }

    /// What is kept of a request to a widget that has a key.
    pub fn request(&self, widget: u32, key: &IdempotencyKey, body: &[u8]) -> Request {
        Request { key_hash: self.key_hash(widget, key), body_hash: self.hash("placet request body 1\n", &[body]) }
    }

    /// What is kept of a key; the keys of different widgets have nothing to do with each other.
    ///
    /// A key that begins with the time (UUID v7) has a hash that begins with it, too, to about a minute: so those that come
    /// together stand side by side in the database's index, and it tells no more than the date of the proof does.
    pub fn key_hash(&self, widget: u32, key: &IdempotencyKey) -> Hash {
        let mut hash = self.hash("placet idempotency key 1\n", &[&widget.to_be_bytes(), key.0.as_bytes()]);
        if let Some(time) = key.coarse_time() {
            hash[..4].copy_from_slice(&time.to_be_bytes());
        }
        hash
    }

    /// What signs a token that hands a choice over ([`crate::hand_over`]).
    pub fn hand_over(&self, widget: u32, origin: &str, signed: &[u8]) -> Hash {
        self.hash("placet hand-over 1\n", &[&widget.to_be_bytes(), signed, origin.as_bytes()])
    }

    fn hash(&self, name: &str, parts: &[&[u8]]) -> Hash {
        let mut hmac = self.0.clone();
        hmac.update(name.as_bytes());
        for part in parts {
            hmac.update(part);
        }
        hmac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(text: &str) -> IdempotencyKey {
        text.parse().unwrap()
    }

    fn hash(secret: u8, widget: u32, text: &str) -> Hash {
        RequestSecret::from_bytes(&[secret; 32]).key_hash(widget, &key(text))
    }

    #[test]
    fn a_key_is_bounded_and_visible() {
        assert!("~".repeat(128).parse::<IdempotencyKey>().is_ok());
        for text in ["", " ", "two words", "a\n", "a\0", "clé", "\u{200b}", &"x".repeat(129)] {
            assert_eq!(text.parse::<IdempotencyKey>(), Err(InvalidKey), "{text:?}");
        }
        assert_eq!(format!("{:?}", key("ada@example.com-1")), "IdempotencyKey(…)");
    }

    #[test]
    fn a_hash_is_a_keys_a_widgets_and_a_secrets_own() {
        let one = hash(1, 43, "ada@example.com-1");
        assert_eq!(one, hash(1, 43, "ada@example.com-1"));
        for other in
            [hash(1, 43, "ada@example.com-2"), hash(1, 44, "ada@example.com-1"), hash(2, 43, "ada@example.com-1")]
        {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn hmac_is_that_of_the_rfc() {
        // RFC 4231, 4.3, with a key of 32 bytes instead: `printf %s … | openssl dgst -sha256 -mac HMAC -macopt hexkey:0b0b…`.
        let secret = RequestSecret::from_bytes(&[0x0b; 32]);
        let expected = "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7";
        assert_eq!(hex::encode(secret.hash("Hi There", &[])), expected);
    }

    #[test]
    fn hashes_of_keys_that_begin_with_the_time_stand_in_its_order() {
        let at = |minute: u64, random: u128| {
            let time = u128::from(1_795_000_000_000 + minute * 65_536) << 80;
            let uuid = Uuid::from_u128(time | 7 << 76 | 2 << 62 | random);
            hash(1, 43, &uuid.to_string())
        };
        assert!(at(0, 9) < at(1, 3) && at(1, 3) < at(2, 1));
        assert_eq!(at(1, 3)[..4], at(1, 4)[..4]);
        assert_ne!(at(1, 3), at(1, 4));
        // No other text is taken over, not even in part.
        let text = "61646121-6461-7461-8461-616461616461";
        assert_ne!(hash(1, 43, text)[..4], *b"ada!");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in ".*") {
            if let Ok(key) = text.parse::<IdempotencyKey>() {
                let _ = RequestSecret::from_bytes(&[1; 32]).key_hash(1, &key);
            }
        }
    }
}
