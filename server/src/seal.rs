//! What makes a proof one that cannot be doubted: pure, without a database.
//!
//! A proof is hashed with a salt of its own (*content*); the content is hashed with its place in a chain, with what the
//! place before it was hashed to and with the latest statement of its run (*link*); the link is signed. So a signature vouches for one proof and for all that
//! come before it in the chain, and a proof whose content was erased still has its place: the content's hash stays. Once
//! its salt is gone too, nobody can find out by trying what was hashed.
//!
//! `docs/proofs.md` describes the bytes for whoever checks them with other tools.

use std::collections::BTreeSet;

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use jiff::Timestamp;
use placet_protocol::{Proof, proof};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{canonical, clock};

/// A SHA-256.
pub type Hash = [u8; 32];
/// An Ed25519 signature.
pub type Signature = [u8; 64];
/// An Ed25519 public key.
pub type PublicKey = [u8; 32];

/// A run of proofs of one widget that one run of a server has stored: whoever appends to it needs to wait for nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChainId {
    /// The widget.
    pub widget: u32,
    /// The server's run (UUID v7: later runs sort after earlier ones).
    pub run: Uuid,
}

/// How far a chain goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The number of the last place.
    pub number: u64,
    /// Its link.
    pub link: Hash,
}

impl Head {
    /// Of a chain that has no places yet.
    pub const NONE: Self = Self { number: 0, link: [0; 32] };
}

/// A place in a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The chain.
    pub chain: ChainId,
    /// Which place in it, from 1.
    pub number: u64,
    /// What the latest statement of the run is hashed to ([`crate::statement`]).
    pub statement: Hash,
    /// The link of the place before.
    pub previous: Hash,
}

impl Place {
    /// The place after the last one of a chain, under a statement of its run.
    pub fn after(chain: ChainId, head: Head, statement: Hash) -> Self {
        Self { chain, number: head.number + 1, statement, previous: head.link }
    }

    /// What a content is hashed to in this place.
    pub fn link(&self, content: &Hash) -> Hash {
        let (chain, number) = (self.chain.bytes(), self.number.to_be_bytes());
        hash("placet link 1\n", [chain.as_slice(), &number, &self.statement, &self.previous, content])
    }
}

impl ChainId {
    fn bytes(self) -> [u8; 20] {
        let mut bytes = [0; 20];
        bytes[..4].copy_from_slice(&self.widget.to_be_bytes());
        bytes[4..].copy_from_slice(self.run.as_bytes());
        bytes
    }
}

/// What a proof is hashed to: its JSON in the one form that RFC 8785 gives it, without its seal, after its salt.
///
/// # Errors
///
/// None for what is a proof.
pub fn content(proof: &Proof, salt: &Hash) -> serde_json::Result<Hash> {
    Ok(hash("placet proof 1\n", [salt.as_slice(), &canonical::without_seal(proof)?]))
}

/// What a version's content hashes to, given the text (JSON) in which it is kept.
pub fn version(version_key: Uuid, content: &str) -> Hash {
    hash("placet version 1\n", [version_key.as_bytes().as_slice(), content.as_bytes()])
}

/// Why a place's content is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Somebody asked for it.
    Erased = 1,
    /// It was no longer needed as a proof.
    Expired = 2,
}

impl Reason {
    /// The opposite of the number that is kept.
    pub fn from_number(number: u8) -> Option<Self> {
        [Self::Erased, Self::Expired].into_iter().find(|reason| *reason as u8 == number)
    }
}

/// What is signed when a place's content is erased: all that is left of it, so that none of that is altered unnoticed.
#[derive(Clone, Copy, Debug)]
pub struct ErasedPlace<'a> {
    /// The place's link.
    pub link: &'a Hash,
    /// The key that signed the link, as it was found when the content was erased.
    pub signed_by: &'a PublicKey,
    /// Whose proof it was.
    pub consent_id: Uuid,
    /// The workspace that owns the widget.
    pub workspace: u32,
    /// When the proof was stored.
    pub date: Timestamp,
    /// When it expires.
    pub expires: Timestamp,
    /// Why it was erased.
    pub reason: Reason,
    /// When it was erased.
    pub at: Timestamp,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErasureText {
    consent_id: Uuid,
    date: String,
    date_erasure: String,
    date_expiration: String,
    #[serde(with = "hex")]
    link: Hash,
    #[serde(with = "hex")]
    public_key: PublicKey,
    reason: u8,
    work_space_id: u32,
}

