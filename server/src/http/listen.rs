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

use axum::Router;
use axum_server::{Handle, Server, tls_rustls::RustlsAcceptor};
use hyper_util::rt::TokioTimer;
use tokio::net::TcpSocket;

use super::{
    App,
    certificate::Certificate,
    connections::{Acceptor, Connections, MostConnections},
    router,
};

/// How many headers a request may have. Browsers send about twenty.
const MOST_HEADERS: usize = 64;
/// How much of a request is read before it is understood, and how much of an answer is written beyond what the client
/// reads, in bytes. The first line and the headers of a request have to fit: browsers send about 1 KB to other sites, and
/// what cookies there are, at most some 8 KB, where the server is a part of the site.
const BUFFER: usize = 16 * 1024;
/// The same for the headers of a request by HTTP/2, in bytes.
const LARGEST_HEADERS: u32 = 16 * 1024;
/// How many requests a connection may have under way, by HTTP/2 (RFC 9113, 6.5.2). A page has a handful.
const MOST_STREAMS: u32 = 32;
/// How much the operating system keeps of what a client has sent and was not read yet, in bytes: a body.
const RECEIVED: u32 = 64 * 1024;
/// How much the operating system keeps of what was written and the client has not read yet, in bytes: all of the SDK's
/// files fit.
const SENT: u32 = 256 * 1024;
/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;
/// How many files are left to the database and whatever else the process opens.
const OTHER_FILES: usize = 64;
/// How long requests that are under way when the server stops may take to end.
const DRAIN_TIME: Duration = Duration::from_secs(10);

/// How long the server waits.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// For a client to send a request's headers, and for the next request of a connection.
    pub headers: Duration,
    /// For a client to read something of an answer.
    pub writing: Duration,
    /// Between being told to stop and taking no more connections, so that whoever sends it requests learns of it from
    /// `/readyz`.
    pub before_draining: Duration,
}

impl Default for Times {
    fn default() -> Self {
        let patience = Duration::from_secs(30);
        Self { headers: patience, writing: patience, before_draining: Duration::ZERO }
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

/// Listens on an address, with little memory of the operating system's for each connection.
///
/// # Errors
///
/// If the address cannot be listened on.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // As the standard library does: one that is started again finds its port, though connections to the one before linger.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.set_recv_buffer_size(RECEIVED)?;
    socket.set_send_buffer_size(SENT)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// Lets the process open as many files as the system allows it, and answers how many connections there may be at a time:
/// as many as are wanted, if there are files for them.
pub fn allowed_connections(wanted: MostConnections) -> MostConnections {
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(u64::MAX);
    let allowed = usize::try_from(files).unwrap_or(usize::MAX).saturating_sub(OTHER_FILES).max(1);
    if allowed < wanted.in_all {
        tracing::warn!(
            files,
            "there will be {allowed} connections at most and not {}, as the system lets the process open no more files; \
             raise its limit (LimitNOFILE)",
            wanted.in_all
        );
    }
    MostConnections { in_all: wanted.in_all.min(allowed), ..wanted }
}

/// Serves on a listener until `stop` comes, then lets the requests that are under way end.
///
/// # Errors
///
/// If the listener does not listen.
pub async fn serve(listener: TcpListener, app: App, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
    let handle = Handle::new();
    let Times { before_draining, .. } = app.times;
    let stopping = app.stopping.clone();
    let ending = handle.clone();
    tokio::spawn(async move {
        stop.await;
        stopping.tell();
        if !before_draining.is_zero() {
            tracing::info!("told to stop; new requests are taken for another {} s", before_draining.as_secs());
            tokio::time::sleep(before_draining).await;
        }
        tracing::info!("stopping; requests under way may take {} s to end", DRAIN_TIME.as_secs());
        ending.graceful_shutdown(Some(DRAIN_TIME));
    });
    let connections = Connections::new(app.most_connections, Arc::clone(&app.proxies));
    let certificate = app.certificate.clone();
    serve_router(listener, certificate.as_ref(), app.times, connections, router(app), handle).await
}

/// Serves a router, within bounds of memory and time for each connection.
///
/// # Errors
///
/// If the listener does not listen.
pub async fn serve_router(
    listener: TcpListener,
    certificate: Option<&Certificate>,
    times: Times,
    connections: Connections,
    router: Router,
    handle: Handle<SocketAddr>,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let acceptor = Acceptor { connections, writing: times.writing };
    let server = axum_server::from_tcp(listener)?.handle(handle);
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    match certificate {
        // A connection that never says which version it speaks would wait for ever.
        None => bounded(server.acceptor(acceptor).http1_only(), times).serve(service).await,
        Some(certificate) => {
            let acceptor =
                RustlsAcceptor::new(certificate.config()).handshake_timeout(times.headers).acceptor(acceptor);
            bounded(server.acceptor(acceptor), times).serve(service).await
        }
    }
}

/// The bounds of a connection's time and memory.
fn bounded<A>(mut server: Server<SocketAddr, A>, times: Times) -> Server<SocketAddr, A> {
    let builder = server.http_builder();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(times.headers)
        .max_headers(MOST_HEADERS)
        .max_buf_size(BUFFER);
    builder
        .http2()
        .timer(TokioTimer::new())
        // Whoever answers no ping is gone.
        .keep_alive_interval(times.headers)
        .keep_alive_timeout(times.writing)
        .max_concurrent_streams(MOST_STREAMS)
        .max_header_list_size(LARGEST_HEADERS)
        .initial_stream_window_size(RECEIVED)
        .initial_connection_window_size(RECEIVED)
        .max_send_buf_size(BUFFER);
    server
}
