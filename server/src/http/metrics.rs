//! `GET /metrics`, on a listener of its own: what this process has answered, for Prometheus.
//!
//! | name | what |
//! |---|---|
//! | `placet_requests_total` | answers, by method, route and status |
//! | `placet_request_duration_seconds` | how long they took to begin, by route |
//! | `placet_requests_in_flight` | requests that are being answered |
//! | `placet_build_info` | 1, with the version |
//!
//! [`crate::heads::delivery`] adds its own.

use std::{
    io,
    net::TcpListener,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{MatchedPath, Request},
    http::{Method, header},
    middleware::Next,
    response::Response,
    routing::get,
};
use axum_server::Handle;
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};

use super::{
    connections::{Connections, MostConnections},
    listen::{Times, serve_router},
};

const REQUESTS: &str = "placet_requests_total";
const DURATION: &str = "placet_request_duration_seconds";
const IN_FLIGHT: &str = "placet_requests_in_flight";
const BUILD: &str = "placet_build_info";

/// The bounds of the durations that are counted, in seconds.
const BOUNDS: [f64; 12] = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// How often durations are added up. Until then each takes some memory.
const ADD_UP: Duration = Duration::from_secs(1);

/// How many connections a reader of the figures may have.
const MOST_CONNECTIONS: MostConnections = MostConnections { in_all: 64, of_client: 64 };

/// What this process counts.
#[derive(Clone, Debug)]
pub struct Figures(Arc<PrometheusHandle>);

impl Figures {
    /// Begins to count, for the whole process.
    ///
    /// # Errors
    ///
    /// If it counts already.
    pub fn begin() -> Result<Self, BuildError> {
        let handle = PrometheusBuilder::new().set_buckets(&BOUNDS)?.install_recorder()?;
        metrics::describe_counter!(REQUESTS, "Answers");
        metrics::describe_histogram!(DURATION, metrics::Unit::Seconds, "How long answers took to begin");
        metrics::describe_gauge!(IN_FLIGHT, "Requests that are being answered");
        metrics::describe_gauge!(BUILD, "This server's version");
        metrics::gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        Ok(Self(Arc::new(handle)))
    }

    /// Tells them on a listener, for as long as this is awaited.
    ///
    /// # Errors
    ///
    /// If the listener does not listen.
    pub async fn serve(self, listener: TcpListener) -> io::Result<()> {
        let adding = self.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(ADD_UP).await;
                adding.0.run_upkeep();
            }
        });
        let told = async move || ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], self.0.render());
        let router: Router = Router::new().route("/metrics", get(told));
        let connections = Connections::new(MOST_CONNECTIONS, Arc::default());
        serve_router(listener, None, Times::default(), connections, router, Handle::new()).await
    }
}

/// Counts a request.
pub async fn count(request: Request, next: Next) -> Response {
    let method = known(request.method());
    // What has no route is counted as one, whatever its path: there are as many paths as clients care to make up.
    let route =
        request.extensions().get::<MatchedPath>().map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let begun = Instant::now();
    let in_flight = InFlight::begin();
    let answer = next.run(request).await;
    drop(in_flight);
    metrics::histogram!(DURATION, "route" => route.clone()).record(begun.elapsed());
    let status = answer.status().as_str().to_owned();
    metrics::counter!(REQUESTS, "method" => method, "route" => route, "status" => status).increment(1);
    answer
}

/// A request that is being answered, until it is dropped: a client that goes away ends it in the middle.
struct InFlight;

impl InFlight {
    fn begin() -> Self {
        metrics::gauge!(IN_FLIGHT).increment(1.0);
        Self
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        metrics::gauge!(IN_FLIGHT).decrement(1.0);
    }
}

/// A method, unless a client has made it up.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}
