//! What a service is for. A visitor decides by purpose; proofs are kept by service.

use serde::{Deserialize, Serialize};

/// One of the five purposes; a number on the wire, a label in the page's API and in widget files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Purpose {
    /// The site does not work without it. Needs no consent and cannot be refused.
    Necessary,
    /// Comfort: embedded videos, remembered settings, chat history.
    Preference,
    /// Measuring the audience.
    Analytical,
    /// Advertising and following up.
    Marketing,
    /// None of the above.
    Other,
}

/// A number or a label that names no purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownPurpose;

impl core::fmt::Display for UnknownPurpose {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("a purpose is 0 (Necessary), 1 (Preference), 2 (Analytical), 3 (Marketing) or 4 (Other)")
    }
}

impl core::error::Error for UnknownPurpose {}

impl Purpose {
    /// Every purpose, in the order of its number.
    pub const ALL: [Purpose; 5] =
        [Purpose::Necessary, Purpose::Preference, Purpose::Analytical, Purpose::Marketing, Purpose::Other];

    /// The number used on the wire.
    pub const fn number(self) -> u8 {
        match self {
            Purpose::Necessary => 0,
            Purpose::Preference => 1,
            Purpose::Analytical => 2,
            Purpose::Marketing => 3,
            Purpose::Other => 4,
        }
    }

    /// The label used by the page's API, the markup and widget files.
    pub const fn label(self) -> &'static str {
        match self {
            Purpose::Necessary => "Necessary",
            Purpose::Preference => "Preference",
            Purpose::Analytical => "Analytical",
            Purpose::Marketing => "Marketing",
            Purpose::Other => "Other",
        }
    }

    /// The purpose of a label, written exactly as [`Purpose::label`] does.
    ///
    /// # Errors
    ///
    /// [`UnknownPurpose`] for any other text.
    pub fn from_label(label: &str) -> Result<Self, UnknownPurpose> {
        Self::ALL.into_iter().find(|purpose| purpose.label() == label).ok_or(UnknownPurpose)
    }

    /// Whether services of this purpose run without being asked for.
    pub const fn is_necessary(self) -> bool {
        matches!(self, Purpose::Necessary)
    }
}

impl TryFrom<u8> for Purpose {
    type Error = UnknownPurpose;

    fn try_from(number: u8) -> Result<Self, UnknownPurpose> {
        Self::ALL.into_iter().find(|purpose| purpose.number() == number).ok_or(UnknownPurpose)
    }
}

impl From<Purpose> for u8 {
    fn from(purpose: Purpose) -> u8 {
        purpose.number()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_labels_lead_back_to_their_purpose() {
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::try_from(purpose.number()), Ok(purpose));
            assert_eq!(Purpose::from_label(purpose.label()), Ok(purpose));
        }
    }

    #[test]
    fn other_numbers_and_labels_are_refused() {
        assert_eq!(Purpose::try_from(5), Err(UnknownPurpose));
        assert_eq!(Purpose::from_label("marketing"), Err(UnknownPurpose));
    }
}
