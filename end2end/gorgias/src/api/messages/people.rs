//! Who may send and receive which kind of message (the table of section 3; D, enforced since 2023-02).

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    api::reader::{Problems, Reader, problem},
    world::{Account, Customer, Person, person_of},
};

/// A person as sent by a caller: an id, an address, or only a name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PersonDraft {
    pub(crate) id: Option<u64>,
    pub(crate) email: Option<String>,
    pub(crate) name: Option<String>,
}

/// Parses `{id?, email?, name?}`.
pub(crate) fn read(value: &Value, lenient: bool) -> Result<PersonDraft, Problems> {
    let mut reader = Reader::new(value)?;
    let draft =
        PersonDraft { id: reader.id("id"), email: reader.email("email"), name: reader.text("name", 255) };
    if !["id", "email", "name"].iter().any(|field| !value[*field].is_null()) {
        reader.blame("id", problem("One of id, email and name is required."));
    }
    reader.finish(lenient, draft)
}

/// Parses an existing Gorgias user, by id or address.
pub(crate) fn read_user(account: &Account, value: &Value, lenient: bool) -> Result<PersonDraft, Problems> {
    let draft = read(value, lenient)?;
    match account.find_user(draft.id, draft.email.as_deref()) {
        Some(_) => Ok(draft),
        None => Err(json!({"id": ["This user does not exist."]})),
    }
}

/// Parses a customer: an existing one by id, or any address, or only a name.
pub(crate) fn read_customer(
    account: &Account,
    value: &Value,
    lenient: bool,
) -> Result<PersonDraft, Problems> {
    let draft = read(value, lenient)?;
    match draft.id {
        Some(id) if !account.customers.iter().any(|customer| customer.id == id) => {
            Err(json!({"id": ["This customer does not exist."]}))
        }
        _ => Ok(draft),
    }
}

/// Returns the customer of a draft: by id, by address (created if unknown, D), or a new one with only a name.
/// `nameless` remembers those within one call, because its ticket and messages mean the same visitor (I).
pub(crate) fn customer(
    account: &mut Account,
    draft: &PersonDraft,
    nameless: &mut Vec<Customer>,
    now: Timestamp,
) -> Customer {
    if let Some(id) = draft.id
        && let Some(known) = account.customers.iter().find(|customer| customer.id == id)
    {
        return known.clone();
    }
    if let Some(email) = &draft.email {
        let known = account.customer_with_email(email).map(|customer| customer.id);
        return match account.customers.iter_mut().find(|customer| Some(customer.id) == known) {
            Some(known) => {
                if known.name.is_none() {
                    known.name = draft.name.clone();
                }
                known.clone()
            }
            None => account.add_customer(Some(email), draft.name.as_deref(), None, now),
        };
    }
    if let Some(known) = nameless.iter().find(|customer| customer.name == draft.name) {
        return known.clone();
    }
    let customer = account.add_customer(None, draft.name.as_deref(), None, now);
    nameless.push(customer.clone());
    customer
}

/// Returns the user of a draft parsed by [`read_user`], or the bot if the user has been removed since.
pub(crate) fn user(account: &Account, draft: &PersonDraft) -> Person {
    account.find_user(draft.id, draft.email.as_deref()).map_or_else(|| account.bot(), person_of)
}

/// Returns a customer as the sender or receiver of a message.
pub(crate) fn person_of_customer(customer: &Customer) -> Person {
    Person { id: customer.id, email: customer.email.clone(), name: customer.name.clone(), is_user: false }
}
