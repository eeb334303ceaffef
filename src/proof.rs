//! The proof: made from the choice, posted, and kept until the server has it.
//!
//! A proof goes into the outbox before it is sent and leaves it when the server has answered, so a server that is
//! down or a page that is closed loses nothing. Each carries a key of its own: however often it is sent, the server
//! keeps it once.
//!
//! What the server could not take is sent again after longer and longer times, no two browsers' the same, so that a
//! server that comes back is not met by all of them at once; and not before the server has asked for it
//! (`Retry-After`). The page waits (`www/core/outbox.ts`).

use placet_choice::{Choice, Visitor, request};
use placet_protocol::{WidgetConfig, names};
use serde::{Deserialize, Serialize};

use crate::{bridge, clock, http::Answer, page::Page, problem::Failure, receipt::Receipt, storage};

/// The most proofs that wait in a browser; beyond it the oldest is dropped.
const MOST_UNSENT: usize = 20;

/// How long to wait after the first try, in milliseconds: so long at least, and less than double that. It doubles with
/// each try.
const FIRST_WAIT: u64 = 500;
/// How often it doubles: up to four minutes.
const MOST_DOUBLINGS: u8 = 9;
/// The longest that a proof waits, in milliseconds. Who is to wait longer has a wrong clock.
const LONGEST_WAIT: u64 = 60 * 60 * 1000;

const WAITS: &str = "the proof could not be sent and waits in this browser";

/// A proof on its way to the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsent {
    url: String,
    body: String,
    expires: String,
    /// How often it was sent.
    #[serde(default)]
    tries: u8,
    /// When it may be sent again, in milliseconds since 1970.
    #[serde(default)]
    due: u64,
}

/// The visitor of this visit.
pub fn visitor(page: &Page) -> Visitor {
    Visitor { session_id: session_id(page), previous: page.consent_id(), user_id: page.user_id() }
}

/// A choice, ready to be sent; it was made at `decided_at` and ends at `ends`, in milliseconds since 1970.
pub fn of_choice(page: &Page, config: &WidgetConfig, choice: &Choice, decided_at: u64, ends: u64) -> Option<Unsent> {
    let request = request(config, choice, visitor(page), &clock::iso(decided_at), Some(page.uuid()));
    let (url, body) = (page.consents_url(), bridge::to_json(&request)?);
    Some(Unsent { url, body, expires: clock::iso(ends), tries: 0, due: 0 })
}

/// Has a proof wait in the outbox until it is sent.
pub fn wait(unsent: &Unsent) {
    let mut waiting = outbox();
    waiting.push(unsent.clone());
    let surplus = waiting.len().saturating_sub(MOST_UNSENT);
    waiting.drain(..surplus);
    keep(&waiting);
}

/// Sends a proof, and before it those that still wait, and keeps its receipt. A browser that forbids storage keeps no
/// outbox: there the proof is sent all the same.
///
/// # Errors
///
/// A [`Failure`] when the server could not take it; it waits on in the outbox.
pub async fn deliver(page: &Page, unsent: &Unsent) -> Result<Receipt, Failure> {
    if outbox().iter().any(|other| other.body == unsent.body) {
        // One that was sent a moment ago is sent again and not waited for: it must not come after its successor.
        let receipt = deliver_due(page, 2 * FIRST_WAIT).await?;
        return receipt.ok_or_else(|| Failure::new(WAITS, "the server has asked for time"));
    }
    send(page, unsent).await
}

/// Sends what could not be sent before, oldest first; the newest one's receipt stays. What has expired proves nothing
/// any more and is dropped; what is not due waits on, and so does what comes after it.
///
/// # Errors
///
/// The first [`Failure`]: what comes after it waits on.
pub async fn deliver_waiting(page: &Page) -> Result<Option<Receipt>, Failure> {
    deliver_due(page, 0).await
}

