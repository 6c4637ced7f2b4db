//! Web origins: scheme, host and port.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};
use url::{Host, Url};

/// Where browsers reach this server: scheme, host and port only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    https: bool,
}

impl PublicUrl {
    /// Parses an origin.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = parse_origin(text)?;
        if text.contains('*') {
            return Err("has a * in its host; use the one address that people open".to_owned());
        }
        Ok(Self { origin: url.origin().ascii_serialization(), https: url.scheme() == "https" })
    }

    /// Returns the URL if only the bound address is known.
    pub fn of_address(address: SocketAddr) -> Self {
        let reachable = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        Self { origin: format!("http://{}", SocketAddr::new(reachable, address.port())), https: false }
    }

    /// Returns the origin as browsers write it, without a trailing slash.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns whether it leads to this machine only, so that no proxy is in front.
    pub fn is_loopback(&self) -> bool {
        Url::parse(&self.origin).is_ok_and(|url| is_loopback(&url))
    }

    /// Returns whether cookies can be `Secure`.
    pub fn is_https(&self) -> bool {
        self.https
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

pub(crate) fn parse_origin(text: &str) -> Result<Url, String> {
    const SHAPE: &str = "must be a scheme, host and port only, for example https://integrations.example.com";
    let url = Url::parse(text).map_err(|_| SHAPE.to_owned())?;
    let bare = matches!(url.scheme(), "https" | "http")
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if bare { Ok(url) } else { Err(SHAPE.to_owned()) }
}

/// Returns whether a URL leads to this machine. Names under `.localhost` are not trusted: resolvers may look them up
/// outside.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_url_is_normalized() {
        let public = PublicUrl::parse("https://App.example").unwrap();
        assert_eq!((public.origin(), public.is_https()), ("https://app.example", true));
        let bound = PublicUrl::of_address("0.0.0.0:81".parse().unwrap());
        assert_eq!((bound.origin(), bound.is_https()), ("http://127.0.0.1:81", false));
    }
}
