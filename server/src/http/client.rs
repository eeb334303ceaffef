//! Who asks: the address of a request's client, as far as it can be believed and no further than it is needed.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr,
    sync::Once,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName},
    middleware::Next,
    response::Response,
};
use ipnet::IpNet;

use super::App;

/// The header in which a proxy tells whom it speaks for. Every proxy of the field appends to it or sets it. The
/// standard's `Forwarded` (RFC 7239) is not read: a proxy that knows only one of the two passes the other on as the
/// client wrote it, so whoever believes both believes the client.
fn forwarded_for() -> HeaderName {
    HeaderName::from_static("x-forwarded-for")
}

/// A client, as it is told from others: by its IPv4 address, or by the first 64 bits of its IPv6 address. The other 64
/// are the client's own to choose (RFC 4291, 2.5.1), so they tell nobody apart. An IPv4 address may be written as an IPv6
/// one: mapped (RFC 4291, 2.5.5.2), or by a translator to a server that has IPv6 only (RFC 6052, 2.1).
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

/// The first bits of an address.
fn masked(address: IpAddr, v4: u32, v6: u32) -> IpAddr {
    match translated(address.to_canonical()) {
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

/// The IPv4 address in an IPv6 address of the translators' prefix, `64:ff9b::/96`.
fn translated(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) if v6.to_bits() >> 32 == 0x0064_ff9b << 64 => {
            let [.., a, b, c, d] = v6.octets();
            Ipv4Addr::new(a, b, c, d).into()
        }
        other => other,
    }
}

/// A network whose machines are believed when they say whom they speak for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proxy(IpNet);

impl FromStr for Proxy {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let network = text.parse().or_else(|_| text.parse().map(|address: IpAddr| IpNet::from(address.to_canonical())));
        network.map(Self).map_err(|_| "this is no address or network, as `127.0.0.1` or `10.0.0.0/8`")
    }
}

/// Whether a machine is one of the proxies.
pub fn is_proxy(address: IpAddr, proxies: &[Proxy]) -> bool {
    let address = address.to_canonical();
    proxies.iter().any(|proxy| proxy.0.contains(&address))
}

/// The client of a request that came over a connection from `peer`, and whether something else than an address stood where
/// the one before a proxy's should.
///
/// A peer that is no proxy of ours is the client, whatever it says. Else each proxy has appended the address that it
/// was asked from: read from the end, the first that is no proxy's is the client. What stands before it the client may
/// have written itself, in whatever bytes. Where something is no address, the last one that was is as far as one can see.
fn client(peer: IpAddr, headers: &HeaderMap, proxies: &[Proxy]) -> (Client, bool) {
    let mut client = peer.to_canonical();
    // A list's empty elements do not count (RFC 9110, 5.6.1), and several lines are one list (5.3).
    let lines = headers.get_all(forwarded_for()).iter().rev();
    let mut hops = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b',').map(<[u8]>::trim_ascii));
    while is_proxy(client, proxies) {
        let Some(hop) = hops.find(|hop| !hop.is_empty()) else { break };
        let Some(address) = address(hop) else { return (Client::at(client), true) };
        client = address;
    }
    (Client::at(client), false)
}

/// An address as proxies write it: bare, with a port, in brackets, in quotes or with the zone that it is in (RFC 4007, 11).
fn address(hop: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(hop).ok()?;
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let host = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            is_port_or_nothing(port).then_some(host)?
        }
        None => match text.split_once(':') {
            Some((host, port)) if is_port(port) && host.contains('.') => host,
            _ => text,
        },
    };
    let (host, zone) = host.split_once('%').unwrap_or((host, ""));
    let address: IpAddr = host.parse().ok()?;
    (zone.is_empty() || address.is_ipv6()).then_some(address.to_canonical())
}

fn is_port_or_nothing(text: &str) -> bool {
    text.is_empty() || text.strip_prefix(':').is_some_and(is_port)
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok()
}

/// Whether it was told that a proxy names no clients.
static TOLD: Once = Once::new();

