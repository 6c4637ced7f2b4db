//! `/api/customers`

pub(crate) mod create;
pub(crate) mod list;

use serde_json::{Value, json};

use crate::world::Customer;

/// Returns the customer as in a ticket and a list (R).
pub(crate) fn write(customer: &Customer) -> Value {
    let name = customer.name.as_deref().unwrap_or_default();
    let (first, last) = name.split_once(' ').unwrap_or((name, ""));
    let channels: Vec<Value> = customer
        .email
        .iter()
        // The channel has its own id. No client needs it, so the customer's is used.
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