impl ErasedPlace<'_> {
    /// What is signed.
    ///
    /// # Errors
    ///
    /// None for what is an erased place.
    pub fn hash(&self) -> serde_json::Result<Hash> {
        let text = ErasureText {
            consent_id: self.consent_id,
            date: clock::iso(self.date),
            date_erasure: clock::iso(self.at),
            date_expiration: clock::iso(self.expires),
            link: *self.link,
            public_key: *self.signed_by,
            reason: self.reason as u8,
            work_space_id: self.workspace,
        };
        json("placet erasure 1\n", &text)
    }
}

/// What is signed when the first places of a chain are removed.
#[derive(Clone, Copy, Debug)]
pub struct RemovedPlaces<'a> {
    /// The chain.
    pub chain: ChainId,
    /// The last of them.
    pub last: Head,
    /// The latest moment at which any of them expired.
    pub expired: Timestamp,
    /// When they were removed.
    pub at: Timestamp,
    /// The keys whose signatures were found good before: those of the places, of erasures among them, and of earlier
    /// removals with the keys that those name.
    pub signed_by: &'a BTreeSet<PublicKey>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RemovalText {
    chain: Uuid,
    date_expiration: String,
    date_removal: String,
    #[serde(with = "hex")]
    link: Hash,
    number: u64,
    public_keys: Vec<String>,
    widget_id: u32,
}

impl RemovedPlaces<'_> {
    /// What is signed.
    ///
    /// # Errors
    ///
    /// None for what are removed places.
    pub fn hash(&self) -> serde_json::Result<Hash> {
        let text = RemovalText {
            chain: self.chain.run,
            date_expiration: clock::iso(self.expired),
            date_removal: clock::iso(self.at),
            link: self.last.link,
            number: self.last.number,
            public_keys: self.signed_by.iter().map(hex::encode).collect(),
            widget_id: self.chain.widget,
        };
        json("placet removal 1\n", &text)
    }
}

/// What is signed of a statement of how far chains go: its JSON in the one form that RFC 8785 gives it.
///
/// # Errors
///
/// None for what is such a statement.
pub fn heads(statement: &impl Serialize) -> serde_json::Result<Hash> {
    json("placet heads 1\n", statement)
}

/// What is signed of a statement of a run, given its text.
pub fn statement(text: &str) -> Hash {
    hash("placet statement 1\n", [text.as_bytes()])
}

fn json(name: &str, value: &impl Serialize) -> serde_json::Result<Hash> {
    Ok(hash(name, [serde_json_canonicalizer::to_vec(value)?.as_slice()]))
}

/// Signs a hash that one of the functions here has made.
pub fn sign(key: &SigningKey, hash: &Hash) -> Signature {
    key.sign(hash).to_bytes()
}

/// Whether a key has signed a hash.
pub fn is_signed(key: &PublicKey, hash: &Hash, signature: &Signature) -> bool {
    let signature = ed25519_dalek::Signature::from_bytes(signature);
    VerifyingKey::from_bytes(key).is_ok_and(|key| key.verify_strict(hash, &signature).is_ok())
}

/// The seal of a proof as its owner is given it.
pub fn seal(place: &Place, salt: &Hash, signature: &Signature, key: &PublicKey) -> proof::Seal {
    proof::Seal {
        chain: place.chain.run.to_string(),
        number: place.number,
        statement: hex::encode(place.statement),
        previous: hex::encode(place.previous),
        salt: hex::encode(salt),
        signature: hex::encode(signature),
        public_key: hex::encode(key),
    }
}

/// What is wrong with a proof that somebody was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It was stored before proofs had seals, or its seal was cut off.
    #[error("it has no seal")]
    NoSeal,
    /// A field of the seal is not what a server writes.
    #[error("its seal cannot be read")]
    Unreadable,
    /// It, or its seal, is not what was signed.
    #[error("it is not what this key has signed: it was altered, or another key has signed it")]
    Signature,
    /// It is what was signed, but its seal says something else, or the same in another form.
    #[error(
        "its seal is not written as a server writes it (lowercase digits; `publicKey` is the key that has signed): it was altered"
    )]
    Seal,
}

/// Checks a proof on its own, as it was exported: it is what a server signed with this key, every field of it.
///
/// # Errors
///
/// What is wrong with it.
pub fn check(proof: &Proof, key: &PublicKey) -> Result<(), Fault> {
    let seal = proof.seal.as_ref().ok_or(Fault::NoSeal)?;
    let run = Uuid::parse_str(&seal.chain).map_err(|_| Fault::Unreadable)?;
    let chain = ChainId { widget: proof.widget_id, run };
    let (statement, previous) = (bytes(&seal.statement)?, bytes(&seal.previous)?);
    let place = Place { chain, number: seal.number, statement, previous };
    let (salt, signature) = (bytes(&seal.salt)?, bytes(&seal.signature)?);
    let content = content(proof, &salt).map_err(|_| Fault::Unreadable)?;
    if !is_signed(key, &place.link(&content), &signature) {
        return Err(Fault::Signature);
    }
    // Nothing in the seal is written in another way than a server writes it, nor names another key.
    if *seal == self::seal(&place, &salt, &signature, key) { Ok(()) } else { Err(Fault::Seal) }
}

