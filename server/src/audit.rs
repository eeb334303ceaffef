//! Whether what is in a database is what was stored: every place of every chain is there, unaltered and in order.

use std::collections::{BTreeSet, HashSet};

use ed25519_dalek::SigningKey;
use placet_protocol::Proof;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    clock,
    seal::{self, ChainId, Hash, Head, PublicKey, Signature},
    store::{Chain, Entry, Error, Remains, Result, Store},
};

/// How many places are read together.
const PAGE: u32 = 500;

/// What an audit has seen.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Chains.
    pub chains: u64,
    /// Proofs that are whole.
    pub proofs: u64,
    /// Places whose content was erased.
    pub erased: u64,
    /// Places that were removed since they had expired.
    pub removed: u64,
    /// The keys that have signed any of it.
    pub keys: BTreeSet<PublicKey>,
    /// Faults.
    pub faults: u64,
}

/// Looks at every chain of a widget, or of all, and tells each fault as it is found. Memory stays bounded whatever the
/// number of proofs; servers may go on storing meanwhile.
///
/// `trusted` are the keys whose signatures count; without them, those that are known to the database do, which finds
/// what was altered by anybody who does not have one of the keys and did not add one.
///
/// # Errors
///
/// [`Error`] if the store can't be read at all.
pub async fn audit(
    store: &dyn Store,
    widget: Option<u32>,
    trusted: Option<&[PublicKey]>,
    tell: &mut (dyn FnMut(String) + Send),
) -> Result<Seen> {
    let trusted = match trusted {
        Some(trusted) => trusted.to_vec(),
        None => store.signing_keys().await?,
    };
    let mut audit = Audit { store, trusted, seen: Seen::default(), versions: HashSet::new(), tell };
    for chain in store.chains(widget).await? {
        match audit.chain(&chain).await {
            Err(Error::Corrupt(what)) => audit.fault(chain.id, &what),
            outcome => outcome?,
        }
    }
    if widget.is_none() {
        let strays = store.strays().await?;
        if strays > 0 {
            audit.seen.faults += 1;
            (audit.tell)(format!("{strays} proofs stand in chains that the database does not know"));
        }
    }
    Ok(audit.seen)
}

struct Audit<'a> {
    store: &'a dyn Store,
    trusted: Vec<PublicKey>,
    seen: Seen,
    /// Versions that were looked at, with what they should hash to.
    versions: HashSet<(Uuid, String)>,
    tell: &'a mut (dyn FnMut(String) + Send),
}

