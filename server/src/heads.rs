//! How far chains go.
//!
//! Nothing that the database says of it is signed unseen: the last place of each chain is read and its signature
//! checked first.

pub mod delivery;
pub mod destination;
pub mod timestamp;

use std::collections::{BTreeMap, HashMap};

use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    clock,
    seal::{self, ChainId, Hash, Head, PublicKey, Signature},
    store::{Chain, Error, Readable, Result, Store},
};

/// How far a chain goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignedHead {
    /// The widget.
    pub widget_id: u32,
    /// The chain.
    pub chain: Uuid,
    /// The number of its last place.
    pub number: u64,
    /// What that is hashed to.
    #[serde(with = "hex")]
    pub link: Hash,
    /// The key that has signed it.
    #[serde(with = "hex")]
    pub public_key: PublicKey,
}

impl SignedHead {
    /// Which chain.
    pub fn chain_id(&self) -> ChainId {
        ChainId { widget: self.widget_id, run: self.chain }
    }

    /// How far.
    pub fn head(&self) -> Head {
        Head { number: self.number, link: self.link }
    }
}

/// Looks at the last places of chains: those that a server has signed, and what is wrong with the others.
///
/// # Errors
///
/// [`Error`] of the store.
pub async fn look_at(store: &dyn Store, chains: Vec<&Chain>) -> Result<Readable<SignedHead>> {
    let mut looked_at = Readable::default();
    for chain in chains {
        if is_signed(store, chain).await? {
            let Chain { id, public_key, head, .. } = chain;
            looked_at.found.push(SignedHead {
                widget_id: id.widget,
                chain: id.run,
                number: head.number,
                link: head.link,
                public_key: *public_key,
            });
        } else {
            let (ChainId { widget, run }, number) = (chain.id, chain.head.number);
            looked_at.unreadable.push(format!(
                "the end of chain {run} of widget {widget}, place {number}, is not what was signed or is missing"
            ));
        }
    }
    Ok(looked_at)
}

/// Whether the last place of a chain is there and signed by the chain's key, or was removed and that is signed for.
async fn is_signed(store: &dyn Store, chain: &Chain) -> Result<bool> {
    let is_removed = |chain: &Chain| {
        let removed = chain.removed.as_ref().filter(|removed| removed.last == chain.head);
        removed.is_some_and(|removed| removed.is_signed(chain.id))
    };
    if chain.head.number == 0 {
        return Ok(false);
    }
    if is_removed(chain) {
        return Ok(true);
    }
    let entry = match store.places(chain.id, chain.head.number - 1, 1).await {
        Ok(entries) => entries.into_iter().next(),
        Err(Error::Corrupt(_)) => return Ok(false),
        Err(error) => return Err(error),
    };
    let Some(entry) = entry.filter(|entry| entry.place.number == chain.head.number) else {
        // It may have been removed since the chain was read.
        let now = store.readable_chains(Some(chain.id.widget)).await?.found;
        let now = now.into_iter().find(|now| now.id == chain.id && now.public_key == chain.public_key);
        return Ok(now.is_some_and(|now| {
            now.removed.as_ref().is_some_and(|removed| {
                removed.is_signed(now.id) && (removed.last.number > chain.head.number || removed.last == chain.head)
            })
        }));
    };
    let Ok(content) = entry.content() else { return Ok(false) };
    let link = entry.place.link(&content);
    Ok(link == chain.head.link && seal::is_signed(&chain.public_key, &link, &entry.signature))
}

/// How far every chain went at a moment, signed: kept away from the database, it shows later that nothing before it was
/// cut off, not even by somebody who has the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Heads {
    /// The moment (ISO 8601, UTC).
    pub date: String,
    /// The chains.
    pub heads: Vec<SignedHead>,
    /// The key that has signed this.
    #[serde(with = "hex")]
    pub public_key: PublicKey,
    /// The signature.
    #[serde(with = "hex")]
    pub signature: Signature,
}

impl Heads {
    /// How far the chains of a widget, or of all, go now; and what is wrong with those that are left out, as nobody has
    /// signed what the database says of them.
    ///
    /// # Errors
    ///
    /// [`Error`] of the store.
    pub async fn now(store: &dyn Store, widget: Option<u32>, key: &SigningKey) -> Result<(Self, Vec<String>)> {
        let date = clock::iso(clock::now());
        let Readable { found: chains, mut unreadable } = store.readable_chains(widget).await?;
        let looked_at = look_at(store, chains.iter().collect()).await?;
        unreadable.extend(looked_at.unreadable);
        let public_key = key.verifying_key().to_bytes();
        let mut heads = Self { date, heads: looked_at.found, public_key, signature: [0; 64] };
        heads.signature = seal::sign(key, &heads.hash()?);
        Ok((heads, unreadable))
    }

