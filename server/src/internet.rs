//! Calls to URLs that merchants choose: only to the public internet, never into the operator's own network.
//!
//! A name is judged by what it resolves to, inside the client: [`PublicOnly`] keeps only permitted addresses and fails if
//! none is left, so a name that resolves differently a moment later leads nowhere either. The client does not resolve a
//! host that is an address, so [`InternetRules::judge`] judges those in the URL. Redirects and proxies are off, because
//! both would choose another host.

use crate::list::{list, listed_network};
use app::check::URL_EMPTY;
use domain::{Said, Sentence, pasted, said, sentences};
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use url::{Host, Url};

/// The longest URL in bytes.
const LONGEST_URL: usize = 2_048;

/// Special IPv4 networks: this host, private, shared, link-local, protocol assignments, documentation, benchmarking,
/// relays, multicast, reserved and broadcast.
const SPECIAL_V4: [(Ipv4Addr, u8); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
    (Ipv4Addr::BROADCAST, 32),
];

/// The IPv6 networks that are assigned to hosts on the internet. Everything else is special: loopback, link-local, unique
/// local, site-local, multicast, NAT64 and the rest.
const GLOBAL_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Special networks within [`GLOBAL_V6`]: protocol assignments (with Teredo), documentation, 6to4.
const SPECIAL_V6: [(Ipv6Addr, u8); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Names that never belong to a host on the internet, with everything below them.
const LOCAL_NAMES: [&str; 7] = ["localhost", "localdomain", "local", "internal", "lan", "home.arpa", "onion"];

sentences! {
    TOO_LONG = "url.too_long": "A URL can have at most {most} characters.";
    NOT_A_URL = "url.not_a_url": "This is not a valid URL. Enter a complete one, such as https://shop.example/convi.";
    NOT_HTTPS = "url.not_https": "The URL must start with https://.";
    USER_INFO = "url.user_info": "The URL cannot contain a user name or password. Check the signature in your receiver instead.";
    PORT = "url.port": "Port {port} is not allowed. Allowed ports: {ports}.";
    NOT_PUBLIC = "url.not_public": "This URL does not lead to the public internet. Enter one that can be reached from anywhere.";
}

/// Which URLs may be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InternetRules {
    /// The permitted ports.
    ports: Vec<u16>,
    /// Networks that are permitted although they are special.
    allowed: Vec<IpNet>,
}

impl InternetRules {
    /// Uses these ports and networks.
    pub fn new(ports: Vec<u16>, allowed: Vec<IpNet>) -> Self {
        Self { ports, allowed }
    }

    /// Parses a list of ports.
    pub fn ports(text: &str) -> Result<Vec<u16>, String> {
        let port = |text: &str| match text.parse() {
            Ok(port @ 1..) => Ok(port),
            _ => Err(format!("has `{text}`, which is not a port; use for example 443,8443")),
        };
        list(text).map(port).collect()
    }

    /// Parses a list of networks and single addresses.
    pub fn networks(text: &str) -> Result<Vec<IpNet>, String> {
        list(text).map(listed_network).collect()
    }

    /// Parses what was typed as a URL that may be called, as far as that can be told without resolving its name.
    pub fn judge(&self, typed: &str) -> Result<Url, Said> {
        let text = pasted::ends(typed);
        if text.is_empty() {
            return Err(URL_EMPTY.into());
        }
        if text.len() > LONGEST_URL {
            return Err(said!(TOO_LONG, most = LONGEST_URL));
        }
        let not_a_url = || Said::from(NOT_A_URL);
        let mut url = Url::parse(text).map_err(|_| not_a_url())?;
        url.set_fragment(None);
        if !matches!(url.scheme(), "https" | "http") {
            return Err(if text.contains("://") { NOT_HTTPS.into() } else { not_a_url() });
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(USER_INFO.into());
        }
        let is_inside = |why: Sentence| Err(why.into());
        match url.host() {
            None => return Err(not_a_url()),
            Some(Host::Ipv4(address)) if !self.may_reach(address.into()) => return is_inside(NOT_PUBLIC),
            Some(Host::Ipv6(address)) if !self.may_reach(address.into()) => return is_inside(NOT_PUBLIC),
            Some(Host::Domain(name)) if self.is_local(name) => return is_inside(NOT_PUBLIC),
            Some(_) => {}
        }
        if url.scheme() == "http" && !self.is_loopback(&url) {
            return Err(NOT_HTTPS.into());
        }
        match url.port_or_known_default() {
            Some(port) if self.ports.contains(&port) => Ok(url),
            port => {
                let ports = self.ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
                Err(said!(PORT, port = port.unwrap_or_default(), ports = ports))
            }
        }
    }

