//! A handover as a ticket, independent of any helpdesk: the transcript for everyone, the note for the agents.

use crate::{
    EmailAddress, TicketRoute, TriggerKind,
    delivery::Optional,
    handover::{Attachment, Handover, Message, Trigger},
    text::{escape, escape_lines, fitting, http_url, link},
};
use jiff::Timestamp;

/// The tag of every ticket, which a merchant's rules can match.
pub const TAG: &str = "convi-handover";
/// The customer's name if the shopper is unknown.
pub const ANONYMOUS: &str = "Anonymous visitor";

/// How to answer a shopper without an address.
const ANSWER_HERE: &str =
    "The shopper left no email address. Reply to them on this ticket: your reply appears in the chat.";

/// The space reserved for a turn's heading in a message, in bytes.
const HEADING: usize = 1_000;
/// The maximum number of files passed as attachments; the transcript links all of them.
const MOST_FILES: usize = 20;

/// Text in the two forms that a helpdesk and an email need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RichText {
    /// Plain text.
    pub plain: String,
    /// The same as HTML, with everything from outside escaped.
    pub html: String,
}

/// A link to a file, which we never fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// http or https.
    pub url: String,
    /// The name to show.
    pub name: String,
    /// As the sender said.
    pub content_type: String,
}

/// A ticket to create, independent of any helpdesk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The handover's id, by which the ticket is found again.
    pub external_id: String,
    /// One line of at most 120 characters, or `None` if the helpdesk rejected it.
    pub subject: Option<String>,
    /// The shopper's address, or `None` for an anonymous visitor.
    pub email: Option<EmailAddress>,
    /// The shopper's name, used only together with an address.
    pub name: Option<String>,
    /// ISO 639-1.
    pub language: Option<String>,
    /// The conversation, in as many messages as its size needs.
    pub transcript: Vec<RichText>,
    /// The attached files.
    pub files: Vec<File>,
    /// For the agents only.
    pub note: RichText,
    /// The tags that a merchant's rules match.
    pub tags: Vec<&'static str>,
    /// Its team and priority, if the merchant chose them.
    pub route: TicketRoute,
}

/// A message to add to a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// The mark by which it is found again. How a message carries it is up to the helpdesk.
    pub mark: String,
    /// The text.
    pub text: RichText,
    /// Whether it is for the agents only; otherwise it is from the shopper.
    pub note: bool,
    /// Makes the customer with this address the ticket's customer.
    pub email: Option<EmailAddress>,
    /// That customer's name, if the customer has to be created.
    pub name: Option<String>,
}

/// Builds the ticket of a handover.
///
/// `handover_id` becomes its `external_id`. The parts in `without` were rejected before and go into the note, `remark`
/// is a line at the top of the note, and `largest` is the maximum size of one message in bytes. The helpdesk's own rules
/// route it, unless the caller sets a route.
pub fn ticket(
    handover_id: &str,
    handover: &Handover,
    without: &[Optional],
    remark: Option<&str>,
    largest: usize,
) -> Ticket {
    let keeps = |part| !without.contains(&part);
    let conversation = &handover.conversation;
    let shopper = &conversation.shopper;
    Ticket {
        external_id: handover_id.to_owned(),
        subject: keeps(Optional::Subject).then(|| handover.subject()),
        email: shopper.email.clone().filter(|_| keeps(Optional::Customer)),
        name: shopper.name.clone().filter(|_| keeps(Optional::Customer)),
        language: conversation.locale.as_deref().and_then(language).filter(|_| keeps(Optional::Language)),
        transcript: transcript(handover, largest),
        files: if keeps(Optional::Attachments) { files(handover) } else { Vec::new() },
        note: note(handover, without, remark),
        tags: vec![TAG, reason_tag(&handover.trigger)],
        route: TicketRoute::default(),
    }
}

/// Returns the ISO 639-1 code of a language tag: `de-CH` gives `de`.
fn language(locale: &str) -> Option<String> {
    let primary = locale.split(['-', '_']).next()?.to_ascii_lowercase();
    (primary.len() == 2 && primary.bytes().all(|b| b.is_ascii_lowercase())).then_some(primary)
}

