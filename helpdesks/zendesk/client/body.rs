//! The request bodies of tickets and comments. Every comment is explicitly private, because by default Zendesk emails it to the
//! shopper.

use domain::{
    Priority, TeamId,
    text::{escape_lines, fitting},
    ticket::{RichText, Ticket},
};
use serde::Serialize;
use serde_json::{Value, json};

/// The maximum size of a comment in bytes, for plain text and for HTML each. Zendesk silently cuts it at about 65,000.
pub(super) const LARGEST: usize = 60_000;
/// The field of our mark in `metadata`.
const MARK: &str = "convi";
/// The heading between the context and the conversation.
pub(super) const HEADING: &str = "Conversation";

/// A new ticket.
#[derive(Serialize)]
pub(super) struct NewTicket<'a> {
    pub external_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    pub tags: Vec<String>,
    #[serde(flatten)]
    pub requester: Requester,
    pub comment: CommentBody,
    pub metadata: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_id: Option<TeamId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via_followup_source_id: Option<i64>,
}

/// A change of a ticket.
#[derive(Default, Serialize)]
pub(super) struct Update {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<CommentBody>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub requester: Option<Requester>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    /// Makes Zendesk reject the update if the ticket has changed since the stamp, so a repeated request has no effect.
    pub safe_update: bool,
    pub updated_stamp: String,
}

/// A ticket's requester.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Requester {
    /// A user of the account.
    Id { requester_id: i64 },
    /// By address. A known user is left unchanged.
    Named { requester: Person },
}

/// A user by name and address.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Person {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// A private comment. There is no other kind here.
#[derive(Serialize)]
pub(super) struct CommentBody {
    html_body: String,
    public: bool,
}

impl CommentBody {
    pub(super) fn private(text: &RichText) -> Self {
        Self { html_body: text.html.clone(), public: false }
    }
}

/// Returns the metadata with a mark, by which a change is found again in its audit.
pub(super) fn metadata(mark: &str) -> Value {
    json!({ MARK: mark })
}

/// Returns the mark of an audit or a comment.
pub(super) fn mark_of(item: &Value) -> Option<&str> {
    item.pointer("/metadata/custom")?.get(MARK)?.as_str()
}

/// Serializes a body. Strings and numbers always serialize.
pub(super) fn bytes(name: &str, content: &impl Serialize) -> bytes::Bytes {
    serde_json::to_vec(&std::collections::HashMap::from([(name, content)])).unwrap_or_default().into()
}

/// Breaks placeholders in a text. Zendesk expands `{{…}}` and `{%…%}` in agents' comments, and here a shopper's text is part
/// of one.
pub(super) fn unexpanded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut after_brace = false;
    for c in text.chars() {
        if after_brace && matches!(c, '{' | '%') {
            out.push(' ');
        }
        after_brace = c == '{';
        out.push(c);
    }
    out
}

/// Returns a ticket's comments in order: the context, then the conversation, in as few comments as possible.
pub(super) fn comments(ticket: &Ticket) -> Vec<RichText> {
    let heading =
        RichText { plain: format!("\n{HEADING}\n\n"), html: format!("<p><strong>{HEADING}</strong></p>") };
    let mut comments = fitted(&ticket.note);
    for (at, part) in ticket.transcript.iter().enumerate() {
        let part = if at == 0 { joined(&heading, part) } else { part.clone() };
        for piece in fitted(&part) {
            match comments.last_mut().filter(|last| fits_with(last, &piece)) {
                Some(last) => *last = joined(last, &piece),
                None => comments.push(piece),
            }
        }
    }
    comments
}

fn joined(first: &RichText, second: &RichText) -> RichText {
    RichText {
        plain: format!("{}{}", first.plain, second.plain),
        html: format!("{}{}", first.html, second.html),
    }
}

fn fits_with(first: &RichText, second: &RichText) -> bool {
    first.plain.len() + second.plain.len() <= LARGEST && first.html.len() + second.html.len() <= LARGEST
}

/// Breaks a text's placeholders and splits it into comments that are small enough. If that makes a part too large, it is
/// split again and loses its bold type.
pub(super) fn fitted(text: &RichText) -> Vec<RichText> {
    let text = RichText { plain: unexpanded(&text.plain), html: unexpanded(&text.html) };
    if text.plain.len() <= LARGEST && text.html.len() <= LARGEST {
        return vec![text];
    }
    let mut pieces = Vec::new();
    let mut rest = text.plain.as_str();
    while !rest.is_empty() {
        // Leaves room for the paragraph's tags.
        let (piece, after) = fitting(rest, LARGEST - 100);
        let html = format!("<p><span dir=\"auto\">{}</span></p>", escape_lines(piece));
        pieces.push(RichText { plain: piece.to_owned(), html });
        rest = after;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::text::escape;

    fn text(plain: &str) -> RichText {
        RichText { plain: plain.into(), html: format!("<p>{}</p>", escape(plain)) }
    }

    fn ticket(note: &str, transcript: &[&str]) -> Ticket {
        Ticket {
            external_id: "h1".into(),
            subject: None,
            email: None,
            name: None,
            language: None,
            transcript: transcript.iter().map(|part| text(part)).collect(),
            files: vec![],
            note: text(note),
            tags: vec![domain::ticket::TAG],
            route: domain::TicketRoute::default(),
        }
    }

    #[test]
    fn placeholders_are_broken() {
        for (said, told) in [
            ("{{ticket.id}}", "{ {ticket.id}}"),
            ("{{{x}}}", "{ { {x}}}"),
            ("{% if %} {%", "{ % if %} { %"),
            ("{ {a} } 100 %", "{ {a} } 100 %"),
        ] {
            assert_eq!(unexpanded(said), told);
        }
        for part in comments(&ticket("{{a}}", &["b {{c}}"])) {
            assert!(!part.html.contains("{{") && !part.plain.contains("{{"));
        }
    }

    #[test]
    fn small_ticket_is_one_comment_with_the_context_first() {
        let comments = comments(&ticket("why", &["hello"]));
        assert_eq!(comments.len(), 1);
        assert_eq!(comments[0].html, "<p>why</p><p><strong>Conversation</strong></p><p>hello</p>");
    }

    #[test]
    fn large_ticket_is_split_without_loss() {
        let part = "x".repeat(50_000);
        let braces = "{".repeat(40_000);
        let comments = comments(&ticket("why", &[&part, &part, &braces, "last"]));
        assert!(comments.len() >= 4);
        for comment in &comments {
            assert!(comment.plain.len() <= LARGEST && comment.html.len() <= LARGEST);
        }
        let all: String = comments.iter().map(|comment| comment.html.as_str()).collect();
        assert_eq!((all.matches('x').count(), all.matches('{').count()), (100_000, 40_000));
        assert!(!all.contains("{{") && all.contains("last"));
    }

    #[test]
    fn comments_are_explicitly_private() {
        let json = serde_json::to_value(CommentBody::private(&text("a"))).unwrap();
        assert_eq!(json, json!({"html_body": "<p>a</p>", "public": false}));
    }
}
