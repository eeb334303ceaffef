//! Whether what is in a database is what was stored: every place of every chain is there, unaltered and in order.
//! And that every chain that its run, or a later one, has signed for is there.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use placet_protocol::Proof;
use uuid::Uuid;

use crate::{
    seal::{self, ChainId, Hash, Head, PublicKey},
    statement::{SignedStatement, Statement},
    store::{Chain, Entry, Error, Orphan, Remains, Removed, Result, Store},
};

/// How many places are read together.
const PAGE: u32 = 500;
/// How many proofs outside of any chain are told one by one.
const MOST_ORPHANS: u32 = 1000;

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
    let registered = store.signing_keys().await?;
    // Statements before chains, so that what they name is there by then; and once more after them, so that those of
    // chains that have begun meanwhile are there, too.
    let before = store.statements().await?.found;
    let chains = store.readable_chains(widget).await?;
    let statements = store.statements().await?;
    let owners = owners(store).await?;
    let mut audit = Audit {
        store,
        widget,
        trusted: trusted.map_or_else(|| registered.clone(), <[PublicKey]>::to_vec),
        seen: Seen::default(),
        owners,
        disowned: HashSet::new(),
        versions: HashSet::new(),
        runs: HashMap::new(),
        named: HashMap::new(),
        tell,
    };
    // An untrusted key of a chain is reported with the chain.
    let of_chains: HashSet<_> = chains.found.iter().map(|chain| chain.public_key).collect();
    let is_told = |key: &PublicKey| audit.trusted.contains(key) || of_chains.contains(key);
    let untrusted: Vec<_> = registered.iter().filter(|key| !is_told(key)).collect();
    let others: HashSet<_> = statements.found.iter().map(|row| row.public_key).filter(|key| !is_told(key)).collect();
    for key in others.iter().filter(|key| !untrusted.contains(key)) {
        audit.tell_fault(format!("a run has made statements with the key {}, which is not trusted", hex::encode(key)));
    }
    for key in untrusted {
        let key = hex::encode(key);
        audit.tell_fault(format!(
            "the database knows the signing key {key}, which is not trusted: a server or command was started with another \
             key, or somebody has added it"
        ));
    }
    for unreadable in chains.unreadable.into_iter().chain(statements.unreadable) {
        audit.tell_fault(unreadable);
    }
    audit.statements(&statements.found);
    audit.named(&before, &chains.found);
    for chain in &chains.found {
        audit.widget_is_known(chain.id);
        match audit.chain(chain).await {
            Err(Error::Corrupt(what)) => audit.fault(chain.id, &what),
            outcome => outcome?,
        }
    }
    for Orphan { widget, run, number, consent_id } in store.orphans(widget, MOST_ORPHANS).await? {
        audit.tell_fault(format!(
            "widget {widget}, chain {run}: proof {consent_id} (place {number}) was added: it is in no chain that the \
             database knows, outside of its chain's ends, or in another one's place"
        ));
    }
    Ok(audit.seen)
}

/// What was found of a place in a chain.
#[derive(Clone, Debug)]
pub struct CheckedPlace {
    /// Where the chain stands after it.
    pub head: Head,
    /// The keys that have signed it.
    pub keys: BTreeSet<PublicKey>,
    /// What is wrong with it.
    pub faults: Vec<String>,
}

