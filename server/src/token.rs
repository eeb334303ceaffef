//! Admin tokens, which are never kept: only their SHA-256 is.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// A token as an administrator holds it.
#[derive(Clone, PartialEq, Eq)]
pub struct AdminToken(String);

/// What is kept of an [`AdminToken`].
///
/// A plain hash is enough as long as tokens are random and long, which those that Placet makes are (244 bits): there is
/// no dictionary to try, so nothing is gained by a slow hash.
#[derive(Clone, Copy, Debug)]
pub struct TokenHash([u8; 32]);

/// The fewest characters that a token chosen by hand should have.
pub const ADVISED_LENGTH: usize = 16;

impl AdminToken {
    /// Makes a token that nobody can guess.
    pub fn random() -> Self {
        Self(format!("placet_{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()))
    }

    /// A token that somebody chose, or sent. `None` if it is empty.
    pub fn new(token: &str) -> Option<Self> {
        (!token.is_empty()).then(|| Self(token.to_owned()))
    }

    /// The token in clear, to be shown to its owner once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(&self.0).into())
    }
}

impl std::fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AdminToken(…)")
    }
}

impl TokenHash {
    /// A hash that was kept.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash as it is kept.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The part of the hash by which it is looked up. Whoever measures how long a look-up takes learns no more than
    /// this part; the rest is compared in constant time.
    pub fn selector(&self) -> u32 {
        let [a, b, c, d, ..] = self.0;
        u32::from_be_bytes([a, b, c, d])
    }

    /// Compares in constant time.
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_matches_itself_only() {
        let token = AdminToken::random();
        assert!(token.hash().matches(&AdminToken::new(token.reveal()).unwrap().hash()));
        assert!(!token.hash().matches(&AdminToken::random().hash()));
    }

    #[test]
    fn a_token_does_not_show_in_logs() {
        let token = AdminToken::new("correct horse battery staple").unwrap();
        assert!(!format!("{token:?}").contains("horse"));
    }

    #[test]
    fn nothing_is_no_token() {
        assert_eq!(AdminToken::new(""), None);
    }
}
