//! Who may send and receive which kind of message (the table of section 3; D, enforced since 2023-02).

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    api::reader::{Problems, Reader, problem},
    world::{Account, Customer, Person, person_of},
};

/// A person as a caller writes them: an id, or an address, or only a name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PersonDraft {
    pub(crate) id: Option<u64>,
    pub(crate) email: Option<String>,
    pub(crate) name: Option<String>,
}

/// Reads `{id?, email?, name?}`.
pub(crate) fn read(value: &Value, lenient: bool) -> Result<PersonDraft, Problems> {
    let mut reader = Reader::new(value)?;
    let draft =
        PersonDraft { id: reader.id("id"), email: reader.email("email"), name: reader.text("name", 255) };
    if !["id", "email", "name"].iter().any(|field| !value[*field].is_null()) {
        reader.blame("id", problem("One of id, email and name is required."));
    }
    reader.finish(lenient, draft)
}

/// An existing Gorgias user, by id or address.
pub(crate) fn read_user(account: &Account, value: &Value, lenient: bool) -> Result<PersonDraft, Problems> {
    let draft = read(value, lenient)?;
    match account.find_user(draft.id, draft.email.as_deref()) {
        Some(_) => Ok(draft),
        None => Err(json!({"id": ["This user does not exist."]})),
    }
}

/// A customer: an existing one by id, or any address, or only a name.
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

/// The customer of a draft: by id, by address (an unknown one is created, D), or a new one with only a name.
/// `nameless` remembers those of one call, since its ticket and its messages speak of the same visitor (I).
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

/// The user of a draft that was read by [`read_user`]; the bot if they are gone since.
pub(crate) fn user(account: &Account, draft: &PersonDraft) -> Person {
    account.find_user(draft.id, draft.email.as_deref()).map_or_else(|| account.bot(), person_of)
}

/// A customer as the sender or receiver of a message.
pub(crate) fn person_of_customer(customer: &Customer) -> Person {
    Person { id: customer.id, email: customer.email.clone(), name: customer.name.clone(), is_user: false }
}
