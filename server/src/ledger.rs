//! Where proofs are kept: each is given its place in a chain and signed, and those that come at the same time are
//! committed together.
//!
//! A commit waits for the disk, and costs about the same for one proof as for a hundred. So one task takes whatever has
//! come while the disk was busy and commits it at once; each request is answered when the commit that it is part of has
//! ended. What waits is bounded: past [`MOST_WAITING`] a request is put off instead of kept in memory.
//!
//! Every run of a server has chains of its own, one for each widget, so that several servers on one database wait for
//! nobody. A new run signs over what it found ([`crate::statement`]), but never goes on with anything that it has read
//! from the database. When a commit fails in a way that leaves open whether it happened (a connection that breaks), the run is
//! given up for a new one: what may or may not have been stored stays at the end of the old chains, which are whole in
//! either case, and nothing is ever stored after it.
//!
//! Nothing is signed unseen: before a place is erased or removed, its content and its signature are checked.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::{Arc, Mutex},
};

use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use uuid::Uuid;

use crate::{
    clock,
    heads::Heads,
    seal::{self, ChainId, Hash, Head, Place, PublicKey, Reason},
    search::Search,
    statement::{Found, Latest, SignedStatement},
    statistics::{Counted, Counts},
    store::{
        Appended, Batch, Entry, Erasure, Error, KnownRequest, NewProof, Remains, Removal, Removed, Result, SealedProof,
        Store, Stored,
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
    /// A ledger on a store, whose proofs this key signs.
    ///
    /// # Errors
    ///
    /// [`Error`] if the store does not take the key.
    pub async fn open(store: Arc<dyn Store>, key: SigningKey) -> Result<Self> {
        let public_key = key.verifying_key().to_bytes();
        let signer = Signer { key: Arc::new(key), public_key };
        store.register_key(&public_key).await?;
        let (queue, waiting) = mpsc::channel(MOST_WAITING);
        let writer = Writer { store: Arc::clone(&store), signer: signer.clone(), run: Run::new() };
        let work = Work { queue: queue.clone(), task: tokio::spawn(writer.write(waiting)) };
        Ok(Self { store, signer, queue: queue.downgrade(), work: Arc::new(Mutex::new(Some(work))) })
    }

    /// Keeps a proof. When this answers, the proof is on disk, and stays there whatever happens to the process or the
    /// machine. A request that has an idempotency key is stored once, however often and from however many sides it is sent.
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

    /// Erases the content of proofs, and leaves their places. Those that have none left are passed over; one that is not
    /// what was signed is refused and left as it is, since signing its erasure would hide that it was altered.
    ///
    /// # Errors
    ///
    /// [`Error`] of the store.
    pub async fn erase(&self, entries: &[Entry], reason: Reason) -> Result<Erased> {
        let at = clock::now();
        let (mut erasures, mut refused) = (Vec::with_capacity(entries.len()), 0);
        for entry in entries {
            match self.signer.erasure(entry, reason, at)? {
                Some(erasure) => erasures.push(erasure),
                None if matches!(entry.remains, Remains::Erased { .. }) => {}
                None => {
                    refused += 1;
                    let Entry { consent_id, place: Place { chain, number, .. }, .. } = entry;
                    let ChainId { widget, run } = chain;
                    tracing::error!(
                        "proof {consent_id} (widget {widget}, chain {run}, place {number}) was not erased: it was altered \
                         in the database or added to it and is not what was signed; it is left as it is, and \
                         `placet-server proof verify` names it"
                    );
                }
            }
        }
        let erased = if erasures.is_empty() { 0 } else { self.store.erase(&erasures).await? };
        Ok(Erased { erased, refused })
    }

    /// Erases everything that is found.
    ///
    /// # Errors
    ///
    /// [`Error`] of the store.
    pub async fn erase_found(&self, search: &Search) -> Result<Erased> {
        let mut all = Erased::default();
        let mut after = None;
        loop {
            let page = search.entries(&*self.store, after, PAGE as usize).await?;
            let Erased { erased, refused } = self.erase(&page.found, Reason::Erased).await?;
            all.erased += erased;
            all.refused += refused;
            after = page.next;
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    /// Removes the first places of a chain, which must have been checked: see [`crate::retention`].
    ///
    /// # Errors
    ///
    /// [`Error`] of the store.
    pub async fn remove(&self, places: CheckedPlaces) -> Result<()> {
        let CheckedPlaces { chain, after, last, expired, signed_by } = places;
        let public_key = self.signer.public_key;
        let mut removed = Removed { last, expired, at: clock::now(), signed_by, signature: [0; 64], public_key };
        let hash = removed.hash(chain).map_err(|error| Error::Corrupt(error.to_string()))?;
        removed.signature = seal::sign(&self.signer.key, &hash);
        self.store.remove(&Removal { chain, after, removed }).await
    }

    /// How far every chain goes now, signed; and what is wrong with those that are left out.
    ///
    /// # Errors
    ///
    /// [`Error`] of the store.
    pub async fn heads(&self) -> Result<(Heads, Vec<String>)> {
        Heads::now(&*self.store, None, &self.signer.key).await
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
}

/// What became of proofs that were to be erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// How many were erased.
    pub erased: u64,
    /// How many were not, as they are not what was signed.
    pub refused: u64,
}

/// The first places of a chain, each of which was found to be what was signed, in its order, and to have expired.
#[derive(Clone, Debug)]
pub struct CheckedPlaces {
    /// The chain.
    pub chain: ChainId,
    /// The number of the last place that was removed before; 0 if there is none.
    pub after: u64,
    /// The last of them.
    pub last: Head,
    /// The latest moment at which any of them expired.
    pub expired: Timestamp,
    /// The keys whose signatures were found good.
    pub signed_by: BTreeSet<PublicKey>,
}

impl Signer {
    /// The erasure of a proof's content; `None` if there is none, or it is not what was signed.
    fn erasure(&self, entry: &Entry, reason: Reason, at: Timestamp) -> Result<Option<Erasure>> {
        let (Remains::Whole { .. }, Some(signed_by)) = (&entry.remains, &entry.public_key) else { return Ok(None) };
        let corrupt = |error: serde_json::Error| Error::Corrupt(error.to_string());
        let content = entry.content().map_err(corrupt)?;
        let link = entry.place.link(&content);
        if !seal::is_signed(signed_by, &link, &entry.signature) {
            return Ok(None);
        }
        let hash = entry.erased(&link, signed_by, reason, at).hash().map_err(corrupt)?;
        Ok(Some(Erasure {
            widget: entry.place.chain.widget,
            consent_id: entry.consent_id,
            content,
            at,
            reason,
            signature: seal::sign(&self.key, &hash),
            public_key: self.public_key,
        }))
    }
}

/// The one that appends to this run's chains.
struct Writer {
    store: Arc<dyn Store>,
    signer: Signer,
    run: Run,
}

/// What is stored of a run.
struct Run {
    id: Uuid,
    /// How far its chains go; one that is not here has no places yet.
    heads: HashMap<u32, Head>,
    /// What it stated last.
    latest: Latest,
    /// What it found, until it has stated that.
    found: Option<Found>,
}

impl Run {
    fn new() -> Self {
        Self { id: Uuid::now_v7(), heads: HashMap::new(), latest: Latest::NONE, found: None }
    }
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
        self.run = Run::new();
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
        if self.run.latest == Latest::NONE && self.run.found.is_none() {
            self.run.found = Some(Found::read(&*self.store, &self.signer.public_key).await?);
        }
        loop {
            let sealed = self.seal(together)?;
            if sealed.proofs.is_empty() {
                break;
            }
            match self.store.append(&sealed).await? {
                Appended::Kept => {
                    self.run.heads.extend(sealed.heads);
                    if let Some(statement) = sealed.statement {
                        self.run.latest = Latest { number: statement.number, hash: statement.hash() };
                        self.run.found = None;
                    }
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

    /// States that the run begins a chain for each widget of these proofs that has none in it yet; `None` if there is no
    /// such widget.
    fn state(&self, together: &[Waiting]) -> Result<Option<SignedStatement>> {
        let widgets: BTreeSet<_> = together.iter().map(|waiting| waiting.new.proof.widget_id).collect();
        let new: Vec<_> = widgets.into_iter().filter(|widget| !self.run.heads.contains_key(widget)).collect();
        if new.is_empty() {
            return Ok(None);
        }
        let found = self.run.found.clone().unwrap_or_default();
        let statement = found.state(self.run.id, self.signer.public_key, self.run.latest, new, clock::now())?;
        statement.sign(&self.signer.key).map(Some).map_err(|error| Error::NotKept(error.to_string()))
    }

    /// Gives each proof its place and signs it. Of requests with one idempotency key only the first is stored.
    fn seal(&self, together: &[Waiting]) -> Result<Batch> {
        let statement = self.state(together)?;
        let latest = statement.as_ref().map_or(self.run.latest.hash, SignedStatement::hash);
        let mut heads: HashMap<u32, Head> = HashMap::new();
        let mut counted: BTreeMap<_, Counts> = BTreeMap::new();
        let mut keys = HashSet::new();
        let mut proofs = Vec::with_capacity(together.len());
        for Waiting { new, salt, content, .. } in together {
            let NewProof { proof, request } = &**new;
            if let Some(request) = request
                && !keys.insert((proof.widget_id, request.key_hash))
            {
                continue;
            }
            let chain = ChainId { widget: proof.widget_id, run: self.run.id };
            let head = heads.entry(chain.widget);
            let head = head.or_insert_with(|| self.run.heads.get(&chain.widget).copied().unwrap_or(Head::NONE));
            let place = Place::after(chain, *head, latest);
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
        Ok(Batch { run: self.run.id, public_key: self.signer.public_key, statement, proofs, heads, counted })
    }
}

/// Answers proofs that are kept.
fn answer_kept(together: &mut Vec<Waiting>) {
    let mut first: HashMap<(u32, Hash), KnownRequest> = HashMap::new();
    for Waiting { new, answer, .. } in together.drain(..) {
        let NewProof { proof, request } = &*new;
        let outcome = kept(proof).map(|(consent_id, date)| match request {
            None => Stored::Kept { consent_id, date },
            Some(request) => {
                let widget = proof.widget_id;
                let known = first.entry((widget, request.key_hash)).or_insert_with(|| KnownRequest {
                    widget,
                    key_hash: request.key_hash,
                    body_hash: Some(request.body_hash),
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
                known.widget == waiting.new.proof.widget_id && known.key_hash == request.key_hash
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