fn files(handover: &Handover) -> Vec<File> {
    let attachments = handover.conversation.messages.iter().flat_map(|message| &message.attachments);
    attachments
        .filter_map(|attachment| {
            Some(File {
                url: http_url(&attachment.url)?.to_string(),
                name: attachment.name.clone().unwrap_or_else(|| "Attachment".to_owned()),
                content_type: attachment
                    .content_type
                    .clone()
                    .unwrap_or_else(|| "application/octet-stream".to_owned()),
            })
        })
        .take(MOST_FILES)
        .collect()
}

/// Returns the whole conversation in parts of at most `largest` bytes. Nothing is dropped: one huge turn is split.
pub fn transcript(handover: &Handover, largest: usize) -> Vec<RichText> {
    transcript_of(&handover.conversation.messages, largest)
}

/// Returns these turns in parts of at most `largest` bytes, in plain text and in HTML each.
pub fn transcript_of(messages: &[Message], largest: usize) -> Vec<RichText> {
    let mut parts = Parts { largest, done: Vec::new(), last: RichText::default() };
    for message in messages {
        turn(message, &mut parts);
    }
    parts.finish()
}

/// Formats a time for a transcript: `2026-11-22 09:59:00 UTC`.
pub fn utc(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn turn(message: &Message, parts: &mut Parts) {
    let author = message.author.label();
    let time = message.sent_at.map(|at| format!(" · {}", utc(at))).unwrap_or_default();
    let mut text = message.text.as_str();
    let mut continued = "";
    loop {
        let (piece, rest) = fitting_turn(text, parts.largest);
        let heading = format!("{author}{time}{continued}");
        parts.push(RichText {
            plain: format!("{heading}\n{piece}\n"),
            html: format!(
                r#"<p><strong>{}</strong><br><span dir="auto">{}</span></p>"#,
                escape(&heading),
                escape_lines(piece)
            ),
        });
        if rest.is_empty() {
            break;
        }
        text = rest;
        continued = " (continued)";
    }
    for attachment in &message.attachments {
        parts.push(attachment_line(attachment));
    }
}

fn attachment_line(attachment: &Attachment) -> RichText {
    let name = attachment.name.as_deref().unwrap_or(&attachment.url);
    RichText {
        plain: match &attachment.name {
            Some(name) => format!("Attachment: {name} {}\n", attachment.url),
            None => format!("Attachment: {}\n", attachment.url),
        },
        html: format!("<p>Attachment: {}</p>", link(&attachment.url, name)),
    }
}

/// Splits off as much of a turn as fits into one part with its heading.
pub(crate) fn fitting_turn(text: &str, largest: usize) -> (&str, &str) {
    fitting(text, largest.saturating_sub(HEADING))
}

/// Gathers turns into as few parts as possible.
struct Parts {
    largest: usize,
    done: Vec<RichText>,
    last: RichText,
}

impl Parts {
    fn push(&mut self, turn: RichText) {
        let fits = self.last.plain.len() + 1 + turn.plain.len() <= self.largest
            && self.last.html.len() + turn.html.len() <= self.largest;
        if !fits {
            self.done.push(std::mem::take(&mut self.last));
        }
        if !self.last.plain.is_empty() {
            self.last.plain.push('\n');
        }
        self.last.plain.push_str(&turn.plain);
        self.last.html.push_str(&turn.html);
    }

    fn finish(mut self) -> Vec<RichText> {
        self.done.push(self.last);
        self.done
    }
}

/// The tags for why a conversation was handed over. Each of them is in the contract.
pub const REASON_TAGS: [&str; 6] = [
    "convi-asked-for-human",
    "convi-frustrated",
    "convi-topic",
    "convi-no-answer",
    "convi-manual",
    "convi-other",
];

/// Returns the tag from [`REASON_TAGS`] for why the conversation was handed over.
///
/// Convi's platform may send any reason, so an unknown one becomes `convi-other`.
pub fn reason_tag(trigger: &Trigger) -> &'static str {
    match (trigger.kind, trigger.reason.as_deref()) {
        (TriggerKind::Manual, _) => "convi-manual",
        (TriggerKind::Automatic, Some("asked_for_human")) => "convi-asked-for-human",
        (TriggerKind::Automatic, Some("angry" | "frustrated" | "repeated_question")) => "convi-frustrated",
        (TriggerKind::Automatic, Some("topic")) => "convi-topic",
        (TriggerKind::Automatic, Some("no_answer")) => "convi-no-answer",
        (TriggerKind::Automatic, _) => "convi-other",
    }
}

