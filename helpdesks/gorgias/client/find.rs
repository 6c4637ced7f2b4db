//! Finds the ticket of a handover (docs/gorgias.md section 6).

use super::{
    Gorgias,
    create::transcript_id,
    sentences::{LIST_UNREADABLE, TOO_MANY_TICKETS},
};
use crate::helpdesk::{Access, Failure, Meter, Trace};
use serde_json::Value;

/// How many pages of 100 items are read before a list counts as truncated.
const MOST_PAGES: usize = 10;
/// How many of a customer's tickets are searched for our message.
const MOST_TICKETS: usize = 200;

impl Gorgias {
    /// Finds tickets by exact `external_id`, including trashed ones. A thorough look-up also searches the customer's
    /// tickets for our message, because a merged ticket can no longer be found by its own `external_id`.
    pub(super) async fn find_tickets(
        &self,
        access: &Access,
        trace: &Trace,
        meter: &dyn Meter,
    ) -> Result<Vec<i64>, Failure> {
        let path = format!("/tickets?external_id={}&trashed=true", encode(&trace.external_id));
        let listed = self.list(access, &path, meter).await?;
        let mut found: Vec<i64> = listed
            .iter()
            // Gorgias filters, but we verify the exact match ourselves.
            .filter(|ticket| ticket.get("external_id").and_then(Value::as_str) == Some(&trace.external_id))
            .filter_map(id_of)
            .collect();
        if found.is_empty() && trace.thorough {
            return self.find_by_message(access, trace, meter).await;
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    pub(super) async fn find_by_message(
        &self,
        access: &Access,
        trace: &Trace,
        meter: &dyn Meter,
    ) -> Result<Vec<i64>, Failure> {
        // An anonymous visitor is always a new customer, so there is no other ticket to be merged into.
        let Some(email) = &trace.email else { return Ok(Vec::new()) };
        let email = email.as_str().to_ascii_lowercase();
        let customers = self.list(access, &format!("/customers?email={}", encode(&email)), meter).await?;
        let message_id = transcript_id(&trace.external_id, 1);
        let mut found = Vec::new();
        for customer in customers.iter().filter_map(id_of) {
            let path = format!("/tickets?customer_id={customer}&trashed=true&order_by=created_datetime:desc");
            let tickets = self.list(access, &path, meter).await?;
            if tickets.len() > MOST_TICKETS {
                return Err(cut_short());
            }
            for ticket in tickets.iter().filter_map(id_of) {
                let messages = self.list(access, &format!("/messages?ticket_id={ticket}"), meter).await?;
                let ours = |message: &Value| {
                    message.get("external_id").and_then(Value::as_str) == Some(message_id.as_str())
                };
                if messages.iter().any(ours) {
                    found.push(ticket);
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// Reads a whole list, page by page. Fails unless every page is a complete 2xx.
    pub(super) async fn list(
        &self,
        access: &Access,
        path: &str,
        meter: &dyn Meter,
    ) -> Result<Vec<Value>, Failure> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        for _ in 0..MOST_PAGES {
            let page = self.get(access, &format!("{path}&limit=100{cursor}"), meter).await?;
            let mut page = page.json().unwrap_or_default();
            let Some(Value::Array(data)) = page.get_mut("data").map(Value::take) else {
                return Err(Failure::Ambiguous { why: LIST_UNREADABLE.into() });
            };
            items.extend(data);
            match page.pointer("/meta/next_cursor").and_then(Value::as_str) {
                Some(next) if !next.is_empty() => cursor = format!("&cursor={}", encode(next)),
                _ => return Ok(items),
            }
        }
        Err(cut_short())
    }
}

fn cut_short() -> Failure {
    Failure::Ambiguous { why: TOO_MANY_TICKETS.into() }
}

pub(super) fn id_of(item: &Value) -> Option<i64> {
    positive(item.get("id")?)
}

/// Returns the value if it can be an id. Gorgias counts from 1, so 0 or less means that nothing was created.
pub(super) fn positive(value: &Value) -> Option<i64> {
    value.as_i64().filter(|id| *id > 0)
}

pub(super) fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
