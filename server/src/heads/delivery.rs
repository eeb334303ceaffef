//! The heads of the chains leave the machine by themselves, every hour, so that somebody who alters the database later cannot
//! alter what was said of it. Nothing waits for it: what cannot be delivered is tried again.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Client;

use super::{
    destination::{self, Destination},
    timestamp,
};
use crate::{clock, ledger::Ledger};

/// How often heads are delivered.
const EVERY: Duration = Duration::from_hours(1);
/// How long after a failure it is tried again; twice as long after each further one.
const FIRST_RETRY: Duration = Duration::from_secs(1);
/// And never longer than this.
const LAST_RETRY: Duration = Duration::from_mins(5);

const DELIVERED: &str = "placet_heads_delivered_total";
const STAMPED: &str = "placet_heads_timestamped_total";
const FAILED: &str = "placet_heads_failures_total";
const LATEST: &str = "placet_heads_delivered_timestamp_seconds";

/// Delivers heads from time to time.
#[derive(Debug)]
pub struct Delivery {
    ledger: Ledger,
    destination: Destination,
    authority: Option<(Client, String)>,
}

/// A statement that was delivered.
struct Delivered {
    name: String,
    content: Vec<u8>,
}

impl Delivery {
    /// To a place, and with time-stamps if there is the address of an authority.
    ///
    /// # Errors
    ///
    /// [`destination::Error`] if there can be no such place, or the authority has no address.
    pub fn new(
        ledger: Ledger,
        destination: Destination,
        authority: Option<String>,
    ) -> Result<Self, destination::Error> {
        let authority = authority.map(|address| {
            let is_web = url::Url::parse(&address).is_ok_and(|url| matches!(url.scheme(), "https" | "http"));
            if !is_web {
                return Err(destination::Error::UnknownAddress(destination::without_password(&address)));
            }
            let shown = destination::without_password(&address);
            let client = destination::client().map_err(|reason| destination::Error::Open { shown, reason })?;
            Ok((client, address))
        });
        Ok(Self { ledger, destination, authority: authority.transpose()? })
    }

    /// Delivers now and every hour, for as long as this is awaited.
    pub async fn run(self) {
        describe();
        loop {
            let next = tokio::time::Instant::now() + EVERY;
            let mut wait = FIRST_RETRY;
            let delivered = loop {
                match self.deliver().await {
                    Ok(delivered) => break delivered,
                    Err(reason) => self.failed("delivered", &reason, &mut wait).await,
                }
            };
            // What was stamped later was there earlier: it is tried until the next ones are due.
            let _ = tokio::time::timeout_at(next, self.stamp(&delivered)).await;
            tokio::time::sleep_until(next).await;
        }
    }

    async fn deliver(&self) -> Result<Delivered, String> {
        let (heads, left_out) = self.ledger.heads().await.map_err(|error| error.to_string())?;
        for fault in left_out {
            tracing::error!("not among the heads that are delivered: {fault}; run `placet-server proof verify`");
        }
        let name = destination::name(&heads.date, &hex::encode(heads.public_key));
        let mut content = serde_json::to_vec_pretty(&heads).map_err(|error| error.to_string())?;
        content.push(b'\n');
        self.destination.write(&name, content.clone()).await.map_err(|error| error.to_string())?;
        metrics::counter!(DELIVERED).increment(1);
        metrics::gauge!(LATEST).set(seconds(clock::now()));
        tracing::info!("the heads of the chains were delivered to {}", self.destination.shown());
        Ok(Delivered { name, content })
    }

    async fn stamp(&self, delivered: &Delivered) {
        let Some((client, authority)) = &self.authority else { return };
        let name = destination::timestamp_name(&delivered.name);
        let mut wait = FIRST_RETRY;
        loop {
            let stamped = match timestamp::ask(client, authority, &delivered.content).await {
                Ok(answer) => self.destination.write(&name, answer).await.map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            match stamped {
                Ok(()) => return metrics::counter!(STAMPED).increment(1),
                Err(reason) => self.failed("time-stamped", &reason, &mut wait).await,
            }
        }
    }

    async fn failed(&self, what: &str, reason: &str, wait: &mut Duration) {
        metrics::counter!(FAILED).increment(1);
        tracing::warn!("the heads of the chains could not be {what} ({reason}); tried again in {} s", wait.as_secs());
        tokio::time::sleep(*wait).await;
        *wait = (2 * *wait).min(LAST_RETRY);
    }
}

fn describe() {
    metrics::describe_counter!(DELIVERED, "Statements of the chains' heads that were delivered");
    metrics::describe_counter!(STAMPED, "Of those, the ones that were time-stamped");
    metrics::describe_counter!(FAILED, "Attempts to deliver or time-stamp one that failed");
    metrics::describe_gauge!(LATEST, metrics::Unit::Seconds, "When the latest was delivered, in seconds since 1970");
}

// The gauge is a floating-point number.
#[allow(clippy::cast_precision_loss)]
fn seconds(at: Timestamp) -> f64 {
    at.as_second() as f64
}
