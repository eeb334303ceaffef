//! Admin tokens, which are never kept: only their SHA-256 is.

use jiff::{Span, Timestamp, tz::TimeZone};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::clock;

/// A token as an administrator holds it.
#[derive(Clone, PartialEq, Eq)]
pub struct AdminToken(String);

/// What is kept of an [`AdminToken`].
///
/// A plain hash is enough as long as tokens are random and long, which those that Placet makes are (244 bits): there is
/// no dictionary to try, so nothing is gained by a slow hash.
#[derive(Clone, Copy, Debug)]
pub struct TokenHash([u8; 32]);

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rights {
    /// To read what was stored.
    Read = 1,
    /// To erase it as well.
    Full = 2,
}

impl Rights {
    /// The opposite of the number that is kept.
    pub fn from_number(number: u8) -> Option<Self> {
        [Self::Read, Self::Full].into_iter().find(|rights| *rights as u8 == number)
    }
}

/// What a token opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The workspace.
    pub workspace: u32,
    /// What the token is called there.
    pub name: TokenName,
    /// What may be done there.
    pub rights: Rights,
    /// When it ends, if it does by itself.
    pub expires_at: Option<Timestamp>,
}

impl Opened {
    /// Whether it has ended by a moment.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }
}

/// Reads when a token is to end: after a time, as `90d` or `6mo`, or at a moment, as `2027-01-31`, which begins at midnight
/// in UTC.
///
/// # Errors
///
/// What is wrong with it.
pub fn parse_expiry(text: &str) -> Result<Timestamp, &'static str> {
    let now = clock::now();
    let after = || now.to_zoned(TimeZone::UTC).checked_add(text.parse::<Span>().ok()?).ok().map(|end| end.timestamp());
    match clock::parse_or_day(text).or_else(after) {
        None => Err("write a time, as `90d`, `12w` or `6mo`, or a date, as `2027-01-31`"),
        Some(at) if at <= now => Err("this has passed; name a moment to come"),
        Some(at) => Ok(at),
    }
}

/// What a token is called, so that it can be told from the others of its workspace and taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenName(String);

/// No name of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a token's name is 1 to 64 letters, digits, dots, hyphens and underscores of ASCII")]
pub struct NoTokenName;

impl TokenName {
    /// The name of the token that a workspace is given when it is made, and of the one that the settings name.
    pub const FIRST: &str = "admin";
}

impl std::str::FromStr for TokenName {
    type Err = NoTokenName;

    fn from_str(name: &str) -> Result<Self, NoTokenName> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let is_name = (1..=64).contains(&name.len()) && name.bytes().all(fits);
        if is_name { Ok(Self(name.to_owned())) } else { Err(NoTokenName) }
    }
}

impl std::fmt::Display for TokenName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A token, as far as it is known: not the token itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownToken {
    /// The workspace that it opens.
    pub workspace: u32,
    /// Its name.
    pub name: TokenName,
    /// What it allows.
    pub rights: Rights,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends, if it does by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to about a minute.
    pub last_used_at: Option<Timestamp>,
}

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
    fn a_name_is_one_that_can_be_typed() {
        assert_eq!(
            "audit.2026-11_a".parse::<TokenName>().map(|name| name.to_string()),
            Ok("audit.2026-11_a".to_owned())
        );
        for name in ["", "two words", "größe", "a\n", &"x".repeat(65)] {
            assert_eq!(name.parse::<TokenName>(), Err(NoTokenName), "{name}");
        }
        assert!(TokenName::FIRST.parse::<TokenName>().is_ok());
    }

    #[test]
    fn a_token_ends_after_a_time_or_at_a_moment_to_come() {
        let days = |text: &str| parse_expiry(text).map(|at| (at.as_second() - clock::now().as_second() + 60) / 86_400);
        assert_eq!((days("90d"), days("2w"), days("48h")), (Ok(90), Ok(14), Ok(2)));
        assert!((180..=185).contains(&days("6mo").unwrap()));
        assert_eq!(parse_expiry("9999-01-31").map(clock::iso), Ok("9999-01-31T00:00:00.000Z".to_owned()));
        for text in ["", "d", "soon", "90", "-90d", "0d", "90d ago", "2020-01-31", "2020-01-31T00:00:00Z", "99999y"] {
            assert!(parse_expiry(text).is_err(), "{text}");
        }
    }

    #[test]
    fn nothing_is_no_token() {
        assert_eq!(AdminToken::new(""), None);
    }
}
