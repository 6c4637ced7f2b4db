//! Reads agents' answers: the account's most recently changed tickets in one request, then the comments of each that is
//! ours, and the audits if there is an answer, because they show what was emailed. A merge changes our ticket too, so the
//! ticket that it was merged into is known from then on.

use super::{
    MERGED, Zendesk,
    body::mark_of,
    chain::{TicketView, unreadable},
    find::{encode, positive},
};
use crate::helpdesk::{
    Access, Failure, Meter,
    answers::{AnswerReader, Changed, Changes, Concern, Thread, Written, answer_text, first_name},
};
use domain::clock::Millis;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::HashSet;

#[async_trait::async_trait]
impl AnswerReader for Zendesk {
    async fn changes(
        &self,
        access: &Access,
        page: Option<&str>,
        meter: &dyn Meter,
    ) -> Result<Changes, Failure> {
        let cursor = page.map(|page| format!("&page[after]={}", encode(page))).unwrap_or_default();
        let path = format!("/api/v2/tickets?sort=-updated_at&page[size]=100{cursor}");
        let answer = self.get(access, &path, meter).await?;
        changes(&answer.json().unwrap_or_default()).ok_or_else(unreadable)
    }

    async fn thread(&self, access: &Access, ticket: i64, meter: &dyn Meter) -> Result<Thread, Failure> {
        let view = self.ticket(access, ticket, meter).await?;
        let mut answers = self.answers_on(access, &view, meter).await?;
        let mut place = ticket;
        if view.has(MERGED) {
            // A merge leaves the comments where they were.
            let kept = self.place(access, ticket, meter).await?;
            place = kept.ticket().id;
            answers.extend(self.answers_on(access, kept.ticket(), meter).await?);
            answers.sort_by_key(|it| (it.at, it.message));
        }
        Ok(Thread { ticket: place, handovers: Vec::new(), answers })
    }
}

impl Zendesk {
    /// Reads the answers among a ticket's 100 newest comments.
    async fn answers_on(
        &self,
        access: &Access,
        ticket: &TicketView,
        meter: &dyn Meter,
    ) -> Result<Vec<Written>, Failure> {
        let (ticket, requester) = (ticket.id, ticket.requester);
        let path = format!("/api/v2/tickets/{ticket}/comments?include=users&sort=-created_at&page[size]=100");
        let answer = self.get(access, &path, meter).await?;
        let page = answer.json().unwrap_or_default();
        let mut found = answers(&page).ok_or_else(unreadable)?;
        if !found.is_empty() {
            let emailed = emailed(&self.audits(access, ticket, meter).await?, requester);
            found.iter_mut().for_each(|it| it.emailed = emailed.contains(&it.message));
        }
        Ok(found)
    }
}

/// Reads a page of tickets, most recently changed first. Returns `None` if it is not a list.
fn changes(page: &Value) -> Option<Changes> {
    let mut found = Changes::default();
    for json in page.get("tickets")?.as_array()? {
        let Some(ticket) = TicketView::read(json) else { continue };
        let Some(at) = time(&ticket.updated) else { continue };
        found.reach(at);
        // What we write is private, so a ticket without a public comment has no answer. A merge must be recorded anyway.
        let is_public = json.get("is_public").and_then(Value::as_bool) != Some(false);
        if !is_public && !ticket.has(MERGED) {
            continue;
        }
        let ours = ticket.external_id.as_deref().and_then(our_handover);
        let concern = ours.map_or(Concern::Merged, |handover| Concern::Handover(handover.to_owned()));
        found.tickets.push(Changed { ticket: ticket.id, stamp: at, at, concern });
    }
    let more = page.pointer("/meta/has_more").and_then(Value::as_bool) == Some(true);
    let next = page.pointer("/meta/after_cursor").and_then(Value::as_str).filter(|next| !next.is_empty());
    found.next = next.filter(|_| more).map(str::to_owned);
    Some(found)
}

/// Reads a ticket's newest comments with their authors. Returns the answers, oldest first.
fn answers(page: &Value) -> Option<Vec<Written>> {
    let users: Vec<_> = page.get("users").and_then(Value::as_array).into_iter().flatten().collect();
    let author_of = |comment: &Value| {
        let author = comment.get("author_id").and_then(positive)?;
        users.iter().find(|user| user.get("id").and_then(positive) == Some(author)).copied()
    };
    let mut answers = Vec::new();
    for comment in page.get("comments")?.as_array()? {
        let Some(author) = author_of(comment).filter(|author| is_answer(comment, author)) else { continue };
        let text = |name| comment.get(name).and_then(Value::as_str).and_then(answer_text);
        let (Some(message), Some(at), Some(text)) = (
            comment.get("id").and_then(positive),
            comment.get("created_at").and_then(Value::as_str).and_then(time),
            text("plain_body").or_else(|| text("body")),
        ) else {
            continue;
        };
        let name = author.get("name").and_then(Value::as_str).and_then(first_name);
        answers.push(Written { message, author: name, text, at, emailed: false });
    }
    answers.sort_by_key(|it| (it.at, it.message));
    Some(answers)
}

