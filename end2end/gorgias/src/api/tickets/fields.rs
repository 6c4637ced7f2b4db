//! The fields that creating and updating a ticket have in common.

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    api::{
        messages::{
            draft::{LONGEST_EXTERNAL_ID, LONGEST_SUBJECT},
            people::{self, PersonDraft},
        },
        reader::{Problems, Reader, problem},
    },
    world::Account,
};

/// The fields that a caller sets.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(crate) channel: Option<String>,
    pub(crate) via: Option<String>,
    pub(crate) from_agent: Option<bool>,
    pub(crate) customer: Option<PersonDraft>,
    pub(crate) subject: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) priority: Option<String>,
    pub(crate) tags: Option<Vec<String>>,
    pub(crate) assignee_user: Option<u64>,
    pub(crate) assignee_team: Option<u64>,
    pub(crate) custom_fields: Option<Value>,
    pub(crate) language: Option<String>,
    pub(crate) spam: Option<bool>,
    pub(crate) meta: Option<Value>,
    pub(crate) created: Option<Timestamp>,
    pub(crate) closed: Option<Timestamp>,
    pub(crate) trashed: Option<Timestamp>,
}

/// Parses them. The caller finishes the reader.
pub(crate) fn read(account: &Account, reader: &mut Reader<'_>) -> Fields {
    let lenient = !account.behaviour.refuse_unknown_keys;
    let fields = Fields {
        channel: reader.text("channel", 255).filter(|channel| !channel.is_empty()),
        via: reader.text("via", 255).filter(|via| !via.is_empty()),
        from_agent: reader.flag("from_agent"),
        customer: reader.with("customer", |value| people::read_customer(account, value, lenient)),
        subject: reader.text("subject", LONGEST_SUBJECT),
        external_id: reader.text("external_id", LONGEST_EXTERNAL_ID),
        status: reader.choice("status", &["open", "closed"]),
        priority: reader.choice("priority", &["critical", "high", "normal", "low"]),
        tags: reader.list("tags", |value| read_tag(value, lenient)),
        assignee_user: reader.with("assignee_user", |value| {
            read_reference(value, lenient, |id| account.users.iter().any(|user| user.id == id))
        }),
        assignee_team: reader.with("assignee_team", |value| {
            read_reference(value, lenient, |id| account.teams.iter().any(|team| team.id == id))
        }),
        custom_fields: reader
            .list("custom_fields", |value| read_custom_field(value, lenient))
            .map(Value::Array),
        language: reader.with("language", read_language),
        spam: reader.flag("spam"),
        meta: reader.object("meta"),
        created: reader.datetime("created_datetime"),
        closed: reader.datetime("closed_datetime"),
        trashed: reader.datetime("trashed_datetime"),
    };
    for other in [
        "updated_datetime",
        "opened_datetime",
        "last_message_datetime",
        "last_received_message_datetime",
        "snooze_datetime",
    ] {
        reader.datetime(other);
    }
    fields
}

/// `{"name":…}`: an object, not a string (D).
fn read_tag(value: &Value, lenient: bool) -> Result<String, Problems> {
    let mut reader = Reader::new(value)?;
    let name = reader.text("name", 256).filter(|name| !name.is_empty());
    let name = reader.required("name", name).unwrap_or_default();
    reader.finish(lenient, name)
}

/// `{"id":…}` of something that exists.
fn read_reference(value: &Value, lenient: bool, exists: impl Fn(u64) -> bool) -> Result<u64, Problems> {
    let mut reader = Reader::new(value)?;
    let id = reader.id("id");
    let id = reader.required("id", id).unwrap_or_default();
    if id != 0 && !exists(id) {
        reader.blame("id", problem("Does not exist."));
    }
    reader.finish(lenient, id)
}

/// `{"id":…,"value":…}`
fn read_custom_field(value: &Value, lenient: bool) -> Result<Value, Problems> {
    let mut reader = Reader::new(value)?;
    let id = reader.id("id");
    reader.required("id", id);
    reader.raw("value");
    reader.finish(lenient, value.clone())
}

/// ISO 639-1: two lower-case letters.
fn read_language(value: &Value) -> Result<String, Problems> {
    match value.as_str() {
        Some(code) if code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_lowercase()) => {
            Ok(code.to_owned())
        }
        _ => Err(problem("Not a valid ISO 639-1 language.")),
    }
}
