//! Email addresses: a helpdesk's user name, the team's address, a shopper's.

use crate::{FieldError, Sentence, pasted, sentences};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An address that is safe in a mail header, in HTTP Basic credentials (so it has no colon) and in a ticket.
///
/// Deliberately narrower than RFC 5321: no quoted local parts, no address literals, ASCII only. Helpdesk accounts do
/// not use those, and any other address of a shopper is kept as text in the ticket's note. A domain in another script
/// is kept in its `xn--` form, which every mail server and helpdesk accepts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// RFC 5321 section 4.5.3.1.3: a path of 256 octets including its angle brackets.
const MAX_BYTES: usize = 254;

impl EmailAddress {
    /// Parses what was typed or pasted, ignoring invisible characters around or inside it.
    pub fn parse(input: &str) -> Result<Self, EmailError> {
        let address = pasted::seen(input);
        #[cfg(feature = "server")]
        let address = international::plain(address);
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
        if fits { Ok(Self(address.to_string())) } else { Err(EmailError::Shape) }
    }

    /// Like [`parse`](Self::parse), but the error names a field.
    pub fn parse_field(field: &str, input: &str) -> Result<Self, FieldError> {
        Self::parse(input).map_err(|error| FieldError::new(field, error.sentence()))
    }

    /// Returns the address as it was written, except for a domain in another script.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Addresses in scripts other than ASCII. Only on the server: the tables would double the size of the browser's module.
#[cfg(feature = "server")]
pub mod international {
    /// Returns the ASCII form of a full-width character, which Asian keyboards type.
    pub fn narrow(c: char) -> char {
        match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            '\u{fe6b}' => '@',
            c => c,
        }
    }

    /// Returns the address with its domain in ASCII, or unchanged if the domain cannot be converted.
    pub(super) fn plain(address: String) -> String {
        // An invisible character left inside is rejected, although the conversion would ignore it.
        if address.is_ascii() || address.chars().any(crate::pasted::is_invisible) {
            return address;
        }
        let address: String = address.chars().map(narrow).collect();
        match address.rsplit_once('@').and_then(|(local, domain)| Some((local, domain_to_ascii(domain)?))) {
            Some((local, domain)) => format!("{local}@{domain}"),
            None => address,
        }
    }

    /// Returns the `xn--` form of a domain. Returns `None` if it is not a domain, or if a label mixes scripts, as an
    /// imitation of another name does: the Cyrillic `а` in `pаypal.com`.
    pub fn domain_to_ascii(domain: &str) -> Option<String> {
        if domain.is_ascii() {
            return Some(domain.to_owned());
        }
        let plain = domain.split(['.', '\u{3002}', '\u{ff61}']).all(is_of_one_script);
        plain.then(|| idna::domain_to_ascii_strict(domain).ok()).flatten()
    }

    fn is_of_one_script(label: &str) -> bool {
        let mut scripts: Vec<Script> = label.chars().filter(|c| c.is_alphabetic()).map(Script::of).collect();
        scripts.sort_unstable();
        scripts.dedup();
        // Japanese and Chinese names mix Latin letters with their own.
        matches!(scripts.as_slice(), [] | [_] | [Script::Latin, Script::EastAsian])
    }

