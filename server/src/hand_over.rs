//! Tokens that hand a choice over from one site of a widget to another, in a link between them.
//!
//! A token names a proof and nothing of the visitor, is good for one origin and two minutes, and is signed under the secret
//! that the servers of a database share (HMAC, RFC 2104). That it is used once follows from its idempotency key: the proof
//! that its use makes is stored under that.

use std::time::Duration;

use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::idempotency::RequestSecret;

/// How long a token is good.
pub const LIFE: Duration = Duration::from_mins(2);

/// The bytes that are signed: a proof's identifier, a time, and what tells tokens apart.
const SIGNED: usize = 16 + 8 + 8;

/// What a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandOver {
    /// The proof of the choice.
    pub consent_id: Uuid,
    /// Until when it is good, in seconds since 1970.
    pub expires: u64,
    /// Tells it from others.
    pub nonce: [u8; 8],
}

impl HandOver {
    /// The token as text, for pages of one origin (in ASCII, as browsers write it).
    pub fn sign(&self, secret: &RequestSecret, widget: u32, origin: &str) -> String {
        let bytes = self.bytes();
        let signature = signature(secret, widget, origin, &bytes);
        hex::encode(bytes) + &hex::encode(signature)
    }

    /// Reads a token that was signed for pages of an origin; `None` for any other text. Whether its time is over is not
    /// looked at.
    pub fn read(text: &str, secret: &RequestSecret, widget: u32, origin: &str) -> Option<Self> {
        let bytes = hex::decode(text).ok()?;
        let (signed, given) = bytes.split_at_checked(SIGNED)?;
        let expected = signature(secret, widget, origin, signed);
        if !bool::from(expected.as_slice().ct_eq(given)) {
            return None;
        }
        let (consent_id, rest) = signed.split_first_chunk::<16>()?;
        let (expires, nonce) = rest.split_first_chunk::<8>()?;
        Some(Self {
            consent_id: Uuid::from_bytes(*consent_id),
            expires: u64::from_be_bytes(*expires),
            nonce: nonce.try_into().ok()?,
        })
    }

    /// The idempotency key under which its use is stored.
    pub fn idempotency_key(&self) -> String {
        format!("hand-over-{}-{}", self.consent_id, hex::encode(self.nonce))
    }

    fn bytes(&self) -> [u8; SIGNED] {
        let mut bytes = [0; SIGNED];
        bytes[..16].copy_from_slice(self.consent_id.as_bytes());
        bytes[16..24].copy_from_slice(&self.expires.to_be_bytes());
        bytes[24..].copy_from_slice(&self.nonce);
        bytes
    }
}

fn signature(secret: &RequestSecret, widget: u32, origin: &str, signed: &[u8]) -> [u8; 16] {
    let mut signature = [0; 16];
    signature.copy_from_slice(&secret.hand_over(widget, origin, signed)[..16]);
    signature
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ORIGIN: &str = "https://shop.fr";

    fn secret() -> RequestSecret {
        RequestSecret::from_bytes(&[7; 32])
    }

    fn any_token() -> impl Strategy<Value = HandOver> {
        (any::<u128>(), any::<u64>(), any::<[u8; 8]>()).prop_map(|(consent, expires, nonce)| HandOver {
            consent_id: Uuid::from_u128(consent),
            expires,
            nonce,
        })
    }

    proptest! {
        #[test]
        fn a_token_is_read_where_it_is_for(token in any_token()) {
            let text = token.sign(&secret(), 43, ORIGIN);
            prop_assert_eq!(HandOver::read(&text, &secret(), 43, ORIGIN), Some(token));
            prop_assert_eq!(HandOver::read(&text, &secret(), 44, ORIGIN), None);
            prop_assert_eq!(HandOver::read(&text, &secret(), 43, "https://shop.example"), None);
            prop_assert_eq!(HandOver::read(&text, &RequestSecret::from_bytes(&[8; 32]), 43, ORIGIN), None);
        }

        #[test]
        fn an_altered_token_is_none(token in any_token(), at in 0..96usize) {
            let mut text = token.sign(&secret(), 43, ORIGIN);
            let other = if text.as_bytes()[at] == b'0' { "1" } else { "0" };
            text.replace_range(at..=at, other);
            prop_assert_eq!(HandOver::read(&text, &secret(), 43, ORIGIN), None);
        }

        #[test]
        fn no_text_makes_it_fail(text in ".{0,120}") {
            prop_assert_eq!(HandOver::read(&text, &secret(), 43, ORIGIN), None);
        }
    }
}
