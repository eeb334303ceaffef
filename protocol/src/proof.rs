//! What a visitor decided: the request that carries it, the answer, and the proof as it is kept.

use serde::{Deserialize, Serialize};

use crate::purpose::Purpose;

/// The body of `POST /v1/widgets/{id}/consents`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConsentRequest {
    /// The visit in which the visitor decided (UUID).
    pub session_id: String,
    /// What happened.
    #[serde(rename = "type")]
    #[cfg_attr(test, ts(type = "number"))]
    pub kind: ProofType,
    /// The proof that this one follows, if the visitor decided before (UUID).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_id: Option<String>,
    /// The site's own opaque name for the visitor; never an e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Names the request: sent again with the same key it is stored once and answered alike (an `Idempotency-Key`
    /// header does the same). Keys that begin with the time (UUID v7) cost the database least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// What was decided.
    pub consents: Consents<CookieConsent>,
}

/// The answer to a stored [`ConsentRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ConsentAnswer {
    /// The identifier of the proof, kept by the browser: in a dispute it is what one searches for.
    pub consent_id: String,
}

/// What was shown and what was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Consents<C> {
    /// The language of the texts that were shown (BCP 47).
    pub lang: String,
    /// The version of the widget that was shown (UUID), if the client knows it.
    #[cfg_attr(test, ts(optional = nullable))]
    pub version_key: Option<String>,
    /// One entry for every service of the widget, granted or not.
    pub cookie_consents: Vec<C>,
}

/// The decision on one service, as the browser sends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CookieConsent {
    /// The service (UUID).
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its short name.
    pub slug: String,
    /// Granted or refused.
    pub consent: bool,
    /// The version of the service's description (UUID).
    pub version: String,
    /// When it was decided (ISO 8601).
    pub date: String,
    /// What the service is for.
    #[cfg_attr(test, ts(type = "number"))]
    pub purpose: Purpose,
    /// 0 or left out: a server holds one tenant. Proofs have it, and so may a posted copy of one.
    #[serde(default, skip_serializing)]
    #[cfg_attr(test, ts(skip))]
    pub tenant_id: u32,
}

/// The decision on one service, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct StoredConsent {
    /// The service (UUID).
    pub id: String,
    /// Always 0: a server holds one tenant.
    pub tenant_id: u32,
    /// Its name.
    pub name: String,
    /// Its short name.
    pub slug: String,
    /// Granted or refused.
    pub consent: bool,
    /// The version of the service's description (UUID).
    pub version: String,
    /// When it was decided (ISO 8601).
    pub date: String,
    /// What the service is for.
    pub purpose: Purpose,
}

impl From<CookieConsent> for StoredConsent {
    fn from(sent: CookieConsent) -> Self {
        let CookieConsent { id, name, slug, consent, version, date, purpose, tenant_id } = sent;
        Self { id, tenant_id, name, slug, consent, version, date, purpose }
    }
}

/// A proof of consent: the seeds' fields first, ours after them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Proof {
    /// The stored record (UUID).
    pub id: String,
    /// The visit in which the visitor decided (UUID).
    pub session_id: String,
    /// When the proof was stored, by the server's clock (ISO 8601, UTC).
    pub date: String,
    /// When the choice ends (ISO 8601, UTC).
    pub date_expiration: String,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: ProofType,
    /// The widget that asked.
    pub widget_id: u32,
    /// The device, as the server read it from the request's headers.
    pub type_device: DeviceType,
    /// The workspace that owns the widget.
    pub work_space_id: u32,
    /// The identifier that the browser keeps (UUID).
    pub consent_id: String,
    /// What was shown and decided.
    pub consents: Consents<StoredConsent>,
    /// The version of the widget whose texts and services were shown (UUID): as sent, or the one in force.
    pub widget_version: String,
    /// What that version's content hashes to (SHA-256, in hexadecimal digits). Not there in proofs that were stored before
    /// this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub widget_version_sha256: Option<String>,
    /// The proof that this one follows (UUID).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_consent_id: Option<String>,
    /// The site's own opaque name for the visitor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// What lets anybody who has the server's public key check that nothing above was altered since it was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<Seal>,
}

/// A proof's place in a chain of proofs, and the signature over both. Bytes are in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Seal {
    /// The chain (UUID): the proofs of one widget that one run of a server has stored.
    pub chain: String,
    /// The place in the chain, from 1.
    pub number: u64,
    /// What the latest statement of the run hashes to: it says which chains the run has, and what was there before it.
    pub statement: String,
    /// What the proof before this one hashes to; zeros for the first.
    pub previous: String,
    /// Random bytes without which nobody can try out what a hash was made of.
    pub salt: String,
    /// The Ed25519 signature of what the proof, its salt and its place hash to.
    pub signature: String,
    /// The key that made it.
    pub public_key: String,
}

/// A wire number for each of a few names.
macro_rules! numbered {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $number:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "u8", into = "u8")]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl From<$name> for u8 {
            fn from(value: $name) -> u8 {
                match value { $($name::$variant => $number),+ }
            }
        }

        impl TryFrom<u8> for $name {
            type Error = &'static str;

            fn try_from(number: u8) -> Result<Self, &'static str> {
                match number {
                    $($number => Ok($name::$variant),)+
                    _ => Err(concat!("expected one of:", $(" ", $number, " (", stringify!($variant), ")"),+)),
                }
            }
        }
    };
}

numbered! {
    /// What a proof records.
    ProofType {
        /// The banner was shown.
        Visit = 0,
        /// The visitor left without deciding.
        Quit = 1,
        /// The visitor decided.
        Consents = 2,
    }
}

numbered! {
    /// The kind of device, read by the server from client hints or the user agent.
    DeviceType {
        /// Not told.
        Unknown = 0,
        /// A phone.
        Mobile = 1,
        /// A computer.
        Desktop = 2,
        /// A tablet.
        Tablet = 3,
    }
}
