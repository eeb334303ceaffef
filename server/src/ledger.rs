//! Where proofs are kept: each is given its place in a chain and signed, and those that come at the same time are
//! committed together.
//!
//! A commit waits for the disk, and costs about the same for one proof as for a hundred. So one task takes whatever has
//! come while the disk was busy and commits it at once; each request is answered when the commit that it is part of has
//! ended. What waits is bounded: past [`MOST_WAITING`] a request is put off instead of kept in memory.
//!
//! Every run of a server has chains of its own, one for each widget, so that several servers on one database wait for
//! nobody. When a commit fails in a way that leaves open whether it happened (a connection that breaks), the run is
//! given up for a new one: what may or may not have been stored stays at the end of the old chains, which are whole in
//! either case, and nothing is ever stored after it.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex},
};

use ed25519_dalek::SigningKey;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use uuid::Uuid;

use crate::{
    clock,
    seal::{self, ChainId, Hash, Head, Place, PublicKey, Reason},
    search::Search,
    statistics::{Counted, Counts},
    store::{
        Appended, Batch, Entry, Erasure, Error, KnownRequest, NewProof, Removal, Removed, Result, SealedProof, Store,
        Stored,
    },
};

/// How many proofs may wait to be committed. A proof takes one to a few kilobytes, at the very most the 64 KiB of a
/// request's body.
pub const MOST_WAITING: usize = 1024;
/// How many proofs are committed together at most.
const MOST_TOGETHER: usize = 256;
/// How many old proofs are looked at together.
const PAGE: u32 = 256;

/// Keeps proofs. Its clones are one and the same.
#[derive(Clone, Debug)]
pub struct Ledger {
    store: Arc<dyn Store>,
    signer: Signer,
    queue: mpsc::WeakSender<Waiting>,
    work: Arc<Mutex<Option<Work>>>,
}

/// What [`Ledger::close`] ends.
#[derive(Debug)]
struct Work {
    queue: mpsc::Sender<Waiting>,
    task: JoinHandle<()>,
}

/// The key, and what is known of it.
#[derive(Clone)]
struct Signer {
    key: Arc<SigningKey>,
    public_key: PublicKey,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({})", hex::encode(self.public_key))
    }
}

/// A proof that waits to be committed.
#[derive(Debug)]
struct Waiting {
    new: Arc<NewProof>,
    salt: Hash,
    content: Hash,
    answer: oneshot::Sender<Result<Stored>>,
}

impl Ledger {
    /// A ledger on a store, whose proofs this key signs. Proofs that were stored before proofs were signed are signed
    /// now.
    ///
    /// # Errors
    ///
    /// [`Error`] if the store does not take the key.
    pub async fn open(store: Arc<dyn Store>, key: SigningKey) -> Result<Self> {
        let public_key = key.verifying_key().to_bytes();
        let signer = Signer { key: Arc::new(key), public_key };
        store.register_key(&public_key).await?;
        let (queue, waiting) = mpsc::channel(MOST_WAITING);
        let writer =
            Writer { store: Arc::clone(&store), signer: signer.clone(), run: Uuid::now_v7(), heads: HashMap::new() };
        let work = Work { queue: queue.clone(), task: tokio::spawn(writer.write(waiting)) };
        let ledger = Self { store, signer, queue: queue.downgrade(), work: Arc::new(Mutex::new(Some(work))) };
        ledger.seal_old_proofs().await?;
        Ok(ledger)
    }

    /// Keeps a proof. When this answers, the proof is on disk, and stays there whatever happens to the process or the
    /// machine. A request that names itself is stored once, however often and from however many sides it is sent.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if too many wait already, or the store can't take it now.
    pub async fn keep(&self, new: NewProof) -> Result<Stored> {
        let full = || Error::Unavailable(format!("{MOST_WAITING} proofs are waiting to be stored already"));
        let closed = || Error::Unavailable("the server is stopping".to_owned());
        let queue = self.queue.upgrade().ok_or_else(closed)?;
        let place = queue.try_reserve().map_err(|error| match error {
            mpsc::error::TrySendError::Full(()) => full(),
            mpsc::error::TrySendError::Closed(()) => closed(),
        })?;
        let mut salt = [0; 32];
        getrandom::fill(&mut salt).map_err(|error| Error::Unavailable(error.to_string()))?;
        let content = seal::content(&new.proof, &salt).map_err(|error| Error::NotKept(error.to_string()))?;
        let (answer, answered) = oneshot::channel();
        place.send(Waiting { new: Arc::new(new), salt, content, answer });
        answered.await.map_err(|_| closed())?
    }

