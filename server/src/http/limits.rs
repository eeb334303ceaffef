//! How many requests are answered: for each client, and for each widget.
//!
//! The limits of a client keep one that runs wild from taking the server from all others; those of a widget keep one
//! site's flood from the sites beside it. They count in this process only: of several servers, each has its own.

use std::{
    hash::Hash,
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed},
};
use moka::sync::Cache;

use super::{App, client::Client, error::Error};

/// How long a request that was counted counts. A limit's worth of requests may come all at once.
const WINDOW: Duration = Duration::from_mins(1);
/// How many clients, and how many widgets, are remembered for each kind of request; beyond that, those who ask least
/// are forgotten. All of them take about 20 MB.
const MOST_REMEMBERED: u64 = 30_000;

const WRONG_TOKENS: &str = "with wrong admin tokens from this address";

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It asks for something.
    Reading,
    /// It has a proof kept.
    Keeping,
}

impl Kind {
    fn of(method: &Method) -> Self {
        if *method == Method::POST { Self::Keeping } else { Self::Reading }
    }
}

/// Limits, in requests a minute; `None` is no limit.
#[derive(Clone, Copy, Debug, Default)]
pub struct PerMinute {
    /// Of one client, for what it asks for.
    pub client_reading: Option<NonZeroU32>,
    /// Of one client, for proofs.
    pub client_keeping: Option<NonZeroU32>,
    /// Of one client, for wrong admin tokens.
    pub client_failing: Option<NonZeroU32>,
    /// Of one widget, for what is asked for.
    pub widget_reading: Option<NonZeroU32>,
    /// Of one widget, for proofs.
    pub widget_keeping: Option<NonZeroU32>,
}

/// What is left of each limit.
#[derive(Debug)]
pub struct Limits {
    client_reading: Option<Limit<Client>>,
    client_keeping: Option<Limit<Client>>,
    client_failing: Option<Limit<Client>>,
    /// Until when no admin token of a client is looked at.
    shut_out: Cache<Client, Instant>,
    widget_reading: Option<Limit<u32>>,
    widget_keeping: Option<Limit<u32>>,
}

impl Limits {
    /// Nobody has asked for anything yet.
    pub fn new(per_minute: PerMinute) -> Self {
        Self {
            client_reading: per_minute.client_reading.map(Limit::new),
            client_keeping: per_minute.client_keeping.map(Limit::new),
            client_failing: per_minute.client_failing.map(Limit::new),
            shut_out: Cache::builder().max_capacity(MOST_REMEMBERED).time_to_live(WINDOW).build(),
            widget_reading: per_minute.widget_reading.map(Limit::new),
            widget_keeping: per_minute.widget_keeping.map(Limit::new),
        }
    }

    /// Counts a request of a client.
    ///
    /// # Errors
    ///
    /// [`Error::TooMany`] if it is one too many.
    pub fn count_client(&self, kind: Kind, client: Client) -> Result<(), Error> {
        let limit = match kind {
            Kind::Reading => &self.client_reading,
            Kind::Keeping => &self.client_keeping,
        };
        let count = |limit: &Limit<Client>| limit.count(client);
        limit.as_ref().map_or(Ok(()), count).map_err(|wait| Error::TooMany { of: "from this address", wait })
    }

    /// Checks that a client has not shown so many wrong admin tokens that the next one, right or wrong, is not looked at.
    ///
    /// # Errors
    ///
    /// [`Error::TooMany`] if it has.
    pub fn check_tokens(&self, client: Client) -> Result<(), Error> {
        let until = self.shut_out.get(&client);
        let wait = until.map(|until| until.saturating_duration_since(Instant::now())).filter(|wait| !wait.is_zero());
        wait.map_or(Ok(()), |wait| Err(Error::TooMany { of: WRONG_TOKENS, wait }))
    }

    /// Counts a wrong admin token of a client.
    ///
    /// # Errors
    ///
    /// [`Error::TooMany`] if it is one too many.
    pub fn count_failed_token(&self, client: Client) -> Result<(), Error> {
        let Some(wait) = self.client_failing.as_ref().and_then(|limit| limit.count(client).err()) else {
            return Ok(());
        };
        self.shut_out.insert(client, Instant::now() + wait);
        Err(Error::TooMany { of: WRONG_TOKENS, wait })
    }

