//! The origins that may embed the screen, including all subdomains of a domain. The same list decides who may frame it
//! (content policy), who may call it (CORS), and whom the frame's script listens to.

use crate::{
    list::list,
    origin::{is_loopback, parse_origin},
};
use url::Url;

/// Origins that may embed the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmbedOrigins(Vec<EmbedOrigin>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum EmbedOrigin {
    /// One origin as browsers write it: `https://shop.example`.
    One(String),
    /// Every name below it over https, but not itself: `example.com`, `example.com:8443`.
    Subdomains(String),
}

impl EmbedOrigins {
    /// Parses origins, separated by commas.
    pub fn parse(text: &str) -> Result<Self, String> {
        let read = |origin| EmbedOrigin::parse(origin).map_err(|why| format!("`{origin}` {why}"));
        list(text).map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Returns whether no origin is allowed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether an origin, as a browser writes it, is allowed.
    pub fn allow(&self, origin: &[u8]) -> bool {
        str::from_utf8(origin).is_ok_and(|origin| self.0.iter().any(|listed| listed.allows(origin)))
    }

    /// Returns the origins for a content policy.
    pub fn sources(&self) -> String {
        self.join(" ", |listed| match listed {
            EmbedOrigin::One(origin) => origin.clone(),
            EmbedOrigin::Subdomains(domain) => format!("https://*.{domain}"),
        })
    }

    /// Returns a JavaScript regular expression for the frame's script. It matches what [`Self::allow`] allows.
    pub fn pattern(&self) -> String {
        // All characters of a host with a meaning in a regular expression.
        let plain = |text: &str| text.replace('.', r"\.").replace('[', r"\[").replace(']', r"\]");
        let parts = self.join("|", |listed| match listed {
            EmbedOrigin::One(origin) => plain(origin),
            EmbedOrigin::Subdomains(domain) => format!(r"https://([a-z0-9_-]+\.)+{}", plain(domain)),
        });
        // Without any origin it matches only the empty string, which no origin is.
        format!("^({parts})$")
    }

    fn join(&self, separator: &str, part: impl Fn(&EmbedOrigin) -> String) -> String {
        self.0.iter().map(part).collect::<Vec<_>>().join(separator)
    }
}

/// Returns whether a host has only characters that are valid in one, and no empty name.
fn is_a_host(host: &str) -> bool {
    let names = host.strip_suffix('.').unwrap_or(host);
    host.bytes().all(is_of_a_host) && names.split('.').all(|name| !name.is_empty())
}

impl EmbedOrigin {
    fn parse(text: &str) -> Result<Self, String> {
        let scheme = text.get(..8).filter(|scheme| scheme.eq_ignore_ascii_case("https://"));
        let below = scheme.and_then(|scheme| text[scheme.len()..].strip_prefix("*."));
        let url = parse_origin(&below.map_or(text.to_owned(), |domain| format!("https://{domain}")));
        let everybody =
            "would allow every site; list origins, or https://*.example.com for all subdomains of a domain";
        if matches!(text.trim_end_matches('/'), "*" | "https://*" | "http://*" | "*:*") {
            return Err(everybody.to_owned());
        }
        let url = url?;
        let Some(host) = url.host_str().filter(|host| is_a_host(host)) else {
            return Err(if text.contains('*') {
                "has a * where it is not allowed; use https://*.example.com for all subdomains".to_owned()
            } else {
                "is not valid in a host: it has another character, or two dots in a row".to_owned()
            });
        };
        if below.is_none() {
            return match url.scheme() {
                "https" => Ok(Self::One(written(&url))),
                _ if is_loopback(&url) => Ok(Self::One(written(&url))),
                _ => Err("must be https, or http on a loopback address".to_owned()),
            };
        }
        let domain = host.trim_end_matches('.');
        // `https://*.com`, and IP addresses, which have no subdomains.
        if url.domain().is_none() || !domain.contains('.') {
            return Err(everybody.to_owned());
        }
        // `https://*.co.uk` and `https://*.github.io`.
        if psl::suffix(domain.as_bytes()).is_some_and(|suffix| suffix == domain) {
            return Err(format!(
                "would allow strangers: anyone can register a name below {domain}; list the origins"
            ));
        }
        Ok(Self::Subdomains(written(&url)["https://".len()..].to_owned()))
    }

