//! `placet-server proof …`
//!
//! Whoever can run these can read the database, so no token is asked for.

use std::{
    fmt::Write as _,
    fs,
    io::{self, BufRead},
    path::Path,
};

use ed25519_dalek::SigningKey;
use placet_protocol::Proof;
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{ExportFormat, Failure, Find, FoundChoice, Verify, log::printable, print, record};
use crate::{
    audit::{self, Seen},
    audit_log::{Action, Outcome},
    clock,
    heads::{
        Heads, KeptHeads,
        destination::{self, Destination},
        timestamp,
    },
    key,
    ledger::{Erased, Ledger},
    proof_file,
    seal::{self, PublicKey, Reason},
    search::{Format, Search},
    store::{Remains, Store},
};

/// How many proofs are read together.
const TOGETHER: usize = 250;
/// How many faults are told one by one.
const MOST_TOLD: u64 = 100;

/// Prints a proof as `GET /v1/consents/{consentId}` answers it, indented; it fails if it is not what was signed.
pub async fn show(store: &dyn Store, consent_id: Uuid) -> Result<(), Failure> {
    let entry = store.proof(consent_id).await?.ok_or(Failure::UnknownProof(consent_id))?;
    let outcome = if entry.proof().is_some() { Outcome::Done } else { Outcome::NotFound };
    record(store, Action::ReadProof, Some(entry.workspace), Some(consent_id.to_string()), outcome, None).await?;
    if let Remains::Erased { at, .. } = entry.remains {
        return Err(Failure::ErasedProof(consent_id, clock::iso(at)));
    }
    let (key, proof) = (entry.public_key, entry.into_proof());
    print_json(&proof)?;
    // Whether the key can be trusted is `verify`'s to say.
    let is_signed = key.zip(proof).is_some_and(|(key, proof)| seal::check(&proof, &key).is_ok());
    if is_signed { Ok(()) } else { Err(Failure::Doubtful(1)) }
}

/// Prints a line for each proof that is found.
pub async fn list(store: &dyn Store, find: Find) -> Result<(), Failure> {
    let search = Search::from(find);
    record(store, Action::ListProofs, None, search.summary(), Outcome::Done, None).await?;
    each_page(store, search, |proofs| {
        let mut lines = String::new();
        for proof in proofs {
            let Proof { date, consent_id, widget_id, consents, .. } = proof;
            let granted = consents.cookie_consents.iter().filter(|consent| consent.consent);
            let granted = granted.map(|consent| consent.slug.as_str()).collect::<Vec<_>>().join(" ");
            let line = printable(&format!("{date}  {consent_id}  {widget_id:>8}  {granted}"));
            let _ = writeln!(lines, "{line}");
        }
        print(&lines)
    })
    .await
}

/// Prints everything that is found.
pub async fn export(store: &dyn Store, find: Find, format: ExportFormat) -> Result<(), Failure> {
    let format = match format {
        ExportFormat::Ndjson => Format::Ndjson,
        ExportFormat::Csv => Format::Csv,
    };
    let search = Search::from(find);
    record(store, Action::ExportProofs, None, search.summary(), Outcome::Done, None).await?;
    let tell = |bytes: &[u8]| print(&String::from_utf8_lossy(bytes));
    tell(&format.start()?)?;
    each_page(store, search, |proofs| tell(&format.write(proofs)?)).await
}