/// Returns why it was handed over, as a sentence.
pub fn why(handover: &Handover) -> String {
    let trigger = &handover.trigger;
    match trigger.kind {
        TriggerKind::Manual => match &trigger.by {
            Some(by) => format!("Handed over by {by}"),
            None => "Handed over manually".to_owned(),
        },
        TriggerKind::Automatic => match trigger.reason.as_deref() {
            Some("asked_for_human") => "Handed over automatically: the shopper asked for a person".to_owned(),
            Some(reason) => format!("Handed over automatically: {}", reason.replace('_', " ")),
            None => "Handed over automatically".to_owned(),
        },
    }
}

/// Returns the context as names and values; a value may be a URL to link.
pub fn context_lines(handover: &Handover) -> Vec<(String, String)> {
    let conversation = &handover.conversation;
    let (shopper, context) = (&conversation.shopper, &conversation.context);
    let mut lines = Vec::new();
    let mut line = |name: &str, value: Option<String>| {
        lines.extend(value.map(|value| (name.to_owned(), value)));
    };
    line("Handed over at", Some(utc(handover.occurred_at)));
    line("Name", shopper.name.clone());
    let typed = |text: &str, what: &str| format!("{text} (typed by the visitor, not verified{what})");
    line("Email", shopper.email.as_ref().map(|email| typed(email.as_str(), "")));
    line("Email", shopper.email_as_text.as_ref().map(|text| typed(text, "; not a valid address")));
    line("Phone", shopper.phone.as_ref().map(|phone| typed(phone, "")));
    line("Page", context.page_url.clone());
    line("Order", context.order_number.clone());
    for item in &context.cart {
        line("Cart", Some(item.to_string()));
    }
    for (name, value) in &context.custom {
        line(name, Some(value.clone()));
    }
    line("Conversation", conversation.url.clone());
    lines
}