    /// Returns whether an address is on the public internet, or in a network that the operator allows.
    pub fn may_reach(&self, address: IpAddr) -> bool {
        // A mapped address leads to the IPv4 address in it.
        let address = address.to_canonical();
        is_public(address) || self.allows(address)
    }

    fn allows(&self, address: IpAddr) -> bool {
        self.allowed.iter().any(|network| network.contains(&address))
    }

    /// Returns whether a name is local whatever it resolves to. `localhost` is not if a loopback network is allowed.
    fn is_local(&self, name: &str) -> bool {
        let name = name.trim_end_matches('.');
        if name == LOOPBACK_NAME {
            return !self.allowed.iter().any(|network| network.addr().is_loopback());
        }
        let within =
            |parent: &&str| name.strip_suffix(*parent).is_some_and(|it| it.is_empty() || it.ends_with('.'));
        !name.contains('.') || LOCAL_NAMES.iter().any(within)
    }

    /// Returns whether the URL leads to a loopback network, which only the operator can allow.
    fn is_loopback(&self, url: &Url) -> bool {
        match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => IpAddr::from(address).to_canonical().is_loopback(),
            Some(Host::Domain(name)) => name.trim_end_matches('.') == LOOPBACK_NAME,
            None => false,
        }
    }
}

/// The one name that may be called without TLS. It only leads to loopback addresses.
const LOOPBACK_NAME: &str = "localhost";

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            !SPECIAL_V4.iter().any(|(network, prefix)| within_v4(address, *network, *prefix))
        }
        IpAddr::V6(address) => {
            within_v6(address, GLOBAL_V6.0, GLOBAL_V6.1)
                && !SPECIAL_V6.iter().any(|(network, prefix)| within_v6(address, *network, *prefix))
        }
    }
}

fn within_v4(address: Ipv4Addr, network: Ipv4Addr, prefix: u8) -> bool {
    (address.to_bits() ^ network.to_bits()).leading_zeros() >= u32::from(prefix)
}

fn within_v6(address: Ipv6Addr, network: Ipv6Addr, prefix: u8) -> bool {
    (address.to_bits() ^ network.to_bits()).leading_zeros() >= u32::from(prefix)
}

/// Calls to URLs that merchants choose. Clones share the client.
#[derive(Clone)]
pub struct Internet {
    /// Which URLs may be called.
    pub rules: Arc<InternetRules>,
    /// The client, which reaches only permitted addresses. Its connections are not shared and not reused.
    pub http: reqwest::Client,
}

impl Internet {
    /// Resolves names as this machine does.
    /// # Errors
    /// Fails if the machine's TLS roots cannot be read.
    pub fn new(rules: InternetRules) -> Result<Self, reqwest::Error> {
        Self::resolving(rules, Arc::new(System))
    }

    /// Resolves names with `names`.
    /// # Errors
    /// Fails if the machine's TLS roots cannot be read.
    pub fn resolving(rules: InternetRules, names: Arc<dyn Resolve>) -> Result<Self, reqwest::Error> {
        let rules = Arc::new(rules);
        let http = crate::outbound::builder()
            .connect_timeout(Duration::from_secs(5))
            .pool_max_idle_per_host(0)
            .dns_resolver(Arc::new(PublicOnly { rules: rules.clone(), names }))
            .build()?;
        Ok(Self { rules, http })
    }
}

/// A resolver that returns only permitted addresses.
struct PublicOnly {
    rules: Arc<InternetRules>,
    names: Arc<dyn Resolve>,
}

/// A name has no permitted address. The error does not say whether it has others, so that nobody can explore the
/// operator's network with it.
#[derive(Debug, thiserror::Error)]
#[error("no public address")]
pub struct NoPublicAddress;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let (rules, names, text) = (self.rules.clone(), self.names.clone(), name.as_str().to_owned());
        Box::pin(async move {
            let is_loopback = text.trim_end_matches('.').eq_ignore_ascii_case(LOOPBACK_NAME);
            let found = names.resolve(name).await.map_err(|_| NoPublicAddress)?;
            let may = |address: &SocketAddr| {
                rules.may_reach(address.ip())
                    // Without TLS, so nothing may leave this machine.
                    && (!is_loopback || address.ip().to_canonical().is_loopback())
            };
            let kept: Vec<_> = found.filter(may).collect();
            if kept.is_empty() {
                return Err(NoPublicAddress.into());
            }
            Ok(Box::new(kept.into_iter()) as Addrs)
        })
    }
}

/// The machine's own resolver.
struct System;

