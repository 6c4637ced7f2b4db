//! A helpdesk's API key, as a merchant pastes it.

use crate::{FieldError, pasted, sentences};
use std::fmt;

/// The maximum length of a key, in characters.
pub const MAX_CHARS: usize = 512;

sentences! {
    EMPTY = "api_key.empty": "Enter the API key.";
    BLANK = "api_key.blank": "This cannot contain spaces or line breaks. Copy it again, without the text around it.";
    TOO_LONG = "api_key.too_long": "This can have at most 512 characters. Copy it again, without the text around it.";
}
#[cfg(feature = "server")]
sentences! {
    INVISIBLE = "api_key.invisible": "This contains invisible characters. Copy it again, or type it.";
}

/// A secret of 1 to 512 visible characters, without the spaces that pasting adds.
///
/// `Debug` does not print it and it does not implement `Serialize`: it only ever travels from the form to the vault.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// Parses what was typed or pasted. Errors name the field `api_key`.
    pub fn parse(input: &str) -> Result<Self, FieldError> {
        let key = pasted::ends(input);
        let refuse = |sentence| Err(FieldError::new("api_key", sentence));
        if key.is_empty() {
            return refuse(EMPTY);
        }
        if key.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return refuse(BLANK);
        }
        // An invisible character may have been pasted along or may belong to the key; only its owner can tell.
        #[cfg(feature = "server")]
        if key.chars().any(pasted::is_invisible) {
            return refuse(INVISIBLE);
        }
        if key.chars().count() > MAX_CHARS {
            return refuse(TOO_LONG);
        }
        Ok(Self(key.to_owned()))
    }

    /// Returns the secret, to be sealed or sent to its own helpdesk only.
    pub fn expose(self) -> String {
        self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surrounding_spaces_are_removed() {
        for pasted in [
            "  abc-123 ",
            "abc-123\n",
            "\u{200b}abc-123",
            "\u{feff}abc-123\u{a0}\r\n",
            "\u{2060}abc-123\u{ad}",
        ] {
            assert_eq!(ApiKey::parse(pasted).unwrap().expose(), "abc-123", "{pasted:?}");
        }
        assert_eq!(ApiKey::parse("\u{200b}\u{3164}").unwrap_err().message, "Enter the API key.");
    }

    #[test]
    fn invalid_keys_are_rejected() {
        for bad in [
            "",
            "   ",
            "ab cd",
            "ab\ncd",
            "ab\u{a0}c",
            "ab\u{200b}c",
            "ab\u{ad}c",
            "ab\u{3164}c",
            "ab\tc",
            "ab\u{0}c",
            &"k".repeat(513),
            &"k".repeat(10_000),
        ] {
            let error = ApiKey::parse(bad).unwrap_err();
            assert_eq!(error.field, "api_key", "{bad:?}");
            assert!(bad.trim().len() < 3 || !error.message.contains(bad), "the message repeats the key");
        }
        assert!(ApiKey::parse(&"k".repeat(512)).is_ok());
    }

    #[test]
    fn debug_hides_the_key() {
        assert_eq!(format!("{:?}", ApiKey::parse("geheim").unwrap()), "ApiKey(…)");
    }
}