    /// Erases the content of proofs, and leaves their places. Those that have none left are passed over. Answers how
    /// many were erased.
    ///
    /// # Errors
    ///
    /// [`Error`] of the store.
    pub async fn erase(&self, entries: &[Entry], reason: Reason) -> Result<u64> {
        let at = clock::now();
        let erasures = entries.iter().map(|entry| self.signer.erasure(entry, reason, at));
        self.store.erase(&erasures.collect::<Result<Vec<_>>>()?).await
    }

    /// Erases everything that is found. Answers how many were erased.
    ///
    /// # Errors
    ///
    /// [`Error`] of the store.
    pub async fn erase_found(&self, search: &Search) -> Result<u64> {
        let mut erased = 0;
        let mut after = None;
        loop {
            let page = search.entries(&*self.store, after, PAGE as usize).await?;
            erased += self.erase(&page.found, Reason::Erased).await?;
            after = page.next;
            if after.is_none() {
                return Ok(erased);
            }
        }
    }

    /// Removes the first places of a chain up to one of them.
    ///
    /// # Errors
    ///
    /// [`Error`] of the store.
    pub async fn remove(&self, last: &Entry) -> Result<()> {
        let chain = last.place.chain;
        let content = last.content().map_err(|error| Error::Corrupt(error.to_string()))?;
        let last = Head { number: last.place.number, link: last.place.link(&content) };
        let signature = seal::sign(&self.signer.key, &seal::removal(chain, last));
        let removed = Removed { last, signature, public_key: self.signer.public_key };
        self.store.remove(&Removal { chain, removed }).await
    }

    /// Takes no more proofs, and waits until those that were taken are on disk.
    pub async fn close(&self) {
        let work = self.work.lock().ok().and_then(|mut work| work.take());
        if let Some(Work { queue, task }) = work {
            drop(queue);
            if let Err(error) = task.await {
                tracing::error!(%error, "the task that stores proofs ended badly");
            }
        }
    }

    async fn seal_old_proofs(&self) -> Result<()> {
        let mut sealed = 0;
        loop {
            // Those that were signed before a server was killed in the middle of this.
            self.store.forget_resealed().await?;
            let old = self.store.unsealed(PAGE).await?;
            if old.is_empty() {
                break;
            }
            for proof in old {
                self.keep(proof).await?;
                sealed += 1;
            }
        }
        if sealed > 0 {
            tracing::info!("signed {sealed} proofs that an earlier version had stored");
        }
        Ok(())
    }
}

impl Signer {
    fn erasure(&self, entry: &Entry, reason: Reason, at: jiff::Timestamp) -> Result<Erasure> {
        let content = entry.content().map_err(|error| Error::Corrupt(error.to_string()))?;
        let hash = seal::erasure(&entry.place.link(&content), entry.consent_id, reason, at);
        Ok(Erasure {
            widget: entry.place.chain.widget,
            consent_id: entry.consent_id,
            content,
            at,
            reason,
            signature: seal::sign(&self.key, &hash),
            public_key: self.public_key,
        })
    }
}

/// The one that appends to this run's chains.
struct Writer {
    store: Arc<dyn Store>,
    signer: Signer,
    run: Uuid,
    /// How far the chains of this run go; one that is not here has no places yet.
    heads: HashMap<u32, Head>,
}

impl Writer {
    async fn write(mut self, mut waiting: mpsc::Receiver<Waiting>) {
        let mut together = Vec::with_capacity(MOST_TOGETHER);
        while waiting.recv_many(&mut together, MOST_TOGETHER).await > 0 {
            self.commit(std::mem::take(&mut together)).await;
        }
    }

    /// Commits proofs and answers each. If the store finds fault with them, each is tried by itself, so that one does
    /// not take others with it.
    async fn commit(&mut self, mut together: Vec<Waiting>) {
        let alone = together.len() == 1;
        match self.try_commit(&mut together).await {
            Ok(()) => {}
            Err(error @ (Error::Unavailable(_) | Error::NotKept(_))) => self.give_up(together, &error),
            Err(error) if alone => self.give_up(together, &error),
            Err(_) => {
                for one in together {
                    let mut alone = vec![one];
                    if let Err(error) = self.try_commit(&mut alone).await {
                        self.give_up(alone, &error);
                    }
                }
            }
        }
    }