fn note(handover: &Handover, without: &[Optional], remark: Option<&str>) -> RichText {
    let mut lines = context_lines(handover);
    // What the helpdesk rejected is not lost: the note has it.
    for part in without {
        let (name, value) = match part {
            Optional::Customer => {
                ("Customer", "rejected by the helpdesk; see name and email above".to_owned())
            }
            Optional::Subject => ("Subject", handover.subject()),
            Optional::Language => ("Language", handover.conversation.locale.clone().unwrap_or_default()),
            Optional::Attachments => ("Attachments", "linked in the transcript".to_owned()),
        };
        lines.push((name.to_owned(), value));
    }
    let heading = why(handover);
    let mut text = RichText {
        plain: format!("{heading}\n"),
        html: format!("<p><strong>{}</strong></p>", escape(&heading)),
    };
    let to_shopper = handover.conversation.shopper.email.is_none().then_some(ANSWER_HERE);
    for remark in to_shopper.into_iter().chain(remark) {
        text.plain.push_str(&format!("{remark}\n"));
        text.html.push_str(&format!("<p>{}</p>", escape(remark)));
    }
    text.html.push_str("<ul>");
    for (name, value) in &lines {
        text.plain.push_str(&format!("{name}: {value}\n"));
        text.html.push_str(&format!("<li>{}: {}</li>", escape(name), link(value, value)));
    }
    text.html.push_str("</ul>");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handover::{Author, Context, HandoverConversation, Shopper};
    use proptest::prelude::*;

    const LARGEST: usize = 900_000;

    fn message(text: &str) -> Message {
        Message {
            id: None,
            author: Author::Shopper,
            text: text.to_owned(),
            sent_at: Some("2026-11-22T09:59:00Z".parse().unwrap()),
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
                id: "c".into(),
                url: Some("https://app.example/c".into()),
                locale: Some("de-CH".into()),
                summary: None,
                shopper: Shopper::default(),
                context: Context::default(),
                messages,
            },
        }
    }

    #[test]
    fn transcript_has_author_and_time_and_is_escaped() {
        let parts = transcript(&handover(vec![message("<script>alert(1)</script>\n</textarea>")]), LARGEST);
        assert_eq!(parts.len(), 1);
        assert_eq!(
            parts[0].plain,
            "Shopper · 2026-11-22 09:59:00 UTC\n<script>alert(1)</script>\n</textarea>\n"
        );
        assert_eq!(
            parts[0].html,
            "<p><strong>Shopper · 2026-11-22 09:59:00 UTC</strong><br><span dir=\"auto\">\
             &lt;script&gt;alert(1)&lt;/script&gt;<br>&lt;/textarea&gt;</span></p>"
        );
    }

    #[test]
    fn large_transcript_is_split_without_loss() {
        let huge = "\"<ä>\n".repeat(400_000);
        let parts = transcript(&handover(vec![message("first"), message(&huge), message("last")]), LARGEST);
        assert!(parts.len() > 2);
        for part in &parts {
            assert!(part.plain.len() <= LARGEST && part.html.len() <= LARGEST);
        }
        let all: String = parts.iter().map(|part| part.html.as_str()).collect();
        assert_eq!(all.matches("&quot;&lt;ä&gt;").count(), 400_000);
        assert!(parts[0].plain.contains("first") && parts.last().unwrap().plain.contains("last"));
    }

    #[test]
    fn note_says_why_and_where() {
        let mut it = handover(vec![message("hi")]);
        it.conversation.context.page_url = Some("javascript:alert(1)".into());
        it.conversation.shopper.email_as_text = Some("jane at example".into());
        let ticket = ticket("h1", &it, &[], None, LARGEST);
        insta::assert_snapshot!(ticket.note.plain, @r"
        Handed over automatically: the shopper asked for a person
        The shopper left no email address. Reply to them on this ticket: your reply appears in the chat.
        Handed over at: 2026-11-22 10:00:00 UTC
        Email: jane at example (typed by the visitor, not verified; not a valid address)
        Page: javascript:alert(1)
        Conversation: https://app.example/c
        ");
        assert!(!ticket.note.html.contains("href=\"javascript"), "{}", ticket.note.html);
        assert!(ticket.note.html.contains(r#"<a href="https://app.example/c""#));
        assert_eq!(ticket.language.as_deref(), Some("de"));
    }

    #[test]
    fn tags_say_that_it_is_a_handover_and_why() {
        for (kind, reason, tag) in [
            (TriggerKind::Automatic, Some("asked_for_human"), "convi-asked-for-human"),
            (TriggerKind::Automatic, Some("angry"), "convi-frustrated"),
            (TriggerKind::Automatic, Some("repeated_question"), "convi-frustrated"),
            (TriggerKind::Automatic, Some("topic"), "convi-topic"),
            (TriggerKind::Automatic, Some("no_answer"), "convi-no-answer"),
            (TriggerKind::Automatic, Some("a reason of its own"), "convi-other"),
            (TriggerKind::Automatic, None, "convi-other"),
            (TriggerKind::Manual, Some("asked_for_human"), "convi-manual"),
        ] {
            let mut it = handover(vec![message("hi")]);
            it.trigger = Trigger { kind, reason: reason.map(str::to_owned), by: None };
            assert_eq!(ticket("h1", &it, &[], None, LARGEST).tags, [TAG, tag]);
        }
    }

    #[test]
    fn rejected_parts_are_in_the_note() {
        let mut it = handover(vec![message("hi")]);
        it.conversation.shopper.email = Some(crate::EmailAddress::parse("jane@example.com").unwrap());
        let ticket = ticket("h1", &it, &[Optional::Customer, Optional::Subject], None, LARGEST);
        assert_eq!((ticket.email, ticket.subject), (None, None));
        assert!(ticket.note.plain.contains("jane@example.com (typed by the visitor, not verified)"));
        assert!(ticket.note.plain.contains("Subject: hi"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn text_never_adds_markup_to_a_ticket(text in any::<String>(), name in any::<String>()) {
            let mut it = handover(vec![message(&text)]);
            it.conversation.shopper.name = Some(name);
            let ticket = ticket("h1", &it, &[], None, LARGEST);
            for html in [&ticket.transcript[0].html, &ticket.note.html] {
                let tags = html.split('<').skip(1).map(|rest| rest.split(['>', ' ']).next().unwrap_or_default());
                for tag in tags {
                    prop_assert!(["p", "/p", "strong", "/strong", "br", "span", "/span", "ul", "/ul", "li", "/li", "a", "/a"].contains(&tag), "{tag}");
                }
            }
        }
    }
}