    /// Scripts, as far as it matters which ones are mixed.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Script {
        /// Including accented letters.
        Latin,
        /// Han, kana, hangul and bopomofo: written without spaces, or with endings right after a foreign word.
        EastAsian,
        /// Thai, Lao, Burmese, Khmer: written without spaces.
        SouthEastAsian,
        /// Including Coptic.
        Greek,
        /// Including its extensions.
        Cyrillic,
        /// All others.
        Other,
    }

    impl Script {
        /// Returns the script of a letter.
        pub fn of(letter: char) -> Self {
            match letter {
                '\0'..='\u{2af}' | '\u{1d00}'..='\u{1dbf}' | '\u{1e00}'..='\u{1eff}' => Self::Latin,
                '\u{2c60}'..='\u{2c7f}' | '\u{a720}'..='\u{a7ff}' | '\u{ab30}'..='\u{ab6f}' => Self::Latin,
                '\u{ff21}'..='\u{ff5a}' => Self::Latin,
                '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Self::Greek,
                '\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8f}' => Self::Cyrillic,
                '\u{2de0}'..='\u{2dff}' | '\u{a640}'..='\u{a69f}' => Self::Cyrillic,
                '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' => Self::SouthEastAsian,
                '\u{1780}'..='\u{17ff}' | '\u{19e0}'..='\u{19ff}' => Self::SouthEastAsian,
                '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{a4cf}' | '\u{a960}'..='\u{a97f}' => {
                    Self::EastAsian
                }
                '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{ff65}'..='\u{ffdc}' => {
                    Self::EastAsian
                }
                '\u{1b000}'..='\u{1b16f}' | '\u{20000}'..='\u{3ffff}' => Self::EastAsian,
                _ => Self::Other,
            }
        }
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

/// Why a text is not an email address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence().english)]
pub enum EmailError {
    /// Nothing was entered.
    Empty,
    /// It contains a space, a line break or a control character.
    Blank,
    /// It contains a colon, which would end the user name in HTTP Basic credentials.
    Colon,
    /// It has no `@`.
    NoAt,
    /// Anything else.
    Shape,
}

impl EmailError {
    /// Returns the sentence that says how to fix it.
    pub fn sentence(self) -> Sentence {
        match self {
            Self::Empty => EMPTY,
            Self::Blank => BLANK,
            Self::Colon => COLON,
            Self::NoAt => NO_AT,
            Self::Shape => SHAPE,
        }
    }
}

sentences! {
    EMPTY = "email.empty": "Enter an email address.";
    BLANK = "email.blank": "An email address cannot contain spaces or line breaks.";
    COLON = "email.colon": "An email address cannot contain a colon.";
    NO_AT = "email.no_at": "Enter a complete email address with an @, for example you@example.com.";
    SHAPE = "email.shape": "Enter a complete email address, for example you@example.com.";
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
    fn common_addresses_are_valid() {
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

    #[cfg(feature = "server")]
    #[test]
    fn surrounding_invisible_characters_are_removed() {
        for pasted in [
            "jane@example.com\u{a0}",
            "\u{feff}jane@example.com\n",
            "\u{202a}jane@example.com\u{202c}",
            "\u{3164}jane@example.com\u{2800}",
            "\tjane@example.com\r\n",
            "jane\u{200b}@exam\u{ad}ple.com",
            "ja\u{2060}ne@example\u{200d}.com\u{fe0f}",
            "ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ",
            "jane＠example.com",
        ] {
            assert_eq!(
                EmailAddress::parse(pasted).map(String::from).as_deref(),
                Ok("jane@example.com"),
                "{pasted:?}"
            );
        }
    }

    #[cfg(feature = "server")]
    #[test]
    fn international_domain_is_kept_in_ascii() {
        for (typed, kept) in [
            ("jane@müller.de", "jane@xn--mller-kva.de"),
            ("jane@MÜLLER.de", "jane@xn--mller-kva.de"),
            ("jane@mu\u{308}ller.de", "jane@xn--mller-kva.de"),
            ("jane@straße.de", "jane@xn--strae-oqa.de"),
            ("jane@例え.jp", "jane@xn--r8jz45g.jp"),
            ("jane@例え。jp", "jane@xn--r8jz45g.jp"),
            ("jane@пример.рф", "jane@xn--e1afmkfd.xn--p1ai"),
            ("jane@παράδειγμα.ελ", "jane@xn--hxajbheg2az3al.xn--qxam"),
            ("jane@mail.bücher.example", "jane@mail.xn--bcher-kva.example"),
        ] {
            let parsed = EmailAddress::parse(typed).map(String::from);
            assert_eq!(parsed.as_deref(), Ok(kept), "{typed:?}");
            assert_eq!(EmailAddress::parse(kept).map(String::from).as_deref(), Ok(kept), "unchanged");
        }
        for bad in [
            "müller@example.com",
            "jane@p\u{430}ypal.com",
            "jane@\u{3b1}pple.com",
            "jane@пример\u{3b1}.com",
            "jane@-é.com",
            "jane@é",
            "jane@é..com",
            "jane@xn--é.com",
            "jane@exa\u{3164}mple.com",
            "jane@😀\u{301}é .com",
        ] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn invalid_addresses_are_rejected_with_a_reason() {
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