/// Returns the comments that a trigger emailed to the requester: the audit of a comment lists whom it notified.
fn emailed(audits: &[Value], requester: Option<i64>) -> HashSet<i64> {
    let kind = |event: &Value| event.get("type").and_then(Value::as_str).map(str::to_owned);
    let is_to_requester = |event: &&Value| {
        let recipients = event.get("recipients").and_then(Value::as_array).into_iter().flatten();
        kind(event).as_deref() == Some("Notification")
            && recipients.filter_map(positive).any(|it| Some(it) == requester)
    };
    let mut comments = HashSet::new();
    for audit in audits {
        let events: Vec<_> = audit.get("events").and_then(Value::as_array).into_iter().flatten().collect();
        if events.iter().copied().any(|it| is_to_requester(&it)) {
            let of = events.iter().filter(|it| kind(it).as_deref() == Some("Comment"));
            comments.extend(of.filter_map(|it| it.get("id").and_then(positive)));
        }
    }
    comments
}

/// Returns whether a member of the team wrote this to the shopper: it is public, and was not sent by a trigger or by us.
fn is_answer(comment: &Value, author: &Value) -> bool {
    let text = |value: &Value, path: &str| value.pointer(path).and_then(Value::as_str).map(str::to_owned);
    comment.get("public").and_then(Value::as_bool) == Some(true)
        && matches!(text(author, "/role").as_deref(), Some("agent" | "admin"))
        && text(comment, "/via/channel").as_deref() != Some("rule")
        && mark_of(comment).is_none()
}

/// Returns the handover that a ticket of ours belongs to: its `external_id` is the handover's id, or for a follow-up the
/// id and a part.
fn our_handover(external_id: &str) -> Option<&str> {
    let handover = external_id.split(':').next()?;
    uuid::Uuid::try_parse(handover).is_ok().then_some(handover)
}

fn time(text: &str) -> Option<Millis> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const HANDOVER: &str = "0193a7c0-0000-7000-8000-000000000001";

    fn with(mut value: Value, change: &Value) -> Value {
        for (name, new) in change.as_object().unwrap() {
            value[name] = new.clone();
        }
        value
    }

    #[test]
    fn only_what_the_team_wrote_to_the_shopper_is_an_answer() {
        let comment = json!({
            "id": 7, "author_id": 1, "public": true, "plain_body": "Hello", "created_at": "2026-11-22T10:00:00Z",
            "via": {"channel": "web"}, "metadata": {"custom": {}},
        });
        let page = |change: Value, role: &str| {
            json!({
                "comments": [with(comment.clone(), &change)],
                "users": [{"id": 1, "name": "Anna Smith", "role": role}],
            })
        };
        let read = |change: Value, role: &str| answers(&page(change, role)).unwrap();
        assert_eq!(read(json!({}), "agent")[0].author.as_deref(), Some("Anna"));
        assert_eq!(read(json!({}), "admin").len(), 1);
        assert_eq!(read(json!({"via": null}), "agent").len(), 1);
        assert_eq!(read(json!({}), "end-user"), []);
        for no in [
            json!({"public": false}),
            json!({"public": null}),
            json!({"author_id": 2}),
            json!({"via": {"channel": "rule"}}),
            json!({"metadata": {"custom": {"convi": format!("{HANDOVER}:1")}}}),
            json!({"plain_body": " "}),
        ] {
            assert_eq!(read(no.clone(), "agent"), [], "{no}");
        }
        assert_eq!(answers(&json!({"comments": null})), None);
    }

    #[test]
    fn comment_is_emailed_if_its_audit_notifies_the_requester() {
        let audit = |comment: i64, recipients: Value| {
            json!({"events": [
                {"id": comment, "type": "Comment"},
                {"id": 90, "type": "Notification", "recipients": recipients},
            ]})
        };
        let audits = [
            audit(1, json!([5, 6])),
            audit(2, json!([6])),
            json!({"events": [{"id": 3, "type": "Comment"}]}),
        ];
        assert_eq!(emailed(&audits, Some(5)), HashSet::from([1]));
        assert_eq!(emailed(&audits, None), HashSet::new());
    }

    #[test]
    fn changes_name_the_handover_of_our_own_tickets() {
        let ticket = |id: i64, external_id: Value, at: &str| json!({"id": id, "external_id": external_id, "updated_at": at, "status": "open", "tags": [], "is_public": true});
        let private = |tags: Value| {
            let ticket = ticket(9, json!(HANDOVER), "2026-11-22T10:00:01Z");
            with(ticket, &json!({"is_public": false, "tags": tags}))
        };
        let late = format!("{HANDOVER}:later-1");
        let page = json!({
            "tickets": [
                ticket(3, json!(HANDOVER), "2026-11-22T10:00:02Z"),
                ticket(2, json!(late), "2026-11-22T10:00:01Z"),
                ticket(1, json!("order-7"), "2026-11-22T10:00:00Z"),
                private(json!([])),
                private(json!([MERGED])),
            ],
            "meta": {"has_more": true, "after_cursor": "x"},
        });
        let first = time("2026-11-22T10:00:00Z").unwrap();
        let ours = Concern::Handover(HANDOVER.to_owned());
        let found = changes(&page).unwrap();
        let concerns: Vec<_> = found.tickets.iter().map(|it| it.concern.clone()).collect();
        assert_eq!(concerns, [ours.clone(), ours.clone(), Concern::Merged, ours]);
        assert_eq!((found.span, found.next.as_deref()), (Some((first + 2_000, first)), Some("x")));
        assert_eq!(changes(&json!({})), None);
    }
}
