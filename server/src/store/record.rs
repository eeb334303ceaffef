//! Proofs as a [`Store`](super::Store) is given them and gives them back: each in its place in a chain.

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;
use placet_protocol::Proof;
use uuid::Uuid;

use crate::{
    seal::{self, ChainId, ErasedPlace, Hash, Head, Place, PublicKey, Reason, RemovedPlaces, Signature},
    statement::SignedStatement,
    statistics::Counted,
};

/// A proof to be kept.
#[derive(Clone, Debug)]
pub struct NewProof {
    /// The proof, without a seal.
    pub proof: Proof,
    /// The request that brings it, if it has an idempotency key.
    pub request: Option<Request>,
}

/// What is kept of a request that has an idempotency key ([`crate::idempotency`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its key, hashed; keys of different widgets have nothing to do with each other.
    pub key_hash: Hash,
    /// Its body, hashed: another body under the same key is a mistake.
    pub body_hash: Hash,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It is kept, by this call or by an earlier one.
    Kept {
        /// What the visitor's browser is told.
        consent_id: Uuid,
        /// When it was stored: the proof's `date`.
        date: Timestamp,
    },
    /// Its key stands for a request with another body. Nothing was stored.
    KeyReused,
    /// The proof that a request of this key brought has been erased. Nothing was stored.
    Erased,
}

/// A proof that has its place.
#[derive(Clone, Debug)]
pub struct SealedProof {
    /// The proof, and the request that brings it.
    pub new: Arc<NewProof>,
    /// Its place.
    pub place: Place,
    /// Its salt.
    pub salt: Hash,
    /// The signature of the place's link.
    pub signature: Signature,
}

/// Proofs to be kept together.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The run that stores them, and so has the chains to itself.
    pub run: Uuid,
    /// The key that has signed them.
    pub public_key: PublicKey,
    /// The statement of the run that these proofs are the first to be under.
    pub statement: Option<SignedStatement>,
    /// The proofs, each chain's in order.
    pub proofs: Vec<SealedProof>,
    /// How far each widget's chain then goes.
    pub heads: Vec<(u32, Head)>,
    /// What they count for.
    pub counted: Vec<Counted>,
}

impl SealedProof {
    /// What the version that was shown hashes to, as bytes.
    pub fn version_sha256(&self) -> Option<Hash> {
        let mut bytes = [0; 32];
        let digits = self.new.proof.widget_version_sha256.as_ref()?;
        hex::decode_to_slice(digits, &mut bytes).ok().map(|()| bytes)
    }
}

impl Batch {
    /// The widget and the hash of the idempotency key of every request that has one.
    pub fn keys(&self) -> Vec<(u32, Hash)> {
        let new = self.proofs.iter().map(|sealed| &sealed.new);
        new.filter_map(|new| Some((new.proof.widget_id, new.request.as_ref()?.key_hash))).collect()
    }
}

/// What became of a [`Batch`].
#[derive(Clone, Debug)]
pub enum Appended {
    /// All of it is kept.
    Kept,
    /// Nothing is: these requests have been here before.
    Known(Vec<KnownRequest>),
}

/// A request that has been here before.
#[derive(Clone, Debug)]
pub struct KnownRequest {
    /// The widget.
    pub widget: u32,
    /// The request's idempotency key, hashed.
    pub key_hash: Hash,
    /// Its body, hashed; `None` once its proof has been erased.
    pub body_hash: Option<Hash>,
    /// What it was answered.
    pub consent_id: Uuid,
    /// When its proof was stored.
    pub date: Timestamp,
}

impl KnownRequest {
    /// The answer to a request of the same key.
    pub fn answer(&self, request: &Request) -> Stored {
        match self.body_hash {
            None => Stored::Erased,
            Some(hash) if hash != request.body_hash => Stored::KeyReused,
            Some(_) => Stored::Kept { consent_id: self.consent_id, date: self.date },
        }
    }
}

/// A chain, as far as it is known beside its places.
#[derive(Clone, Debug)]
pub struct Chain {
    /// Which.
    pub id: ChainId,
    /// The key that signs its places.
    pub public_key: PublicKey,
    /// How far it goes.
    pub head: Head,
    /// Up to where it was removed, if it was.
    pub removed: Option<Removed>,
}

/// The first places of a chain, which are no longer there.
#[derive(Clone, Debug)]
pub struct Removed {
    /// The last of them.
    pub last: Head,
    /// The latest moment at which any of them expired.
    pub expired: Timestamp,
    /// When they were removed; for those that were removed before others, when the last were.
    pub at: Timestamp,
    /// The keys whose signatures were found good before.
    pub signed_by: BTreeSet<PublicKey>,
    /// The signature of [`RemovedPlaces`].
    pub signature: Signature,
    /// The key that made it.
    pub public_key: PublicKey,
}

impl Removed {
    /// What is signed of it.
    ///
    /// # Errors
    ///
    /// None for what are removed places.
    pub fn hash(&self, chain: ChainId) -> serde_json::Result<Hash> {
        let Self { last, expired, at, signed_by, .. } = self;
        RemovedPlaces { chain, last: *last, expired: *expired, at: *at, signed_by }.hash()
    }

