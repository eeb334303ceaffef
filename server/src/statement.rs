//! What a run of a server says, signed, of its chains and of what it found in the database: so that the chains hang
//! together, and one that is missing is found with the public key alone.
//!
//! A run makes its first statement with its first proof, and another one whenever it begins a chain for one more widget.
//! Each says which chains it begins, and names the statement before it; the first also names the statements of other
//! runs and the ends of their chains, as far as no earlier statement has named them. A statement is committed together
//! with the proofs that it precedes, and each link of the run covers the hash of the latest one ([`seal::Place`]). So a
//! chain, with all that was said of it, can only be taken away together with everything that was stored after it.

use std::collections::{HashMap, HashSet};

use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    clock,
    heads::{self, SignedHead},
    seal::{self, ChainId, Hash, PublicKey, Signature},
    store::{Error, Result, Store},
};

/// A statement, as its JSON says it; `docs/proofs.md` describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Statement {
    /// The widgets for which the run begins a chain.
    pub chains: Vec<u32>,
    /// When it was made (ISO 8601, UTC).
    pub date: String,
    /// The ends of chains.
    pub heads: Vec<SignedHead>,
    /// Which statement of the run this is, from 1.
    pub number: u64,
    /// What the statement before it is hashed to; zeros for the first.
    #[serde(with = "hex")]
    pub previous: Hash,
    /// The key that has signed this, and signs the run's proofs.
    #[serde(with = "hex")]
    pub public_key: PublicKey,
    /// The run.
    pub run: Uuid,
    /// The latest statements of other runs.
    pub statements: Vec<Known>,
}

/// A statement of another run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Known {
    /// What it is hashed to.
    #[serde(with = "hex")]
    pub hash: Hash,
    /// Which statement of its run it is.
    pub number: u64,
    /// Its run.
    pub run: Uuid,
}

/// A statement as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedStatement {
    /// The run.
    pub run: Uuid,
    /// Which statement of the run it is.
    pub number: u64,
    /// The [`Statement`] as JSON, in the form of RFC 8785.
    pub text: String,
    /// The signature of [`seal::statement`].
    pub signature: Signature,
    /// The key that made it.
    pub public_key: PublicKey,
}

/// The statement that a run made last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latest {
    /// Its number; 0 if there is none yet.
    pub number: u64,
    /// What it is hashed to; zeros if there is none yet.
    pub hash: Hash,
}

impl Latest {
    /// Of a run that has made none.
    pub const NONE: Self = Self { number: 0, hash: [0; 32] };
}

impl Statement {
    /// Signs it.
    ///
    /// # Errors
    ///
    /// None for what is a statement.
    pub fn sign(&self, key: &SigningKey) -> serde_json::Result<SignedStatement> {
        let text = serde_json_canonicalizer::to_string(self)?;
        let signature = seal::sign(key, &seal::statement(&text));
        Ok(SignedStatement { run: self.run, number: self.number, text, signature, public_key: self.public_key })
    }
}

impl SignedStatement {
    /// What it is hashed to.
    pub fn hash(&self) -> Hash {
        seal::statement(&self.text)
    }

    /// What it says, if the key that it names has signed it and it is what its row says that it is.
    pub fn read(&self) -> Option<Statement> {
        let statement: Statement = serde_json::from_str(&self.text).ok()?;
        let is_of_row = (statement.run, statement.number, statement.public_key)
            == (self.run, self.number, self.public_key)
            && clock::parse(&statement.date).is_some();
        (is_of_row && seal::is_signed(&self.public_key, &self.hash(), &self.signature)).then_some(statement)
    }
}

/// What a run finds when it begins, and names in its first statement.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The latest statements of other runs that no statement of this server's key has named.
    pub statements: Vec<Known>,
    /// The ends of chains that none of those has named, each looked at: its last place is what a server has signed.
    pub heads: Vec<SignedHead>,
}

impl Found {
    /// Reads it. What was altered is not named, and each such fault is logged: [`crate::audit`] finds it, too.
    ///
    /// `own` is the server's key: only what was stated with it counts as named before. Else somebody with a key of their
    /// own could state the end of a chain in the server's place, and take that away again.
    ///
    /// # Errors
    ///
    /// [`Error`] of the store.
    pub async fn read(store: &dyn Store, own: &PublicKey) -> Result<Self> {
        let rows = store.statements().await?;
        let chains = store.readable_chains(None).await?;
        for unreadable in rows.unreadable.iter().chain(&chains.unreadable) {
            tracing::error!("{unreadable}; run `placet-server proof verify`");
        }
        let mut named_heads: HashMap<ChainId, u64> = HashMap::new();
        let mut named_statements: HashSet<(Uuid, u64)> = HashSet::new();
        let mut latest: HashMap<Uuid, Known> = HashMap::new();
        for row in &rows.found {
            let Some(Statement { heads, statements, .. }) = row.read() else {
                let (run, number) = (row.run, row.number);
                tracing::error!(
                    "statement {number} of run {run} is not what was signed; run `placet-server proof verify`"
                );
                continue;
            };
            let is_own = row.public_key == *own;
            for head in heads.into_iter().filter(|_| is_own) {
                let named = named_heads.entry(head.chain_id()).or_default();
                *named = head.number.max(*named);
            }
            named_statements.extend(statements.iter().filter(|_| is_own).map(|known| (known.run, known.number)));
            let known = Known { hash: row.hash(), number: row.number, run: row.run };
            let last = latest.entry(row.run).or_insert_with(|| known.clone());
            if last.number < known.number {
                *last = known;
            }
        }
        let is_there: HashMap<_, _> = chains.found.iter().map(|chain| (chain.id, chain.head.number)).collect();
        for (chain, number) in &named_heads {
            if is_there.get(chain).is_none_or(|there| there < number) {
                let ChainId { widget, run } = chain;
                tracing::error!(
                    "proofs are missing: chain {run} of widget {widget} had {number} places; run `placet-server proof verify`"
                );
            }
        }
        let is_new = |id: &ChainId, number| named_heads.get(id).is_none_or(|named| *named < number);
        let new: Vec<_> = chains.found.iter().filter(|chain| is_new(&chain.id, chain.head.number)).collect();
        let looked_at = heads::look_at(store, new).await?;
        for fault in looked_at.unreadable {
            tracing::error!("{fault}; run `placet-server proof verify`");
        }
        let mut statements: Vec<_> = latest.into_values().collect();
        statements.retain(|known| !named_statements.contains(&(known.run, known.number)));
        statements.sort_by_key(|known| known.run);
        Ok(Self { statements, heads: looked_at.found })
    }

    /// The statement after `latest`, which says this and that the run begins some chains.
    ///
    /// # Errors
    ///
    /// [`Error::NotKept`] if there are too many.
    pub fn state(
        self,
        run: Uuid,
        public_key: PublicKey,
        latest: Latest,
        chains: Vec<u32>,
        at: Timestamp,
    ) -> Result<Statement> {
        let number = latest.number.checked_add(1).ok_or_else(|| Error::NotKept("too many statements".to_owned()))?;
        let Self { statements, heads } = self;
        let date = clock::iso(at);
        Ok(Statement { chains, date, heads, number, previous: latest.hash, public_key, run, statements })
    }
}
