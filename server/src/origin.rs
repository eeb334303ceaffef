//! Where a page comes from, and where a widget may be shown.

use std::{fmt, net::IpAddr, str::FromStr};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// The origin of a page: scheme, host and port (RFC 6454).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    scheme: Scheme,
    host: Host,
    port: u16,
}

/// An origin that a widget's file allows, written `scheme://host[:port]`; `*` for the port means any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AllowedOrigin {
    scheme: Scheme,
    host: Host,
    /// `None`: any port, which only a loopback host may have.
    port: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

/// Why a text is no origin that can be allowed. Its words say how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOrigin {
    /// No scheme, or one that pages do not come from.
    #[error("write it as the browser does, with its scheme: `https://{0}`")]
    Scheme(String),
    /// Not an address at all.
    #[error("this is no address; write scheme, host and, unless it is the usual one, port: `https://shop.example.com`")]
    NotAnAddress,
    /// More than an origin.
    #[error("an origin has no path, no query and no user name; write `{0}`")]
    MoreThanAnOrigin(String),
    /// A host with a `*` in it.
    #[error("a `*` cannot stand in a host's name, as it would let in hosts that you may not own; list each host")]
    HostWildcard,
    /// Any port, on a host that others can reach.
    #[error(
        "`*` is a port for loopback hosts only (localhost, 127.0.0.0/8, [::1]), where only your own machine answers; \
         elsewhere another port may be somebody else's site, so name the port"
    )]
    PortWildcard,
}

impl Origin {
    /// Reads an `Origin` header, or the origin of the page in a `Referer` header. `None` for `null` and for what is no
    /// http or https page, such as a browser's extension: no widget can allow those.
    pub fn from_header(text: &str) -> Option<Self> {
        Self::of(&Url::parse(text).ok()?)
    }

    fn of(url: &Url) -> Option<Self> {
        let scheme = Scheme::from_str(url.scheme()).ok()?;
        let host = url.host()?.to_owned();
        Some(Self { scheme, host, port: url.port().unwrap_or(scheme.usual_port()) })
    }

    /// Whether the page came over https.
    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::Https
    }

    /// Whether its host is a domain, or below it.
    pub fn is_within(&self, domain: &str) -> bool {
        is_within(&self.host, domain)
    }
}

impl AllowedOrigin {
    /// Whether a page of this origin may show the widget.
    pub fn allows(&self, origin: &Origin) -> bool {
        self.scheme == origin.scheme && self.host == origin.host && self.port.is_none_or(|port| port == origin.port)
    }

    /// Whether its pages come over https.
    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::Https
    }

    /// Whether its host is a domain, or below it.
    pub fn is_within(&self, domain: &str) -> bool {
        is_within(&self.host, domain)
    }
}

/// Whether a host is a domain, in whatever case, or below it (RFC 6265, 5.1.3).
fn is_within(host: &Host, domain: &str) -> bool {
    let Host::Domain(host) = host else { return false };
    let domain = domain.to_ascii_lowercase();
    host.strip_suffix(domain.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

impl Scheme {
    fn usual_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl FromStr for Scheme {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "http" => Ok(Self::Http),
            "https" => Ok(Self::Https),
            _ => Err(()),
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Https => "https",
        })
    }
}

impl FromStr for AllowedOrigin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(InvalidOrigin::Scheme(text.to_owned()));
        };
        let scheme = Scheme::from_str(scheme).map_err(|()| InvalidOrigin::Scheme(rest.to_owned()))?;
        let (text, any_port) = match text.strip_suffix(":*") {
            Some(without_port) => (without_port, true),
            None => (text, false),
        };
        if text.contains('*') {
            return Err(InvalidOrigin::HostWildcard);
        }
        let url = Url::parse(text).map_err(|_| InvalidOrigin::NotAnAddress)?;
        let Origin { host, port, .. } = Origin::of(&url).ok_or(InvalidOrigin::NotAnAddress)?;
        // `%2A` is one, too.
        if matches!(&host, Host::Domain(name) if name.contains('*')) {
            return Err(InvalidOrigin::HostWildcard);
        }
        let origin = Self { scheme, port: (!any_port).then_some(port), host };
        // `Url` reads more than an origin; whoever wrote a path may think that it counts.
        if rest.contains(['/', '\\', '?', '#', '@']) {
            return Err(InvalidOrigin::MoreThanAnOrigin(origin.to_string()));
        }
        if any_port && !is_loopback(&origin.host) {
            return Err(InvalidOrigin::PortWildcard);
        }
        Ok(origin)
    }
}