    /// Whether the key that it names has signed it.
    pub fn is_signed(&self, chain: ChainId) -> bool {
        self.hash(chain).is_ok_and(|hash| seal::is_signed(&self.public_key, &hash, &self.signature))
    }
}

/// Rows of a table, and what is wrong with those that cannot be read.
#[derive(Clone, Debug)]
pub struct Readable<T> {
    /// Those that can.
    pub found: Vec<T>,
    /// A sentence for each that cannot.
    pub unreadable: Vec<String>,
}

impl<T> Default for Readable<T> {
    fn default() -> Self {
        Self { found: Vec::new(), unreadable: Vec::new() }
    }
}

/// A proof that stands outside of any chain, as its row says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// The widget.
    pub widget: i64,
    /// The chain that it names.
    pub run: String,
    /// The place that it names.
    pub number: i64,
    /// Its identifier.
    pub consent_id: String,
}

/// A proof that has expired, in the order of [`Store::expired`](super::Store::expired).
#[derive(Debug)]
pub struct ExpiredProof {
    /// Where the search goes on after it.
    pub position: ExpiredAt,
    /// The proof; an error if its row cannot be read.
    pub entry: super::Result<Entry>,
}

/// A position among proofs by their expiry: the columns as they are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExpiredAt {
    /// The expiry.
    pub date: String,
    /// The identifier.
    pub consent_id: String,
}

/// The removal of the first places of a chain.
#[derive(Clone, Debug)]
pub struct Removal {
    /// The chain.
    pub chain: ChainId,
    /// The number of the last place that was removed before: what claims to be there, or before it, stays to be found.
    pub after: u64,
    /// Up to where.
    pub removed: Removed,
}

/// What is kept in a place of a chain.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The place.
    pub place: Place,
    /// The signature of the place's link.
    pub signature: Signature,
    /// The key that made it; `None` if the chain is not known.
    pub public_key: Option<PublicKey>,
    /// What the visitor's browser keeps.
    pub consent_id: Uuid,
    /// The workspace that owns the widget.
    pub workspace: u32,
    /// When it was stored.
    pub date: Timestamp,
    /// When it expires.
    pub expires: Timestamp,
    /// What is left of it.
    pub remains: Remains,
}

/// What is left of a proof.
#[derive(Clone, Debug)]
pub enum Remains {
    /// All of it.
    Whole {
        /// The proof, without its seal.
        proof: Box<Proof>,
        /// Its salt.
        salt: Hash,
    },
    /// Its place.
    Erased {
        /// What its content was hashed to.
        content: Hash,
        /// When it was erased.
        at: Timestamp,
        /// Why.
        reason: Reason,
        /// The signature of [`ErasedPlace`].
        signature: Signature,
        /// The key that made it.
        public_key: PublicKey,
    },
}

/// The erasure of a proof's content.
#[derive(Clone, Copy, Debug)]
pub struct Erasure {
    /// The widget.
    pub widget: u32,
    /// The proof.
    pub consent_id: Uuid,
    /// What its content is hashed to.
    pub content: Hash,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: Reason,
    /// The signature of [`ErasedPlace`].
    pub signature: Signature,
    /// The key that made it.
    pub public_key: PublicKey,
}

impl Entry {
    /// What the place's content is hashed to, as far as this row says.
    ///
    /// # Errors
    ///
    /// None for what is a proof.
    pub fn content(&self) -> serde_json::Result<Hash> {
        match &self.remains {
            Remains::Whole { proof, salt } => seal::content(proof, salt),
            Remains::Erased { content, .. } => Ok(*content),
        }
    }

    /// What is signed when the place's content is erased; `link` is the place's, and `signed_by` the key that signed it.
    pub fn erased<'a>(
        &self,
        link: &'a Hash,
        signed_by: &'a PublicKey,
        reason: Reason,
        at: Timestamp,
    ) -> ErasedPlace<'a> {
        let Self { consent_id, workspace, date, expires, .. } = *self;
        ErasedPlace { link, signed_by, consent_id, workspace, date, expires, reason, at }
    }

    /// The proof, without its seal; `None` if it was erased.
    pub fn proof(&self) -> Option<&Proof> {
        match &self.remains {
            Remains::Whole { proof, .. } => Some(proof),
            Remains::Erased { .. } => None,
        }
    }

    /// The proof as its owner is given it, with its seal; `None` if it was erased.
    pub fn into_proof(self) -> Option<Proof> {
        match self.remains {
            Remains::Whole { mut proof, salt } => {
                proof.seal = self.public_key.map(|key| seal::seal(&self.place, &salt, &self.signature, &key));
                Some(*proof)
            }
            Remains::Erased { .. } => None,
        }
    }
}

/// Some of a widget's proofs, by their identifiers, which begin with the time.
#[derive(Clone, Copy, Debug)]
pub struct Span<'a> {
    /// The widget.
    pub widget: u32,
    /// The site's own name of their visitor, if it is only one visitor's.
    pub user_id: Option<&'a str>,
    /// The first identifier.
    pub from: Uuid,
    /// The first that is too late.
    pub until: Uuid,
}

/// A file of the SDK, with a hash of its content in its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SdkFile {
    /// Its name.
    pub name: String,
    /// As it is.
    pub content: Vec<u8>,
}
