//! The receipt: the `consentId` of the visitor's proof and the day it ends. In a dispute it is what one searches for
//! in the visitor's browser. The gate reads it, and removes it once it has ended or is to be forgotten.

use placet_protocol::names::RECEIPT;
use serde::{Deserialize, Serialize};

use crate::{bridge, storage};

/// What localStorage keeps under [`RECEIPT`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// The proof's identifier (UUID).
    pub consent_id: String,
    /// When the choice ends (ISO 8601).
    pub expires_at: String,
}

impl Receipt {
    /// Keeps the receipt in the browser, if the browser allows it.
    pub fn keep(&self) {
        if let Some(json) = bridge::to_json(self) {
            storage::write(storage::local(), RECEIPT, &json);
        }
    }
}
