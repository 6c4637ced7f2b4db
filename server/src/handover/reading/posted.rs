//! Reads a posted handover from JSON.

use super::{
    LenientJson, Node, Reader, Warnings, context,
    sentences::{
        CONVERSATION_ID, LIST_OF_MESSAGES, MANY_MESSAGES, MEDIA_TYPE, MUST_BE, NO_ADDRESS, NOT_AN_ADDRESS,
        OBJECT, ONE_MESSAGE, REQUIRED, TEXT, UNKNOWN_AUTHOR, UNREADABLE_TEXT, WITH_AUTHOR, must_be_one_of,
    },
};
use app::model::{FieldError, TriggerKind, pasted};
use domain::{
    Said,
    handover::{Attachment, Author, Context, Handover, HandoverConversation, Message, Shopper, Trigger},
    merchant::{MERCHANT_ID_RULE, is_merchant_id},
    said,
    text::{clean, one_line},
};
use jiff::Timestamp;
use serde_json::Value;

/// The maximum number of messages in one handover.
const MAX_MESSAGES: usize = 5_000;
/// The maximum number of attachments of one message.
const MOST_ATTACHMENTS: usize = 100;
/// The maximum length of a file's URL in characters: signed URLs are long, and a shortened one does not work.
const ADDRESS: usize = 8_000;
/// Fields that some senders send as a string of JSON. The context is unfolded before its parts.
const UNFOLDED: [&str; 5] = [
    "/trigger/by",
    "/conversation/shopper",
    "/conversation/context",
    "/conversation/context/cart",
    "/conversation/context/custom",
];
const AUTHORS: &str = "shopper, assistant, agent, system";

/// Why a body is not a handover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// The body is not JSON.
    NotJson(Said),
    /// The body is JSON, but these fields are wrong.
    Fields(Vec<FieldError>),
}

/// Reads a posted handover and its warnings. `received_at` replaces a missing `occurred_at`.
pub fn read_handover(body: &[u8], received_at: Timestamp) -> Result<(Handover, Warnings), BodyError> {
    let json = super::read(body).map_err(|error| BodyError::NotJson(error.said()))?;
    let mut read = Reader::of(&json);
    let LenientJson { mut value, .. } = json;
    for pointer in UNFOLDED {
        value.pointer_mut(pointer).into_iter().for_each(context::unfold);
    }
    if !value.is_object() {
        let wrong = FieldError::new("body", said!(MUST_BE, wanted = OBJECT));
        return Err(BodyError::Fields(vec![wrong]));
    }
    let handover = handover(&mut read, &value, received_at);
    let warnings = read.finish().map_err(BodyError::Fields)?;
    // Without an error, every required field was read.
    handover.map(|handover| (handover, warnings)).ok_or_else(|| BodyError::Fields(Vec::new()))
}

/// Like [`read_handover`], without the warnings.
pub fn parse_handover(body: &[u8], received_at: Timestamp) -> Result<Handover, BodyError> {
    read_handover(body, received_at).map(|(handover, _)| handover)
}

fn handover(read: &mut Reader, body: &Value, received_at: Timestamp) -> Option<Handover> {
    let root = Node::root("", body);
    let merchant = merchant(read, &root.get("merchant_id"));
    let trigger = trigger(read, &root.get("trigger"));
    let conversation = conversation(read, &root.get("conversation"));
    let occurred_at = read.instant(&root.get("occurred_at")).unwrap_or(received_at);
    Some(Handover { merchant: merchant?, occurred_at, trigger: trigger?, conversation: conversation? })
}

fn merchant(read: &mut Reader, node: &Node<'_>) -> Option<String> {
    let merchant = key(read, node)?;
    if is_merchant_id(&merchant) {
        return Some(merchant);
    }
    read.refuse(node, MERCHANT_ID_RULE);
    None
}

/// Returns an id without surrounding whitespace, or a number as text.
fn key(read: &mut Reader, node: &Node<'_>) -> Option<String> {
    match node.value {
        Value::String(text) => return Some(pasted::trim(text).to_owned()),
        Value::Number(number) => return Some(number.to_string()),
        Value::Null => read.refuse(node, REQUIRED),
        _ => read.refuse(node, said!(MUST_BE, wanted = TEXT)),
    }
    None
}