    fn allows(&self, origin: &str) -> bool {
        match self {
            Self::One(one) => origin == one,
            Self::Subdomains(domain) => {
                let names =
                    origin.strip_prefix("https://").and_then(|rest| rest.strip_suffix(domain.as_str()));
                names.and_then(|names| names.strip_suffix('.')).is_some_and(|names| {
                    names.split('.').all(|name| !name.is_empty() && name.bytes().all(is_of_a_name))
                })
            }
        }
    }
}

/// Returns the origin as browsers write it: lower case, without the default port.
fn written(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
}

/// Returns whether a byte is harmless in a content policy, and in a regular expression once escaped.
fn is_of_a_host(byte: u8) -> bool {
    is_of_a_name(byte) || matches!(byte, b'.' | b'[' | b']' | b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(listed: &str, origin: &str) -> bool {
        EmbedOrigins::parse(listed).unwrap().allow(origin.as_bytes())
    }

    #[test]
    fn star_matches_subdomains_only() {
        for origin in
            ["https://shop.example.com", "https://a.b.example.com", "https://xn--mller-kva.example.com"]
        {
            assert!(allows("https://*.example.com", origin), "{origin}");
        }
        for origin in [
            "https://example.com",
            "https://.example.com",
            "https://evil-example.com",
            "https://evilexample.com",
            "https://shop.example.com.evil.com",
            "https://shop.example.com:8443",
            "http://shop.example.com",
            "https://evil.com/.example.com",
            "https://evil.com#.example.com",
            "https://u@shop.example.com",
            "https://shop..example.com",
            "https://SHOP.example.com",
            "null",
            "",
        ] {
            assert!(!allows("https://*.example.com", origin), "{origin}");
        }
        assert!(allows("https://*.example.com:8443", "https://shop.example.com:8443"));
        assert!(!allows("https://*.example.com:8443", "https://shop.example.com"));
        assert!(allows("https://*.example.com,https://example.com", "https://example.com"));
    }

    #[test]
    fn origins_are_normalized() {
        for (text, source) in [
            ("https://Shop.Example:443/", "https://shop.example"),
            ("HTTPS://*.Example.com:443", "https://*.example.com"),
            ("https://*.example.com/", "https://*.example.com"),
            ("https://*.example.com:8443", "https://*.example.com:8443"),
            ("https://müller.example", "https://xn--mller-kva.example"),
            ("https://*.shop.github.io", "https://*.shop.github.io"),
            ("https://*.müller.example", "https://*.xn--mller-kva.example"),
            ("http://localhost:5173", "http://localhost:5173"),
            ("http://[::1]:5173", "http://[::1]:5173"),
            ("https://a.example, ,https://b.example:81", "https://a.example https://b.example:81"),
        ] {
            assert_eq!(EmbedOrigins::parse(text).unwrap().sources(), source, "{text}");
        }
    }

    #[test]
    fn invalid_origins_are_rejected_with_a_fix() {
        for (text, part) in [
            ("*", "would allow every site"),
            ("https://*", "would allow every site"),
            ("https://*/", "would allow every site"),
            ("https://*.", "scheme, host and port only"),
            ("https://*.com", "would allow every site"),
            ("https://*.com.", "would allow every site"),
            ("https://*.co.uk", "would allow strangers"),
            ("https://*.github.io", "would allow strangers"),
            ("https://*.myshopify.com:8443", "would allow strangers"),
            ("https://*.xn--55qx5d.cn.", "would allow strangers"),
            ("https://.com", "not valid in a host"),
            ("https://shop..example", "not valid in a host"),
            ("https://*.127.0.0.1", "would allow every site"),
            ("https://*:443", "has a *"),
            ("https://*.*.example.com", "has a *"),
            ("https://shop.*.example.com", "has a *"),
            ("https://*shop.example.com", "has a *"),
            ("https://%2a.example.com", "not valid in a host"),
            ("http://*.example.com", "has a *"),
            ("*.example.com", "scheme, host and port only"),
            ("null", "scheme, host and port only"),
            ("https://shop.example/path", "scheme, host and port only"),
            ("https://*.example.com/path", "scheme, host and port only"),
            ("https://u@*.example.com", "scheme, host and port only"),
            ("http://shop.example", "must be https"),
            ("https://a.example;script-src", "not valid in a host"),
            ("https://a.example'", "not valid in a host"),
        ] {
            let error = EmbedOrigins::parse(&format!("https://good.example, {text}")).unwrap_err();
            assert!(error.contains(part) && error.contains(text), "{text}: {error}");
        }
    }

    #[test]
    fn frame_pattern_is_anchored_and_escaped() {
        let pattern = |text: &str| EmbedOrigins::parse(text).unwrap().pattern();
        assert_eq!(pattern("https://a.example"), r"^(https://a\.example)$");
        assert_eq!(
            pattern("http://[::1]:81,https://*.b-c.example:82"),
            r"^(http://\[::1\]:81|https://([a-z0-9_-]+\.)+b-c\.example:82)$"
        );
        assert_eq!(pattern(""), "^()$");
    }
}