/// Finds out who asks; what follows reads it from the request's extensions. Without a connection, as in a test that
/// calls the router itself, there is nobody.
pub async fn identify(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    if let Some(peer) = peer {
        let (client, misread) = client(peer, request.headers(), &app.proxies);
        if misread {
            // Once: it is the proxy's settings that are wrong, and each request would say so.
            TOLD.call_once(|| {
                tracing::warn!(
                    "a trusted proxy's X-Forwarded-For ends with something else than an address, so its clients share one \
                     limit; have it append the address of its client"
                );
            });
        }
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
        let lines: Vec<_> = lines.iter().map(|line| line.as_bytes()).collect();
        of_bytes(peer, &lines, proxies)
    }

    fn of_bytes(peer: &str, lines: &[&[u8]], proxies: &[&str]) -> IpAddr {
        let proxies: Vec<_> = proxies.iter().map(|proxy| proxy.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(forwarded_for(), HeaderValue::from_bytes(line).unwrap());
        }
        client(peer.parse().unwrap(), &headers, &proxies).0.0
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
    fn what_stands_before_a_good_address_may_be_anything() {
        let ours = ["127.0.0.1", "10.0.0.0/8"];
        for before in
            [&b"\xff"[..], b"\xc3\x28", b"\x80, \xff", b"unknown", b"", b",,", b"\"", b"999.1.1.1", b"[::1", b"a:b:c"]
        {
            let line = [before, b", 198.51.100.7"].concat();
            assert_eq!(of_bytes("127.0.0.1", &[&line], &ours), ip("198.51.100.7"), "{before:?}");
            // The proxy may write into a line of its own.
            assert_eq!(of_bytes("127.0.0.1", &[before, b"198.51.100.7"], &ours), ip("198.51.100.7"), "{before:?}");
            assert_eq!(of_bytes("127.0.0.1", &[&line, b"10.0.0.3"], &ours), ip("198.51.100.7"), "{before:?}");
        }
    }

    #[test]
    fn an_address_may_be_written_in_many_ways() {
        let ours = ["127.0.0.1"];
        for written in [
            "198.51.100.7:80",
            " 198.51.100.7 ",
            "\t198.51.100.7",
            "198.51.100.7,",
            "198.51.100.7, ,",
            "\"198.51.100.7\"",
            "\"198.51.100.7:80\"",
            "::ffff:198.51.100.7",
            "[::ffff:198.51.100.7]:80",
            "::ffff:c633:6407",
            "64:ff9b::198.51.100.7",
        ] {
            assert_eq!(of("127.0.0.1", &[written], &ours), ip("198.51.100.7"), "{written}");
        }
        for written in [
            "2001:db8:2:3::5",
            "[2001:db8:2:3::5]",
            "[2001:db8:2:3::5]:80",
            "2001:db8:2:3::5%eth0",
            "[2001:db8:2:3::5%25eth0]:80",
            "\"[2001:db8:2:3::5]:80\"",
            "2001:DB8:2:3:0:0:0:5",
        ] {
            assert_eq!(of("127.0.0.1", &[written], &ours), ip("2001:db8:2:3::"), "{written}");
        }
        for written in [
            "198.51.100.7:",
            "198.51.100.7:port",
            "198.51.100.7:99999",
            "198.051.100.007",
            "198.51.100",
            "198.51.100.7%eth0",
            "[2001:db8::1",
            "2001:db8::1]",
            "[2001:db8::1]80",
            "example.com",
            "_hidden",
            "unknown",
            "198.51.100.7 198.51.100.8",
        ] {
            assert_eq!(of("127.0.0.1", &[written], &ours), ip("127.0.0.1"), "{written}");
        }
    }

    #[test]
    fn a_proxy_may_be_named_as_an_ipv6_socket_sees_it() {
        assert_eq!(of("127.0.0.1", &["198.51.100.7"], &["::ffff:127.0.0.1"]), ip("198.51.100.7"));
    }

    #[test]
    fn the_standards_header_is_not_believed() {
        let headers = HeaderMap::from_iter([(
            HeaderName::from_static("forwarded"),
            HeaderValue::from_static("for=198.51.100.7"),
        )]);
        let (client, _) = client(ip("127.0.0.1"), &headers, &["127.0.0.1".parse().unwrap()]);
        assert_eq!(client.0, ip("127.0.0.1"));
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

        #[test]
        fn no_bytes_hide_the_address_that_the_proxy_wrote(before in proptest::collection::vec(b' '..=0xff, 0..40)) {
            let line = [&before.iter().map(|byte| if *byte == 0x7f { b'x' } else { *byte }).collect::<Vec<_>>()[..], b", 198.51.100.7"].concat();
            prop_assert_eq!(of_bytes("127.0.0.1", &[&line], &["127.0.0.1"]), ip("198.51.100.7"));
        }
    }
}