fn trigger(read: &mut Reader, node: &Node<'_>) -> Option<Trigger> {
    if node.value.is_null() {
        read.refuse(node, REQUIRED);
        return None;
    }
    // A bare `"trigger":"manual"` is enough.
    let kind_node = if node.value.is_string() { *node } else { node.get("kind") };
    let kind = match folded(kind_node.value).as_deref() {
        Some("automatic") => Some(TriggerKind::Automatic),
        Some("manual") => Some(TriggerKind::Manual),
        _ => None,
    };
    if kind.is_none() {
        let missing = kind_node.value.is_null();
        let wrong = if missing { REQUIRED.into() } else { must_be_one_of("automatic, manual") };
        read.refuse(&kind_node, wrong);
    }
    let by_node = node.get("by");
    let by = match by_node.value {
        Value::String(_) => read.line(&by_node, 200),
        _ => {
            let by = read.object(&by_node);
            read.line(&by.get("name"), 200).or_else(|| read.line(&by.get("email"), 320))
        }
    };
    Some(Trigger { kind: kind?, reason: read.line(&node.get("reason"), 500), by })
}

/// Returns a word of the contract in lower case.
fn folded(value: &Value) -> Option<String> {
    value.as_str().map(|text| pasted::trim(text).to_ascii_lowercase())
}

fn conversation(read: &mut Reader, node: &Node<'_>) -> Option<HandoverConversation> {
    if !node.value.is_object() {
        let wrong = if node.value.is_null() { REQUIRED.into() } else { said!(MUST_BE, wanted = OBJECT) };
        read.refuse(node, wrong);
        return None;
    }
    let id_node = node.get("id");
    let id = key(read, &id_node).filter(|id| {
        let fits = (1..=255).contains(&id.chars().count()) && one_line(id) == *id;
        if !fits {
            read.refuse(&id_node, CONVERSATION_ID);
        }
        fits
    });
    let messages = messages(read, &node.get("messages"));
    let context_node = node.get("context");
    let context_node = read.object(&context_node);
    let known = context::read(read, &context_node, &context::INGEST);
    Some(HandoverConversation {
        url: read.line(&node.get("url"), 2_000),
        locale: read.line(&node.get("locale"), 35),
        summary: read.line(&node.get("summary"), 1_000),
        shopper: shopper(read, &node.get("shopper")),
        context: Context {
            page_url: read.line(&context_node.get("page_url"), 2_000),
            order_number: known.order_number,
            cart: known.cart.unwrap_or_default(),
            custom: known.custom.unwrap_or_default(),
        },
        id: id?,
        messages: messages?,
    })
}

fn shopper(read: &mut Reader, node: &Node<'_>) -> Shopper {
    if let Value::String(text) = node.value
        && !pasted::is_blank(text)
    {
        return match crate::address::sent(text) {
            Some(email) => Shopper { email: Some(email), ..Shopper::default() },
            None => Shopper { name: read.line(node, 200), ..Shopper::default() },
        };
    }
    let node = read.object(node);
    let email_node = node.get("email");
    // `false` counts as none.
    let text = read.text(&email_node).filter(|_| !email_node.is_nothing());
    let email = text.as_deref().and_then(crate::address::sent);
    let email_as_text = match (&email, text) {
        (None, Some(text)) => {
            read.warn(&email_node, NOT_AN_ADDRESS);
            read.fitting(&email_node, &text, 500)
        }
        _ => None,
    };
    Shopper { email, email_as_text, name: name(read, &node), phone: read.line(&node.get("phone"), 100) }
}

/// Reads a name, or its two parts as shops and Segment send them.
fn name(read: &mut Reader, shopper: &Node<'_>) -> Option<String> {
    const PARTS: [[&str; 3]; 2] = [["first", "first_name", "firstName"], ["last", "last_name", "lastName"]];
    let name = shopper.get("name");
    let parted = match name.value {
        Value::Object(_) => name,
        _ if name.is_nothing() => *shopper,
        _ => return read.line(&name, 200),
    };
    let mut part = |keys: &[&str]| keys.iter().find_map(|key| read.line(&parted.get(key), 100));
    match (part(&PARTS[0]), part(&PARTS[1])) {
        (Some(first), Some(last)) => Some(format!("{first} {last}")),
        (Some(only), None) | (None, Some(only)) => Some(only),
        (None, None) => read.line(&name, 200),
    }
}

