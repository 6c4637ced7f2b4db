//! What cannot be right is refused at the field, before a call leaves the browser.
//!
//! The server parses everything again: this saves the merchant a round trip, it guards nothing.

use crate::model::{ApiKey, ConnectionForm, EmailAddress, FieldError, Helpdesk, Subdomain};

/// The account whose key is stored. A stored key is only used with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its subdomain.
    pub subdomain: String,
    /// Its user.
    pub username: String,
}

/// The form with what was pasted made plain, or every field that has to be mended, in the order of the screen.
pub fn connection(
    helpdesk: Helpdesk,
    typed: ConnectionForm,
    stored: Option<&Stored>,
) -> Result<ConnectionForm, Vec<FieldError>> {
    let subdomain = Subdomain::parse_field(helpdesk, &typed.subdomain);
    let username = EmailAddress::parse_field("username", &typed.username);
    let key = typed.api_key.as_deref().map(|key| key.trim_matches(' ')).filter(|key| !key.is_empty());
    let key = match (key, stored) {
        (Some(key), _) => ApiKey::parse(key).map(|key| Some(key.expose())),
        (None, None) => ApiKey::parse("").map(|_| None),
        (None, Some(stored)) => {
            let same = subdomain.as_ref().map_or(true, |now| now.as_str() == stored.subdomain)
                && username.as_ref().map_or(true, |now| now.as_str() == stored.username);
            if same {
                Ok(None)
            } else {
                Err(FieldError::new(
                    "api_key",
                    "Enter the API key again: the saved one only belongs to the saved subdomain and username.",
                ))
            }
        }
    };
    match (subdomain, username, key) {
        (Ok(subdomain), Ok(username), Ok(api_key)) => {
            Ok(ConnectionForm { subdomain: subdomain.into(), username: username.into(), api_key })
        }
        (subdomain, username, key) => {
            Err([subdomain.err(), username.err(), key.err()].into_iter().flatten().collect())
        }
    }
}

/// The team's address, if one was entered.
pub fn team_email(typed: &str) -> Result<Option<String>, FieldError> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    EmailAddress::parse_field("email", typed).map(|email| Some(email.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(subdomain: &str, username: &str, key: &str) -> ConnectionForm {
        ConnectionForm { subdomain: subdomain.into(), username: username.into(), api_key: Some(key.into()) }
    }

    fn fields(result: Result<ConnectionForm, Vec<FieldError>>) -> Vec<String> {
        result.unwrap_err().into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn what_was_pasted_is_made_plain() {
        let pasted = form("https://Your-Store.gorgias.com/app/tickets", " jane@example.com ", " key ");
        assert!(
            connection(Helpdesk::Gorgias, pasted, None) == Ok(form("your-store", "jane@example.com", "key"))
        );
    }

    #[test]
    fn every_field_that_is_wrong_is_named_in_order() {
        assert_eq!(
            fields(connection(Helpdesk::Gorgias, form("", "jane", ""), None)),
            ["subdomain", "username", "api_key"]
        );
    }

    #[test]
    fn a_stored_key_stays_with_its_own_account() {
        let stored = Stored { subdomain: "a".into(), username: "u@x.co".into() };
        let check = |sub, user, key| connection(Helpdesk::Gorgias, form(sub, user, key), Some(&stored));
        assert!(check("a", "u@x.co", "").is_ok_and(|form| form.api_key.is_none()));
        assert_eq!(fields(check("b", "u@x.co", "")), ["api_key"]);
        assert_eq!(fields(check("a", "v@x.co", "  ")), ["api_key"]);
        assert!(check("b", "v@x.co", "new").is_ok());
        assert_eq!(fields(check("-", "u@x.co", "")), ["subdomain"], "one thing at a time");
    }

    #[test]
    fn a_team_without_an_address_is_a_choice() {
        assert_eq!(team_email("  "), Ok(None));
        assert_eq!(team_email(" a@x.co "), Ok(Some("a@x.co".into())));
        assert_eq!(team_email("a").unwrap_err().field, "email");
    }
}