fn bytes<const LENGTH: usize>(digits: &str) -> Result<[u8; LENGTH], Fault> {
    let mut bytes = [0; LENGTH];
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| Fault::Unreadable)?;
    Ok(bytes)
}

/// The hash of some parts, all but the last of a fixed length, under a name that says what they are, so that nothing
/// that was signed as one thing can pass for another.
fn hash<const PARTS: usize>(name: &str, parts: [&[u8]; PARTS]) -> Hash {
    let mut hash = Sha256::new();
    hash.update(name);
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use placet_protocol::{Consents, DeviceType, ProofType, Purpose, proof::StoredConsent};
    use proptest::prelude::*;

    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32])
    }

    fn proof() -> Proof {
        Proof {
            id: "6185fe65-0924-410d-9132-3cde838c4627".to_owned(),
            session_id: "0b93b823-ff36-4d61-8959-e9e8deee5ef8".to_owned(),
            date: "2020-05-19T16:54:03.272Z".to_owned(),
            date_expiration: "2020-11-15T16:54:03.272Z".to_owned(),
            kind: ProofType::Consents,
            widget_id: 43,
            type_device: DeviceType::Desktop,
            work_space_id: 19,
            consent_id: "8a5e89c4-2243-4598-97c5-ba3cfb35a138".to_owned(),
            consents: Consents {
                lang: "fr-FR".to_owned(),
                version_key: None,
                cookie_consents: vec![StoredConsent {
                    id: "584ffef3-251c-4e9a-efb8-08d7fbfbee92".to_owned(),
                    tenant_id: 0,
                    name: "Drift \u{1F4AC} \"chat\"".to_owned(),
                    slug: "drift".to_owned(),
                    consent: true,
                    version: "6f65cb1d-85eb-4a64-976d-519679189f8d".to_owned(),
                    date: "2020-05-19T16:53:59.511Z".to_owned(),
                    purpose: Purpose::Marketing,
                }],
            },
            widget_version: "0197a201-3d9f-7459-b49e-de151c09a5e2".to_owned(),
            widget_version_sha256: None,
            previous_consent_id: None,
            user_id: Some("u-1".to_owned()),
            seal: None,
        }
    }

    fn place() -> Place {
        let chain = ChainId { widget: 43, run: Uuid::from_u128(7) };
        Place::after(chain, Head { number: 11, link: [3; 32] }, [5; 32])
    }

    fn sealed() -> Proof {
        let (mut proof, key, salt) = (proof(), key(1), [9; 32]);
        let signature = sign(&key, &place().link(&content(&proof, &salt).unwrap()));
        proof.seal = Some(seal(&place(), &salt, &signature, &key.verifying_key().to_bytes()));
        proof
    }

    #[test]
    fn what_was_sealed_is_found_whole_whatever_the_order_of_its_fields() {
        let key = key(1).verifying_key().to_bytes();
        assert_eq!(check(&sealed(), &key), Ok(()));
        let sorted: std::collections::BTreeMap<String, serde_json::Value> =
            serde_json::from_value(serde_json::to_value(sealed()).unwrap()).unwrap();
        let read: Proof = serde_json::from_str(&serde_json::to_string_pretty(&sorted).unwrap()).unwrap();
        assert_eq!(check(&read, &key), Ok(()));
    }

    #[test]
    fn whatever_is_altered_is_noticed() {
        let key = key(1).verifying_key().to_bytes();
        let altered = |change: fn(&mut Proof)| {
            let mut proof = sealed();
            change(&mut proof);
            check(&proof, &key)
        };
        let of_seal = |change: fn(&mut proof::Seal)| {
            let mut proof = sealed();
            change(proof.seal.as_mut().unwrap());
            check(&proof, &key)
        };
        assert_eq!(altered(|proof| proof.consents.cookie_consents[0].consent = false), Err(Fault::Signature));
        assert_eq!(altered(|proof| proof.date.replace_range(..4, "2021")), Err(Fault::Signature));
        assert_eq!(altered(|proof| proof.user_id = None), Err(Fault::Signature));
        assert_eq!(altered(|proof| proof.widget_id = 44), Err(Fault::Signature));
        assert_eq!(altered(|proof| proof.seal = None), Err(Fault::NoSeal));
        assert_eq!(of_seal(|seal| seal.number = 13), Err(Fault::Signature));
        assert_eq!(of_seal(|seal| seal.previous = hex::encode([4; 32])), Err(Fault::Signature));
        assert_eq!(of_seal(|seal| seal.salt = hex::encode([8; 32])), Err(Fault::Signature));
        assert_eq!(of_seal(|seal| seal.chain = Uuid::from_u128(8).to_string()), Err(Fault::Signature));
        assert_eq!(of_seal(|seal| seal.statement = hex::encode([4; 32])), Err(Fault::Signature));
        assert_eq!(of_seal(|seal| seal.signature.truncate(12)), Err(Fault::Unreadable));
        assert_eq!(of_seal(|seal| seal.public_key = hex::encode([0; 32])), Err(Fault::Seal));
        assert_eq!(of_seal(|seal| seal.signature.make_ascii_uppercase()), Err(Fault::Seal));
        assert_eq!(of_seal(|seal| seal.chain = format!("{{{}}}", seal.chain)), Err(Fault::Seal));
        assert_eq!(of_seal(|seal| seal.chain = seal.chain.replace('-', "")), Err(Fault::Seal));
        assert_eq!(check(&sealed(), &[2; 32]), Err(Fault::Signature));
    }

    #[test]
    fn the_bytes_are_those_that_the_documentation_describes() {
        let content = content(&proof(), &[9; 32]).unwrap();
        let json = serde_json_canonicalizer::to_string(&proof()).unwrap();
        assert!(json.starts_with(r#"{"consentId":"8a5e89c4-2243-4598-97c5-ba3cfb35a138","consents":{"#), "{json}");
        assert_eq!(
            content,
            <Hash>::from(Sha256::digest([b"placet proof 1\n", [9; 32].as_slice(), json.as_bytes()].concat()))
        );
        let run = Uuid::from_u128(7);
        let bytes = [
            b"placet link 1\n".as_slice(),
            &43_u32.to_be_bytes(),
            run.as_bytes(),
            &12_u64.to_be_bytes(),
            &[5; 32],
            &[3; 32],
            &content,
        ];
        assert_eq!(place().link(&content), <Hash>::from(Sha256::digest(bytes.concat())));
    }

    #[test]
    fn one_kind_of_statement_does_not_pass_for_another() {
        let link = place().link(&[0; 32]);
        let at = clock::parse("2026-11-22T12:00:00Z").unwrap();
        let (first, second) = ([1; 32], [2; 32]);
        let erased = ErasedPlace {
            link: &link,
            signed_by: &first,
            consent_id: Uuid::from_u128(1),
            workspace: 19,
            date: at,
            expires: at,
            reason: Reason::Erased,
            at,
        };
        let later = clock::days_later(at, 1);
        let removed = |at, expired, keys: &[PublicKey]| {
            let signed_by = &keys.iter().copied().collect();
            let last = Head { number: 12, link };
            RemovedPlaces { chain: place().chain, last, expired, at, signed_by }.hash().unwrap()
        };
        let statements = [
            link,
            erased.hash().unwrap(),
            ErasedPlace { reason: Reason::Expired, ..erased }.hash().unwrap(),
            ErasedPlace { consent_id: Uuid::from_u128(2), ..erased }.hash().unwrap(),
            ErasedPlace { workspace: 20, ..erased }.hash().unwrap(),
            ErasedPlace { date: later, ..erased }.hash().unwrap(),
            ErasedPlace { expires: later, ..erased }.hash().unwrap(),
            ErasedPlace { at: later, ..erased }.hash().unwrap(),
            ErasedPlace { signed_by: &second, ..erased }.hash().unwrap(),
            removed(at, at, &[first]),
            removed(later, at, &[first]),
            removed(at, later, &[first]),
            removed(at, at, &[first, second]),
            statement(""),
        ];
        assert_eq!(statements.iter().collect::<BTreeSet<_>>().len(), statements.len());
        assert_eq!(Reason::from_number(2), Some(Reason::Expired));
        assert_eq!(Reason::from_number(0), None);
    }

    proptest! {
        #[test]
        fn no_seal_makes_the_check_panic(digits in ".*", number: u64) {
            let mut proof = sealed();
            let seal = proof.seal.as_mut().unwrap();
            seal.number = number;
            seal.previous = digits;
            prop_assert!(check(&proof, &key(1).verifying_key().to_bytes()).is_err());
        }
    }
}