impl Resolve for System {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(Box::new(found.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(allowed: &str) -> InternetRules {
        InternetRules::new(vec![443, 8443], InternetRules::networks(allowed).unwrap())
    }

    fn refused(url: &str) -> String {
        rules("").judge(url).err().map(|why| why.code().unwrap_or_default().to_owned()).unwrap_or_default()
    }

    #[test]
    fn public_https_urls_are_accepted() {
        for (typed, read) in [
            (" https://shop.example/convi?k=1#part ", "https://shop.example/convi?k=1"),
            ("HTTPS://Shop.Example", "https://shop.example/"),
            ("https://shop.example:8443/", "https://shop.example:8443/"),
            ("https://93.184.215.14/x", "https://93.184.215.14/x"),
            ("https://[2606:2800:21f:cb07::1]/", "https://[2606:2800:21f:cb07::1]/"),
            ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ] {
            assert_eq!(rules("").judge(typed).map(String::from).as_deref(), Ok(read), "{typed}");
        }
    }

    #[test]
    fn every_spelling_of_a_special_address_is_refused() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "017700000001",
            "127.0.0.1.",
            "１２７.0.0.1",
            "0",
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "[::]",
            "[::1]",
            "[::127.0.0.1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:a00:1]",
            "[::ffff:0:10.0.0.1]",
            "[64:ff9b::a00:1]",
            "[64:ff9b:1::1]",
            "[100::1]",
            "[2001::1]",
            "[2001:10::1]",
            "[2001:db8::1]",
            "[2002:a00:1::1]",
            "[3fff::1]",
            "[5f00::1]",
            "[fc00::1]",
            "[fd00::1]",
            "[fe80::1]",
            "[fec0::1]",
            "[ff02::1]",
        ] {
            assert_eq!(refused(&format!("https://{host}/")), "url.not_public", "{host}");
        }
        for name in [
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "intranet",
            "db.internal",
            "printer.local",
            "x.home.arpa",
        ] {
            assert_eq!(refused(&format!("https://{name}/")), "url.not_public", "{name}");
        }
        for neighbour in
            ["9.255.255.255", "100.128.0.1", "172.32.0.1", "192.0.1.1", "198.20.0.1", "[2001:200::1]"]
        {
            assert_eq!(refused(&format!("https://{neighbour}/")), "", "{neighbour}");
        }
    }

    #[test]
    fn other_urls_are_refused_with_their_reason() {
        for (typed, code) in [
            ("", "url.empty"),
            (" \u{200b} ", "url.empty"),
            ("shop.example", "url.not_a_url"),
            ("https://", "url.not_a_url"),
            ("https://a b/", "url.not_a_url"),
            ("mailto:a@shop.example", "url.not_a_url"),
            ("http://shop.example/", "url.not_https"),
            ("http://93.184.215.14:443/", "url.not_https"),
            ("ftp://shop.example/", "url.not_https"),
            ("file:///etc/passwd", "url.not_https"),
            ("https://user@shop.example/", "url.user_info"),
            ("https://:pw@shop.example/", "url.user_info"),
            ("https://shop.example:22/", "url.port"),
            ("https://shop.example:80/", "url.port"),
        ] {
            assert_eq!(refused(typed), code, "{typed:?}");
        }
        assert_eq!(refused(&format!("https://shop.example/{}", "x".repeat(2_048))), "url.too_long");
    }

    #[test]
    fn loopback_needs_the_operators_permission_and_then_no_tls() {
        let rules = rules("127.0.0.2, ::1/128");
        for good in
            ["http://127.0.0.2:8443/", "https://127.0.0.2/", "http://[::1]:8443/", "http://localhost:8443/"]
        {
            assert!(rules.judge(good).is_ok(), "{good}");
        }
        for bad in ["http://127.0.0.1:8443/", "http://127.0.0.2/", "http://[::ffff:127.0.0.1]:8443/"] {
            assert!(rules.judge(bad).is_err(), "{bad}");
        }
        let private = super::tests::rules("10.0.0.0/8");
        assert!(private.judge("https://10.1.2.3/").is_ok());
        assert!(private.judge("http://10.1.2.3:443/").is_err(), "no TLS only on loopback");
        assert!(private.judge("https://localhost/").is_err());
    }

    #[test]
    fn settings_are_parsed_as_a_whole() {
        assert_eq!(InternetRules::ports("443, 8443"), Ok(vec![443, 8443]));
        assert!(InternetRules::ports("443,0").is_err() && InternetRules::ports("https").is_err());
        assert!(InternetRules::networks("127.0.0.0/8,::1,10.0.0.1").is_ok_and(|it| it.len() == 3));
        assert!(InternetRules::networks("localhost").is_err());
    }
}
