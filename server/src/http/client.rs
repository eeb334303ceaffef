//! Who asks: the address of a request's client, as far as it can be believed and no further than it is needed.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName},
    middleware::Next,
    response::Response,
};
use ipnet::IpNet;

use super::{App, joined};

/// The header in which a proxy tells whom it speaks for. Every proxy of the field appends to it or sets it. The
/// standard's `Forwarded` (RFC 7239) is not read: a proxy that knows only one of the two passes the other on as the
/// client wrote it, so whoever believes both believes the client.
fn forwarded_for() -> HeaderName {
    HeaderName::from_static("x-forwarded-for")
}

/// A client, as it is told from others: by its IPv4 address, or by the first 64 bits of its IPv6 address. The other 64
/// are the client's own to choose (RFC 4291, 2.5.1), so they tell nobody apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Client(IpAddr);

impl Client {
    /// The client at an address.
    pub fn at(address: IpAddr) -> Self {
        Self(masked(address, 32, 64))
    }
}

/// A client as a log may name it: 24 bits of an IPv4 address, 48 of an IPv6 address. Those are a provider's
/// neighbourhood and not a person.
impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = if self.0.is_ipv4() { 24 } else { 48 };
        write!(f, "{}/{length}", masked(self.0, 24, 48))
    }
}

/// The first bits of an address; an IPv4 address that is written as an IPv6 one is what it is.
fn masked(address: IpAddr, v4: u32, v6: u32) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - v4).unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - v6).unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

/// A network whose machines are believed when they say whom they speak for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proxy(IpNet);

impl FromStr for Proxy {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let network = text.parse().or_else(|_| text.parse().map(|address: IpAddr| IpNet::from(address)));
        network.map(Self).map_err(|_| "this is no address or network, as `127.0.0.1` or `10.0.0.0/8`")
    }
}

/// The client of a request that came over a connection from `peer`.
///
/// A peer that is no proxy of ours is the client, whatever it says. Else each proxy has appended the address that it
/// was asked from: read from the end, the first that is no proxy's is the client. What stands before it the client may
/// have written itself. Where something is no address, the last one that was is as far as one can see.
fn client(peer: IpAddr, headers: &HeaderMap, proxies: &[Proxy]) -> Client {
    let ours = |address: IpAddr| proxies.iter().any(|proxy| proxy.0.contains(&address));
    let mut client = peer.to_canonical();
    if ours(client) {
        let chain = joined(headers, forwarded_for()).unwrap_or_default();
        for hop in chain.rsplit(',') {
            let Some(address) = address(hop.trim()) else { break };
            client = address;
            if !ours(client) {
                break;
            }
        }
    }
    Client::at(client)
}

/// An address as proxies write it: bare, or with a port.
fn address(text: &str) -> Option<IpAddr> {
    let address = text.parse().ok().or_else(|| text.parse().ok().map(|address: SocketAddr| address.ip()));
    address.map(|address| address.to_canonical())
}

/// Finds out who asks; what follows reads it from the request's extensions. Without a connection, as in a test that
/// calls the router itself, there is nobody.
pub async fn identify(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    if let Some(peer) = peer {
        let client = client(peer, request.headers(), &app.proxies);
        request.extensions_mut().insert(client);
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn of(peer: &str, lines: &[&str], proxies: &[&str]) -> IpAddr {
        let proxies: Vec<_> = proxies.iter().map(|proxy| proxy.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(forwarded_for(), HeaderValue::from_str(line).unwrap());
        }
        client(peer.parse().unwrap(), &headers, &proxies).0
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn without_proxies_the_peer_is_the_client_whatever_it_says() {
        assert_eq!(of("192.0.2.1", &["198.51.100.7"], &[]), ip("192.0.2.1"));
        assert_eq!(of("192.0.2.1", &["198.51.100.7"], &["10.0.0.0/8"]), ip("192.0.2.1"));
    }

    #[test]
    fn a_proxy_is_believed_as_to_whom_it_was_asked_by() {
        let ours = ["127.0.0.1", "10.0.0.0/8", "2001:db8:1::/48"];
        assert_eq!(of("127.0.0.1", &["198.51.100.7"], &ours), ip("198.51.100.7"));
        assert_eq!(of("127.0.0.1", &["198.51.100.7:4711"], &ours), ip("198.51.100.7"));
        assert_eq!(of("2001:db8:1::9", &["2001:db8:2:3:4::5"], &ours), ip("2001:db8:2:3::"));
        assert_eq!(of("127.0.0.1", &["[2001:db8:2:3:4::5]:4711"], &ours), ip("2001:db8:2:3::"));
        // An IPv4 connection to a socket that speaks both.
        assert_eq!(of("::ffff:127.0.0.1", &["::ffff:198.51.100.7"], &ours), ip("198.51.100.7"));
    }

    #[test]
    fn what_the_client_wrote_itself_is_not_believed() {
        let ours = ["127.0.0.1", "10.0.0.0/8"];
        // The client claims to be 203.0.113.9, and even one of ours.
        assert_eq!(of("127.0.0.1", &["203.0.113.9, 198.51.100.7"], &ours), ip("198.51.100.7"));
        assert_eq!(of("127.0.0.1", &["203.0.113.9", "198.51.100.7, 10.0.0.3"], &ours), ip("198.51.100.7"));
        assert_eq!(of("127.0.0.1", &["10.0.0.9, 198.51.100.7, 10.0.0.3"], &ours), ip("198.51.100.7"));
    }

    #[test]
    fn where_the_chain_breaks_the_last_address_counts() {
        assert_eq!(of("127.0.0.1", &[], &["127.0.0.1"]), ip("127.0.0.1"));
        assert_eq!(of("127.0.0.1", &[""], &["127.0.0.1"]), ip("127.0.0.1"));
        assert_eq!(of("127.0.0.1", &["203.0.113.9, unknown, 10.0.0.3"], &["127.0.0.1", "10.0.0.3"]), ip("10.0.0.3"));
    }

    #[test]
    fn neighbours_of_one_network_are_one_client() {
        assert_eq!(Client::at(ip("2001:db8:2:3:4::5")), Client::at(ip("2001:db8:2:3:ffff::")));
        assert_ne!(Client::at(ip("2001:db8:2:3::")), Client::at(ip("2001:db8:2:4::")));
        assert_ne!(Client::at(ip("192.0.2.1")), Client::at(ip("192.0.2.2")));
    }

    #[test]
    fn a_log_names_no_person() {
        assert_eq!(Client::at(ip("192.0.2.77")).to_string(), "192.0.2.0/24");
        assert_eq!(Client::at(ip("2001:db8:2:3:4::5")).to_string(), "2001:db8:2::/48");
    }

    #[test]
    fn what_is_no_network_is_no_proxy() {
        for text in ["", "*", "localhost", "10.0.0.0/33", "10.0.0"] {
            assert!(text.parse::<Proxy>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_header_makes_the_reader_panic(line in "[ -~]{0,80}") {
            of("127.0.0.1", &[&line], &["127.0.0.1"]);
        }
    }
}
