//! A message as sent by a caller: parsed and checked, then stored in the account.

use jiff::Timestamp;
use serde_json::Value;

use super::people::{self, PersonDraft};
use crate::{
    api::reader::{Problems, Reader, problem},
    world::{Account, Customer, Message},
};

/// Each body is at most 1 MB (D). A decimal megabyte: the smaller of the two interpretations.
pub(crate) const MOST_BODY: usize = 1_000_000;

/// Maximum length of `external_id`, in characters (D).
pub(crate) const LONGEST_EXTERNAL_ID: usize = 255;

/// Maximum length of a subject, in characters (D).
pub(crate) const LONGEST_SUBJECT: usize = 998;

/// A message that is valid in itself and for this account.
#[derive(Debug, Clone)]
pub(crate) struct MessageDraft {
    channel: String,
    via: String,
    pub(crate) from_agent: bool,
    public: bool,
    pub(crate) sender: Option<PersonDraft>,
    pub(crate) receiver: Option<PersonDraft>,
    source: Option<Value>,
    subject: Option<String>,
    body_text: Option<String>,
    body_html: Option<String>,
    stripped_text: Option<String>,
    attachments: Option<Value>,
    external_id: Option<String>,
    meta: Option<Value>,
    created: Option<Timestamp>,
    sent: Option<Timestamp>,
}

/// Parses and checks a message object.
pub(crate) fn read(account: &Account, value: &Value) -> Result<MessageDraft, Problems> {
    let lenient = !account.behaviour.refuse_unknown_keys;
    let mut reader = Reader::new(value)?;
    let channel = reader.text("channel", 255).filter(|channel| !channel.is_empty());
    let channel = reader.required("channel", channel).unwrap_or_default();
    let from_agent = reader.flag("from_agent");
    let from_agent = reader.required("from_agent", from_agent).unwrap_or_default();
    let mut via = reader.text("via", 255);
    if account.behaviour.require_via {
        via = reader.required("via", via);
    }
    let public = reader.flag("public");
    let is_note = channel == "internal-note";
    if is_note && public != Some(false) {
        reader.blame("public", problem("An internal note must not be public."));
    }
    if is_note && !from_agent {
        reader.blame("from_agent", problem("An internal note must be from an agent."));
    }
    let sender = reader.with("sender", |value| match from_agent {
        true => people::read_user(account, value, lenient),
        false => people::read_customer(account, value, lenient),
    });
    if is_note {
        reader.required("sender", sender.as_ref());
    }
    let may_have_receiver = from_agent && !is_note;
    let receiver = reader.with("receiver", |value| match may_have_receiver {
        true => people::read_customer(account, value, lenient),
        false => Err(problem("Must not be set for this kind of message.")),
    });
    let draft = MessageDraft {
        channel,
        via: via.unwrap_or_else(|| "api".to_owned()),
        from_agent,
        public: public.unwrap_or(true),
        sender,
        receiver,
        source: reader.with("source", |value| read_source(value, lenient)),
        subject: reader.text("subject", LONGEST_SUBJECT),
        body_text: reader.body_text("body_text", MOST_BODY),
        body_html: reader.body_text("body_html", MOST_BODY),
        stripped_text: reader.body_text("stripped_text", MOST_BODY),
        attachments: reader.list("attachments", |value| read_attachment(value, lenient)).map(Value::Array),
        external_id: reader.text("external_id", LONGEST_EXTERNAL_ID),
        meta: reader.object("meta"),
        created: reader.datetime("created_datetime"),
        sent: reader.datetime("sent_datetime"),
    };
    reader.finish(lenient, draft)
}

/// `{type, from:{address,name}, to:[…], cc, bcc}`
fn read_source(value: &Value, lenient: bool) -> Result<Value, Problems> {
    let address = |value: &Value| {
        let mut reader = Reader::new(value)?;
        reader.text("address", 320);
        reader.text("name", 255);
        reader.finish(lenient, ())
    };
    let mut reader = Reader::new(value)?;
    reader.text("type", 255);
    reader.with("from", address);
    for list in ["to", "cc", "bcc"] {
        reader.list(list, address);
    }
    reader.finish(lenient, value.clone())
}

/// `{url, name, content_type, size?}`
fn read_attachment(value: &Value, lenient: bool) -> Result<Value, Problems> {
    let mut reader = Reader::new(value)?;
    let url = reader.with("url", |url| match url.as_str() {
        Some(url) if url.starts_with("https://") || url.starts_with("http://") => Ok(()),
        _ => Err(problem("Not a valid URL.")),
    });
    reader.required("url", url);
    let name = reader.text("name", 255);
    reader.required("name", name);
    let content_type = reader.text("content_type", 255);
    reader.required("content_type", content_type);
    reader.id("size");
    reader.finish(lenient, value.clone())
}

/// Adds a draft to a ticket, and creates its customer if needed.
pub(crate) fn commit(
    account: &mut Account,
    draft: MessageDraft,
    ticket_id: u64,
    nameless: &mut Vec<Customer>,
    now: Timestamp,
) -> Message {
    let sender = match &draft.sender {
        // Section 3: a message without a sender falls back to the account's bot user.
        None => account.bot(),
        Some(person) if draft.from_agent => people::user(account, person),
        Some(person) => people::person_of_customer(&people::customer(account, person, nameless, now)),
    };
    let receiver = draft
        .receiver
        .as_ref()
        .map(|person| people::person_of_customer(&people::customer(account, person, nameless, now)));
    let created = draft.created.unwrap_or(now);
    let message = Message {
        id: account.take_id(),
        ticket_id,
        external_id: draft.external_id,
        public: draft.public,
        channel: draft.channel,
        via: draft.via,
        source: draft.source,
        sender,
        receiver,
        from_agent: draft.from_agent,
        subject: draft.subject,
        body_text: draft.body_text,
        body_html: draft.body_html,
        stripped_text: draft.stripped_text,
        attachments: draft.attachments,
        meta: draft.meta,
        created,
        // A shopper's message was sent when it was written (R).
        sent: draft.sent.or((!draft.from_agent).then_some(created)),
    };
    account.add_message(message, now)
}
