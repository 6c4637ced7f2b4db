//! Request bodies for tickets and messages (docs/gorgias.md sections 3 and 7). They contain documented keys only:
//! Gorgias rejects unknown ones with a 400.

use domain::{Priority, TeamId, ticket::RichText};
use serde::Serialize;

/// A ticket with its messages.
#[derive(Serialize)]
pub(super) struct TicketBody<'a> {
    pub channel: &'static str,
    pub via: &'static str,
    pub from_agent: bool,
    pub status: &'static str,
    pub external_id: &'a str,
    pub customer: Person<'a>,
    pub tags: Vec<Tag>,
    pub messages: Vec<MessageBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee_team: Option<TeamRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<&'static str>,
}

/// A team, identified by its id.
#[derive(Serialize)]
pub(super) struct TeamRef {
    pub id: TeamId,
}

/// Returns Gorgias's word for a priority.
pub(super) fn priority(priority: Priority) -> &'static str {
    match priority {
        Priority::Urgent => "critical",
        other => other.name(),
    }
}

/// A tag, identified by name.
#[derive(Serialize)]
pub(super) struct Tag {
    pub name: &'static str,
}

/// A message. It never has a `receiver`, so Gorgias never sends it to anyone.
#[derive(Serialize)]
pub(super) struct MessageBody<'a> {
    channel: &'static str,
    via: &'static str,
    from_agent: bool,
    public: bool,
    body_text: &'a str,
    body_html: &'a str,
    sender: Person<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentBody<'a>>,
}

impl<'a> MessageBody<'a> {
    /// Returns a public message from the shopper.
    pub(super) fn public(sender: Person<'a>, text: &'a RichText) -> Self {
        Self {
            channel: "api",
            via: "api",
            from_agent: false,
            public: true,
            body_text: &text.plain,
            body_html: &text.html,
            sender,
            external_id: None,
            attachments: Vec::new(),
        }
    }

    /// Returns an internal note. Its sender must be an existing Gorgias user: the owner of the API key.
    pub(super) fn note(username: &'a str, text: &'a RichText) -> Self {
        Self {
            channel: "internal-note",
            from_agent: true,
            public: false,
            ..Self::public(Person { email: Some(username), ..Person::default() }, text)
        }
    }

    /// Sets the id by which the message can be found again.
    pub(super) fn found_by(self, external_id: String) -> Self {
        Self { external_id: Some(external_id), ..self }
    }
}

/// A customer or a user, identified by whichever fields are known.
#[derive(Clone, Copy, Default, Serialize)]
pub(super) struct Person<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
}

/// An attachment, as a link to the file.
#[derive(Serialize)]
pub(super) struct AttachmentBody<'a> {
    pub url: &'a str,
    pub name: &'a str,
    pub content_type: &'a str,
}

/// Serializes a body. Text and numbers always serialize.
pub(super) fn bytes(body: &impl Serialize) -> bytes::Bytes {
    serde_json::to_vec(body).unwrap_or_default().into()
}