    /// Whether everything that was there then is there now, as far as the chains tell: [`crate::audit`] looks at the
    /// places themselves. Tells each fault, and answers how many there are.
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
        let mut kept = KeptHeads::new(store, trusted).await?;
        kept.add(self, "", tell)?;
        kept.compare(store, tell).await
    }

    fn hash(&self) -> Result<Hash> {
        seal::heads(&(&self.date, &self.heads)).map_err(|error| Error::Corrupt(error.to_string()))
    }
}

/// Heads that were kept elsewhere, from any number of statements.
#[derive(Debug)]
pub struct KeptHeads {
    trusted: Vec<PublicKey>,
    /// For each chain and number what the place was hashed to, and in which statements that is said: the first of each.
    chains: BTreeMap<ChainId, BTreeMap<u64, BTreeMap<Hash, String>>>,
    faults: u64,
}

impl KeptHeads {
    /// None yet. Without keys to trust, those that the database knows are.
    ///
    /// # Errors
    ///
    /// [`Error`] of the store.
    pub async fn new(store: &dyn Store, trusted: Option<&[PublicKey]>) -> Result<Self> {
        let trusted = match trusted {
            Some(trusted) => trusted.to_vec(),
            None => store.signing_keys().await?,
        };
        Ok(Self { trusted, chains: BTreeMap::new(), faults: 0 })
    }

    /// Adds a statement; `name` says where it was found. One that is not signed is reported, and what it says is compared
    /// all the same.
    ///
    /// # Errors
    ///
    /// None for what is a statement.
    pub fn add(&mut self, heads: &Heads, name: &str, tell: &mut (dyn FnMut(String) + Send)) -> Result<()> {
        let found_in = if name.is_empty() { String::new() } else { format!(" (in {name})") };
        let is_signed = seal::is_signed(&heads.public_key, &heads.hash()?, &heads.signature);
        if !is_signed || !self.trusted.contains(&heads.public_key) {
            self.faults += 1;
            tell(format!("the statement of the chains' ends is not signed by a key that is trusted{found_in}"));
        }
        for head in &heads.heads {
            let places = self.chains.entry(head.chain_id()).or_default().entry(head.number).or_default();
            places.entry(head.link).or_insert_with(|| found_in.clone());
        }
        Ok(())
    }

    /// Whether all of it is there now. Tells the fault of each chain that has one, and answers how many faults there are
    /// with those that were told before.
    ///
    /// # Errors
    ///
    /// [`Error`] of the store.
    pub async fn compare(mut self, store: &dyn Store, tell: &mut (dyn FnMut(String) + Send)) -> Result<u64> {
        let chains = store.readable_chains(None).await?.found;
        let chains: HashMap<_, _> = chains.into_iter().map(|chain| (chain.id, chain)).collect();
        for (id, places) in &self.chains {
            if let Some(fault) = first_fault(store, chains.get(id), places).await? {
                self.faults += 1;
                tell(format!("widget {}, chain {}: {fault}", id.widget, id.run));
            }
        }
        Ok(self.faults)
    }
}

/// What is wrong with a chain, from the last of the places that are known of it.
async fn first_fault(
    store: &dyn Store,
    chain: Option<&Chain>,
    places: &BTreeMap<u64, BTreeMap<Hash, String>>,
) -> Result<Option<String>> {
    for (number, said) in places.iter().rev() {
        for (link, found_in) in said {
            if let Some(fault) = fault(store, chain, Head { number: *number, link: *link }).await? {
                return Ok(Some(format!("{fault}{found_in}")));
            }
        }
    }
    Ok(None)
}

/// What is wrong with a place that was the last one once.
async fn fault(store: &dyn Store, chain: Option<&Chain>, head: Head) -> Result<Option<String>> {
    let Some(chain) = chain else { return Ok(Some("it is no longer there".to_owned())) };
    let Head { number, link } = head;
    if let Some(removed) = &chain.removed
        && removed.last.number >= number
    {
        let is_same = removed.last.number > number || removed.last.link == link;
        return Ok((!is_same).then(|| "it was removed up to another place than was there".to_owned()));
    }
    let entry = match store.places(chain.id, number.saturating_sub(1), 1).await {
        Ok(entries) => entries.into_iter().next(),
        Err(Error::Corrupt(_)) => None,
        Err(error) => return Err(error),
    };
    let Some(entry) = entry.filter(|entry| entry.place.number == number) else {
        return Ok(Some(format!("place {number} is no longer there")));
    };
    let content = entry.content().map_err(|error| Error::Corrupt(error.to_string()))?;
    let is_same = entry.place.link(&content) == link;
    Ok((!is_same).then(|| format!("place {number} is not the one that was there")))
}
