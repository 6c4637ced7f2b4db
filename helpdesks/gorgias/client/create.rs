//! `POST /api/tickets`: creates the whole ticket in one call (docs/gorgias.md section 3).

use super::{
    Gorgias,
    body::{self, AttachmentBody, MessageBody, Person, Tag, TeamRef, TicketBody},
    http::Call,
    sentences::TICKET_ANSWER,
};
use crate::helpdesk::{Access, Failure, Meter};
use domain::ticket::{ANONYMOUS, File, Ticket};
use http::Method;
use std::time::Duration;

impl Gorgias {
    pub(super) async fn create_ticket(
        &self,
        access: &Access,
        ticket: &Ticket,
        ends_at: Duration,
        meter: &dyn Meter,
    ) -> Result<i64, Failure> {
        let body = Some(body::bytes(&ticket_body(ticket, access.username.as_str())));
        meter.admit().await;
        let call = Call { method: Method::POST, path: "/tickets", body, ends_at };
        let answer = self.call(access, call, meter).await?;
        if ticket.route.says_something()
            && let Some(misrouted) = answer.misrouted()
        {
            return Err(misrouted);
        }
        let answer = answer.success()?;
        // A 2xx without an id may still have created a ticket.
        answer.id().ok_or_else(|| Failure::Ambiguous { why: TICKET_ANSWER.into() })
    }
}

/// Builds the request body for a ticket.
fn ticket_body<'a>(ticket: &'a Ticket, username: &'a str) -> TicketBody<'a> {
    let customer = match &ticket.email {
        Some(email) => {
            Person { email: Some(email.as_str()), name: ticket.name.as_deref(), ..Person::default() }
        }
        None => Person { name: Some(ANONYMOUS), ..Person::default() },
    };
    let parts = ticket.transcript.iter().zip(1..);
    // The shopper is the sender, so Gorgias never sends these messages to anyone.
    let mut messages: Vec<_> = parts
        .map(|(text, part)| {
            MessageBody::public(customer, text).found_by(transcript_id(&ticket.external_id, part))
        })
        .collect();
    if let Some(first) = messages.first_mut() {
        first.attachments = ticket.files.iter().map(attachment).collect();
    }
    let note = MessageBody::note(username, &ticket.note);
    messages.push(note.found_by(format!("{}:note", ticket.external_id)));
    TicketBody {
        channel: "api",
        via: "api",
        from_agent: false,
        status: "open",
        external_id: &ticket.external_id,
        customer,
        tags: ticket.tags.iter().map(|&name| Tag { name }).collect(),
        messages,
        subject: ticket.subject.as_deref(),
        language: ticket.language.as_deref(),
        assignee_team: ticket.route.team.map(|id| TeamRef { id }),
        priority: ticket.route.priority.map(body::priority),
    }
}

fn attachment(file: &File) -> AttachmentBody<'_> {
    AttachmentBody { url: &file.url, name: &file.name, content_type: &file.content_type }
}

/// Returns the `external_id` of a transcript part, counted from 1.
pub(super) fn transcript_id(handover_id: &str, part: usize) -> String {
    format!("{handover_id}:{part}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::model::EmailAddress;
    use domain::{Priority, TeamId, TicketRoute, ticket::RichText};
    use serde_json::{Value, json};

    fn ticket_json(ticket: &Ticket, username: &str) -> Value {
        serde_json::to_value(ticket_body(ticket, username)).unwrap()
    }

    fn ticket() -> Ticket {
        let text = |plain: &str| RichText { plain: plain.into(), html: format!("<p>{plain}</p>") };
        Ticket {
            external_id: "h1".into(),
            subject: Some("Billing".into()),
            email: Some(EmailAddress::parse("jane@example.com").unwrap()),
            name: Some("Jane".into()),
            language: Some("en".into()),
            transcript: vec![text("one"), text("two")],
            files: vec![],
            note: text("note"),
            tags: vec![domain::ticket::TAG],
            route: TicketRoute::default(),
        }
    }

    #[test]
    fn no_message_can_be_sent_to_a_shopper() {
        let body = ticket_json(&ticket(), "agent@shop.example");
        for message in body["messages"].as_array().unwrap() {
            let from_agent = message["from_agent"].as_bool().unwrap();
            assert!(!from_agent || message["channel"] == "internal-note", "{message}");
            assert!(message.get("receiver").is_none());
            assert!(
                message.get("sender").is_some(),
                "without a sender, the account's bot becomes the author"
            );
        }
    }

    #[test]
    fn parts_are_numbered_and_the_note_is_last() {
        let body = ticket_json(&ticket(), "agent@shop.example");
        let ids: Vec<_> =
            body["messages"].as_array().unwrap().iter().map(|m| m["external_id"].clone()).collect();
        assert_eq!(ids, ["h1:1", "h1:2", "h1:note"]);
        assert_eq!(body["messages"][2]["public"], false);
        assert_eq!(body["customer"], json!({"email": "jane@example.com", "name": "Jane"}));
    }

    #[test]
    fn team_and_priority_are_sent_only_if_chosen() {
        let body = ticket_json(&ticket(), "agent@shop.example");
        assert!(body.get("assignee_team").is_none() && body.get("priority").is_none(), "{body}");
        let route = TicketRoute {
            team: TeamId::try_from(7).ok(),
            priority: Some(Priority::Urgent),
            ..TicketRoute::default()
        };
        let body = ticket_json(&Ticket { route, ..ticket() }, "agent@shop.example");
        assert_eq!((&body["assignee_team"], &body["priority"]), (&json!({"id": 7}), &json!("critical")));
    }

    #[test]
    fn visitor_without_an_address_is_anonymous() {
        let body = ticket_json(&Ticket { email: None, ..ticket() }, "agent@shop.example");
        assert_eq!(body["customer"], json!({"name": "Anonymous visitor"}));
        assert_eq!(body["messages"][0]["sender"], json!({"name": "Anonymous visitor"}));
    }
}
