//! Identifies clients for the limits: by the peer, or by the address that a trusted proxy sends in `X-Forwarded-For`.
//!
//! Only `X-Forwarded-For` is read. `Forwarded`, `X-Real-IP` and similar headers are not: a proxy that does not set them
//! forwards whatever the client wrote.

use crate::list::{list, listed_network};
use http::{HeaderMap, HeaderName};
use ipnet::IpNet;
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// The prefix of one IPv6 client: its provider assigns a /64, in which it can choose any address.
const V6_CLIENT: u8 = 64;
/// The prefix of one IPv6 customer: a /48 contains 65,536 clients.
const V6_SITE: u8 = 48;

/// A caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// From this network.
    From(ClientNetwork),
    /// Behind a trusted proxy that names no clients, so all of them look the same.
    Unnamed,
}

/// The unit that limits count: an IPv4 address or an IPv6 /64. Its text is its name in the limits, so that none can be
/// kept for a bare address by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientNetwork(IpNet);

impl ClientNetwork {
    /// Returns the network that an address belongs to.
    pub fn of(address: IpAddr) -> Self {
        Self(network(address.to_canonical(), V6_CLIENT))
    }

    /// Returns the IPv6 /48 around it, which may belong to one customer, or `None` for IPv4.
    pub fn site(&self) -> Option<Self> {
        match self.0.addr() {
            IpAddr::V4(_) => None,
            address => Some(Self(network(address, V6_SITE))),
        }
    }
}

impl fmt::Display for ClientNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpNet::V4(network) => network.addr().fmt(f),
            IpNet::V6(network) => network.fmt(f),
        }
    }
}

fn network(address: IpAddr, v6_prefix: u8) -> IpNet {
    let prefix = if address.is_ipv4() { 32 } else { v6_prefix };
    // Always valid for these prefixes.
    IpNet::new(address, prefix).unwrap_or_else(|_| address.into()).trunc()
}

/// Networks whose `X-Forwarded-For` is trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Parses networks and single addresses, separated by commas; `none` trusts none.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self::default());
        }
        list(text).map(listed_network).collect::<Result<_, _>>().map(Self)
    }

    /// Returns whether this is a trusted proxy's address.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Returns the client of a request from this peer. Reads from right to left: each proxy appends the address that
    /// called it, so an entry counts only if a trusted proxy wrote it. An unreadable entry ends the list, as the client
    /// may have made up anything further left.
    pub fn client(&self, peer: SocketAddr, headers: &HeaderMap) -> Client {
        let mut believed = peer.ip().to_canonical();
        if !self.contains(believed) {
            return Client::From(ClientNetwork::of(believed));
        }
        let lines: Vec<&[u8]> = headers.get_all(FORWARDED_FOR).iter().map(|line| line.as_bytes()).collect();
        let elements = lines.iter().rev().flat_map(|line| line.rsplit(|byte| *byte == b','));
        // An empty element of a list is ignored (RFC 9110 section 5.6.1).
        let mut elements = elements.map(<[u8]>::trim_ascii).filter(|element| !element.is_empty()).peekable();
        if elements.peek().is_none() {
            return Client::Unnamed;
        }
        for element in elements {
            let Some(named) = named(element) else { break };
            believed = named;
            if !self.contains(believed) {
                break;
            }
        }
        Client::From(ClientNetwork::of(believed))
    }
}

impl fmt::Display for TrustedProxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        let names: Vec<_> = self.0.iter().map(IpNet::to_string).collect();
        f.write_str(&names.join(", "))
    }
}

