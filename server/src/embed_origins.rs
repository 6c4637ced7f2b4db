//! Who may embed the screen: origins, and every subdomain of a domain. The same list decides who may frame it (the content
//! policy), who may call it (CORS), and to whom the frame's script listens.

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
    /// This one, as browsers write it: `https://shop.example`.
    One(String),
    /// Every name below it over https, but not itself: `example.com`, `example.com:8443`.
    Subdomains(String),
}

impl EmbedOrigins {
    /// Reads origins, separated by commas.
    pub fn parse(text: &str) -> Result<Self, String> {
        let read = |origin| EmbedOrigin::parse(origin).map_err(|why| format!("`{origin}` {why}"));
        list(text).map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Nobody may.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an origin, as a browser writes it, may.
    pub fn allow(&self, origin: &[u8]) -> bool {
        str::from_utf8(origin).is_ok_and(|origin| self.0.iter().any(|listed| listed.allows(origin)))
    }

    /// As a content policy lists them.
    pub fn sources(&self) -> String {
        self.join(" ", |listed| match listed {
            EmbedOrigin::One(origin) => origin.clone(),
            EmbedOrigin::Subdomains(domain) => format!("https://*.{domain}"),
        })
    }

    /// As a regular expression of JavaScript, for the frame's script: it matches what [`Self::allow`] allows.
    pub fn pattern(&self) -> String {
        // All that a host can have and an expression would read as something else.
        let plain = |text: &str| text.replace('.', r"\.").replace('[', r"\[").replace(']', r"\]");
        let parts = self.join("|", |listed| match listed {
            EmbedOrigin::One(origin) => plain(origin),
            EmbedOrigin::Subdomains(domain) => format!(r"https://([a-z0-9_-]+\.)+{}", plain(domain)),
        });
        // Without anybody it matches no origin: none is empty.
        format!("^({parts})$")
    }

    fn join(&self, separator: &str, part: impl Fn(&EmbedOrigin) -> String) -> String {
        self.0.iter().map(part).collect::<Vec<_>>().join(separator)
    }
}

impl EmbedOrigin {
    fn parse(text: &str) -> Result<Self, String> {
        let scheme = text.get(..8).filter(|scheme| scheme.eq_ignore_ascii_case("https://"));
        let below = scheme.and_then(|scheme| text[scheme.len()..].strip_prefix("*."));
        let url = parse_origin(&below.map_or(text.to_owned(), |domain| format!("https://{domain}")));
        let everybody =
            "would let every site in; list origins, or https://*.example.com for the subdomains of one";
        if matches!(text.trim_end_matches('/'), "*" | "https://*" | "http://*" | "*:*") {
            return Err(everybody.to_owned());
        }
        let url = url?;
        let Some(host) = url.host_str().filter(|host| host.bytes().all(is_of_a_host)) else {
            return Err(if text.contains('*') {
                "has a * where none can be; write https://*.example.com for every subdomain".to_owned()
            } else {
                "has a character that no host has".to_owned()
            });
        };
        if below.is_none() {
            return match url.scheme() {
                "https" => Ok(Self::One(written(&url))),
                _ if is_loopback(&url) => Ok(Self::One(written(&url))),
                _ => Err("must be https, or http on a loopback address".to_owned()),
            };
        }
        // `https://*.com`, and addresses, which have nothing below them.
        if url.domain().is_none() || !host.trim_end_matches('.').contains('.') {
            return Err(everybody.to_owned());
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

/// As a browser does: lower case, without the scheme's own port.
fn written(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
}

/// Nothing that means something in a content policy or an expression, beyond what is escaped there.
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
    fn a_star_is_every_subdomain_and_nothing_else() {
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
    fn origins_are_kept_as_browsers_write_them() {
        for (text, source) in [
            ("https://Shop.Example:443/", "https://shop.example"),
            ("HTTPS://*.Example.com:443", "https://*.example.com"),
            ("https://*.example.com/", "https://*.example.com"),
            ("https://*.example.com:8443", "https://*.example.com:8443"),
            ("https://müller.example", "https://xn--mller-kva.example"),
            ("https://*.müller.example", "https://*.xn--mller-kva.example"),
            ("http://localhost:5173", "http://localhost:5173"),
            ("http://[::1]:5173", "http://[::1]:5173"),
            ("https://a.example, ,https://b.example:81", "https://a.example https://b.example:81"),
        ] {
            assert_eq!(EmbedOrigins::parse(text).unwrap().sources(), source, "{text}");
        }
    }

    #[test]
    fn what_is_refused_is_named_with_its_fix() {
        for (text, part) in [
            ("*", "would let every site in"),
            ("https://*", "would let every site in"),
            ("https://*/", "would let every site in"),
            ("https://*.", "scheme, host and port only"),
            ("https://*.com", "would let every site in"),
            ("https://*.com.", "would let every site in"),
            ("https://*.127.0.0.1", "would let every site in"),
            ("https://*:443", "has a *"),
            ("https://*.*.example.com", "has a *"),
            ("https://shop.*.example.com", "has a *"),
            ("https://*shop.example.com", "has a *"),
            ("https://%2a.example.com", "no host has"),
            ("http://*.example.com", "has a *"),
            ("*.example.com", "scheme, host and port only"),
            ("null", "scheme, host and port only"),
            ("https://shop.example/path", "scheme, host and port only"),
            ("https://*.example.com/path", "scheme, host and port only"),
            ("https://u@*.example.com", "scheme, host and port only"),
            ("http://shop.example", "must be https"),
            ("https://a.example;script-src", "no host has"),
            ("https://a.example'", "no host has"),
        ] {
            let error = EmbedOrigins::parse(&format!("https://good.example, {text}")).unwrap_err();
            assert!(error.contains(part) && error.contains(text), "{text}: {error}");
        }
    }

    #[test]
    fn the_frames_pattern_is_anchored_and_escaped() {
        let pattern = |text: &str| EmbedOrigins::parse(text).unwrap().pattern();
        assert_eq!(pattern("https://a.example"), r"^(https://a\.example)$");
        assert_eq!(
            pattern("http://[::1]:81,https://*.b-c.example:82"),
            r"^(http://\[::1\]:81|https://([a-z0-9_-]+\.)+b-c\.example:82)$"
        );
        assert_eq!(pattern(""), "^()$");
    }
}
