//! The user of a helpdesk's key.

use crate::{
    EmailAddress, FieldError,
    helpdesk::{AccessMethod, UserKind},
    pasted, sentences,
};
use serde::{Deserialize, Serialize};
use std::fmt;

sentences! {
    EMPTY = "username.empty": "Enter the client ID.";
    NO_NAME = "username.no_name": "A client ID cannot contain colons or line breaks, or have more than 255 characters.";
}

/// The maximum length of a name that is not an address, in characters.
const MAX_CHARS: usize = 255;

/// The user of a secret: an address, or a name from the helpdesk, as the access method says.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Username(String);

impl Username {
    /// Parses what was typed or pasted. Errors name the field `username`.
    pub fn parse(method: &AccessMethod, input: &str) -> Result<Self, FieldError> {
        match method.user {
            UserKind::Email => EmailAddress::parse_field("username", input).map(Self::from),
            UserKind::Name => match pasted::ends(input) {
                "" => Err(FieldError::new("username", EMPTY)),
                name => Self::try_from(name.to_owned()).map_err(|_| FieldError::new("username", NO_NAME)),
            },
        }
    }

    /// Returns the user name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<EmailAddress> for Username {
    fn from(address: EmailAddress) -> Self {
        Self(address.into())
    }
}

/// Why a text is not a user name of any helpdesk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a user name")]
pub struct NotAUsername;

/// Reads a stored name, for any helpdesk. A colon is rejected because it ends the user name in HTTP Basic credentials.
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
    fn email_users_must_be_addresses() {
        let method = Helpdesk::GORGIAS.method(None).unwrap();
        let read = |text: &str| Username::parse(method, text).map(String::from);
        assert_eq!(read(" jane@example.com\n").as_deref(), Ok("jane@example.com"));
        assert_eq!(
            read("convi-client"),
            EmailAddress::parse_field("username", "convi-client").map(String::from)
        );
    }

    #[test]
    fn stored_names_read_back_and_unsendable_ones_are_rejected() {
        for name in ["jane@example.com", "convi_client-7", "Jane Doe"] {
            assert_eq!(Username::try_from(name.to_owned()).map(String::from).as_deref(), Ok(name));
        }
        for bad in ["", "a:b", "a\nb", &"x".repeat(256)] {
            assert_eq!(Username::try_from(bad.to_owned()), Err(NotAUsername), "{bad:?}");
        }
    }
}
