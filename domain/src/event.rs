//! A handover as events: what a receiver of events gets instead of a ticket.
//!
//! The same delivery always gives the same bytes, because a repetition must be recognisable by its id and its content.

use crate::{
    Helpdesk,
    addition::Addition,
    clock::{Millis, made_at},
    handover::{Attachment, Handover, Message},
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The maximum size of an event's body, in bytes.
pub const LARGEST: usize = 256_000;
/// The maximum size of everything except the messages, in bytes. Only a sender's mistake exceeds it.
const LARGEST_FRAME: usize = 64_000;
/// The size to which each text of a frame is cut if the frame is too large, in bytes.
const SHORT: usize = 1_000;

/// The type of an event for a new handover.
pub const CREATED: &str = "handover.created";
/// The type of an event for later messages.
pub const MESSAGE: &str = "handover.message";
/// The type of an event for an address that the shopper left later.
pub const EMAIL: &str = "handover.email";
/// The type of an event for an agent's answer in the helpdesk that has the ticket.
pub const ANSWER: &str = "answer.created";
/// The type of an event that tests the connection.
pub const TEST: &str = "convi.test";

/// Returns the event for a new handover. `link` leads to the whole handover, and is only included if this event cannot
/// contain it.
pub fn created(id: &str, handover: &Handover, link: impl FnOnce() -> String) -> Vec<u8> {
    let event =
        event(CREATED, accepted_at(id, handover), data(id, handover, 0, whole_conversation(handover)));
    bounded(event, "/data/conversation/messages", link)
}

/// Returns the event for a later part of a handover.
pub fn added(
    id: &str,
    part: u32,
    handover: &Handover,
    addition: &Addition,
    link: impl FnOnce() -> String,
) -> Vec<u8> {
    let begun = accepted_at(id, handover);
    match addition {
        Addition::Messages(messages) => {
            // The newest message's time is the closest to when they were added.
            let at =
                messages.iter().filter_map(|message| message.sent_at).max().map_or(begun, |at| at.max(begun));
            let rest = json!({"messages": messages.iter().map(message).collect::<Vec<_>>()});
            bounded(event(MESSAGE, at, later(id, handover, part, rest)), "/data/messages", link)
        }
        Addition::Address(email) => {
            bytes(&event(EMAIL, begun, later(id, handover, part, json!({"email": email.as_str()}))))
        }
    }
}

/// What an agent answered on a handover's ticket.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The answer's id.
    pub id: &'a str,
    /// The agent's first name.
    pub author: Option<&'a str>,
    /// The text.
    pub text: &'a str,
    /// When it was written.
    pub at: Timestamp,
    /// The helpdesk.
    pub helpdesk: Helpdesk,
    /// The ticket.
    pub ticket: i64,
}

/// Returns the event for an agent's answer, in the form in which `GET /v1/conversations/{id}/answers` has it.
pub fn answered(id: &str, handover: &Handover, answer: Answer<'_>) -> Vec<u8> {
    let mut data = frame(id, handover);
    data.insert(
        "answer".into(),
        json!({
            "id": answer.id,
            "author": answer.author,
            "text": answer.text,
            "at": answer.at.to_string(),
            "helpdesk": answer.helpdesk.slug(),
            "ticket_id": answer.ticket,
        }),
    );
    bytes(&event(ANSWER, answer.at, Value::Object(data)))
}

/// Returns the event that tests a connection.
pub fn test(now: Timestamp) -> Vec<u8> {
    bytes(&event(TEST, now, json!({})))
}

/// Returns the whole handover with everything that was added, for the holder of a link.
pub fn whole(id: &str, handover: &Handover, additions: &[Addition]) -> Value {
    let later = additions.iter().filter_map(|addition| match addition {
        Addition::Messages(messages) => Some(messages),
        Addition::Address(_) => None,
    });
    let mut data = data(id, handover, 0, whole_conversation(handover));
    if let Some(Value::Array(all)) = data.pointer_mut("/conversation/messages") {
        all.extend(later.flatten().map(message));
    }
    let left = additions.iter().rev().find_map(Addition::address);
    if let (Some(left), Some(email)) = (left, data.pointer_mut("/conversation/shopper/email")) {
        *email = left.as_str().into();
    }
    data
}

/// Returns when the handover was accepted, which is encoded in its id.
pub fn accepted_at_ms(id: &str, handover: &Handover) -> Millis {
    made_at(id).unwrap_or_else(|| handover.occurred_at.as_millisecond())
}

fn accepted_at(id: &str, handover: &Handover) -> Timestamp {
    Timestamp::from_millisecond(accepted_at_ms(id, handover)).unwrap_or(handover.occurred_at)
}

fn event(kind: &str, at: Timestamp, data: Value) -> Value {
    json!({"type": kind, "timestamp": at.to_string(), "data": data})
}

