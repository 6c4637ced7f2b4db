//! `GET /api/customers?email=` and `GET /api/customers/{id}`.

use crate::{
    api::{Call, Refusal, Reply, call::id, customers, list::Page, query::Query},
    world::Account,
};

/// Returns the customers, or the one with an address. Empty if there is none.
pub(crate) fn list(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    let mut query = Query::of(call);
    let page = Page::read(&mut query, &["created_datetime:desc", "created_datetime:asc"]);
    let email = query.text("email").map(|email| account.normal_address(email));
    query.finish()?;
    let found = account
        .customers
        .iter()
        .filter(|customer| email.is_none() || customer.email == email)
        .map(|customer| ((customer.created.as_microsecond(), customer.id), customer))
        .collect();
    page.reply(call, found, |customer| customers::write(customer))
}

/// One customer.
pub(crate) fn show(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    Query::of(call).finish()?;
    let id = id(call).ok_or(Refusal::NotFound)?;
    let customer = account.customers.iter().find(|customer| customer.id == id).ok_or(Refusal::NotFound)?;
    Ok(Reply::json(200, customers::write(customer)))
}
