//! A helpdesk's API key as a merchant pastes it.

use crate::{FieldError, pasted, sentences};
use std::fmt;

/// The most characters a key may have.
pub const MAX_CHARS: usize = 512;

sentences! {
    EMPTY = "api_key.empty": "Enter the API key.";
    BLANK = "api_key.blank": "An API key has no spaces or line breaks. Copy it again, without what stands around it.";
    TOO_LONG = "api_key.too_long": "An API key has at most 512 characters. Check that only the key was pasted.";
}
#[cfg(feature = "server")]
sentences! {
    INVISIBLE = "api_key.invisible": "An API key has no invisible characters. This one has, so copy it again or type it.";
}

/// A secret of 1 to 512 visible characters, without what pasting leaves around it.
///
/// Its `Debug` shows nothing of it and it does not implement `Serialize`: it travels only from the form to the
/// vault.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// Reads what was typed or pasted. The error is a sentence for the field `api_key`.
    pub fn parse(input: &str) -> Result<Self, FieldError> {
        let key = pasted::ends(input);
        let refuse = |sentence| Err(FieldError::new("api_key", sentence));
        if key.is_empty() {
            return refuse(EMPTY);
        }
        if key.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return refuse(BLANK);
        }
        // What is not seen may have been pasted along, or may belong to the key: only its owner can tell.
        #[cfg(feature = "server")]
        if key.chars().any(pasted::is_invisible) {
            return refuse(INVISIBLE);
        }
        if key.chars().count() > MAX_CHARS {
            return refuse(TOO_LONG);
        }
        Ok(Self(key.to_owned()))
    }

    /// The secret itself, to be sealed or sent to its own helpdesk and to nothing else.
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
    fn spaces_around_a_key_go() {
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
    fn what_cannot_be_a_key_is_refused() {
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
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", ApiKey::parse("geheim").unwrap()), "ApiKey(…)");
    }
}
