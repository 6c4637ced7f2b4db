//! The part of a helpdesk's URL that names the merchant's account.

use crate::{FieldError, Helpdesk, Said, pasted, said, sentences};
use serde::{Deserialize, Serialize};
use std::fmt;

sentences! {
    EMPTY = "subdomain.empty": "Enter your {name} subdomain.";
    OTHER_HOST = "subdomain.other_host": "This is not a {domain} address. Enter the part before .{domain}, for example mystore.";
    TOO_LONG = "subdomain.too_long": "A subdomain can have at most 63 characters.";
    CHARACTER = "subdomain.character": "A subdomain can only contain letters, digits and hyphens. Enter the part before .{domain}, for example mystore.";
    HYPHEN = "subdomain.hyphen": "A subdomain must start and end with a letter or digit.";
}

/// One lower-case DNS label: `[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`.
///
/// The credentials are sent to the host built from it. Because it is a single label, they cannot go to a host other
/// than the merchant's, whatever was pasted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Subdomain(String);

impl Subdomain {
    /// Parses what people paste: the label, the host, or the URL of any page of their helpdesk.
    pub fn parse(helpdesk: Helpdesk, input: &str) -> Result<Self, SubdomainError> {
        let text = pasted::seen(input).to_ascii_lowercase();
        if text.is_empty() {
            return Err(SubdomainError::Empty);
        }
        Self::label(host_label(helpdesk, &text)?)
    }

    /// Like [`parse`](Self::parse), but the error is on the field `subdomain`.
    pub fn parse_field(helpdesk: Helpdesk, input: &str) -> Result<Self, FieldError> {
        Self::parse(helpdesk, input).map_err(|error| FieldError::new("subdomain", error.sentence(helpdesk)))
    }

    /// Returns the label.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn label(text: &str) -> Result<Self, SubdomainError> {
        if text.len() > 63 {
            return Err(SubdomainError::TooLong);
        }
        if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(SubdomainError::Character);
        }
        if text.is_empty() || text.starts_with('-') || text.ends_with('-') {
            return Err(SubdomainError::Hyphen);
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

/// Returns the label before the helpdesk's domain if the text is a URL or host on it, else the text itself.
fn host_label(helpdesk: Helpdesk, text: &str) -> Result<&str, SubdomainError> {
    let (rest, is_url, port) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (rest, true, ":443"),
        (_, Some(rest)) => (rest, true, ":80"),
        _ => (text, false, ":443"),
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    // A browser omits the default port, and a host name may end in the root's dot.
    let host = host.strip_suffix(port).unwrap_or(host);
    let host = host.strip_suffix('.').unwrap_or(host);
    match host.strip_suffix(helpdesk.domain()).and_then(|front| front.strip_suffix('.')) {
        Some(label) => Ok(label),
        None if is_url || text.contains("://") => Err(SubdomainError::OtherHost),
        None => Ok(text),
    }
}

/// Why a text is not a subdomain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubdomainError {
    /// Nothing was entered.
    #[error("the subdomain is empty")]
    Empty,
    /// A URL or host on a different domain.
    #[error("an address on a different host")]
    OtherHost,
    /// Longer than a DNS label can be.
    #[error("longer than 63 characters")]
    TooLong,
    /// A character that is not a letter, a digit or a hyphen.
    #[error("a character that is not a letter, a digit or a hyphen")]
    Character,
    /// A hyphen at the start or the end.
    #[error("a hyphen at the start or the end")]
    Hyphen,
}

impl SubdomainError {
    /// Returns the sentence shown at the field.
    pub fn sentence(self, helpdesk: Helpdesk) -> Said {
        let domain = helpdesk.domain();
        match self {
            Self::Empty => said!(EMPTY, name = helpdesk.name()),
            Self::OtherHost => said!(OTHER_HOST, domain = domain),
            Self::TooLong => TOO_LONG.into(),
            Self::Character => said!(CHARACTER, domain = domain),
            Self::Hyphen => HYPHEN.into(),
        }
    }
}

impl fmt::Display for Subdomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Subdomain {
    type Error = SubdomainError;
    fn try_from(value: String) -> Result<Self, SubdomainError> {
        Self::label(&value)
    }
}

impl From<Subdomain> for String {
    fn from(value: Subdomain) -> String {
        value.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(input: &str) -> Result<String, SubdomainError> {
        Subdomain::parse(Helpdesk::GORGIAS, input).map(String::from)
    }

    #[test]
    fn pasted_urls_become_the_label() {
        for good in [
            "your-store",
            " Your-Store ",
            "your-store.gorgias.com",
            "https://your-store.gorgias.com",
            "https://your-store.gorgias.com/app/tickets",
            "HTTPS://Your-Store.Gorgias.com/app/ticket/12?x=1#y",
            "http://your-store.gorgias.com/",
            "your-store.gorgias.com/api/",
            "https://your-store.gorgias.com:443/",
            "https://your-store.gorgias.com:443",
            "http://your-store.gorgias.com:80/app",
            "your-store.gorgias.com:443",
            "your-store.gorgias.com.",
            "https://your-store.gorgias.com./app",
            "https://your-store.gorgias.com.:443/app",
            "your-store\u{a0}",
            "\u{feff}your-store\r\n",
            "\u{200b}https://your-store.gorgias.com/\u{200b}",
            "your\u{ad}-store.gor\u{200b}gias.com",
        ] {
            assert_eq!(parse(good).as_deref(), Ok("your-store"), "{good:?}");
        }
        assert_eq!(parse("1").as_deref(), Ok("1"));
        assert_eq!(parse(&"a".repeat(63)).map(|s| s.len()), Ok(63));
        assert_eq!(parse("xn--bcher-kva").as_deref(), Ok("xn--bcher-kva"), "punycode is a plain label");
    }

    #[test]
    fn invalid_subdomains_are_rejected_with_a_reason() {
        use SubdomainError::*;
        for (bad, why) in [
            ("", Empty),
            ("   ", Empty),
            ("a.b", Character),
            ("-a", Hyphen),
            ("a-", Hyphen),
            ("evil.com#", Character),
            ("evil#", Character),
            ("user@host", Character),
            ("../x", Character),
            ("a b", Character),
            ("a\nb", Character),
            ("bücher", Character),
            ("127.0.0.1", Character),
            ("localhost:1", Character),
            (".gorgias.com", Hyphen),
            ("a.b.gorgias.com", Character),
            ("user:pw@store.gorgias.com", Character),
            ("https://evil.com/store.gorgias.com", OtherHost),
            ("https://evil.com#.gorgias.com", OtherHost),
            ("https://store.gorgias.com.evil.com", OtherHost),
            ("https://store.gorgias.com:8443/", OtherHost),
            ("https://store.gorgias.com:80/", OtherHost),
            ("http://store.gorgias.com:443/", OtherHost),
            ("https://store.gorgias.com:4430/", OtherHost),
            ("https://store.gorgias.com../", OtherHost),
            ("st\u{202e}ore", Character),
            ("st\u{a0}ore", Character),
            ("st\u{3164}ore", Character),
            ("ftp://store.gorgias.com", OtherHost),
            ("https://evilgorgias.com", OtherHost),
        ] {
            let got = parse(bad);
            // An unknown scheme leaves a colon before the host, which is rejected as a character: just as good.
            assert!(got == Err(why) || (bad.starts_with("ftp") && got.is_err()), "{bad:?}: {got:?}");
        }
        assert_eq!(parse(&"a".repeat(64)), Err(TooLong));
    }
}
