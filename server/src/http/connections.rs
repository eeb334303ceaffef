//! How many connections there are, in all and of one client, and which one is closed to make room for another.
//!
//! A new connection is never turned away because of those that do nothing: of the connections that count against the same
//! limit, the one whose client has been waited for the longest is closed. So a client that opens connections and sends nothing,
//! or reads nothing, takes them from themselves first and keeps nobody out.

use std::{
    collections::HashMap,
    io::{self, IoSlice},
    net::IpAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::{extract::Request, middleware::Next, response::Response};
use axum_server::accept::Accept;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::oneshot,
};
use tokio_io_timeout::TimeoutStream;
use tower_http::add_extension::AddExtension;

use super::client::{Client, Proxy, is_proxy};

/// How long a connection whose request is being answered is left alone at least, however many wait for its place. Nothing
/// that is asked of the server takes so long but by the client's doing.
const LEFT_ALONE: Duration = Duration::from_secs(5);

/// How many connections there may be at a time.
#[derive(Clone, Copy, Debug)]
pub struct MostConnections {
    /// In all.
    pub in_all: usize,
    /// Of one client, unless it is a trusted proxy.
    pub of_client: usize,
}

impl Default for MostConnections {
    fn default() -> Self {
        Self { in_all: 2048, of_client: 256 }
    }
}

/// The connections that there are. Its clones are one and the same.
#[derive(Clone, Debug)]
pub struct Connections(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    most: MostConnections,
    /// Each of them speaks for many clients, so it is none.
    proxies: Arc<[Proxy]>,
    began: Instant,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    connections: HashMap<u64, Known>,
    of_clients: HashMap<Client, usize>,
}

/// A connection, as the others' fate depends on it.
#[derive(Debug)]
struct Known {
    client: Option<Client>,
    activity: Arc<Activity>,
    /// Dropped, it closes the connection.
    _close: oneshot::Sender<()>,
}

/// What a connection last did.
#[derive(Debug)]
pub struct Activity {
    began: Instant,
    /// Whether a request is being answered; else the client is waited for.
    is_answering: AtomicBool,
    /// When it last got on, in milliseconds since `began`.
    at: AtomicU64,
}

impl Activity {
    fn get_on(&self) {
        self.at.store(self.now(), Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Notes on a request's connection that it is being answered.
pub async fn note_answering(mut request: Request, next: Next) -> Response {
    let Some(activity) = request.extensions_mut().remove::<Arc<Activity>>() else { return next.run(request).await };
    activity.is_answering.store(true, Ordering::Relaxed);
    activity.get_on();
    let answer = next.run(request).await;
    activity.get_on();
    activity.is_answering.store(false, Ordering::Relaxed);
    answer
}

impl Connections {
    /// None yet.
    pub fn new(most: MostConnections, proxies: Arc<[Proxy]>) -> Self {
        Self(Arc::new(Shared { most, proxies, began: Instant::now(), open: Mutex::default() }))
    }

    /// Makes room for a connection and counts it, for as long as the place is there; `None` if every other one is being
    /// answered.
    fn admit(&self, peer: IpAddr) -> Option<Place> {
        let client = (!is_proxy(peer, &self.0.proxies)).then(|| Client::at(peer));
        let MostConnections { in_all, of_client } = self.0.most;
        let activity =
            Arc::new(Activity { began: self.0.began, is_answering: AtomicBool::new(false), at: AtomicU64::new(0) });
        activity.get_on();
        let mut open = self.open();
        if client.and_then(|client| open.of_clients.get(&client)).is_some_and(|count| *count >= of_client) {
            open.close_one(|known| known.client == client, activity.now())?;
        }
        if open.connections.len() >= in_all {
            open.close_one(|_| true, activity.now())?;
        }
        let (close, closed) = oneshot::channel();
        let id = open.next;
        open.next += 1;
        open.connections.insert(id, Known { client, activity: Arc::clone(&activity), _close: close });
        if let Some(client) = client {
            *open.of_clients.entry(client).or_default() += 1;
        }
        drop(open);
        Some(Place { id, connections: self.clone(), activity, closed })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Closes the connection, of those that count, whose client has been waited for the longest; else one that is being
    /// answered and has not got on for [`LEFT_ALONE`]; `None` if there is neither.
    fn close_one(&mut self, counts: impl Fn(&Known) -> bool, now: u64) -> Option<()> {
        let ranked = self.connections.iter().filter(|(_, known)| counts(known)).map(|(id, known)| {
            let is_answering = known.activity.is_answering.load(Ordering::Relaxed);
            (is_answering, known.activity.at.load(Ordering::Relaxed), *id)
        });
        let (is_answering, at, id) = ranked.min()?;
        if is_answering && u128::from(now.saturating_sub(at)) < LEFT_ALONE.as_millis() {
            return None;
        }
        self.remove(id);
        Some(())
    }

    fn remove(&mut self, id: u64) {
        let Some(Known { client: Some(client), .. }) = self.connections.remove(&id) else { return };
        if let Some(count) = self.of_clients.get_mut(&client) {
            *count -= 1;
            if *count == 0 {
                self.of_clients.remove(&client);
            }
        }
    }
}

/// The place of one connection among the others.
#[derive(Debug)]
struct Place {
    id: u64,
    connections: Connections,
    activity: Arc<Activity>,
    closed: oneshot::Receiver<()>,
}

impl Place {
    /// An error once the place was given to another connection; until then, the polling task is woken when it is.
    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        if self.closed.is_terminated() || Pin::new(&mut self.closed).poll(context).is_ready() {
            return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "closed to make room for another connection"));
        }
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.open().remove(self.id);
    }
}

/// A connection that has a place.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    place: Place,
}