/// The same, of what is due within so many milliseconds.
async fn deliver_due(page: &Page, within: u64) -> Result<Option<Receipt>, Failure> {
    let mut newest = None;
    let now = clock::iso(clock::now());
    for unsent in outbox() {
        if unsent.expires < now {
            forget(&unsent);
        } else if rest(&unsent) > within {
            break;
        } else {
            newest = Some(send(page, &unsent).await?);
        }
    }
    Ok(newest)
}

/// How long it is until something is to be sent, in milliseconds; 0 if nothing waits.
pub fn pause() -> u64 {
    // Where storage has become full a proof cannot be put off, and would be sent without end.
    outbox().first().map_or(0, |unsent| rest(unsent).max(FIRST_WAIT))
}

/// How long a proof has to wait, in milliseconds.
fn rest(unsent: &Unsent) -> u64 {
    let rest = unsent.due.saturating_sub(clock::now());
    if rest > LONGEST_WAIT { 0 } else { rest }
}

async fn send(page: &Page, unsent: &Unsent) -> Result<Receipt, Failure> {
    // Until it is answered other tabs leave it alone, and so does the next page.
    put_off(unsent, 0);
    let Some(answer) = Answer::of(page.post(&unsent.url, &unsent.body)).await else {
        return Err(Failure::new(WAITS, "the server cannot be reached"));
    };
    match (answer.status, answer.text("consentId")) {
        (200..=299, Some(consent_id)) => {
            let receipt = Receipt { consent_id, expires_at: unsent.expires.clone() };
            // One that comes late must not take the place of a newer one's.
            if outbox().last().is_some_and(|last| last.body == unsent.body) {
                receipt.keep();
            }
            forget(unsent);
            Ok(receipt)
        }
        // What the server cannot read today it will not read tomorrow, and what was erased (410) is not stored again.
        (400 | 410 | 413 | 415 | 422, _) => {
            forget(unsent);
            Err(Failure::new("the server does not take the proof", &answer.complaint()))
        }
        _ => {
            put_off(unsent, answer.retry_after);
            Err(Failure::new(WAITS, &answer.complaint()))
        }
    }
}

/// Has a proof wait longer than the last time, and as long as the server has asked for, in seconds.
fn put_off(unsent: &Unsent, seconds: u32) {
    let mut waiting = outbox();
    for other in waiting.iter_mut().filter(|other| other.body == unsent.body) {
        other.tries = unsent.tries.saturating_add(1);
        let wait = FIRST_WAIT << unsent.tries.min(MOST_DOUBLINGS);
        let wait = u64::from(seconds) * 1000 + wait + clock::random(wait);
        other.due = clock::now() + wait.min(LONGEST_WAIT);
    }
    keep(&waiting);
}

fn outbox() -> Vec<Unsent> {
    let json = storage::read(storage::local(), names::OUTBOX);
    json.and_then(|json| bridge::from_json(&json)).unwrap_or_default()
}

fn keep(waiting: &[Unsent]) {
    if waiting.is_empty() {
        storage::remove(storage::local(), names::OUTBOX);
    } else if let Some(json) = bridge::to_json(&waiting) {
        storage::write(storage::local(), names::OUTBOX, &json);
    }
}

fn forget(unsent: &Unsent) {
    let mut waiting = outbox();
    waiting.retain(|other| other.body != unsent.body);
    keep(&waiting);
}

/// The visit's identifier, made when the visitor first decides and kept until the tab is closed.
fn session_id(page: &Page) -> String {
    storage::read(storage::session(), names::SESSION).filter(|id| is_uuid(id)).unwrap_or_else(|| {
        let id = page.uuid();
        storage::write(storage::session(), names::SESSION, &id);
        id
    })
}

fn is_uuid(text: &str) -> bool {
    let fits =
        |(at, byte): (usize, u8)| if matches!(at, 8 | 13 | 18 | 23) { byte == b'-' } else { byte.is_ascii_hexdigit() };
    text.len() == 36 && text.bytes().enumerate().all(fits)
}
