//! What a ticket and its messages are posted as (docs/gorgias.md sections 3 and 7). Only documented keys: unknown ones are
//! refused with a 400.

use domain::ticket::RichText;
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
    pub tags: [Tag; 1],
    pub messages: Vec<MessageBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<&'a str>,
}

/// A tag by its name.
#[derive(Serialize)]
pub(super) struct Tag {
    pub name: &'static str,
}

/// A message. A `receiver` must not be set: nothing is ever sent to anybody.
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
    /// What the shopper says, in public.
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

    /// What only agents read. Its sender must be an existing Gorgias user: the one whose key is used.
    pub(super) fn note(username: &'a str, text: &'a RichText) -> Self {
        Self {
            channel: "internal-note",
            from_agent: true,
            public: false,
            ..Self::public(Person { email: Some(username), ..Person::default() }, text)
        }
    }

    /// What it is found again by.
    pub(super) fn found_by(self, external_id: String) -> Self {
        Self { external_id: Some(external_id), ..self }
    }
}

/// A customer or a user, by what is known.
#[derive(Clone, Copy, Default, Serialize)]
pub(super) struct Person<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
}

/// A link to a file.
#[derive(Serialize)]
pub(super) struct AttachmentBody<'a> {
    pub url: &'a str,
    pub name: &'a str,
    pub content_type: &'a str,
}

/// As it is sent. Text and numbers always have a JSON.
pub(super) fn bytes(body: &impl Serialize) -> bytes::Bytes {
    serde_json::to_vec(body).unwrap_or_default().into()
}