/// Whether only the visitor's own machine answers at this host.
pub fn is_loopback<S: AsRef<str>>(host: &Host<S>) -> bool {
    match host {
        Host::Domain(name) => name.as_ref() == "localhost",
        Host::Ipv4(address) => IpAddr::from(*address).is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

impl TryFrom<String> for AllowedOrigin {
    type Error = InvalidOrigin;

    fn try_from(text: String) -> Result<Self, InvalidOrigin> {
        text.parse()
    }
}

impl From<AllowedOrigin> for String {
    fn from(origin: AllowedOrigin) -> Self {
        origin.to_string()
    }
}

impl fmt::Display for AllowedOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        match self.port {
            None => f.write_str(":*"),
            Some(port) if port == self.scheme.usual_port() => Ok(()),
            Some(port) => write!(f, ":{port}"),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        AllowedOrigin { scheme: self.scheme, host: self.host.clone(), port: Some(self.port) }.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn allows(allowed: &str, origin: &str) -> bool {
        allowed.parse::<AllowedOrigin>().unwrap().allows(&Origin::from_header(origin).unwrap())
    }

    #[test]
    fn scheme_host_and_port_all_count() {
        assert!(allows("https://shop.example.com", "https://shop.example.com"));
        assert!(allows("https://Shop.example.com:443", "https://shop.example.com"));
        assert!(!allows("https://shop.example.com", "http://shop.example.com"));
        assert!(!allows("https://shop.example.com", "https://shop.example.com:8443"));
        assert!(!allows("https://example.com", "https://shop.example.com"));
        assert!(!allows("https://example.com", "https://example.com.evil.test"));
        assert!(!allows("http://127.0.0.1:8787", "http://127.0.0.1:8788"));
    }

    #[test]
    fn a_loopback_host_may_have_any_port() {
        for host in ["localhost", "127.0.0.1", "127.8.9.1", "[::1]"] {
            assert!(allows(&format!("http://{host}:*"), &format!("http://{host}:49152")), "{host}");
        }
        assert!(!allows("http://localhost:*", "http://127.0.0.1:8000"));
        assert!(!allows("http://localhost:*", "https://localhost:8000"));
    }

    #[test]
    fn what_is_no_origin_is_told_how_to_become_one() {
        let fault = |text: &str| text.parse::<AllowedOrigin>().unwrap_err();
        assert_eq!(fault("shop.example.com"), InvalidOrigin::Scheme("shop.example.com".to_owned()));
        assert_eq!(fault("ftp://shop.example.com"), InvalidOrigin::Scheme("shop.example.com".to_owned()));
        assert_eq!(fault("https://"), InvalidOrigin::NotAnAddress);
        assert_eq!(
            fault("https://shop.example.com/fr"),
            InvalidOrigin::MoreThanAnOrigin("https://shop.example.com".to_owned())
        );
        for more in ["https://a.test/", "https://a.test?b", "https://a.test#b", "https://me@a.test"] {
            assert_eq!(fault(more), InvalidOrigin::MoreThanAnOrigin("https://a.test".to_owned()), "{more}");
        }
        assert_eq!(fault("https://*.example.com"), InvalidOrigin::HostWildcard);
        assert_eq!(fault("https://%2A.example.com"), InvalidOrigin::HostWildcard);
        assert_eq!(fault("https://shop.example.com:*"), InvalidOrigin::PortWildcard);
        assert_eq!(fault("http://128.0.0.1:*"), InvalidOrigin::PortWildcard);
    }

    #[test]
    fn pages_without_an_origin_have_none() {
        for header in ["null", "", "*", "chrome-extension://abcdef", "file://", "about:blank"] {
            assert_eq!(Origin::from_header(header), None, "{header}");
        }
    }

    proptest! {
        #[test]
        fn an_allowed_origin_is_written_as_it_is_read(
            scheme in "https?", host in "[a-z][a-z0-9]{0,9}(\\.[a-z][a-z0-9]{0,9}){0,2}", port in proptest::option::of(1_u16..),
        ) {
            let text = port.map_or(format!("{scheme}://{host}"), |port| format!("{scheme}://{host}:{port}"));
            let origin: AllowedOrigin = text.parse().unwrap();
            prop_assert_eq!(&origin.to_string().parse::<AllowedOrigin>().unwrap(), &origin);
            prop_assert!(origin.allows(&Origin::from_header(&text).unwrap()));
        }

        #[test]
        fn no_text_makes_the_readers_panic(text in ".*") {
            let _ = text.parse::<AllowedOrigin>();
            let _ = Origin::from_header(&text);
        }

        #[test]
        fn only_its_own_origin_is_allowed(one in 1_u16.., other in 1_u16..) {
            let allowed: AllowedOrigin = format!("https://shop.example.com:{one}").parse().unwrap();
            let page = Origin::from_header(&format!("https://shop.example.com:{other}")).unwrap();
            prop_assert_eq!(allowed.allows(&page), one == other);
        }
    }
}
