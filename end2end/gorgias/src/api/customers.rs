//! `/api/customers`

pub(crate) mod create;
pub(crate) mod list;

use serde_json::{Value, json};

use crate::world::Customer;

/// The customer as a ticket and a list have it (R).
pub(crate) fn write(customer: &Customer) -> Value {
    let name = customer.name.as_deref().unwrap_or_default();
    let (first, last) = name.split_once(' ').unwrap_or((name, ""));
    let channels: Vec<Value> = customer
        .email
        .iter()
        // The channel has an id of its own; nobody asks for it, so the customer's serves.
        .map(|email| json!({"id": customer.id, "type": "email", "address": email, "preferred": true}))
        .collect();
    json!({
        "id": customer.id,
        "uri": format!("/api/customers/{}/", customer.id),
        "external_id": customer.external_id,
        "email": customer.email,
        "name": customer.name,
        "firstname": first,
        "lastname": last,
        "channels": channels,
    })
}