/// Returns the fields that every event of a handover has.
fn frame(id: &str, handover: &Handover) -> Map<String, Value> {
    let mut frame = Map::new();
    frame.insert("merchant_id".into(), handover.merchant.as_str().into());
    frame.insert("handover_id".into(), id.into());
    frame.insert("conversation_id".into(), handover.conversation.id.as_str().into());
    frame
}

/// Adds the number that orders what was said in a conversation.
fn numbered(id: &str, handover: &Handover, sequence: u32) -> Map<String, Value> {
    let mut frame = frame(id, handover);
    frame.insert("sequence".into(), sequence.into());
    frame
}

fn later(id: &str, handover: &Handover, part: u32, rest: Value) -> Value {
    let mut data = numbered(id, handover, part);
    if let Value::Object(rest) = rest {
        data.extend(rest);
    }
    Value::Object(data)
}

fn data(id: &str, handover: &Handover, sequence: u32, conversation: Value) -> Value {
    let mut data = numbered(id, handover, sequence);
    let trigger = &handover.trigger;
    data.insert("occurred_at".into(), handover.occurred_at.to_string().into());
    data.insert("trigger".into(), json!({"kind": trigger.kind, "reason": trigger.reason, "by": trigger.by}));
    data.insert("conversation".into(), conversation);
    Value::Object(data)
}

/// Returns the conversation in the form in which handovers are posted.
fn whole_conversation(handover: &Handover) -> Value {
    let it = &handover.conversation;
    let cart: Vec<_> = it
        .context
        .cart
        .iter()
        .map(|item| json!({"title": item.title, "quantity": item.quantity, "price": item.price}))
        .collect();
    let custom: Map<_, _> =
        it.context.custom.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    json!({
        "id": it.id,
        "url": it.url,
        "locale": it.locale,
        "subject": handover.subject(),
        "summary": it.summary,
        "shopper": {
            "email": it.shopper.email.as_ref().map(|email| email.as_str()),
            "email_as_text": it.shopper.email_as_text,
            "name": it.shopper.name,
            "phone": it.shopper.phone,
        },
        "context": {
            "page_url": it.context.page_url,
            "order_number": it.context.order_number,
            "cart": cart,
            "custom": custom,
        },
        "messages": it.messages.iter().map(message).collect::<Vec<_>>(),
    })
}

fn message(it: &Message) -> Value {
    let attachment =
        |it: &Attachment| json!({"url": it.url, "name": it.name, "content_type": it.content_type});
    json!({
        "id": it.id,
        "author": it.author,
        "text": it.text,
        "sent_at": it.sent_at.map(|at| at.to_string()),
        "attachments": it.attachments.iter().map(attachment).collect::<Vec<_>>(),
    })
}

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// Returns an event of at most [`LARGEST`] bytes. If it is larger, the newest messages stay, because they are what a
/// person answers, and the link leads to all of them.
fn bounded(mut event: Value, messages: &str, link: impl FnOnce() -> String) -> Vec<u8> {
    let set = |event: &mut Value, name: &str, value: Value| {
        if let Some(Value::Object(data)) = event.get_mut("data") {
            data.insert(name.into(), value);
        }
    };
    set(&mut event, "truncated", false.into());
    set(&mut event, "full_url", Value::Null);
    let whole = bytes(&event);
    if whole.len() <= LARGEST {
        return whole;
    }
    set(&mut event, "truncated", true.into());
    set(&mut event, "full_url", link().into());
    let Some(Value::Array(all)) = event.pointer_mut(messages).map(Value::take) else { return bytes(&event) };
    if bytes(&event).len() > LARGEST_FRAME
        && let Some(context) = event.pointer_mut("/data/conversation/context")
    {
        *context = json!({});
    }
    if bytes(&event).len() > LARGEST_FRAME {
        shorten_all(&mut event);
    }
    // The brackets of the list replace `null`.
    let mut room = LARGEST.saturating_sub(bytes(&event).len());
    let mut kept = Vec::new();
    for mut message in all.into_iter().rev() {
        if !fits(&message, room) {
            // Keeps at least the start of the newest one.
            if kept.is_empty() && cut(&mut message, room) {
                kept.push(message);
            }
            break;
        }
        room -= bytes(&message).len() + 1;
        kept.push(message);
    }
    kept.reverse();
    if let Some(place) = event.pointer_mut(messages) {
        *place = Value::Array(kept);
    }
    bytes(&event)
}

fn fits(message: &Value, room: usize) -> bool {
    bytes(message).len() < room
}

/// Cuts a message's text until it fits. Returns `false` if it cannot.
fn cut(message: &mut Value, room: usize) -> bool {
    if let Some(attachments) = message.get_mut("attachments") {
        *attachments = json!([]);
    }
    let text = message["text"].as_str().unwrap_or_default().to_owned();
    let mut length = text.len().min(room);
    while length > 0 {
        message["text"] = start(&text, length).into();
        if fits(message, room) {
            return true;
        }
        length /= 2;
    }
    false
}

