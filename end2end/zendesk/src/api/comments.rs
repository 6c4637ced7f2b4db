//! A ticket's comments and audits (section 4), and parsing the comment of a change (section 2).

use serde_json::{Map, Value, json};

use super::{
    Call, Refusal, Reply,
    fields::Fields,
    page::{self, Query},
    placeholders, time,
};
use crate::world::{Account, Audit, Comment, NewComment, Role, User};

/// A longer comment is silently cut (I); about 65,000 bytes (R).
const LONGEST: usize = 65_535;
/// The maximum number of comments of a ticket (D).
pub(crate) const MOST: usize = 5_000;

/// `GET …/comments`, oldest first, or newest first with `sort=-created_at`; with their authors with `include=users` (D).
pub(crate) fn list(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    let query = Query::of(call);
    query.only(&["include"])?;
    let users = match query.text("include") {
        None => None,
        Some("users") => Some(account.users.iter().map(super::users::write).collect::<Vec<_>>()),
        Some(other) => {
            return Err(Refusal::Bad("InvalidParameter", format!("{other} cannot be included.")));
        }
    };
    let newest_first = query.text("sort") == Some("-created_at");
    let with_metadata = account.behaviour.comments_have_metadata;
    let ticket = super::tickets::find(account, call)?;
    let custom = |comment: &Comment| {
        ticket.audits.iter().find(|audit| audit.id == comment.audit).map(|audit| audit.custom.clone())
    };
    let via = |comment: &Comment| {
        ticket.audits.iter().find(|audit| audit.id == comment.audit).map(|audit| audit.via.clone())
    };
    let comments: Vec<_> = match newest_first {
        // A position is the cursor.
        true => (1..).zip(ticket.comments.iter().rev()).collect(),
        false => ticket.comments.iter().map(|comment| (comment.id, comment)).collect(),
    };
    page::reply_with(call, "comments", comments, users, |comment| {
        let mut written = json!({
            "id": comment.id, "type": "Comment", "author_id": comment.author, "public": comment.public,
            "body": comment.plain, "plain_body": comment.plain, "html_body": comment.html,
            "audit_id": comment.audit, "attachments": [], "created_at": time(comment.created),
            "via": via(comment),
        });
        written["metadata"] = json!({"system": {}});
        if with_metadata {
            written["metadata"]["custom"] = custom(comment).unwrap_or(json!({}));
        }
        written
    })
}

/// `GET …/audits`, oldest first.
pub(crate) fn audits(account: &mut Account, call: &Call) -> Result<Reply, Refusal> {
    Query::of(call).only(&[])?;
    let ticket = super::tickets::find(account, call)?;
    let audits = ticket.audits.iter().map(|audit| (audit.id, audit)).collect();
    page::reply(call, "audits", audits, |audit| write_audit(ticket.id, audit))
}

/// Returns an audit as in responses (R).
pub(crate) fn write_audit(ticket: u64, audit: &Audit) -> Value {
    json!({
        "id": audit.id,
        "ticket_id": ticket,
        "author_id": audit.author,
        "created_at": time(audit.created),
        "metadata": {"system": {}, "custom": audit.custom},
        "events": audit.events,
        "via": audit.via,
    })
}

/// A comment whose ticket is not known yet.
#[derive(Debug, Default)]
pub(crate) struct CommentDraft {
    plain: Option<String>,
    html: Option<String>,
    pub(crate) public: Option<bool>,
    author: Option<u64>,
}

/// Parses `comment`.
pub(crate) fn read(account: &Account, object: &Map<String, Value>) -> Result<CommentDraft, Refusal> {
    let mut fields = Fields::of(object);
    let draft = CommentDraft {
        plain: fields.text("body"),
        html: fields.text("html_body"),
        public: fields.flag("public"),
        author: fields.id("author_id"),
    };
    fields.raw("uploads");
    let is_blank = |text: &Option<String>| text.as_deref().is_none_or(|text| text.trim().is_empty());
    if is_blank(&draft.plain) && is_blank(&draft.html) {
        fields.blame("comment", "Description: cannot be blank", "BlankValue");
    }
    let too_long = [&draft.plain, &draft.html].into_iter().flatten().any(|text| text.len() > LONGEST);
    if too_long && account.behaviour.refuse_long_comments {
        fields.blame("comment", "Comment: is too long", "ValueTooLong");
    }
    if draft.author.is_some_and(|id| account.user(id).is_none()) {
        fields.blame("comment", "Author: is invalid", "InvalidValue");
    }
    fields.finish(account.behaviour.refuse_unknown_keys).map_err(Refusal::Invalid)?;
    Ok(draft)
}

impl CommentDraft {
    /// Adds the comment. Without `public`, it is like the ticket's first comment, and public on a new ticket (D). A light
    /// agent's comment is always private (D).
    pub(crate) fn commit(
        self,
        account: &Account,
        by: &User,
        requester: &User,
        first: Option<bool>,
    ) -> NewComment {
        let cut = |text: String| text[..text.floor_char_boundary(LONGEST)].to_owned();
        let (plain, html) = match (self.plain, self.html) {
            // `html_body` takes precedence; the plain text is derived from it.
            (_, Some(html)) => (text_of(&html), html),
            (Some(plain), None) => (plain.clone(), escaped(&plain)),
            (None, None) => Default::default(),
        };
        let author = self.author.unwrap_or(by.id);
        let by_team = account.user(author).is_some_and(|user| user.role.is_team());
        // D: in an end user's comment, placeholders stay text.
        let shown = |text: &str| match by_team {
            true => placeholders::expanded(account, text, requester),
            false => text.to_owned(),
        };
        NewComment {
            author,
            plain: shown(&cut(plain)),
            html: format!("<div class=\"zd-comment\" dir=\"auto\">{}</div>", shown(&cut(html))),
            public: by.role != Role::LightAgent && self.public.or(first).unwrap_or(true),
        }
    }
}

fn escaped(text: &str) -> String {
    emulator::page::Text(text).to_string().replace('\n', "<br>")
}

/// Returns the plain text of HTML: tags are removed, a paragraph ends with a line break, entities are decoded.
fn text_of(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        let Some((tag, after)) = after.split_once('>') else { break };
        let name = tag.split([' ', '/']).find(|part| !part.is_empty()).unwrap_or_default();
        if name == "br" || (tag.starts_with('/') && matches!(name, "p" | "li" | "ul" | "div")) {
            text.push('\n');
        }
        rest = after;
    }
    text.push_str(rest);
    let entities = [
        ("&nbsp;", " "),
        ("\u{a0}", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    entities.iter().fold(text, |text, (entity, character)| text.replace(entity, character))
}
