//! The fields of a ticket that a caller sets when creating or updating it.

use serde_json::{Map, Value};

use crate::{
    api::{
        Refusal,
        comments::{self, CommentDraft},
        fields::Fields,
        refusal::reason,
        requester::{self, Requester},
    },
    world::Account,
};

/// The maximum size of a caller's own data, in bytes (D).
const MOST_METADATA: usize = 1_024;

/// The fields that a caller sets.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) comment: Option<CommentDraft>,
    pub(super) requester: Option<Requester>,
    pub(super) submitter: Option<u64>,
    pub(super) subject: Option<String>,
    pub(super) external_id: Option<String>,
    pub(super) tags: Option<Vec<String>>,
    pub(super) status: Option<String>,
    pub(super) priority: Option<String>,
    pub(super) group: Option<u64>,
    pub(super) assignee: Option<u64>,
    pub(super) custom_fields: Option<Value>,
    pub(super) metadata: Option<Value>,
    pub(super) follows: Option<u64>,
    pub(super) safe: bool,
    pub(super) stamp: Option<String>,
}

/// Parses all of them, or returns everything that is wrong.
pub(super) fn read(account: &Account, object: &Map<String, Value>) -> Result<Draft, Refusal> {
    let mut fields = Fields::of(object);
    let comment = part(&mut fields, "comment", |object| comments::read(account, object))?;
    let named = part(&mut fields, "requester", |object| requester::read(account, object))?;
    let by_id = fields.id("requester_id");
    let mut draft = Draft {
        comment,
        requester: named.or(by_id.map(Requester::Known)),
        submitter: fields.id("submitter_id"),
        subject: fields.text("subject"),
        external_id: fields.text("external_id"),
        tags: fields.tags("tags"),
        status: fields.choice("status", &["new", "open", "pending", "hold", "solved", "closed"]),
        priority: fields.choice("priority", &["urgent", "high", "normal", "low"]),
        group: fields.id("group_id"),
        assignee: fields.id("assignee_id"),
        custom_fields: fields.with("custom_fields", |value| value.is_array().then(|| value.clone())),
        metadata: fields.with("metadata", |value| {
            (value.is_object() && value.to_string().len() <= MOST_METADATA).then(|| value.clone())
        }),
        follows: fields.id("via_followup_source_id"),
        safe: fields.flag("safe_update").unwrap_or_default(),
        stamp: fields.text("updated_stamp"),
    };
    for (name, id) in [("requester", by_id), ("submitter", draft.submitter), ("assignee", draft.assignee)] {
        if id.is_some_and(|id| account.user(id).is_none()) {
            fields.blame(name, &format!("{name}: is invalid"), "InvalidValue");
        }
    }
    // I: the field's name is a guess, based on the ticket's other fields that are ids.
    if draft.group.is_some_and(|id| account.group(id).is_none()) {
        fields.blame("group", "Group: is invalid", "InvalidValue");
    }
    // D: a tag that is set twice counts once.
    if let Some(tags) = &mut draft.tags {
        let mut seen = std::collections::BTreeSet::new();
        tags.retain(|tag| seen.insert(tag.clone()));
    }
    fields.finish(account.behaviour.refuse_unknown_keys).map_err(Refusal::Invalid)?;
    Ok(draft)
}

/// Parses a nested object, whose own errors name it.
fn part<T>(
    fields: &mut Fields<'_>,
    name: &'static str,
    read: impl FnOnce(&Map<String, Value>) -> Result<T, Refusal>,
) -> Result<Option<T>, Refusal> {
    match fields.raw(name) {
        Some(Value::Object(object)) => read(object).map(Some),
        Some(_) => {
            let details = Map::from_iter([(name.to_owned(), reason("must be an object", "InvalidValue"))]);
            Err(Refusal::Invalid(details))
        }
        None => Ok(None),
    }
}
