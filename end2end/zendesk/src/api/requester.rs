//! A ticket's requester (section 2): by id, by address, or else the caller.

use serde_json::{Map, Value};

use super::{
    Refusal,
    fields::{Fields, is_email},
    refusal::reason,
};
use crate::world::Account;

/// The requester that a body names.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Requester {
    /// An existing user.
    Known(u64),
    /// A user to create.
    New { name: String, email: Option<String> },
}

/// Parses `requester`. A known address means its existing user, who is not changed (D).
pub(crate) fn read(account: &Account, object: &Map<String, Value>) -> Result<Requester, Refusal> {
    let mut fields = Fields::of(object);
    let name = fields.text("name").unwrap_or_default();
    let email = fields.text("email");
    fields.id("locale_id");
    fields.finish(account.behaviour.refuse_unknown_keys).map_err(Refusal::Invalid)?;
    let refused = |description: &str, code: &str| {
        let details = Map::from_iter([("requester".to_owned(), reason(description, code))]);
        Err(Refusal::Invalid(details))
    };
    if let Some(user) = email.as_deref().and_then(|email| account.user_with_email(email)) {
        return match user.suspended {
            true => refused(&format!("Requester: {} is suspended.", user.name), "InvalidValue"),
            false => Ok(Requester::Known(user.id)),
        };
    }
    match &email {
        Some(email) if !is_email(email) => {
            return refused(&format!("Requester: Email: {email} is invalid"), "InvalidValue");
        }
        // R: old recordings reject it.
        None if !account.behaviour.name_only_requester => {
            return refused("Requester: Email: cannot be blank", "BlankValue");
        }
        _ => {}
    }
    if name.trim().is_empty() {
        return refused("Requester: Name: is too short (minimum is 1 character)", "ValueTooShort");
    }
    Ok(Requester::New { name, email })
}

/// Creates the user if needed. A new user gets the welcome email if the account's setting is on (R).
pub(crate) fn commit(account: &mut Account, requester: Requester, now: jiff::Timestamp) -> u64 {
    match requester {
        Requester::Known(id) => id,
        Requester::New { name, email } => {
            let id = account.add_shopper(&name, email.as_deref());
            if account.behaviour.welcome_new_users {
                account.mail(None, "Welcome", id, "Welcome! Please verify your address.", now);
            }
            id
        }
    }
}
