//! Proofs as a [`Store`](super::Store) is given them and gives them back: each in its place in a chain.

use std::sync::Arc;

use jiff::Timestamp;
use placet_protocol::Proof;
use uuid::Uuid;

use crate::{
    seal::{self, ChainId, Hash, Head, Place, PublicKey, Reason, Signature},
    statistics::Counted,
};

/// A proof to be kept.
#[derive(Clone, Debug)]
pub struct NewProof {
    /// The proof, without a seal.
    pub proof: Proof,
    /// The request that brings it, if it names itself.
    pub request: Option<Request>,
}

/// A request that names itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its name, of 1 to 128 visible ASCII characters; names of different widgets have nothing to do with each other.
    pub idempotency_key: String,
    /// What it says (SHA-256): another request under the same name is a mistake.
    pub sha256: Hash,
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
    /// Its name stands for a request that said something else. Nothing was stored.
    NameTaken,
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
    /// The widget and the name of every request that has one.
    pub fn names(&self) -> Vec<(u32, &str)> {
        let new = self.proofs.iter().map(|sealed| &sealed.new);
        let requests = new.filter_map(|new| Some((new.proof.widget_id, new.request.as_ref()?)));
        requests.map(|(widget, request)| (widget, request.idempotency_key.as_str())).collect()
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
    /// The request's name.
    pub idempotency_key: String,
    /// What it said; `None` once its proof has been erased.
    pub sha256: Option<Hash>,
    /// What it was answered.
    pub consent_id: Uuid,
    /// When its proof was stored.
    pub date: Timestamp,
}

impl KnownRequest {
    /// The answer to a request of the same name.
    pub fn answer(&self, request: &Request) -> Stored {
        match self.sha256 {
            Some(said) if said != request.sha256 => Stored::NameTaken,
            _ => Stored::Kept { consent_id: self.consent_id, date: self.date },
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
#[derive(Clone, Copy, Debug)]
pub struct Removed {
    /// The last of them.
    pub last: Head,
    /// The signature of [`seal::removal`].
    pub signature: Signature,
    /// The key that made it.
    pub public_key: PublicKey,
}

/// The removal of the first places of a chain.
#[derive(Clone, Copy, Debug)]
pub struct Removal {
    /// The chain.
    pub chain: ChainId,
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
        /// The signature of [`seal::erasure`].
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
    /// The signature of [`seal::erasure`].
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
    /// Compressed with brotli.
    pub brotli: Option<Vec<u8>>,
}
