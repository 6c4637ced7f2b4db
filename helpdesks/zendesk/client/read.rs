//! Reads a ticket back and closes it.

use super::{
    MERGED, Zendesk,
    body::{HEADING, Update, mark_of},
    chain::unreadable,
    http::READ_ENDS_AFTER,
};
use crate::helpdesk::{Access, Failure, Meter, Shown};
use serde_json::Value;

impl Zendesk {
    pub(super) async fn read_ticket(
        &self,
        access: &Access,
        ticket: i64,
        meter: &dyn Meter,
    ) -> Result<Shown, Failure> {
        let view = self.ticket(access, ticket, meter).await?;
        if view.has(MERGED) {
            let id = self.survivor_of(access, ticket, meter).await?;
            return Err(Failure::Merged { id });
        }
        let customer = match view.requester {
            Some(id) => {
                let user = self.get(access, &format!("/api/v2/users/{id}"), meter).await?;
                let json = user.json().unwrap_or_default();
                json.pointer("/user/email").and_then(Value::as_str).map(str::to_owned)
            }
            None => None,
        };
        let audits = self.audits(access, ticket, meter).await?;
        let ours = audits.iter().filter(|audit| mark_of(audit).is_some()).filter_map(comment_of);
        let transcript = ours.enumerate().map(|(at, text)| match at {
            // The context comes before the conversation.
            0 => after_heading(text).unwrap_or(text).to_owned(),
            _ => text.to_owned(),
        });
        Ok(Shown { customer, tags: view.tags, transcript: transcript.collect() })
    }

    async fn survivor_of(&self, access: &Access, ticket: i64, meter: &dyn Meter) -> Result<i64, Failure> {
        Ok(self.place(access, ticket, meter).await?.ticket().id)
    }

    pub(super) async fn close_ticket(
        &self,
        access: &Access,
        ticket: i64,
        meter: &dyn Meter,
    ) -> Result<(), Failure> {
        let view = self.ticket(access, ticket, meter).await?;
        if view.is_closed() {
            return Ok(());
        }
        let update = Update {
            status: Some("closed"),
            safe_update: true,
            updated_stamp: view.updated,
            ..Update::default()
        };
        let ends_at = self.clock.since_boot() + READ_ENDS_AFTER;
        let json = self.update(access, ticket, &update, ends_at, meter).await?;
        json.get("ticket").map(drop).ok_or_else(unreadable)
    }
}

/// Returns the text of an audit's comment.
fn comment_of(audit: &Value) -> Option<&str> {
    let events = audit.get("events").and_then(Value::as_array)?;
    let comment = events.iter().find(|event| event.get("type").and_then(Value::as_str) == Some("Comment"))?;
    comment.get("plain_body").or_else(|| comment.get("body"))?.as_str()
}

/// Returns the text after the conversation's heading.
fn after_heading(text: &str) -> Option<&str> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        if line.trim() == HEADING {
            return text.get(at..);
        }
    }
    None
}