/// Checks the place after `last` in a chain: that it follows, and that its content, or the erasure of it, is signed.
///
/// # Errors
///
/// [`Error::Corrupt`] if it cannot be read.
pub fn check_place(
    chain: &Chain,
    last: Head,
    entry: &Entry,
    is_trusted: &dyn Fn(&PublicKey) -> bool,
) -> Result<CheckedPlace> {
    let corrupt = |error: serde_json::Error| Error::Corrupt(error.to_string());
    let (number, consent_id) = (entry.place.number, entry.consent_id);
    let mut faults = Vec::new();
    if number > last.number + 1 {
        faults.push(missing(last.number + 1, number - 1));
    } else if number <= last.number {
        faults.push(format!("place {number} is there twice"));
    } else if entry.place.previous != last.link {
        faults.push(format!("place {number} ({consent_id}) does not follow the place before it"));
    }
    let link = entry.place.link(&entry.content().map_err(corrupt)?);
    let mut keys = BTreeSet::from([chain.public_key]);
    if !seal::is_signed(&chain.public_key, &link, &entry.signature) {
        faults.push(format!("place {number} ({consent_id}) was altered or added"));
    }
    if let Remains::Erased { at, reason, signature, public_key, .. } = &entry.remains {
        keys.insert(*public_key);
        let statement = entry.erased(&link, &chain.public_key, *reason, *at).hash().map_err(corrupt)?;
        if !is_trusted(public_key) || !seal::is_signed(public_key, &statement, signature) {
            faults.push(format!("place {number} ({consent_id}) was erased, and nobody has signed for it"));
        }
    }
    Ok(CheckedPlace { head: Head { number, link }, keys, faults })
}

struct Audit<'a> {
    store: &'a dyn Store,
    widget: Option<u32>,
    trusted: Vec<PublicKey>,
    seen: Seen,
    /// Which workspace each widget is in, as the database says: there its proofs are found and erased.
    owners: HashMap<u32, u32>,
    /// Widgets that were told to be in no workspace, or in another one than their proofs say.
    disowned: HashSet<u32>,
    /// Versions that were looked at, with what they should hash to.
    versions: HashSet<(Uuid, String)>,
    /// What each run has stated.
    runs: HashMap<Uuid, Run>,
    /// The places of chains that other runs have named, by their numbers: what they were hashed to, and which run says so.
    named: HashMap<ChainId, BTreeMap<u64, Vec<(Head, Uuid)>>>,
    tell: &'a mut (dyn FnMut(String) + Send),
}

/// What a run has stated.
#[derive(Default)]
struct Run {
    /// What its statements are hashed to, with their numbers.
    statements: HashMap<Hash, u64>,
    /// The widgets for which it has begun a chain, the key of the chain, and the statement that says so.
    chains: HashMap<u32, (PublicKey, u64)>,
}