/// Hands over what is found, some at a time.
async fn each_page(
    store: &dyn Store,
    search: Search,
    mut take: impl FnMut(&[Proof]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut after = None;
    loop {
        let page = search.page(store, after, TOGETHER).await?;
        take(&page.found)?;
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Erases a proof, or all of a visitor in every workspace.
pub async fn erase(
    store: &dyn Store,
    ledger: &Ledger,
    consent_id: Option<Uuid>,
    user_id: Option<String>,
) -> Result<(), Failure> {
    let mut outcome = Erased::default();
    if let Some(consent_id) = consent_id {
        let entry = store.proof(consent_id).await?.ok_or(Failure::UnknownProof(consent_id))?;
        let workspace = Some(entry.workspace);
        let done = ledger.erase(&[entry], Reason::Erased).await;
        let (told, count) = Outcome::of(&done);
        record(store, Action::EraseProof, workspace, Some(consent_id.to_string()), told, count).await?;
        outcome = done?;
    }
    if let Some(user_id) = user_id {
        let search = Search { user_id: Some(user_id), ..Search::default() };
        let done = ledger.erase_found(&search).await;
        let (told, count) = Outcome::of(&done);
        record(store, Action::EraseVisitor, None, search.summary(), told, count).await?;
        outcome = done?;
    }
    let Erased { erased, refused } = outcome;
    print(&match erased {
        0 => "There was nothing left to erase.\n".to_owned(),
        1 => "1 proof was erased.\n".to_owned(),
        several => format!("{several} proofs were erased.\n"),
    })?;
    if refused > 0 { Err(Failure::Refused(refused)) } else { Ok(()) }
}

/// Looks for whatever was altered in the database.
pub async fn verify(store: &dyn Store, verify: &Verify, heads_to: Option<&str>) -> Result<(), Failure> {
    let trusted = verify.trusted()?;
    let trusted = (!trusted.is_empty()).then_some(trusted.as_slice());
    let mut told = 0;
    let mut tell = |fault: String| {
        told += 1;
        if told <= MOST_TOLD {
            let _ = print(&format!("✗ {}\n", printable(&fault)));
        }
    };
    let seen = audit::audit(store, verify.widget, trusted, &mut tell).await?;
    let mut faults = seen.faults;
    let mut compared = String::new();
    if let Some(heads) = verify.heads.as_deref().or(heads_to) {
        let (found, about) = kept_heads(store, heads, trusted, &mut tell).await?;
        faults += found;
        compared = about;
    }
    print(&format!("{}{compared}", summary(&seen)))?;
    if faults > 0 { Err(Failure::Doubtful(faults)) } else { print("Nothing is missing, altered or added.\n") }
}

/// Compares the database with heads that were kept elsewhere: in a file, or all that a server has written to a place.
/// Answers how many faults there are, and what it was compared with.
async fn kept_heads(
    store: &dyn Store,
    from: &str,
    trusted: Option<&[PublicKey]>,
    tell: &mut (dyn FnMut(String) + Send),
) -> Result<(u64, String), Failure> {
    let parse = |name: &str, content: &[u8]| {
        let no_heads = |error: serde_json::Error| Failure::NoHeads { path: name.to_owned(), reason: error.to_string() };
        serde_json::from_slice::<Heads>(content).map_err(no_heads)
    };
    if !from.contains("://") && !Path::new(from).is_dir() {
        let content = fs::read(from).map_err(|reason| Failure::Read { path: from.to_owned(), reason })?;
        let heads = parse(from, &content)?;
        return Ok((heads.compare(store, trusted, tell).await?, String::new()));
    }
    let place = Destination::open(from)?;
    let (mut kept, mut stamped, mut faults, mut latest) = (KeptHeads::new(store, trusted).await?, 0, 0, String::new());
    let names = place.names().await?;
    for name in &names {
        let content = place.read(name).await?.unwrap_or_default();
        match parse(name, &content) {
            Ok(heads) => {
                kept.add(&heads, name, tell)?;
                latest = heads.date;
            }
            Err(failure) => {
                faults += 1;
                tell(failure.to_string());
            }
        }
        if let Some(answer) = place.read(&destination::timestamp_name(name)).await? {
            match timestamp::moment(&answer, &content) {
                Ok(_) => stamped += 1,
                Err(error) => {
                    faults += 1;
                    tell(format!("the time-stamp of {name} is not good: {error}"));
                }
            }
        }
    }
    let about = match names.len() {
        0 => format!("No heads are kept at {} yet\n", place.shown()),
        count => format!(
            "Compared with {count} statements at {}, the latest of {latest}; {stamped} time-stamped\n",
            place.shown()
        ),
    };
    Ok((faults + kept.compare(store, tell).await?, about))
}

fn summary(Seen { chains, proofs, erased, removed, keys, .. }: &Seen) -> String {
    let keys: Vec<_> = keys.iter().map(hex::encode).collect();
    format!(
        "{proofs} proofs, {erased} erased, {removed} removed after they had expired; in {chains} chains\n\
         Signed by {}\n",
        if keys.is_empty() { "nobody".to_owned() } else { keys.join(", ") }
    )
}

/// Checks proofs that somebody was given: one as JSON, or one in each line. No database is needed.
pub fn verify_file(path: &Path, verify: &Verify) -> Result<(), Failure> {
    let trusted = verify.trusted()?;
    if trusted.is_empty() {
        return Err(Failure::WhichKey);
    }
    let name = path.display().to_string();
    let unreadable = |reason| Failure::Read { path: name.clone(), reason };
    let (mut whole, mut faults) = (0_u64, 0_u64);
    let mut check = |proof: &Proof| match seal_of_any(proof, &trusted) {
        Ok(()) => whole += 1,
        Err(fault) => {
            faults += 1;
            if faults <= MOST_TOLD {
                let _ = print(&format!("✗ {}: {fault}\n", printable(&proof.consent_id)));
            }
        }
    };
    let mut input: Box<dyn BufRead> = if name == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(io::BufReader::new(fs::File::open(path).map_err(unreadable)?))
    };
    // Proofs one after the other, each with as many lines as it likes.
    for text in serde_json::Deserializer::from_reader(&mut input).into_iter::<Box<RawValue>>() {
        let no_proof = |reason| Failure::NoProof { path: name.clone(), reason };
        let text = text.map_err(|error| no_proof(error.to_string()))?;
        check(&proof_file::read(text.get()).map_err(|fault| no_proof(fault.to_string()))?);
    }
    match (whole, faults) {
        (0, 0) => Err(Failure::NoProof { path: name, reason: "it is empty".to_owned() }),
        (1, 0) => print("The proof is what was signed.\n"),
        (whole, 0) => print(&format!("{whole} proofs are what was signed.\n")),
        (_, faults) => Err(Failure::Doubtful(faults)),
    }
}

fn seal_of_any(proof: &Proof, trusted: &[PublicKey]) -> Result<(), seal::Fault> {
    let mut outcome = Err(seal::Fault::NoSeal);
    for key in trusted {
        outcome = seal::check(proof, key);
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

/// Prints how far every chain goes, signed.
pub async fn head(store: &dyn Store, widget: Option<u32>, key: &SigningKey) -> Result<(), Failure> {
    let (heads, left_out) = Heads::now(store, widget, key).await?;
    print_json(&heads)?;
    if left_out.is_empty() { Ok(()) } else { Err(Failure::LeftOut(left_out)) }
}

/// Prints the public key, which anybody may have.
pub fn public_key(key: &SigningKey) -> Result<(), Failure> {
    let pem = key::public_pem(&key.verifying_key()).ok_or_else(|| Failure::Write("the public key".to_owned()))?;
    print(&pem)
}

fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(value).map_err(|error| Failure::Write(error.to_string()))?;
    print(&format!("{json}\n"))
}

impl From<Find> for Search {
    fn from(find: Find) -> Self {
        Self {
            workspace: None,
            widget: find.widget,
            from: find.from,
            until: find.to,
            user_id: find.user_id,
            service: find.service,
            granted: find.choice.map(|choice| choice == FoundChoice::Granted),
        }
    }
}

impl Verify {
    /// The keys that were named.
    fn trusted(&self) -> Result<Vec<PublicKey>, Failure> {
        let key = |named: &String| {
            if let Some(key) = key::parse_public(named) {
                return Ok(key);
            }
            let text = fs::read_to_string(named).map_err(|reason| Failure::Read { path: named.clone(), reason })?;
            key::parse_public(&text).ok_or_else(|| Failure::NoPublicKey(named.clone()))
        };
        self.key.iter().map(key).collect()
    }
}