impl Audit<'_> {
    async fn chain(&mut self, chain: &Chain) -> Result<()> {
        self.seen.chains += 1;
        self.seen.keys.insert(chain.public_key);
        if !self.trusted.contains(&chain.public_key) {
            self.fault(chain.id, &format!("signed by {}, which is not trusted", hex::encode(chain.public_key)));
        }
        let mut last = self.start(chain);
        while last.number < chain.head.number {
            let places = self.store.places(chain.id, last.number, PAGE).await?;
            let Some(first) = places.first() else { break };
            if first.place.number > last.number + 1
                && let Some(moved) = self.removed_since(chain, last).await?
            {
                last = moved;
                continue;
            }
            for entry in &places {
                if entry.place.number > chain.head.number {
                    break;
                }
                last = self.place(chain, last, entry)?;
                if let Some(proof) = entry.proof() {
                    self.version(chain.id, proof).await?;
                }
            }
        }
        if last.number < chain.head.number {
            if let Some(moved) = self.removed_since(chain, last).await? {
                last = moved;
            }
            if last.number < chain.head.number {
                let missing = missing(last.number + 1, chain.head.number);
                self.fault(chain.id, &format!("{missing} at its end"));
            }
        } else if last.link != chain.head.link {
            self.fault(chain.id, "its last place is not the one that was stored last");
        }
        Ok(())
    }

    /// Where a chain begins.
    fn start(&mut self, chain: &Chain) -> Head {
        let Some(removed) = chain.removed else { return Head::NONE };
        self.seen.removed += removed.last.number;
        self.seen.keys.insert(removed.public_key);
        let statement = seal::removal(chain.id, removed.last);
        if !self.is_trusted(&removed.public_key, &statement, &removed.signature) {
            let missing = missing(1, removed.last.number);
            self.fault(chain.id, &format!("{missing}, and nobody has signed for their removal"));
        }
        removed.last
    }

    /// Where a chain begins by now, if a server has removed more of it since.
    async fn removed_since(&mut self, chain: &Chain, last: Head) -> Result<Option<Head>> {
        let now = self.store.chains(Some(chain.id.widget)).await?.into_iter().find(|now| now.id == chain.id);
        let moved = now.filter(|now| now.removed.is_some_and(|removed| removed.last.number > last.number));
        Ok(moved.map(|moved| {
            self.seen.removed -= chain.removed.map_or(0, |removed| removed.last.number);
            self.start(&moved)
        }))
    }

    /// Looks at the place after `last`, and answers where the chain then stands.
    fn place(&mut self, chain: &Chain, last: Head, entry: &Entry) -> Result<Head> {
        let number = entry.place.number;
        if number > last.number + 1 {
            let missing = missing(last.number + 1, number - 1);
            self.fault(chain.id, &missing);
        } else if number <= last.number {
            self.fault(chain.id, &format!("place {number} is there twice"));
        } else if entry.place.previous != last.link {
            let told = format!("place {number} ({}) does not follow the place before it", entry.consent_id);
            self.fault(chain.id, &told);
        }
        let content = entry.content().map_err(|error| Error::Corrupt(error.to_string()))?;
        let link = entry.place.link(&content);
        if !seal::is_signed(&chain.public_key, &link, &entry.signature) {
            let told = format!("place {number} ({}) was altered or added", entry.consent_id);
            self.fault(chain.id, &told);
        }
        match &entry.remains {
            Remains::Whole { .. } => self.seen.proofs += 1,
            Remains::Erased { at, reason, signature, public_key, .. } => {
                self.seen.erased += 1;
                self.seen.keys.insert(*public_key);
                let statement = seal::erasure(&link, entry.consent_id, *reason, *at);
                if !self.is_trusted(public_key, &statement, signature) {
                    let told =
                        format!("place {number} ({}) was erased, and nobody has signed for it", entry.consent_id);
                    self.fault(chain.id, &told);
                }
            }
        }
        Ok(Head { number, link })
    }

    /// Looks whether the version that a proof was given to is still what it was. A version is told of once.
    async fn version(&mut self, chain: ChainId, proof: &Proof) -> Result<()> {
        let Some(sha256) = &proof.widget_version_sha256 else { return Ok(()) };
        let Ok(version_key) = Uuid::parse_str(&proof.widget_version) else { return Ok(()) };
        if !self.versions.insert((version_key, sha256.clone())) {
            return Ok(());
        }
        let is_same = match self.store.version(chain.widget, version_key).await {
            Ok(version) => version.is_some_and(|version| hex::encode(version.sha256) == *sha256),
            Err(Error::Corrupt(_)) => false,
            Err(error) => return Err(error),
        };
        if !is_same {
            let shown = format!("version {version_key}, which visitors were shown, was altered or is missing");
            self.fault(chain, &shown);
        }
        Ok(())
    }

    fn is_trusted(&self, key: &PublicKey, statement: &Hash, signature: &Signature) -> bool {
        self.trusted.contains(key) && seal::is_signed(key, statement, signature)
    }

    fn fault(&mut self, chain: ChainId, what: &str) {
        self.seen.faults += 1;
        (self.tell)(format!("widget {}, chain {}: {what}", chain.widget, chain.run));
    }
}

fn missing(first: u64, last: u64) -> String {
    if first == last { format!("place {first} is missing") } else { format!("places {first} to {last} are missing") }
}

