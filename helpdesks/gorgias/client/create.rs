//! `POST /api/tickets`: one call makes the whole ticket (gorgias-api.md section 3).

use super::{Gorgias, find::id_of, http::Call, sentences::TICKET_ANSWER};
use crate::helpdesk::{Access, Failure, Meter};
use domain::ticket::{ANONYMOUS, RichText, Ticket};
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;

impl Gorgias {
    pub(super) async fn create_ticket(
        &self,
        access: &Access,
        ticket: &Ticket,
        ends_at: Duration,
        meter: &dyn Meter,
    ) -> Result<i64, Failure> {
        let body = Some(ticket_json(ticket, access.username.as_str()).to_string().into());
        meter.admit().await;
        let call = Call { method: Method::POST, path: "/tickets", body, ends_at };
        let answer = self.call(access, call, meter).await?.success()?;
        // Whatever is a 2xx without a number may be a ticket all the same.
        let id = answer.json().as_ref().and_then(id_of);
        id.ok_or_else(|| Failure::Ambiguous { why: TICKET_ANSWER.into() })
    }
}

/// The body. Only documented keys: unknown ones are refused with a 400.
fn ticket_json(ticket: &Ticket, username: &str) -> Value {
    let customer = match &ticket.email {
        Some(email) => match &ticket.name {
            Some(name) => json!({"email": email, "name": name}),
            None => json!({"email": email}),
        },
        None => json!({"name": ANONYMOUS}),
    };
    let mut messages: Vec<Value> = ticket
        .transcript
        .iter()
        .enumerate()
        .map(|(index, text)| {
            // From the shopper, so it is never sent to anybody. A `receiver` must not be set.
            let mut message = message_json("api", true, false, text);
            message["sender"] = customer.clone();
            message["external_id"] = json!(transcript_id(&ticket.external_id, index + 1));
            message
        })
        .collect();
    if let Some(first) = messages.first_mut().filter(|_| !ticket.files.is_empty()) {
        first["attachments"] = ticket
            .files
            .iter()
            .map(|file| json!({"url": file.url, "name": file.name, "content_type": file.content_type}))
            .collect();
    }
    let mut note = message_json("internal-note", false, true, &ticket.note);
    // A note's sender must be an existing Gorgias user: the one whose key this is.
    note["sender"] = json!({"email": username});
    note["external_id"] = json!(format!("{}:note", ticket.external_id));
    messages.push(note);

    let mut body = json!({
        "channel": "api",
        "via": "api",
        "from_agent": false,
        "status": "open",
        "external_id": ticket.external_id,
        "customer": customer,
        "tags": [{"name": ticket.tag}],
        "messages": messages,
    });
    if let Some(subject) = &ticket.subject {
        body["subject"] = json!(subject);
    }
    if let Some(language) = &ticket.language {
        body["language"] = json!(language);
    }
    body
}

/// The `external_id` of a part of the transcript; the first is 1.
pub(super) fn transcript_id(handover_id: &str, part: usize) -> String {
    format!("{handover_id}:{part}")
}

/// The keys that every message has.
pub(super) fn message_json(channel: &str, public: bool, from_agent: bool, text: &RichText) -> Value {
    json!({
        "channel": channel,
        "via": "api",
        "from_agent": from_agent,
        "public": public,
        "body_text": text.plain,
        "body_html": text.html,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::model::EmailAddress;

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
            tag: domain::ticket::TAG,
        }
    }

    #[test]
    fn nothing_in_a_ticket_could_be_sent_to_a_shopper() {
        let body = ticket_json(&ticket(), "agent@shop.example");
        for message in body["messages"].as_array().unwrap() {
            let from_agent = message["from_agent"].as_bool().unwrap();
            assert!(!from_agent || message["channel"] == "internal-note", "{message}");
            assert!(message.get("receiver").is_none());
            assert!(message.get("sender").is_some(), "without one the account's bot would be the author");
        }
    }

    #[test]
    fn the_parts_are_numbered_and_the_note_is_last() {
        let body = ticket_json(&ticket(), "agent@shop.example");
        let ids: Vec<_> =
            body["messages"].as_array().unwrap().iter().map(|m| m["external_id"].clone()).collect();
        assert_eq!(ids, ["h1:1", "h1:2", "h1:note"]);
        assert_eq!(body["messages"][2]["public"], false);
        assert_eq!(body["customer"], json!({"email": "jane@example.com", "name": "Jane"}));
    }

    #[test]
    fn without_an_address_the_visitor_is_anonymous() {
        let body = ticket_json(&Ticket { email: None, ..ticket() }, "agent@shop.example");
        assert_eq!(body["customer"], json!({"name": "Anonymous visitor"}));
        assert_eq!(body["messages"][0]["sender"], json!({"name": "Anonymous visitor"}));
    }
}