    /// Counts a request for a widget.
    ///
    /// # Errors
    ///
    /// [`Error::TooMany`] if it is one too many.
    pub fn count_widget(&self, kind: Kind, widget: u32) -> Result<(), Error> {
        let limit = match kind {
            Kind::Reading => &self.widget_reading,
            Kind::Keeping => &self.widget_keeping,
        };
        let count = |limit: &Limit<u32>| limit.count(widget);
        limit.as_ref().map_or(Ok(()), count).map_err(|wait| Error::TooMany { of: "for this widget", wait })
    }
}

/// Refuses the requests of a client that asks too often, before anything is done for them.
pub async fn limit_clients(State(app): State<App>, request: Request, next: Next) -> Response {
    if let Some(client) = request.extensions().get::<Client>()
        && let Err(error) = app.limits.count_client(Kind::of(request.method()), *client)
    {
        return error.into_response();
    }
    next.run(request).await
}

/// What is left of a limit for one of them.
type Left<C> = RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// One limit, for each of many.
struct Limit<K, C: Clock = DefaultClock> {
    quota: Quota,
    clock: C,
    /// What is left for each that has asked within the [`WINDOW`]; any other has all of it.
    left: Cache<K, Arc<Left<C>>>,
}

impl<K: Hash + Eq + Send + Sync + 'static> Limit<K> {
    fn new(per_minute: NonZeroU32) -> Self {
        Self::with_clock(per_minute, DefaultClock::default())
    }
}

impl<K: Hash + Eq + Send + Sync + 'static, C: Clock + Clone + Send + Sync + 'static> Limit<K, C>
where
    C::Instant: Send + Sync,
{
    fn with_clock(per_minute: NonZeroU32, clock: C) -> Self {
        let left = Cache::builder().max_capacity(MOST_REMEMBERED).time_to_idle(WINDOW).build();
        Self { quota: Quota::per_minute(per_minute), clock, left }
    }

    /// Counts a request, or says how long it should have waited.
    fn count(&self, key: K) -> Result<(), Duration> {
        let fresh = || Arc::new(RateLimiter::direct_with_clock(self.quota, self.clock.clone()));
        let left = self.left.get_with(key, fresh);
        left.check().map_err(|not_until| not_until.wait_time_from(self.clock.now()))
    }
}

impl<K, C: Clock> std::fmt::Debug for Limit<K, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Limit").field(&self.quota).finish()
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    fn limit(per_minute: u32) -> (Limit<u32, FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        (Limit::with_clock(NonZeroU32::new(per_minute).unwrap(), clock.clone()), clock)
    }

    #[test]
    fn a_minutes_worth_may_come_at_once_and_comes_back_within_a_minute() {
        let (limit, clock) = limit(60);
        for _ in 0..60 {
            assert_eq!(limit.count(1), Ok(()));
        }
        assert_eq!(limit.count(1), Err(Duration::from_secs(1)));
        // One that does not wait waits no longer for it.
        assert_eq!(limit.count(1), Err(Duration::from_secs(1)));
        clock.advance(Duration::from_secs(1));
        assert_eq!(limit.count(1), Ok(()));
        assert!(limit.count(1).is_err());
        clock.advance(WINDOW);
        assert!((0..60).all(|_| limit.count(1).is_ok()));
    }

    #[test]
    fn one_that_asks_too_often_takes_nothing_from_another() {
        let (limit, _) = limit(1);
        assert!(limit.count(1).is_ok() && limit.count(1).is_err());
        assert!(limit.count(2).is_ok());
    }

    #[test]
    fn however_many_ask_few_are_remembered_and_those_who_ask_most_among_them() {
        let (limit, _) = limit(2);
        let mut refused = 0;
        for stranger in 0..100_000 {
            let _ = limit.count(1 + stranger);
            // In the middle of it all one asks again and again.
            refused += u32::from(limit.count(0).is_err());
        }
        limit.left.run_pending_tasks();
        assert!(limit.left.entry_count() <= MOST_REMEMBERED);
        assert!(refused > 99_000, "{refused}");
    }

    #[test]
    fn without_limits_everything_is_answered() {
        let limits = Limits::new(PerMinute::default());
        assert!((0..10_000).all(|_| limits.count_widget(Kind::Keeping, 1).is_ok()));
    }
}
