//! Reads agents' answers (docs/gorgias.md section 8): the newest messages of the whole account in one request, and then
//! each ticket that has something new.

use super::{
    Gorgias,
    find::{encode, id_of, positive},
    sentences::{LIST_UNREADABLE, TICKET_UNREADABLE},
};
use crate::helpdesk::{
    Access, Failure, Meter,
    answers::{AnswerReader, Changed, Changes, Concern, Thread, Written, answer_text, first_name},
};
use domain::clock::Millis;
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde_json::Value;

#[async_trait::async_trait]
impl AnswerReader for Gorgias {
    async fn changes(
        &self,
        access: &Access,
        page: Option<&str>,
        meter: &dyn Meter,
    ) -> Result<Changes, Failure> {
        let cursor = page.map(|page| format!("&cursor={}", encode(page))).unwrap_or_default();
        let path = format!("/messages?limit=100&order_by=created_datetime:desc{cursor}");
        let answer = self.get(access, &path, meter).await?;
        let json = answer.json().unwrap_or_default();
        changes(&json).ok_or_else(|| Failure::Ambiguous { why: LIST_UNREADABLE.into() })
    }

    async fn thread(&self, access: &Access, ticket: i64, meter: &dyn Meter) -> Result<Thread, Failure> {
        let (ticket, json) = self.follow(access, ticket, meter).await?;
        thread(ticket, &json).ok_or_else(|| Failure::Ambiguous { why: TICKET_UNREADABLE.into() })
    }
}

/// Reads a page of the account's messages. Returns `None` if it is not a list.
fn changes(page: &Value) -> Option<Changes> {
    let mut found = Changes::default();
    for message in page.get("data")?.as_array()? {
        let (Some(stamp), Some(at)) = (id_of(message), written_at(message)) else { continue };
        found.reach(at);
        if is_answer(message)
            && let Some(ticket) = message.get("ticket_id").and_then(positive)
        {
            found.tickets.push(Changed { ticket, stamp, at, concern: Concern::InTheTicket });
        }
    }
    let next = page.pointer("/meta/next_cursor").and_then(Value::as_str).filter(|next| !next.is_empty());
    found.next = next.map(str::to_owned);
    Some(found)
}

/// Reads a whole ticket. Returns `None` if it has no messages.
fn thread(ticket: i64, json: &Value) -> Option<Thread> {
    let messages = json.get("messages")?.as_array()?;
    let mut thread = Thread { ticket, ..Thread::default() };
    for message in messages {
        if let Some(handover) = our_handover(message)
            && !thread.handovers.iter().any(|known| known == handover)
        {
            thread.handovers.push(handover.to_owned());
        }
        if is_answer(message)
            && let (Some(message_id), Some(at), Some(text)) =
                (id_of(message), written_at(message), text(message))
        {
            let (author, emailed) = (author(message), is_emailed(message));
            thread.answers.push(Written { message: message_id, author, text, at, emailed });
        }
    }
    thread.answers.sort_by_key(|it| (it.at, it.message));
    Some(thread)
}

/// Returns whether an agent wrote this to the shopper: it is no internal note, and was not sent by a rule, by us or by
/// another program.
fn is_answer(message: &Value) -> bool {
    let flag = |name| message.get(name).and_then(Value::as_bool) == Some(true);
    let text = |name| message.get(name).and_then(Value::as_str).unwrap_or_default();
    flag("from_agent")
        && flag("public")
        && text("channel") != "internal-note"
        && !matches!(text("via"), "api" | "rule")
        && our_handover(message).is_none()
}

/// Returns whether Gorgias emailed this message of an agent: the agent chose the channel.
fn is_emailed(message: &Value) -> bool {
    let failed = message.get("failed_datetime").is_some_and(|at| !at.is_null());
    message.get("channel").and_then(Value::as_str) == Some("email") && !failed
}

/// Returns the handover that one of our messages belongs to. Its `external_id` is the handover's id and a part.
fn our_handover(message: &Value) -> Option<&str> {
    let (handover, _) = message.get("external_id")?.as_str()?.split_once(':')?;
    uuid::Uuid::try_parse(handover).is_ok().then_some(handover)
}

/// Returns the text without quotes and signature, if Gorgias has separated these.
fn text(message: &Value) -> Option<String> {
    let text = |name| message.get(name).and_then(Value::as_str).and_then(answer_text);
    text("stripped_text").or_else(|| text("body_text"))
}

fn author(message: &Value) -> Option<String> {
    let name = |name| message.pointer(name).and_then(Value::as_str).and_then(first_name);
    name("/sender/firstname").or_else(|| name("/sender/name"))
}