fn messages(read: &mut Reader, node: &Node<'_>) -> Option<Vec<Message>> {
    if !matches!(node.value, Value::Array(_) | Value::Object(_) | Value::Null) {
        read.refuse(node, said!(MUST_BE, wanted = LIST_OF_MESSAGES));
        return None;
    }
    let items = read.list(node);
    match items.len() {
        0 if node.value.is_null() => read.refuse(node, REQUIRED),
        0 => read.refuse(node, ONE_MESSAGE),
        1..=MAX_MESSAGES => {
            if !items.iter().any(|item| author(item).is_some()) {
                for item in &items {
                    unknown_author(read, item);
                }
                return None;
            }
            return Some(items.iter().map(|item| message(read, item)).collect());
        }
        many => read.refuse(node, said!(MANY_MESSAGES, many = many, most = MAX_MESSAGES)),
    }
    None
}

fn author(message: &Node<'_>) -> Option<Author> {
    match folded(message.value.get("author")?)?.as_str() {
        "shopper" => Some(Author::Shopper),
        "assistant" => Some(Author::Assistant),
        "agent" => Some(Author::Agent),
        "system" => Some(Author::System),
        _ => None,
    }
}

fn unknown_author(read: &mut Reader, message: &Node<'_>) {
    if !message.value.is_object() {
        return read.refuse(message, said!(MUST_BE, wanted = WITH_AUTHOR));
    }
    let node = message.get("author");
    let wrong = if node.value.is_null() { REQUIRED.into() } else { must_be_one_of(AUTHORS) };
    read.refuse(&node, wrong);
}

fn message(read: &mut Reader, item: &Node<'_>) -> Message {
    let author = author(item);
    let author_node = item.get("author");
    let (id, sent_at) = (read.line(&item.get("id"), 255), read.instant(&item.get("sent_at")));
    let text_node = if item.value.is_object() { item.get("text") } else { *item };
    let mut text = read.text(&text_node).map(|text| clean(&text).trim_end().to_owned()).unwrap_or_default();
    if !text.is_empty() && pasted::is_blank(&text) {
        read.warn(&text_node, UNREADABLE_TEXT);
        text.clear();
    }
    if author.is_none() {
        // Keeps the text, and the author as it was sent.
        read.warn(&author_node, UNKNOWN_AUTHOR);
        if let Some(name) = read.line(&author_node, 100) {
            text = format!("{name}: {text}");
        }
    }
    Message {
        id,
        author: author.unwrap_or(Author::System),
        text,
        sent_at,
        attachments: attachments(read, &item.get("attachments")),
    }
}

fn attachments(read: &mut Reader, node: &Node<'_>) -> Vec<Attachment> {
    let mut items = read.list(node);
    let left_out = read.first(node, &mut items, MOST_ATTACHMENTS);
    let mut files: Vec<_> = items.iter().filter_map(|item| attachment(read, item)).collect();
    if left_out > 0 {
        // Not a URL, so it becomes a plain line in the transcript.
        let url = format!("… and {left_out} more, which were not kept");
        files.push(Attachment { url, name: None, content_type: None });
    }
    files
}