/// Returns the first bytes of a text, without splitting a character.
fn start(text: &str, length: usize) -> &str {
    let end = (0..=length.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

fn shorten_all(value: &mut Value) {
    match value {
        Value::String(text) => *text = start(text, SHORT).to_owned(),
        Value::Array(items) => items.iter_mut().for_each(shorten_all),
        Value::Object(fields) => fields.values_mut().for_each(shorten_all),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        EmailAddress, TriggerKind,
        handover::{Author, Context, HandoverConversation, Shopper, Trigger},
    };

    const ID: &str = "0193a3c5-6400-7000-8000-000000000000";

    fn turn(number: usize, text: String) -> Message {
        Message {
            id: Some(number.to_string()),
            author: Author::Shopper,
            text,
            sent_at: None,
            attachments: vec![],
        }
    }

    fn handover(messages: Vec<Message>) -> Handover {
        Handover {
            merchant: "m1".into(),
            occurred_at: "2026-11-22T10:00:00Z".parse().unwrap(),
            trigger: Trigger {
                kind: TriggerKind::Automatic,
                reason: Some("asked_for_human".into()),
                by: None,
            },
            conversation: HandoverConversation {
                id: "c1".into(),
                url: None,
                locale: None,
                summary: Some("Billing question".into()),
                shopper: Shopper::default(),
                context: Context::default(),
                messages,
            },
        }
    }

    fn read(bytes: &[u8]) -> Value {
        assert!(bytes.len() <= LARGEST, "{}", bytes.len());
        serde_json::from_slice(bytes).unwrap()
    }

    #[test]
    fn small_handover_is_complete_and_has_no_link() {
        let handover = handover(vec![turn(1, "Hello".into())]);
        let event = read(&created(ID, &handover, || panic!("no link is needed")));
        assert_eq!(
            (&event["type"], &event["data"]["truncated"]),
            (&json!("handover.created"), &json!(false))
        );
        assert_eq!(
            event["data"]["trigger"],
            json!({"kind": "automatic", "reason": "asked_for_human", "by": null})
        );
        assert_eq!(event["data"]["conversation"]["messages"][0]["text"], "Hello");
        assert_eq!(event["timestamp"], accepted_at(ID, &handover).to_string());
        let again = created(ID, &handover, String::new);
        assert_eq!(read(&again), event, "a repetition is the same");
    }

    #[test]
    fn large_handover_keeps_its_newest_messages_and_gets_a_link() {
        let turns = (0..40).map(|n| turn(n, "\"ä\n\u{1}".repeat(1_500))).collect();
        let bytes = created(ID, &handover(turns), || "https://x/".into());
        let event = read(&bytes);
        assert!(bytes.len() > LARGEST - 30_000, "the room is used");
        let kept = event["data"]["conversation"]["messages"].as_array().unwrap();
        assert_eq!((&kept.last().unwrap()["id"], kept.len() < 40), (&json!("39"), true));
        assert_eq!(
            (&event["data"]["full_url"], &event["data"]["truncated"]),
            (&json!("https://x/"), &json!(true))
        );
    }

    #[test]
    fn any_handover_is_bounded() {
        for text in ["\u{1}", "ä", "\"", "x"] {
            let event = read(&created(ID, &handover(vec![turn(1, text.repeat(2_000_000))]), || "l".into()));
            let kept = event["data"]["conversation"]["messages"][0]["text"].as_str().unwrap();
            assert!(kept.len() > 10_000 && text.repeat(kept.len()).starts_with(kept));
        }
        let mut wide = handover(vec![turn(1, "Hello".into())]);
        wide.conversation.context.custom = vec![("k".into(), "v".repeat(3_000_000))];
        wide.conversation.url = Some("u".repeat(3_000_000));
        let event = read(&created(ID, &wide, || "l".into()));
        assert_eq!(event["data"]["conversation"]["messages"][0]["text"], "Hello");
    }

    #[test]
    fn later_parts_have_their_order() {
        let handover = handover(vec![turn(1, "Hello".into())]);
        let more = Addition::Messages(vec![turn(2, "Are you there?".into())]);
        let event = read(&added(ID, 2, &handover, &more, String::new));
        assert_eq!((&event["type"], &event["data"]["sequence"]), (&json!("handover.message"), &json!(2)));
        assert_eq!(event["data"]["messages"][0]["text"], "Are you there?");
        let email = Addition::Address(EmailAddress::parse("jane@example.com").unwrap());
        let event = read(&added(ID, 3, &handover, &email, String::new));
        assert_eq!(
            (&event["type"], &event["data"]["email"]),
            (&json!("handover.email"), &json!("jane@example.com"))
        );
        let whole = whole(ID, &handover, &[more, email]);
        assert_eq!(whole["conversation"]["messages"].as_array().unwrap().len(), 2);
        assert_eq!(whole["conversation"]["shopper"]["email"], "jane@example.com");
    }
}