    /// Answers those that could not be stored, and starts a new run.
    fn give_up(&mut self, together: Vec<Waiting>, error: &Error) {
        self.run = Uuid::now_v7();
        self.heads.clear();
        for waiting in together {
            let error = match error {
                Error::Unavailable(reason) => Error::Unavailable(reason.clone()),
                error => Error::NotKept(error.to_string()),
            };
            let _ = waiting.answer.send(Err(error));
        }
    }

    /// Commits proofs in one transaction and answers them; on an error they are left.
    async fn try_commit(&mut self, together: &mut Vec<Waiting>) -> Result<()> {
        loop {
            let sealed = self.seal(together);
            if sealed.proofs.is_empty() {
                break;
            }
            match self.store.append(&sealed).await? {
                Appended::Kept => {
                    self.heads.extend(sealed.heads);
                    answer_kept(together);
                    break;
                }
                Appended::Known(known) => {
                    let before = together.len();
                    answer_known(together, &known);
                    if together.len() == before {
                        return Err(Error::NotKept("the database knows requests that nobody sent".to_owned()));
                    }
                }
            }
        }
        Ok(())
    }

    /// Gives each proof its place and signs it. Of requests with one name only the first is stored.
    fn seal(&self, together: &[Waiting]) -> Batch {
        let mut heads: HashMap<u32, Head> = HashMap::new();
        let mut counted: BTreeMap<_, Counts> = BTreeMap::new();
        let mut names = HashSet::new();
        let mut proofs = Vec::with_capacity(together.len());
        for Waiting { new, salt, content, .. } in together {
            let NewProof { proof, request } = &**new;
            if let Some(request) = request
                && !names.insert((proof.widget_id, request.idempotency_key.as_str()))
            {
                continue;
            }
            let chain = ChainId { widget: proof.widget_id, run: self.run };
            let head = heads.entry(chain.widget);
            let head = head.or_insert_with(|| self.heads.get(&chain.widget).copied().unwrap_or(Head::NONE));
            let place = Place::after(chain, *head);
            let link = place.link(content);
            *head = Head { number: place.number, link };
            let signature = seal::sign(&self.signer.key, &link);
            let counts = Counts::of(proof);
            if counts != Counts::default()
                && let Some(date) = clock::parse(&proof.date)
            {
                counted.entry((chain.widget, clock::day(date))).or_default().add(&counts);
            }
            proofs.push(SealedProof { new: Arc::clone(new), place, salt: *salt, signature });
        }
        let heads = heads.into_iter().collect();
        let counted = counted.into_iter().map(|((widget, day), counts)| Counted { widget, day, counts }).collect();
        Batch { run: self.run, public_key: self.signer.public_key, proofs, heads, counted }
    }
}

/// Answers proofs that are kept.
fn answer_kept(together: &mut Vec<Waiting>) {
    let mut first: HashMap<(u32, String), KnownRequest> = HashMap::new();
    for Waiting { new, answer, .. } in together.drain(..) {
        let NewProof { proof, request } = &*new;
        let outcome = kept(proof).map(|(consent_id, date)| match request {
            None => Stored::Kept { consent_id, date },
            Some(request) => {
                let widget = proof.widget_id;
                let name = (widget, request.idempotency_key.clone());
                let known = first.entry(name).or_insert_with(|| KnownRequest {
                    widget,
                    idempotency_key: request.idempotency_key.clone(),
                    sha256: Some(request.sha256),
                    consent_id,
                    date,
                });
                known.answer(request)
            }
        });
        // Whoever asked may have gone.
        let _ = answer.send(outcome);
    }
}

/// Answers proofs whose requests have been here before, and leaves the rest.
fn answer_known(together: &mut Vec<Waiting>, known: &[KnownRequest]) {
    for waiting in std::mem::take(together) {
        let found = waiting.new.request.as_ref().and_then(|request| {
            let is_same = |known: &&KnownRequest| {
                known.widget == waiting.new.proof.widget_id && known.idempotency_key == request.idempotency_key
            };
            known.iter().find(is_same).map(|known| known.answer(request))
        });
        match found {
            Some(outcome) => drop(waiting.answer.send(Ok(outcome))),
            None => together.push(waiting),
        }
    }
}

/// What is told of a proof that is kept.
fn kept(proof: &placet_protocol::Proof) -> Result<(Uuid, jiff::Timestamp)> {
    let unreadable = || Error::NotKept("its identifier or date cannot be read".to_owned());
    let consent_id = Uuid::parse_str(&proof.consent_id).map_err(|_| unreadable())?;
    Ok((consent_id, clock::parse(&proof.date).ok_or_else(unreadable)?))
}
