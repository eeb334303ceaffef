//! From a connection to the router, and the end of it all.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum_server::{Handle, accept::NoDelayAcceptor};
use hyper_util::rt::TokioTimer;

use super::{App, router};

/// How many headers a request may have. Browsers send about twenty.
const MOST_HEADERS: usize = 64;
/// How long requests that are under way when the server stops may take to end.
const DRAIN_TIME: Duration = Duration::from_secs(10);

/// How long the server waits.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// For a client to send a request's headers, and for the next request of a connection.
    pub headers: Duration,
    /// Between being told to stop and taking no more connections, so that whoever sends it requests learns of it from
    /// `/readyz`.
    pub before_draining: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self { headers: Duration::from_secs(30), before_draining: Duration::ZERO }
    }
}

/// Whether the server has been told to stop.
#[derive(Clone, Debug, Default)]
pub struct Stopping(Arc<AtomicBool>);

impl Stopping {
    /// Whether it has.
    pub fn is_told(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn tell(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Serves on a listener until `stop` comes, then lets the requests that are under way end.
///
/// # Errors
///
/// If the listener does not listen.
pub async fn serve(listener: TcpListener, app: App, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let handle = Handle::new();
    let mut server = axum_server::from_tcp(listener)?
        .handle(handle.clone())
        .acceptor(NoDelayAcceptor::new())
        // A connection that never says which version it speaks would wait for ever.
        .http1_only();
    let Times { headers, before_draining } = app.times;
    server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(headers).max_headers(MOST_HEADERS);
    let stopping = app.stopping.clone();
    tokio::spawn(async move {
        stop.await;
        stopping.tell();
        if !before_draining.is_zero() {
            tracing::info!("told to stop; new requests are taken for another {} s", before_draining.as_secs());
            tokio::time::sleep(before_draining).await;
        }
        tracing::info!("stopping; requests under way may take {} s to end", DRAIN_TIME.as_secs());
        handle.graceful_shutdown(Some(DRAIN_TIME));
    });
    server.serve(router(app).into_make_service_with_connect_info::<SocketAddr>()).await
}
