//! `POST /api/customers`: 409 for a duplicate email address (section 4).

use crate::{
    api::{
        Call, Refusal, Reply, customers,
        query::Query,
        reader::{self, Reader},
    },
    world::Account,
};

/// Creates a customer.
pub(crate) fn create(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    Query::of(call).finish()?;
    let body = reader::body(call)?;
    let read = || {
        let mut reader = Reader::new(&body)?;
        let fields = (reader.email("email"), reader.text("name", 255), reader.text("external_id", 255));
        for known in ["language", "timezone", "data", "channels", "firstname", "lastname", "note"] {
            reader.raw(known);
        }
        reader.finish(!account.behaviour.refuse_unknown_keys, fields)
    };
    let (email, name, external_id) = read().map_err(Refusal::Invalid)?;
    if email.as_deref().is_some_and(|email| account.customer_with_email(email).is_some()) {
        return Err(Refusal::Exists);
    }
    let customer = account.add_customer(email.as_deref(), name.as_deref(), external_id.as_deref(), call.now);
    Ok(Reply::json(201, customers::write(&customer)))
}