impl Connection {
    fn note_written(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if matches!(written, Poll::Ready(Ok(1..))) {
            self.place.activity.get_on();
        }
        written
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.place.check(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.place.check(context)?;
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note_written(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.place.check(context)?;
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.note_written(written)
    }

    fn is_write_vectored(&self) -> bool {
        // Else each body would be copied for each connection.
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Gives each connection a place, and ends one on which nothing could be written for some time.
#[derive(Clone, Debug)]
pub struct Acceptor {
    /// The places.
    pub connections: Connections,
    /// For how long nothing may be written of what is there to write.
    pub writing: Duration,
}

impl<S> Accept<TcpStream, S> for Acceptor {
    type Stream = Pin<Box<TimeoutStream<Connection>>>;
    type Service = AddExtension<S, Arc<Activity>>;
    type Future = std::future::Ready<io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let accepted = stream.set_nodelay(true).and_then(|()| stream.peer_addr()).and_then(|peer| {
            let place = self.connections.admit(peer.ip());
            let place = place.ok_or_else(|| io::Error::other("there are too many connections"))?;
            let service = AddExtension::new(service, Arc::clone(&place.activity));
            let mut stream = TimeoutStream::new(Connection { stream, place });
            stream.set_write_timeout(Some(self.writing));
            Ok((Box::pin(stream), service))
        });
        std::future::ready(accepted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connections(in_all: usize, of_client: usize) -> Connections {
        let proxies = Arc::from(["10.0.0.1".parse().unwrap()]);
        Connections::new(MostConnections { in_all, of_client }, proxies)
    }

    fn admit(connections: &Connections, peer: &str) -> Option<Place> {
        let place = connections.admit(peer.parse().unwrap())?;
        // One after the other, as far as the clock can tell.
        place.activity.at.store(place.id, Ordering::Relaxed);
        Some(place)
    }

    fn is_closed(place: &mut Place) -> bool {
        place.closed.try_recv() == Err(oneshot::error::TryRecvError::Closed)
    }

    #[test]
    fn the_client_that_was_waited_for_the_longest_makes_room() {
        let connections = connections(3, 3);
        let [mut first, mut second, mut third] =
            ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(|peer| admit(&connections, peer).unwrap());
        first.activity.at.store(100, Ordering::Relaxed);
        let mut fourth = admit(&connections, "192.0.2.4").unwrap();
        assert!(is_closed(&mut second));
        assert!(![&mut first, &mut third, &mut fourth].into_iter().any(is_closed));
        drop(third);
        let fifth = admit(&connections, "192.0.2.5").unwrap();
        assert!(!is_closed(&mut first) && !is_closed(&mut fourth));
        drop((first, fourth, fifth, second));
        assert!(connections.open().connections.is_empty() && connections.open().of_clients.is_empty());
    }

    #[test]
    fn a_client_takes_places_from_itself() {
        let connections = connections(100, 2);
        let mut other = admit(&connections, "192.0.2.1").unwrap();
        // Of an IPv6 address the first half counts, and an IPv4 address may be written as an IPv6 one.
        for [first, second, third] in
            [["2001:db8::1", "2001:db8::2", "2001:db8::3"], ["192.0.2.9", "::ffff:192.0.2.9", "192.0.2.9"]]
        {
            let (mut first, _second) = (admit(&connections, first).unwrap(), admit(&connections, second).unwrap());
            let _third = admit(&connections, third).unwrap();
            assert!(is_closed(&mut first));
        }
        assert!(!is_closed(&mut other));
    }

    #[test]
    fn a_proxy_is_no_client() {
        let connections = connections(100, 2);
        let mut places: Vec<_> = (0..50).map(|_| admit(&connections, "10.0.0.1").unwrap()).collect();
        assert!(!places.iter_mut().any(is_closed));
    }

    #[test]
    fn who_is_being_answered_is_left_alone_unless_it_takes_too_long() {
        let connections = connections(2, 2);
        let [mut first, mut second] = ["192.0.2.1", "192.0.2.2"].map(|peer| admit(&connections, peer).unwrap());
        for place in [&first, &second] {
            place.activity.is_answering.store(true, Ordering::Relaxed);
            place.activity.get_on();
        }
        let mut open = connections.open();
        let now = first.activity.now();
        assert_eq!(open.close_one(|_| true, now), None);
        let later = now + u64::try_from(LEFT_ALONE.as_millis()).unwrap() + 1000;
        assert_eq!(open.close_one(|_| true, later), Some(()));
        drop(open);
        assert_ne!(is_closed(&mut first), is_closed(&mut second));
    }
}
