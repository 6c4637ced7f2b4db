//! `POST /api/tickets/{id}/messages`: adds to a ticket what happened after the handover (docs/gorgias.md section 7).

use super::{
    Gorgias, KIND,
    answer::Answer,
    body::{self, MessageBody, Person},
    find::{encode, id_of, positive},
    http::Call,
    sentences::{ANSWER_UNREADABLE, CIRCLE, MESSAGE_ANSWER, SLOW, TICKET_UNREADABLE},
};
use crate::helpdesk::{Access, Failure, Meter};
use app::model::EmailAddress;
use domain::ticket::{ANONYMOUS, Append};
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// How many merges are followed before the chain counts as circular.
const MOST_MERGES: usize = 10;

impl Gorgias {
    pub(super) async fn append_message(
        &self,
        access: &Access,
        ticket: i64,
        append: &Append,
        ends_at: Duration,
        meter: &dyn Meter,
    ) -> Result<i64, Failure> {
        // The requests before the actual POST create no message, so a failure here means that there is none.
        let left = ends_at.saturating_sub(self.clock.since_boot());
        let (ticket, customer) = tokio::select! {
            prepared = self.prepare(access, ticket, append, meter) => prepared.map_err(made_nothing)?,
            () = self.clock.sleep(left) => return Err(too_slow()),
        };
        let message = if append.note {
            MessageBody::note(access.username.as_str(), &append.text)
        } else {
            let name = customer.is_none().then_some(ANONYMOUS);
            MessageBody::public(Person { id: customer, name, ..Person::default() }, &append.text)
        };
        let body = Some(body::bytes(&message.found_by(append.mark.clone())));
        let path = format!("/tickets/{ticket}/messages");
        let call = Call { method: Method::POST, path: &path, body, ends_at };
        let answer = self.call(access, call, meter).await?.success()?;
        answer.id().ok_or_else(|| Failure::Ambiguous { why: MESSAGE_ANSWER.into() })
    }

    pub(super) async fn find_messages(
        &self,
        access: &Access,
        ticket: i64,
        external_id: &str,
        meter: &dyn Meter,
    ) -> Result<Vec<i64>, Failure> {
        let (_, ticket) = self.follow(access, ticket, meter).await?;
        let Some(messages) = ticket.get("messages").and_then(Value::as_array) else {
            return Err(Failure::Ambiguous { why: TICKET_UNREADABLE.into() });
        };
        let ours = |message: &&Value| message.get("external_id").and_then(Value::as_str) == Some(external_id);
        let mut found: Vec<i64> = messages.iter().filter(ours).filter_map(id_of).collect();
        found.sort_unstable();
        Ok(found)
    }

    /// Returns the ids of the ticket to add the message to and of its customer, and reserves rate budget for one more
    /// request.
    async fn prepare(
        &self,
        access: &Access,
        ticket: i64,
        append: &Append,
        meter: &dyn Meter,
    ) -> Result<(i64, Option<i64>), Failure> {
        let (id, json) = self.follow(access, ticket, meter).await?;
        let mut customer = json.pointer("/customer/id").and_then(positive);
        if let Some(email) = &append.email {
            let with_address = self.customer(access, email, append.name.as_deref(), meter).await?;
            if customer != Some(with_address) {
                let change = json!({"customer": {"id": with_address}});
                self.change(access, Method::PUT, &format!("/tickets/{id}"), &change, meter).await?;
                customer = Some(with_address);
            }
        }
        meter.admit().await;
        Ok((id, customer))
    }

    /// Returns the ticket, or the one it was merged into.
    pub(super) async fn follow(
        &self,
        access: &Access,
        ticket: i64,
        meter: &dyn Meter,
    ) -> Result<(i64, Value), Failure> {
        let mut id = ticket;
        for _ in 0..MOST_MERGES {
            match self.get(access, &format!("/tickets/{id}"), meter).await {
                Ok(answer) => return Ok((id, read(&answer)?)),
                Err(Failure::Merged { id: into }) => id = into,
                Err(failure) => return Err(failure),
            }
        }
        Err(Failure::Ambiguous { why: CIRCLE.into() })
    }

    /// Returns the id of the customer with this address, creating one if needed. Addresses are unique, so a retry finds
    /// the customer that the first attempt created.
    async fn customer(
        &self,
        access: &Access,
        email: &EmailAddress,
        name: Option<&str>,
        meter: &dyn Meter,
    ) -> Result<i64, Failure> {
        let lower = email.as_str().to_ascii_lowercase();
        let path = format!("/customers?email={}", encode(&lower));
        if let Some(id) = self.list(access, &path, meter).await?.first().and_then(id_of) {
            return Ok(id);
        }
        let mut new = json!({"email": lower, "channels": [{"type": "email", "address": lower}]});
        if let Some(name) = name {
            new["name"] = json!(name);
        }
        let made = self.change(access, Method::POST, "/customers", &new, meter).await?;
        id_of(&read(&made)?).ok_or_else(unreadable)
    }
}

fn read(answer: &Answer) -> Result<Value, Failure> {
    answer.json().filter(Value::is_object).ok_or_else(unreadable)
}

fn unreadable() -> Failure {
    Failure::Ambiguous { why: ANSWER_UNREADABLE.into() }
}

fn too_slow() -> Failure {
    Failure::NotSent { helpdesk: KIND, why: SLOW.into() }
}

/// Converts a failure from before the message was sent: the message certainly does not exist.
fn made_nothing(failure: Failure) -> Failure {
    match failure {
        Failure::Ambiguous { why } => Failure::NotSent { helpdesk: KIND, why },
        other => other,
    }
}