/// How far every chain went at a moment, signed: kept away from the database, it shows later that nothing before it was
/// cut off, not even by somebody who has the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Heads {
    /// The moment (ISO 8601, UTC).
    pub date: String,
    /// The chains.
    pub heads: Vec<StatedHead>,
    /// The key that has signed this.
    #[serde(with = "hex")]
    pub public_key: PublicKey,
    /// The signature.
    #[serde(with = "hex")]
    pub signature: Signature,
}

/// How far a chain went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StatedHead {
    /// The widget.
    pub widget_id: u32,
    /// The chain.
    pub chain: Uuid,
    /// The number of its last place.
    pub number: u64,
    /// What that was hashed to.
    #[serde(with = "hex")]
    pub link: Hash,
}

impl Heads {
    /// How far the chains of a widget, or of all, go now.
    ///
    /// # Errors
    ///
    /// [`Error`] of the store.
    pub async fn now(store: &dyn Store, widget: Option<u32>, key: &SigningKey) -> Result<Self> {
        let stated = |chain: &Chain| StatedHead {
            widget_id: chain.id.widget,
            chain: chain.id.run,
            number: chain.head.number,
            link: chain.head.link,
        };
        let mut heads = Self {
            date: clock::iso(clock::now()),
            heads: store.chains(widget).await?.iter().map(stated).collect(),
            public_key: key.verifying_key().to_bytes(),
            signature: [0; 64],
        };
        heads.signature = seal::sign(key, &heads.hash()?);
        Ok(heads)
    }

    /// Whether everything that was there then is there now, as far as the chains tell: [`audit`] looks at the places
    /// themselves. Tells each fault, and answers how many there are.
    ///
    /// # Errors
    ///
    /// [`Error`] of the store.
    pub async fn compare(
        &self,
        store: &dyn Store,
        trusted: Option<&[PublicKey]>,
        tell: &mut (dyn FnMut(String) + Send),
    ) -> Result<u64> {
        let mut faults = 0;
        let is_trusted = match trusted {
            Some(trusted) => trusted.contains(&self.public_key),
            None => store.signing_keys().await?.contains(&self.public_key),
        };
        if !is_trusted || !seal::is_signed(&self.public_key, &self.hash()?, &self.signature) {
            faults += 1;
            tell("the statement of the chains' ends is not signed by a key that is trusted".to_owned());
        }
        for stated in &self.heads {
            if let Some(fault) = stated.fault(store).await? {
                faults += 1;
                tell(format!("widget {}, chain {}: {fault}", stated.widget_id, stated.chain));
            }
        }
        Ok(faults)
    }

    fn hash(&self) -> Result<Hash> {
        seal::heads(&(&self.date, &self.heads)).map_err(|error| Error::Corrupt(error.to_string()))
    }
}

impl StatedHead {
    async fn fault(&self, store: &dyn Store) -> Result<Option<String>> {
        let id = ChainId { widget: self.widget_id, run: self.chain };
        let gone = || format!("place {} is no longer there", self.number);
        let Some(chain) = store.chains(Some(id.widget)).await?.into_iter().find(|chain| chain.id == id) else {
            return Ok(Some("it is no longer there".to_owned()));
        };
        if let Some(removed) = chain.removed
            && removed.last.number >= self.number
        {
            let is_same = removed.last.number > self.number || removed.last.link == self.link;
            return Ok((!is_same).then(|| "it was removed up to another place than was there".to_owned()));
        }
        let entry = store.places(id, self.number.saturating_sub(1), 1).await?.into_iter().next();
        let Some(entry) = entry.filter(|entry| entry.place.number == self.number) else { return Ok(Some(gone())) };
        let content = entry.content().map_err(|error| Error::Corrupt(error.to_string()))?;
        let is_same = entry.place.link(&content) == self.link;
        Ok((!is_same).then(|| format!("place {} is not the one that was there", self.number)))
    }
}