impl Audit<'_> {
    /// Looks at each statement by itself, and at those that it names.
    fn statements(&mut self, statements: &[SignedStatement]) {
        let mut latest: HashMap<Uuid, (u64, Hash)> = HashMap::new();
        let mut known = Vec::new();
        for row in statements {
            let (run, number, hash) = (row.run, row.number, row.hash());
            self.seen.keys.insert(row.public_key);
            let (last, previous) = latest.insert(run, (number, hash)).unwrap_or((0, [0; 32]));
            let Some(statement) = row.read() else {
                self.run_fault(run, &format!("statement {number} was altered or added"));
                continue;
            };
            if number != last + 1 {
                self.run_fault(run, &format!("statement {} is missing", last + 1));
            } else if statement.previous != previous {
                self.run_fault(run, &format!("statement {number} does not follow the one before it"));
            }
            let Statement { chains, statements, .. } = statement;
            let stated = self.runs.entry(run).or_default();
            stated.statements.insert(hash, number);
            for widget in chains {
                stated.chains.entry(widget).or_insert((row.public_key, number));
            }
            known.extend(statements.into_iter().map(|other| (run, other)));
        }
        let mut told = HashSet::new();
        for (run, other) in known {
            let is_there = self
                .runs
                .get(&other.run)
                .is_some_and(|stated| stated.statements.get(&other.hash) == Some(&other.number));
            if !is_there && told.insert((other.run, other.number)) {
                let what = format!("statement {}, which run {run} has found, is missing or was altered", other.number);
                self.run_fault(other.run, &what);
            }
        }
    }

    /// Looks whether every chain that was begun or named is there, and goes as far.
    fn named(&mut self, statements: &[SignedStatement], chains: &[Chain]) {
        let is_there: HashMap<_, _> = chains.iter().map(|chain| (chain.id, chain)).collect();
        let mut missing = BTreeMap::new();
        let mut cut = BTreeMap::new();
        for row in statements {
            let Some(statement) = row.read().filter(|_| self.trusted.contains(&row.public_key)) else { continue };
            for widget in statement.chains {
                let id = ChainId { widget, run: row.run };
                if is_there.get(&id).is_none_or(|chain| chain.head.number == 0) {
                    missing.entry(id).or_insert_with(|| format!("its run has begun it in statement {}", row.number));
                }
            }
            for head in statement.heads {
                let id = head.chain_id();
                match is_there.get(&id) {
                    None => {
                        let had = format!("it had {} places when run {} began", head.number, row.run);
                        missing.insert(id, had);
                    }
                    Some(chain) if chain.public_key != head.public_key => {
                        cut.insert((id, 0), format!("it had another key when run {} began", row.run));
                    }
                    Some(chain) if chain.head.number < head.number => {
                        let what = format!("it ended with place {} when run {} began", head.number, row.run);
                        cut.insert((id, head.number), format!("{}; {what}", missing_at_end(chain.head, head.number)));
                    }
                    Some(_) => {
                        let named = self.named.entry(id).or_default().entry(head.number).or_default();
                        named.push((head.head(), row.run));
                    }
                }
            }
        }
        for (id, why) in missing {
            if self.widget.is_none_or(|widget| widget == id.widget) {
                self.fault(id, &format!("the chain is missing: {why}"));
            }
        }
        for ((id, _), what) in cut {
            self.fault(id, &what);
        }
    }

    async fn chain(&mut self, chain: &Chain) -> Result<()> {
        self.seen.chains += 1;
        self.seen.keys.insert(chain.public_key);
        if !self.trusted.contains(&chain.public_key) {
            self.fault(chain.id, &format!("signed by {}, which is not trusted", hex::encode(chain.public_key)));
        }
        let begun = self.runs.get(&chain.id.run).and_then(|run| run.chains.get(&chain.id.widget));
        if begun.is_none_or(|(public_key, _)| *public_key != chain.public_key) {
            self.fault(chain.id, "its run has not signed for having begun it");
        }
        let mut statement = begun_in(&self.runs, chain.id);
        let mut last = self.start(chain);
        while last.number < chain.head.number {
            let places = self.store.places(chain.id, last.number, PAGE).await?;
            // A place beyond the chain's end was added; it is reported with the orphans.
            let Some(first) = places.first().filter(|first| first.place.number <= chain.head.number) else { break };
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
                last = self.place(chain, last, entry, &mut statement)?;
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
                self.fault(chain.id, &missing_at_end(last, chain.head.number));
            }
        } else if last.link != chain.head.link {
            self.fault(chain.id, "its last place is not the one that was stored last");
        }
        Ok(())
    }

    /// Looks whether the proofs of a chain's widget can be found by those who look for them.
    fn widget_is_known(&mut self, id: ChainId) {
        if !self.owners.contains_key(&id.widget) && self.disowned.insert(id.widget) {
            self.fault(id, "the widget, or its workspace, is missing: its proofs are here, and nobody finds them");
        }
    }

    /// Looks whether a proof's widget is still in the workspace that the proof says.
    fn is_owned(&mut self, id: ChainId, workspace: u32) {
        if let Some(owner) = self.owners.get(&id.widget).copied()
            && owner != workspace
            && self.disowned.insert(id.widget)
        {
            self.fault(id, &format!("the widget is in workspace {owner}, and its proofs are of workspace {workspace}"));
        }
    }

    /// Where a chain begins.
    fn start(&mut self, chain: &Chain) -> Head {
        let Some(removed) = &chain.removed else { return Head::NONE };
        self.seen.removed += removed.last.number;
        let Removed { last, signed_by, public_key, .. } = removed;
        let mut keys = signed_by.iter().chain([public_key]);
        let is_trusted = keys.all(|key| self.trusted.contains(key));
        self.seen.keys.extend(signed_by.iter().chain([public_key]));
        if !is_trusted || !removed.is_signed(chain.id) {
            let missing = missing(1, last.number);
            self.fault(chain.id, &format!("{missing}, and nobody has signed for their removal"));
        }
        self.is_named(chain.id, *last);
        *last
    }

    /// Where a chain begins by now, if a server has removed more of it since.
    async fn removed_since(&mut self, chain: &Chain, last: Head) -> Result<Option<Head>> {
        let now = self.store.chains(Some(chain.id.widget)).await?.into_iter().find(|now| now.id == chain.id);
        let moved = now.filter(|now| now.removed.as_ref().is_some_and(|removed| removed.last.number > last.number));
        Ok(moved.map(|moved| {
            self.seen.removed -= chain.removed.as_ref().map_or(0, |removed| removed.last.number);
            self.start(&moved)
        }))
    }

    /// Looks at the place after `last`, and answers where the chain then stands. `statement` is the number of the
    /// statement that the place before it is under.
    fn place(&mut self, chain: &Chain, last: Head, entry: &Entry, statement: &mut u64) -> Result<Head> {
        let trusted = &self.trusted;
        let CheckedPlace { head, keys, faults } = check_place(chain, last, entry, &|key| trusted.contains(key))?;
        self.seen.keys.extend(keys);
        // Of one that was altered the workspace may have been.
        if faults.is_empty() {
            self.is_owned(chain.id, entry.workspace);
        }
        for fault in faults {
            self.fault(chain.id, &fault);
        }
        match &entry.remains {
            Remains::Whole { .. } => self.seen.proofs += 1,
            Remains::Erased { .. } => self.seen.erased += 1,
        }
        let run = self.runs.get(&chain.id.run);
        let number = run.and_then(|run| run.statements.get(&entry.place.statement).copied());
        match number {
            Some(number) if number >= *statement => *statement = number,
            // Of a run without statements that was told once.
            None if run.is_none() => {}
            // And of a place that was altered, too.
            _ if !seal::is_signed(&chain.public_key, &head.link, &entry.signature) => {}
            _ if *statement == u64::MAX => {}
            _ => {
                let told = format!(
                    "place {} ({}) is under a statement of its run that is missing",
                    head.number, entry.consent_id
                );
                self.fault(chain.id, &told);
                *statement = u64::MAX;
            }
        }
        self.is_named(chain.id, head);
        Ok(head)
    }

    /// Looks whether a place is what other runs have named, if they have.
    fn is_named(&mut self, id: ChainId, place: Head) {
        let named = self.named.get_mut(&id).and_then(|places| places.remove(&place.number)).unwrap_or_default();
        for (head, run) in named {
            if head != place {
                let told = format!("place {} is not the one that was there when run {run} began", place.number);
                self.fault(id, &told);
            }
        }
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

    fn fault(&mut self, chain: ChainId, what: &str) {
        self.tell_fault(format!("widget {}, chain {}: {what}", chain.widget, chain.run));
    }

    fn run_fault(&mut self, run: Uuid, what: &str) {
        self.tell_fault(format!("run {run}: {what}"));
    }

    fn tell_fault(&mut self, fault: String) {
        self.seen.faults += 1;
        (self.tell)(fault);
    }
}

/// Which workspace each widget is in.
async fn owners(store: &dyn Store) -> Result<HashMap<u32, u32>> {
    let mut owners = HashMap::new();
    for workspace in store.workspaces().await? {
        let widgets = store.widget_numbers(Some(workspace)).await?;
        owners.extend(widgets.into_iter().map(|widget| (widget, workspace)));
    }
    Ok(owners)
}

/// The number of the statement in which a run has begun a chain; 0 if it has not.
fn begun_in(runs: &HashMap<Uuid, Run>, id: ChainId) -> u64 {
    runs.get(&id.run).and_then(|run| run.chains.get(&id.widget)).map_or(0, |(_, number)| *number)
}

fn missing_at_end(last: Head, number: u64) -> String {
    format!("{} at its end", missing(last.number + 1, number))
}

fn missing(first: u64, last: u64) -> String {
    if first == last { format!("place {first} is missing") } else { format!("places {first} to {last} are missing") }
}