/// Returns when a message was written. Gorgias sometimes leaves out the offset, and means UTC.
fn written_at(message: &Value) -> Option<Millis> {
    let text = message.get("created_datetime")?.as_str()?;
    let at = text.parse::<Timestamp>().ok().or_else(|| {
        let local: DateTime = text.parse().ok()?;
        Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })?;
    Some(at.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const HANDOVER: &str = "0193a7c0-0000-7000-8000-000000000001";

    fn message(change: &Value) -> Value {
        let mut message = json!({
            "id": 7, "ticket_id": 3, "external_id": null, "public": true, "channel": "email", "via": "helpdesk",
            "from_agent": true, "sender": {"id": 1, "firstname": "Anna", "name": "Anna Smith"},
            "body_text": "Hello\n> quoted", "stripped_text": "Hello", "created_datetime": "2026-11-22T10:00:00.5+00:00",
        });
        for (name, value) in change.as_object().unwrap() {
            message[name] = value.clone();
        }
        message
    }

    #[test]
    fn only_what_an_agent_wrote_to_the_shopper_is_an_answer() {
        for yes in [json!({}), json!({"external_id": "<mail-id@acme.test>"}), json!({"via": "gmail"})] {
            assert!(is_answer(&message(&yes)), "{yes}");
        }
        for no in [
            json!({"from_agent": false}),
            json!({"public": false}),
            json!({"public": null}),
            json!({"channel": "internal-note"}),
            json!({"via": "rule"}),
            json!({"via": "api"}),
            json!({"external_id": format!("{HANDOVER}:later-1")}),
        ] {
            assert!(!is_answer(&message(&no)), "{no}");
        }
        assert!(!is_answer(&json!([])));
    }

    #[test]
    fn only_messages_on_the_email_channel_are_emailed() {
        for (change, emailed) in [
            (json!({}), true),
            (json!({"failed_datetime": null}), true),
            (json!({"failed_datetime": "2026-11-22T10:00:01+00:00"}), false),
            (json!({"channel": "api"}), false),
            (json!({"channel": null}), false),
        ] {
            assert_eq!(is_emailed(&message(&change)), emailed, "{change}");
        }
    }

    #[test]
    fn text_and_name_come_from_the_best_field() {
        let read = |change: Value| {
            let message = message(&change);
            (author(&message), text(&message))
        };
        let both = |author: &str, text: &str| (Some(author.to_owned()), Some(text.to_owned()));
        assert_eq!(read(json!({})), both("Anna", "Hello"));
        assert_eq!(
            read(json!({"stripped_text": "", "sender": {"firstname": "", "name": "Ben Li"}})),
            both("Ben", "Hello\n> quoted")
        );
        assert_eq!(read(json!({"stripped_text": null, "body_text": null, "sender": null})), (None, None));
    }

    #[test]
    fn page_has_its_answers_its_span_and_the_next_one() {
        let of_shopper = json!({"id": 6, "from_agent": false, "created_datetime": "2026-11-22T09:59:30"});
        let page = json!({
            "data": [message(&json!({})), message(&of_shopper), {}, 1, null],
            "meta": {"next_cursor": "more"},
        });
        let at = written_at(&message(&json!({}))).unwrap();
        let found = changes(&page).unwrap();
        assert_eq!(found.tickets, [Changed { ticket: 3, stamp: 7, at, concern: Concern::InTheTicket }]);
        assert_eq!(found.span, Some((at, at - 30_500)), "without an offset, it is UTC");
        assert_eq!(found.next.as_deref(), Some("more"));
        assert_eq!(changes(&json!({"data": {}})), None);
        assert_eq!(changes(&json!({"data": []})), Some(Changes::default()));
    }

    #[test]
    fn merged_ticket_names_every_handover_in_it_once() {
        let other = HANDOVER.replace('1', "2");
        let ours = |id: &str, part: &str| message(&json!({"external_id": format!("{id}:{part}")}));
        let ticket = json!({"id": 3, "messages": [
            ours(HANDOVER, "1"), ours(HANDOVER, "note"), ours(&other, "1"), message(&json!({"external_id": "x:1"})),
            message(&json!({"id": 5})),
        ]});
        let thread = thread(3, &ticket).unwrap();
        assert_eq!(thread.handovers, [HANDOVER.to_owned(), other]);
        assert_eq!(thread.answers.iter().map(|it| it.message).collect::<Vec<_>>(), [5, 7]);
    }
}