fn attachment(read: &mut Reader, item: &Node<'_>) -> Option<Attachment> {
    let url_node = if item.value.is_object() { item.get("url") } else { *item };
    let Some(url) = read.line(&url_node, ADDRESS) else {
        read.warn(&url_node, NO_ADDRESS);
        return None;
    };
    let type_node = item.get("content_type");
    let content_type = read.line(&type_node, 100);
    if content_type.as_ref().is_some_and(|text| !text.contains('/')) {
        read.warn(&type_node, MEDIA_TYPE);
    }
    Some(Attachment {
        url,
        name: read.line(&item.get("name"), 200),
        content_type: content_type.filter(|text| text.contains('/')),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ticket::ticket;
    use proptest::prelude::*;
    use serde_json::json;

    fn example() -> Value {
        json!({"merchant_id":"m1","occurred_at":"2026-11-22T10:00:00Z",
            "trigger":{"kind":"manual","reason":"asked_for_human","by":{"name":"Ann","email":"ann@shop.example"}},
            "conversation":{"id":"c-42","url":"https://app.example/conversations/c-42","locale":"en",
                "summary":"Billing question",
                "shopper":{"email":"jane@example.com","name":"Jane Doe","phone":"1"},
                "context":{"page_url":"https://shop.example/p/1","order_number":"#1042",
                    "cart":[{"title":"Mug","quantity":2,"price":"12.00 EUR"}],"custom":{"plan":"gold"}},
                "messages":[{"id":"1","author":"shopper","text":"I need to talk to a human about a billing issue.",
                    "sent_at":"2026-11-22T09:59:00Z",
                    "attachments":[{"url":"https://files.example/a.png","name":"a.png","content_type":"image/png"}]}]}})
    }

    const OPTIONAL: &[&str] = &[
        "/occurred_at",
        "/trigger/reason",
        "/trigger/by",
        "/trigger/by/name",
        "/trigger/by/email",
        "/conversation/url",
        "/conversation/locale",
        "/conversation/summary",
        "/conversation/shopper",
        "/conversation/shopper/email",
        "/conversation/shopper/name",
        "/conversation/shopper/phone",
        "/conversation/context",
        "/conversation/context/page_url",
        "/conversation/context/order_number",
        "/conversation/context/cart",
        "/conversation/context/cart/0",
        "/conversation/context/cart/0/title",
        "/conversation/context/cart/0/quantity",
        "/conversation/context/cart/0/price",
        "/conversation/context/custom",
        "/conversation/context/custom/plan",
        "/conversation/messages/0/id",
        "/conversation/messages/0/text",
        "/conversation/messages/0/sent_at",
        "/conversation/messages/0/attachments",
        "/conversation/messages/0/attachments/0",
        "/conversation/messages/0/attachments/0/url",
        "/conversation/messages/0/attachments/0/name",
        "/conversation/messages/0/attachments/0/content_type",
    ];

    fn with(pointer: &str, value: Value) -> Value {
        let mut body = example();
        *body.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
        body
    }

    fn read(body: &Value) -> (Handover, Vec<String>) {
        let read = read_handover(body.to_string().as_bytes(), Timestamp::UNIX_EPOCH);
        let (handover, warnings) = read.unwrap_or_else(|error| panic!("{error:?}: {body}"));
        (handover, warnings.list.into_iter().map(|warning| warning.field).collect())
    }

    fn parse(value: &Value) -> Result<Handover, BodyError> {
        parse_handover(value.to_string().as_bytes(), Timestamp::UNIX_EPOCH)
    }

    fn fields(value: &Value) -> Vec<String> {
        match parse(value) {
            Err(BodyError::Fields(errors)) => errors.into_iter().map(|error| error.field).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn missing_required_fields_are_all_named() {
        for (pointer, field) in [
            ("/merchant_id", "merchant_id"),
            ("/trigger", "trigger"),
            ("/trigger/kind", "trigger.kind"),
            ("/conversation", "conversation"),
            ("/conversation/id", "conversation.id"),
            ("/conversation/messages", "conversation.messages"),
            ("/conversation/messages/0/author", "conversation.messages[0].author"),
        ] {
            let mut body = example();
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            body.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
            assert_eq!(fields(&body), [field]);
        }
    }

    #[test]
    fn invalid_required_fields_are_named() {
        for (pointer, value, field) in [
            ("/merchant_id", json!(true), "merchant_id"),
            ("/merchant_id", json!(["m1"]), "merchant_id"),
            ("/merchant_id", json!(1.5), "merchant_id"),
            ("/merchant_id", json!("a b"), "merchant_id"),
            ("/merchant_id", json!(""), "merchant_id"),
            ("/merchant_id", json!("m".repeat(65)), "merchant_id"),
            ("/trigger", json!("magic"), "trigger"),
            ("/trigger", json!(5), "trigger.kind"),
            ("/conversation", json!("c"), "conversation"),
            ("/conversation/id", json!({}), "conversation.id"),
            ("/conversation/id", json!("\u{200b}\n"), "conversation.id"),
            ("/trigger/kind", json!("magic"), "trigger.kind"),
            ("/conversation/id", json!(""), "conversation.id"),
            ("/conversation/id", json!("a\nb"), "conversation.id"),
            ("/conversation/messages", json!([]), "conversation.messages"),
            ("/conversation/messages", json!("hello"), "conversation.messages"),
            ("/conversation/messages/0/author", json!("robot"), "conversation.messages[0].author"),
            ("/conversation/messages", json!([null, null]), "conversation.messages"),
            ("/conversation/messages", json!(["hello"]), "conversation.messages[0]"),
            ("/conversation/messages/0/author", json!(["shopper"]), "conversation.messages[0].author"),
        ] {
            let mut body = example();
            *body.pointer_mut(pointer).unwrap() = value;
            assert_eq!(fields(&body), [field]);
        }
    }

    #[test]
    fn errors_never_repeat_a_value() {
        let mut body = example();
        *body.pointer_mut("/conversation/messages/0/author").unwrap() = json!("my secret");
        assert!(!format!("{:?}", parse(&body)).contains("my secret"));
        *body.pointer_mut("/conversation/messages").unwrap() = json!("my secret");
        assert!(!format!("{:?}", parse(&body)).contains("my secret"));
        let mut body = example();
        *body.pointer_mut("/conversation/messages/0/author").unwrap() = json!("I expected my secret");
        assert!(!format!("{:?}", parse(&body)).contains("my secret"));
    }

    #[test]
    fn json_errors_say_where() {
        for bad in [&b""[..], b"{", b"hello", b"\xff\xfe", b"{} {}"] {
            let error = parse_handover(bad, Timestamp::UNIX_EPOCH).unwrap_err();
            assert!(matches!(&error, BodyError::NotJson(why) if why.english().contains("line")), "{error:?}");
        }
        let twice = [example().to_string().as_bytes(), b" x"].concat();
        assert!(matches!(parse_handover(&twice, Timestamp::UNIX_EPOCH), Err(BodyError::NotJson(_))));
        assert!(matches!(parse_handover(b"[]", Timestamp::UNIX_EPOCH), Err(BodyError::Fields(_))));
    }

    #[test]
    fn five_thousand_messages_is_the_limit() {
        let mut body = example();
        let message = json!({"author":"shopper","text":"x"});
        *body.pointer_mut("/conversation/messages").unwrap() =
            Value::Array(vec![message.clone(); MAX_MESSAGES]);
        assert!(parse(&body).is_ok());
        *body.pointer_mut("/conversation/messages").unwrap() = Value::Array(vec![message; MAX_MESSAGES + 1]);
        assert_eq!(fields(&body), ["conversation.messages"]);
    }

    #[test]
    fn contract_example_has_no_warnings() {
        assert_eq!(read(&example()).1, [""; 0]);
    }

    #[test]
    fn all_errors_are_reported_at_once() {
        let body =
            json!({"merchant_id": "", "trigger": {}, "conversation": {"messages": [{"text": "x"}, 1]}});
        assert_eq!(
            fields(&body),
            [
                "merchant_id",
                "trigger.kind",
                "conversation.id",
                "conversation.messages[0].author",
                "conversation.messages[1]"
            ]
        );
    }

    #[test]
    fn required_fields_are_read_leniently() {
        let mut body = with("/conversation/id", json!(42));
        body["merchant_id"] = json!(7);
        body["trigger"] = json!({"kind": " Manual "});
        let message = &mut body["conversation"]["messages"];
        message[0]["author"] = json!("SHOPPER");
        let (handover, warnings) = read(&body);
        assert_eq!((handover.merchant.as_str(), handover.conversation.id.as_str()), ("7", "42"));
        assert_eq!(handover.trigger.kind, TriggerKind::Manual);
        assert_eq!(handover.conversation.messages[0].author, Author::Shopper);
        assert!(warnings.is_empty(), "{warnings:?}");
        assert_eq!(read(&with("/trigger", json!("automatic"))).0.trigger.kind, TriggerKind::Automatic);
        let php = json!({"1": {"author": "agent", "text": "b"}, "0": {"author": "shopper", "text": "a"}});
        let (handover, warnings) = read(&with("/conversation/messages", php));
        let texts: Vec<_> =
            handover.conversation.messages.iter().map(|message| message.text.as_str()).collect();
        assert_eq!((texts, warnings.len()), (vec!["a", "b"], 0));
    }

    #[test]
    fn required_ids_are_trimmed() {
        for sent in ["c-42\n", " c-42", "\u{feff}c-42\u{200b}", "\u{a0}c-42\r\n"] {
            let mut body = with("/conversation/id", json!(sent));
            body["merchant_id"] = json!(sent);
            let (handover, warnings) = read(&body);
            let ids = (handover.merchant.as_str(), handover.conversation.id.as_str());
            assert_eq!((ids, warnings.len()), (("c-42", "c-42"), 0), "{sent:?}");
        }
        assert_eq!(fields(&with("/conversation/id", json!("\u{3164}"))), ["conversation.id"]);
        assert_eq!(fields(&with("/merchant_id", json!("m\u{200b}1"))), ["merchant_id"]);
    }

    #[test]
    fn structures_sent_as_json_text_are_read() {
        let mut body =
            with("/conversation/context", json!(r#"{"order_number":77,"custom":"{\"plan\":\"gold\"}"}"#));
        body["conversation"]["shopper"] = json!(r#" {"email":"jane@example.com","name":"Jane"}"#);
        body["trigger"]["by"] = json!(r#"{"name":"Ann"}"#);
        let (handover, warnings) = read(&body);
        let HandoverConversation { context, shopper, .. } = handover.conversation;
        assert_eq!(context.order_number.as_deref(), Some("77"));
        assert_eq!(context.custom, [("plan".to_owned(), "gold".to_owned())]);
        assert_eq!(
            (shopper.email.unwrap().as_str(), shopper.name.as_deref()),
            ("jane@example.com", Some("Jane"))
        );
        assert_eq!((handover.trigger.by.as_deref(), warnings.len()), (Some("Ann"), 0));
        let cart = json!(r#"[{"title":"Mug","quantity":2}]"#);
        let (handover, _) = read(&with("/conversation/context/cart", cart));
        assert_eq!(handover.conversation.context.cart[0].to_string(), "2 × Mug");
        let (_, warnings) = read(&with("/conversation/context", json!("[object Object]")));
        assert_eq!(warnings, ["conversation.context"]);
    }

    #[test]
    fn name_in_parts_is_joined() {
        for (shopper, name) in [
            (json!({"name": {"first": "Jane", "last": "Doe"}}), Some("Jane Doe")),
            (json!({"first_name": "Jane", "last_name": "Doe"}), Some("Jane Doe")),
            (json!({"name": "", "firstName": null, "lastName": "Doe"}), Some("Doe")),
            (json!({"name": "Ann", "first_name": "Jane"}), Some("Ann")),
            (json!({"name": {"text": "Jane"}}), Some("Jane")),
            (json!({"name": {}}), None),
        ] {
            let (handover, warnings) = read(&with("/conversation/shopper", shopper.clone()));
            let read = handover.conversation.shopper.name;
            assert_eq!((read.as_deref(), warnings.len()), (name, 0), "{shopper}");
        }
    }

    #[test]
    fn file_url_is_kept_whole() {
        let url = format!("https://files.example/a.png?signature={}", "x".repeat(4_000));
        let (handover, warnings) = read(&with("/conversation/messages/0/attachments/0/url", json!(url)));
        assert_eq!(handover.conversation.messages[0].attachments[0].url, url);
        assert!(warnings.is_empty(), "{warnings:?}");
    }

    #[test]
    fn one_bad_message_does_not_lose_the_others() {
        let said = json!([null, {"author": "shopper", "text": "a"}, {"author": "robot", "text": "b"}, {"text": 5},
            "c", {"author": "agent", "text": ["d", "e"]}, {"author": null, "text": {"type": "text", "text": "f"}}]);
        let (handover, warnings) = read(&with("/conversation/messages", said));
        let said: Vec<_> =
            handover.conversation.messages.iter().map(|it| (it.author, it.text.as_str())).collect();
        use Author::{Agent, Shopper, System};
        assert_eq!(
            said,
            [
                (Shopper, "a"),
                (System, "robot: b"),
                (System, "5"),
                (System, "c"),
                (Agent, "d, e"),
                (System, "f")
            ]
        );
        assert_eq!(warnings, [2, 3, 4, 6].map(|index| format!("conversation.messages[{index}].author")),);
    }

    /// What is read from each input, and which fields get a warning.
    #[test]
    fn invalid_optional_fields_do_not_affect_others() {
        let context = |handover: &Handover| {
            let context = &handover.conversation.context;
            let cart = context.cart.iter().map(ToString::to_string);
            let custom = context.custom.iter().map(|(name, value)| format!("{name}={value}"));
            context.order_number.iter().cloned().chain(cart).chain(custom).collect::<Vec<_>>().join(" | ")
        };
        for (name, value, expected, named) in [
            ("order_number", json!(false), "2 × Mug, 12.00 EUR | plan=gold", &["order_number"][..]),
            ("order_number", json!(1042), "1042 | 2 × Mug, 12.00 EUR | plan=gold", &[]),
            ("order_number", json!([]), "2 × Mug, 12.00 EUR | plan=gold", &[]),
            (
                "cart",
                json!([{"quantity": 1, "price": 12.5}]),
                "#1042 | 1 × (no title), 12.5 | plan=gold",
                &["cart[0].title"],
            ),
            ("cart", json!([{"title": null}]), "#1042 | plan=gold", &["cart[0].title"]),
            ("cart", json!([{"title": "Mug"}, null]), "#1042 | Mug | plan=gold", &[]),
            (
                "cart",
                json!([{"title": "Mug", "price": {"amount": "12.00", "currency": "EUR"}}]),
                "#1042 | Mug, 12.00 EUR | plan=gold",
                &[],
            ),
            ("cart", json!([{"title": {"en": "Mug"}, "quantity": "2"}]), "#1042 | 2 × Mug | plan=gold", &[]),
            ("cart", json!({"items": [{"title": "Mug"}], "token": "x"}), "#1042 | Mug | plan=gold", &[]),
            ("cart", json!({"7": {"title": "Mug"}}), "#1042 | Mug | plan=gold", &[]),
            (
                "cart",
                json!({"a1f": {"title": "Mug", "quantity": 1}, "c3d": {"title": "Cup"}}),
                "#1042 | 1 × Mug | Cup | plan=gold",
                &[],
            ),
            (
                "cart",
                json!({"title": {"en": "Mug"}, "price": {"amount": 1, "currency": "EUR"}}),
                "#1042 | Mug, 1 EUR | plan=gold",
                &[],
            ),
            ("cart", json!([{"name": "Mug", "qty": 2}]), "#1042 | 2 × Mug | plan=gold", &[]),
            ("cart", json!("Mug"), "#1042 | Mug | plan=gold", &[]),
            ("cart", json!({}), "#1042 | plan=gold", &[]),
            ("cart", json!(true), "#1042 | plan=gold", &["cart"]),
            ("custom", json!([]), "#1042 | 2 × Mug, 12.00 EUR", &[]),
            ("custom", json!("gold"), "#1042 | 2 × Mug, 12.00 EUR | 1=gold", &[]),
            (
                "custom",
                json!({"order": {"cancelled_at": "2026-01-01"}, "weight": {"amount": 5, "unit": "kg"},
                    "tags": [{"sku": "A"}, {"sku": "B"}], "due": {"amount": 5, "currency": "EUR"}}),
                "#1042 | 2 × Mug, 12.00 EUR | due=5 EUR | order={\"cancelled_at\":\"2026-01-01\"} | \
                 tags=[{\"sku\":\"A\"},{\"sku\":\"B\"}] | weight={\"amount\":5,\"unit\":\"kg\"}",
                &[],
            ),
            (
                "custom",
                json!([{"name": "plan", "value": true}]),
                "#1042 | 2 × Mug, 12.00 EUR | plan=true",
                &[],
            ),
            (
                "custom",
                json!({"vip": false, "n": 1.50, "x": null, "tags": ["a", "b"], "o": {"a": 1, "b": 2}}),
                "#1042 | 2 × Mug, 12.00 EUR | n=1.5 | o={\"a\":1,\"b\":2} | tags=a, b | vip=false",
                &[],
            ),
        ] {
            let (handover, warnings) = read(&with(&format!("/conversation/context/{name}"), value.clone()));
            assert_eq!(context(&handover), expected, "{name}: {value}");
            let named: Vec<_> = named.iter().map(|name| format!("conversation.context.{name}")).collect();
            assert_eq!(warnings, named, "{name}: {value}");
        }
        for (pointer, value, named) in [
            ("/conversation/context", json!("x"), Some("conversation.context")),
            ("/conversation/context", json!([]), None),
            ("/conversation/shopper", json!([]), None),
            ("/conversation/shopper/email", json!("jane at example"), Some("conversation.shopper.email")),
            ("/conversation/shopper/name", json!(false), Some("conversation.shopper.name")),
            ("/conversation/summary", json!("\u{200b}"), None),
            ("/conversation/summary", json!("x".repeat(1_001)), Some("conversation.summary")),
            (
                "/conversation/messages/0/attachments",
                json!([{"url": null}]),
                Some("conversation.messages[0].attachments[0].url"),
            ),
            ("/conversation/messages/0/attachments", json!(["https://files.example/a.png"]), None),
            ("/conversation/messages/0/sent_at", json!("2026-11-22T09:59:00.1234567891Z"), None),
            (
                "/conversation/messages/0/sent_at",
                json!("+275760-09-13T00:00:00Z"),
                Some("conversation.messages[0].sent_at"),
            ),
            (
                "/conversation/messages/0/sent_at",
                json!("2026-11-22 09:59:00"),
                Some("conversation.messages[0].sent_at"),
            ),
            (
                "/conversation/messages/0/text",
                json!("\u{200b}\u{3164}"),
                Some("conversation.messages[0].text"),
            ),
            ("/conversation/messages/0/text", json!(null), None),
            ("/conversation/messages/0/text", json!(false), Some("conversation.messages[0].text")),
            ("/occurred_at", json!("0001-01-01T00:00:00Z"), Some("occurred_at")),
            ("/occurred_at", json!("yesterday"), Some("occurred_at")),
            ("/trigger/by", json!([]), None),
        ] {
            let (_, warnings) = read(&with(pointer, value.clone()));
            assert_eq!(warnings, named.into_iter().collect::<Vec<_>>(), "{pointer}: {value}");
        }
        let (handover, _) = read(&with("/conversation/summary", json!("\u{3164}")));
        assert_eq!(handover.subject(), "I need to talk to a human about a billing issue.");
        assert_eq!(read(&with("/occurred_at", json!("yesterday"))).0.occurred_at, Timestamp::UNIX_EPOCH);
        assert_eq!(read(&with("/trigger/by", json!("Ann"))).0.trigger.by.as_deref(), Some("Ann"));
        let shopper = read(&with("/conversation/shopper", json!("jane@example.com"))).0.conversation.shopper;
        assert_eq!(shopper.email.unwrap().as_str(), "jane@example.com");
    }

    #[test]
    fn unpaired_surrogates_are_replaced_in_any_text() {
        let body =
            example().to_string().replace("Billing question", r"Bill \ud83d").replace("gold", r"\ude00");
        let (handover, warnings) = read_handover(body.as_bytes(), Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(handover.subject(), "Bill \u{fffd}");
        assert_eq!(handover.conversation.context.custom[0].1, "\u{fffd}");
        assert_eq!(warnings.list.iter().map(|it| it.field.as_str()).collect::<Vec<_>>(), ["body"]);
    }

    /// If the 202 did not mention what was left out, nobody would know.
    #[test]
    fn items_beyond_a_limit_are_counted_in_answer_and_ticket() {
        let mut body = example();
        body["conversation"]["messages"][0]["attachments"] =
            (0..120).map(|n| json!({"url": format!("https://files.example/{n}")})).collect();
        body["conversation"]["context"]["cart"] =
            (0..203).map(|n| json!({"title": format!("Mug {n}")})).collect();
        body["conversation"]["context"]["custom"] = (0..107).map(|n| (format!("f{n}"), json!(n))).collect();
        let read = read_handover(body.to_string().as_bytes(), Timestamp::UNIX_EPOCH);
        let (handover, warnings) = read.unwrap();
        let said: Vec<_> = warnings.list.iter().map(|it| (it.field.as_str(), it.message.as_str())).collect();
        for (field, more) in [
            ("conversation.messages[0].attachments", "20 more"),
            ("conversation.context.cart", "3 more"),
            ("conversation.context.custom", "7 more"),
        ] {
            assert!(said.iter().any(|(name, message)| *name == field && message.contains(more)), "{said:?}");
        }
        let ticket = ticket("h", &handover, &[], None, 900_000);
        assert!(ticket.note.plain.contains("Cart: … and 3 more\n"), "{}", ticket.note.plain);
        assert!(ticket.note.plain.contains("…: and 7 more"), "{}", ticket.note.plain);
        assert!(ticket.transcript[0].plain.contains("Attachment: … and 20 more"));
        assert!(ticket.transcript[0].html.contains("<p>Attachment: … and 20 more"), "no link");
    }

    #[test]
    fn warnings_never_repeat_a_value() {
        for pointer in OPTIONAL {
            for value in [
                json!({"a": "my secret", "b": "my secret"}),
                json!("my secret".repeat(300)),
                json!(["my secret"]),
            ] {
                let read = read_handover(with(pointer, value).to_string().as_bytes(), Timestamp::UNIX_EPOCH);
                assert!(!format!("{:?}", read.unwrap().1).contains("my secret"), "{pointer}");
            }
        }
    }

    fn anything() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            Just(json!("2026-11-22T10:00:00Z")),
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            let names = prop_oneof![
                "[a-z0-9]{0,3}",
                Just("amount".to_owned()),
                Just("title".to_owned()),
                Just("items".to_owned())
            ];
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::hash_map(names, inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn optional_fields_accept_any_value(path in 0..OPTIONAL.len(), value in anything()) {
            let body = with(OPTIONAL[path], value);
            let (handover, warnings) = read_handover(body.to_string().as_bytes(), Timestamp::UNIX_EPOCH)
                .map_err(|error| TestCaseError::fail(format!("{error:?}: {body}")))?;
            prop_assert!(warnings.list.len() <= 51);
            prop_assert!(!ticket("h", &handover, &[], None, 900_000).transcript.is_empty());
        }

        #[test]
        fn arbitrary_bodies_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100), whole in anything()) {
            let _ = read_handover(&bytes, Timestamp::UNIX_EPOCH);
            let _ = read_handover(whole.to_string().as_bytes(), Timestamp::UNIX_EPOCH);
        }
    }
}
