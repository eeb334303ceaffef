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
use uuid::Uuid;

use super::{ExportFormat, Failure, Find, FoundChoice, Verify, print};
use crate::{
    audit::{self, Heads, Seen},
    clock, key,
    ledger::Ledger,
    seal::{self, PublicKey, Reason},
    search::{Format, Search},
    store::{Remains, Store},
};

/// How many proofs are read together.
const TOGETHER: usize = 250;
/// How many faults are told one by one.
const MOST_TOLD: u64 = 100;

/// Prints a proof as `GET /v1/consents/{consentId}` answers it, indented.
pub async fn show(store: &dyn Store, consent_id: Uuid) -> Result<(), Failure> {
    let entry = store.proof(consent_id).await?.ok_or(Failure::UnknownProof(consent_id))?;
    if let Remains::Erased { at, .. } = entry.remains {
        return Err(Failure::ErasedProof(consent_id, clock::iso(at)));
    }
    print_json(&entry.into_proof())
}

/// Prints a line for each proof that is found.
pub async fn list(store: &dyn Store, find: Find) -> Result<(), Failure> {
    each_page(store, find.into(), |proofs| {
        let mut lines = String::new();
        for proof in proofs {
            let Proof { date, consent_id, widget_id, consents, .. } = proof;
            let granted = consents.cookie_consents.iter().filter(|consent| consent.consent);
            let granted = granted.map(|consent| consent.slug.as_str()).collect::<Vec<_>>().join(" ");
            let _ = writeln!(lines, "{date}  {consent_id}  {widget_id:>8}  {granted}");
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
    let tell = |bytes: &[u8]| print(&String::from_utf8_lossy(bytes));
    tell(&format.start())?;
    each_page(store, find.into(), |proofs| tell(&format.write(proofs)?)).await
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
    let mut erased = 0;
    if let Some(consent_id) = consent_id {
        let entry = store.proof(consent_id).await?.ok_or(Failure::UnknownProof(consent_id))?;
        erased += ledger.erase(&[entry], Reason::Erased).await?;
    }
    if let Some(user_id) = user_id {
        erased += ledger.erase_found(&Search { user_id: Some(user_id), ..Search::default() }).await?;
    }
    print(&match erased {
        0 => "There was nothing left to erase.\n".to_owned(),
        1 => "1 proof was erased.\n".to_owned(),
        several => format!("{several} proofs were erased.\n"),
    })
}

/// Looks for whatever was altered in the database.
pub async fn verify(store: &dyn Store, verify: &Verify) -> Result<(), Failure> {
    let trusted = verify.trusted()?;
    let trusted = (!trusted.is_empty()).then_some(trusted.as_slice());
    let mut told = 0;
    let mut tell = |fault: String| {
        told += 1;
        if told <= MOST_TOLD {
            let _ = print(&format!("✗ {fault}\n"));
        }
    };
    let seen = audit::audit(store, verify.widget, trusted, &mut tell).await?;
    let mut faults = seen.faults;
    if let Some(path) = &verify.heads {
        let name = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|reason| Failure::Read { path: name.clone(), reason })?;
        let heads: Heads =
            serde_json::from_str(&text).map_err(|error| Failure::NoHeads { path: name, reason: error.to_string() })?;
        faults += heads.compare(store, trusted, &mut tell).await?;
    }
    print(&summary(&seen))?;
    if faults > 0 { Err(Failure::Doubtful(faults)) } else { print("Nothing is missing, altered or added.\n") }
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
                let _ = print(&format!("✗ {}: {fault}\n", proof.consent_id));
            }
        }
    };
    let mut input: Box<dyn BufRead> = if name == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(io::BufReader::new(fs::File::open(path).map_err(unreadable)?))
    };
    // Proofs one after the other, each with as many lines as it likes.
    for proof in serde_json::Deserializer::from_reader(&mut input).into_iter::<Proof>() {
        check(&proof.map_err(|error| Failure::NoProof { path: name.clone(), reason: error.to_string() })?);
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
    print_json(&Heads::now(store, widget, key).await?)
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