/// Parses the address of an element: bare, with a port, in brackets or quotes, with a zone.
fn named(element: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(element).ok()?;
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text).trim();
    let without_zone = |text: &str| text.split_once('%').map_or(text, |(address, _)| address).to_owned();
    let is_port = |text: &str| text.parse::<u16>().is_ok();
    let address: IpAddr = if let Some(rest) = text.strip_prefix('[') {
        let (address, rest) = rest.split_once(']')?;
        if !rest.is_empty() && !rest.strip_prefix(':').is_some_and(is_port) {
            return None;
        }
        IpAddr::V6(without_zone(address).parse().ok()?)
    } else if let Some((address, port)) = text.split_once(':').filter(|(_, rest)| !rest.contains(':')) {
        if !is_port(port) {
            return None;
        }
        IpAddr::V4(address.parse::<Ipv4Addr>().ok()?)
    } else {
        without_zone(text).parse().ok()?
    };
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const LOOPBACK: &str = "127.0.0.0/8,::1";

    /// Returns the client's name, with these proxies trusted, from this peer, with these header lines.
    fn client_with(trusted: &str, peer: &str, lines: &[&[u8]]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("X-Forwarded-For", HeaderValue::from_bytes(line).unwrap());
        }
        let peer = SocketAddr::new(peer.parse().unwrap(), 9);
        match TrustedProxies::parse(trusted).unwrap().client(peer, &headers) {
            Client::From(network) => network.to_string(),
            Client::Unnamed => "unnamed".to_owned(),
        }
    }

    fn client(line: &str) -> String {
        client_with(LOOPBACK, "127.0.0.1", &[line.as_bytes()])
    }

    #[test]
    fn all_address_forms_are_parsed() {
        for (line, expected) in [
            ("203.0.113.7", "203.0.113.7"),
            ("203.0.113.7:5000", "203.0.113.7"),
            ("\"203.0.113.7:5000\"", "203.0.113.7"),
            ("  203.0.113.7\t", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("::FFFF:CB00:7107", "203.0.113.7"),
            ("[::ffff:203.0.113.7]:443", "203.0.113.7"),
            ("2001:db8::1", "2001:db8::/64"),
            ("2001:DB8:0:0:A:B:C:D", "2001:db8::/64"),
            ("[2001:db8::1]", "2001:db8::/64"),
            ("[2001:db8::1]:443", "2001:db8::/64"),
            ("\"[2001:db8::1]:443\"", "2001:db8::/64"),
            ("fe80::1%eth0", "fe80::/64"),
            ("[fe80::1%25eth0]:80", "fe80::/64"),
            ("6.6.6.6, 203.0.113.7", "203.0.113.7"),
            ("6.6.6.6,203.0.113.7 ,, ", "203.0.113.7"),
        ] {
            assert_eq!(client(line), expected, "{line}");
        }
    }

    #[test]
    fn ipv6_client_is_a_64_and_its_site_a_48() {
        assert_eq!(client("2001:db8:0:1::1"), client("2001:db8:0:1:ffff::2"));
        assert_ne!(client("2001:db8:0:1::1"), client("2001:db8:0:2::1"));
        let site = |text: &str| ClientNetwork::of(text.parse().unwrap()).site().map(|it| it.to_string());
        assert_eq!(site("2001:db8:7:1::1").as_deref(), Some("2001:db8:7::/48"));
        assert_eq!(site("203.0.113.7"), None);
        assert_eq!(site("::ffff:203.0.113.7"), None);
    }

    #[test]
    fn unreadable_element_ends_the_list() {
        for line in [
            "6.6.6.6, unknown",
            "6.6.6.6, _hidden",
            "6.6.6.6, nonsense",
            "6.6.6.6, 203.0.113.7:http",
            "6.6.6.6, 203.0.113.7:99999",
            "6.6.6.6, 203.0.113.007",
            "6.6.6.6, [2001:db8::1",
            "6.6.6.6, [2001:db8::1]443",
            "6.6.6.6, [203.0.113.7]",
            "6.6.6.6, 203.0.113.7/24",
            "6.6.6.6, for=203.0.113.7",
            "6.6.6.6, 203.0.113.7 203.0.113.8",
        ] {
            assert_eq!(client(line), "127.0.0.1", "{line}");
        }
        assert_eq!(client_with(LOOPBACK, "127.0.0.1", &[b"6.6.6.6, \xff"]), "127.0.0.1");
        // Behind two proxies, the second one's list ends where it is unreadable.
        assert_eq!(client_with("127.0.0.1,10.0.0.0/8", "127.0.0.1", &[b"6.6.6.6, x, 10.1.1.1"]), "10.1.1.1");
    }

    #[test]
    fn only_trusted_proxies_may_name_clients() {
        assert_eq!(client_with(LOOPBACK, "203.0.113.9", &[b"6.6.6.6"]), "203.0.113.9");
        assert_eq!(client_with(LOOPBACK, "::ffff:127.0.0.1", &[b"6.6.6.6"]), "6.6.6.6");
        assert_eq!(client_with(LOOPBACK, "::1", &[b"6.6.6.6"]), "6.6.6.6");
        assert_eq!(client_with(LOOPBACK, "10.0.0.2", &[b"6.6.6.6"]), "10.0.0.2");
        assert_eq!(client_with("10.0.0.0/8", "127.0.0.1", &[b"6.6.6.6"]), "127.0.0.1");
        assert_eq!(client_with("::ffff:10.0.0.0/104", "10.0.0.2", &[b"6.6.6.6"]), "6.6.6.6");
        assert_eq!(client_with("none", "127.0.0.1", &[b"6.6.6.6"]), "127.0.0.1");
        let chain: &[u8] = b"6.6.6.6, 203.0.113.7, 10.0.0.3";
        assert_eq!(client_with("10.0.0.0/8", "10.0.0.2", &[chain]), "203.0.113.7");
        assert_eq!(client_with("10.0.0.2", "10.0.0.2", &[chain]), "10.0.0.3");
        // All of them are proxies, so the furthest one counts.
        assert_eq!(client_with("10.0.0.0/8", "10.0.0.2", &[b"10.0.0.9, 10.0.0.3"]), "10.0.0.9");
    }

    #[test]
    fn several_headers_form_one_list() {
        assert_eq!(client_with(LOOPBACK, "127.0.0.1", &[b"203.0.113.7", b"6.6.6.6"]), "6.6.6.6");
        assert_eq!(client_with(LOOPBACK, "127.0.0.1", &[b"6.6.6.6, 203.0.113.7", b""]), "203.0.113.7");
    }

    #[test]
    fn proxy_without_the_header_leaves_the_client_unnamed() {
        assert_eq!(client_with(LOOPBACK, "127.0.0.1", &[]), "unnamed");
        assert_eq!(client_with(LOOPBACK, "127.0.0.1", &[b" , "]), "unnamed");
        assert_eq!(client_with("none", "127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(client_with(LOOPBACK, "203.0.113.9", &[]), "203.0.113.9");
    }

    #[test]
    fn invalid_networks_are_rejected_with_a_fix() {
        for (text, part) in [
            ("proxy.example", "`proxy.example`, which is not a network"),
            ("10.0.0.0/33", "not a network"),
            ("10.0.0.1/8", "use 10.0.0.0/8"),
            ("10.0.0.0/8, loopback", "`loopback`"),
            ("0.0.0.0/0", "too large"),
            ("0.0.0.0/1,128.0.0.0/1", "too large"),
            ("::/1", "too large"),
            ("::ffff:0.0.0.0/96", "too large"),
            ("10.0.0.1:80", "not a network"),
        ] {
            let error = TrustedProxies::parse(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
        let shown = TrustedProxies::parse("10.0.0.0/8, ::1 ,192.0.2.1").unwrap().to_string();
        assert_eq!(shown, "10.0.0.0/8, ::1/128, 192.0.2.1/32");
    }
}
