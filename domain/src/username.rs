//! Whose key it is: what a helpdesk calls its user by.

use crate::{
    EmailAddress, FieldError,
    helpdesk::{AccessMethod, UserKind},
    pasted, sentences,
};
use serde::{Deserialize, Serialize};
use std::fmt;

sentences! {
    EMPTY = "username.empty": "Enter the client ID.";
    NO_NAME = "username.no_name": "A client ID has at most 255 characters, no colon and no line breaks.";
}

/// The most characters of a name that is no address.
const MAX_CHARS: usize = 255;

/// The user of a secret: an address, or a name that the helpdesk gave out, as the kind of credentials has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Username(String);

impl Username {
    /// Reads what was typed or pasted. The error is a sentence for the field `username`.
    pub fn parse(method: &AccessMethod, input: &str) -> Result<Self, FieldError> {
        match method.user {
            UserKind::Email => EmailAddress::parse_field("username", input).map(Self::from),
            UserKind::Name => match pasted::ends(input) {
                "" => Err(FieldError::new("username", EMPTY)),
                name => Self::try_from(name.to_owned()).map_err(|_| FieldError::new("username", NO_NAME)),
            },
        }
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<EmailAddress> for Username {
    fn from(address: EmailAddress) -> Self {
        Self(address.into())
    }
}

/// Why a text is no user of any helpdesk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a user name")]
pub struct NotAUsername;

/// What was stored: of which helpdesk is not asked again. A colon ends the user where both are sent as one.
impl TryFrom<String> for Username {
    type Error = NotAUsername;
    fn try_from(text: String) -> Result<Self, NotAUsername> {
        let wrong = |c: char| c == ':' || c.is_control();
        if text.is_empty() || text.contains(wrong) || text.chars().count() > MAX_CHARS {
            return Err(NotAUsername);
        }
        Ok(Self(text))
    }
}

impl From<Username> for String {
    fn from(name: Username) -> String {
        name.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Helpdesk;

    #[test]
    fn a_helpdesk_whose_users_have_addresses_takes_no_other_name() {
        let method = Helpdesk::GORGIAS.method(None).unwrap();
        let read = |text: &str| Username::parse(method, text).map(String::from);
        assert_eq!(read(" jane@example.com\n").as_deref(), Ok("jane@example.com"));
        assert_eq!(
            read("convi-client"),
            EmailAddress::parse_field("username", "convi-client").map(String::from)
        );
    }

    #[test]
    fn what_was_stored_comes_back_and_what_cannot_be_sent_does_not() {
        for name in ["jane@example.com", "convi_client-7", "Jane Doe"] {
            assert_eq!(Username::try_from(name.to_owned()).map(String::from).as_deref(), Ok(name));
        }
        for bad in ["", "a:b", "a\nb", &"x".repeat(256)] {
            assert_eq!(Username::try_from(bad.to_owned()), Err(NotAUsername), "{bad:?}");
        }
    }
}
