//! E-mail addresses: a helpdesk's user name, the team's address, a shopper's.

use super::FieldError;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An address that can stand in a mail header, in HTTP Basic credentials (so it has no colon) and in a ticket.
///
/// Deliberately narrower than RFC 5321: no quoted local parts, no address literals, ASCII only. Nobody's helpdesk
/// account uses those, and a shopper's address outside of it is kept as text in the ticket's note.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// RFC 5321 section 4.5.3.1.3: a path of 256 octets with its angle brackets.
const MAX_BYTES: usize = 254;

impl EmailAddress {
    /// Reads what was typed or pasted, without the spaces around it.
    pub fn parse(input: &str) -> Result<Self, EmailError> {
        let address = input.trim_matches(' ');
        if address.is_empty() {
            return Err(EmailError::Empty);
        }
        if address.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(EmailError::Blank);
        }
        if address.contains(':') {
            return Err(EmailError::Colon);
        }
        let Some((local, domain)) = address.rsplit_once('@') else {
            return Err(EmailError::NoAt);
        };
        let fits = address.len() <= MAX_BYTES && local_is_plain(local) && domain_is_plain(domain);
        if fits { Ok(Self(address.to_owned())) } else { Err(EmailError::Shape) }
    }

    /// Like [`parse`](Self::parse), with the error put on a field.
    pub fn parse_field(field: &str, input: &str) -> Result<Self, FieldError> {
        Self::parse(input).map_err(|error| FieldError::new(field, error.to_string()))
    }

    /// The address as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn local_is_plain(local: &str) -> bool {
    (1..=64).contains(&local.len())
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~.-".contains(&b))
}

fn domain_is_plain(domain: &str) -> bool {
    domain.contains('.')
        && domain.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
}

/// Why something is no e-mail address, in a sentence that says how to mend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Nothing was entered.
    #[error("Enter an e-mail address.")]
    Empty,
    /// A space, a line break or a control character inside.
    #[error("An e-mail address has no spaces or line breaks.")]
    Blank,
    /// A colon, which would end the user name in HTTP Basic credentials.
    #[error("An e-mail address has no colon.")]
    Colon,
    /// No `@`.
    #[error("Enter a whole e-mail address, with an @, for example you@example.com.")]
    NoAt,
    /// Anything else.
    #[error("This is not a whole e-mail address. It looks like you@example.com.")]
    Shape,
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = EmailError;
    fn try_from(value: String) -> Result<Self, EmailError> {
        Self::parse(&value)
    }
}

impl From<EmailAddress> for String {
    fn from(value: EmailAddress) -> String {
        value.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_addresses_pass() {
        for good in [
            "jane@example.com",
            " jane@example.com ",
            "a+b@x.co",
            "o'neil@shop.example",
            "x@xn--bcher-kva.example",
        ] {
            assert!(EmailAddress::parse(good).is_ok(), "{good:?}");
        }
    }

    #[test]
    fn what_is_none_is_refused_with_its_reason() {
        for (bad, why) in [
            ("", EmailError::Empty),
            ("  ", EmailError::Empty),
            ("jane", EmailError::NoAt),
            ("jane@example.com\nBcc: x@example.com", EmailError::Blank),
            ("jane doe@example.com", EmailError::Blank),
            ("jane:x@example.com", EmailError::Colon),
            ("mailto:jane@example.com", EmailError::Colon),
            ("jane@localhost", EmailError::Shape),
            ("@example.com", EmailError::Shape),
            ("jane@", EmailError::Shape),
            ("jane@-x.com", EmailError::Shape),
            ("ja<ne>@example.com", EmailError::Shape),
            ("a@b@example.com", EmailError::Shape),
            ("jane@exa\u{202e}mple.com", EmailError::Shape),
        ] {
            assert_eq!(EmailAddress::parse(bad), Err(why), "{bad:?}");
        }
    }
}
