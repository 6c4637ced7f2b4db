//! Additions to a handover: further messages, an address. Each becomes one message on the same ticket.

use crate::{
    Destination, EmailAddress, Helpdesk,
    clock::Millis,
    handover::{Author, Handover, Message},
    text::{escape, shorten},
    ticket::{Append, RichText, fitting_turn, transcript_of},
};
use serde::{Deserialize, Serialize};

/// One addition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Addition {
    /// Further turns that fit into one message of a ticket.
    Messages(Vec<Message>),
    /// The shopper's address, which was unknown before.
    Address(EmailAddress),
}

impl Addition {
    /// Returns the address, if the addition is one.
    pub fn address(&self) -> Option<&EmailAddress> {
        match self {
            Self::Address(email) => Some(email),
            Self::Messages(_) => None,
        }
    }

    /// Returns what remains after the transcript is removed.
    pub fn without_transcript(&self) -> Self {
        match self {
            Self::Messages(messages) => {
                Self::Messages(messages.iter().filter_map(Message::without_words).collect())
            }
            Self::Address(_) => Self::Messages(Vec::new()),
        }
    }
}

/// Returns what the team is emailed: not its own words, and not an address that a ticket has, neither as an addition nor
/// as the message that it was typed in.
pub fn news(additions: Vec<Addition>, known: Option<&EmailAddress>, has_ticket: bool) -> Vec<Addition> {
    let left: Vec<EmailAddress> =
        additions.iter().filter_map(Addition::address).chain(known).cloned().collect();
    let only_address = |message: &Message| left.iter().any(|email| message.text.trim() == email.as_str());
    let is_news = |message: &Message| !by_team(message) && !only_address(message);
    additions
        .into_iter()
        .filter_map(|addition| match addition {
            Addition::Address(email) => (!has_ticket).then_some(Addition::Address(email)),
            Addition::Messages(messages) => {
                let messages: Vec<_> = messages.into_iter().filter(is_news).collect();
                (!messages.is_empty()).then_some(Addition::Messages(messages))
            }
        })
        .collect()
}

/// Turns messages and an address into additions, in order. Each fits into one message of any helpdesk: it is stored
/// once and sent to whichever helpdesk is connected.
pub fn additions(messages: impl IntoIterator<Item = Message>, email: Option<EmailAddress>) -> Vec<Addition> {
    let mut additions: Vec<Addition> = email.map(Addition::Address).into_iter().collect();
    let mut run: Vec<Message> = Vec::new();
    let mut size = 0;
    for message in messages.into_iter().flat_map(split) {
        let length = rendered_length(&message);
        let same_side = run.last().is_none_or(|last| by_team(last) == by_team(&message));
        if !run.is_empty() && (size + length > Helpdesk::smallest_message() || !same_side) {
            additions.push(Addition::Messages(std::mem::take(&mut run)));
            size = 0;
        }
        size += length;
        run.push(message);
    }
    if !run.is_empty() {
        additions.push(Addition::Messages(run));
    }
    additions
}

/// Adds new content to the last addition if that has not been sent, so that messages in quick succession become one
/// message and one email.
///
/// Returns the last addition as changed (`None` if it was not), and what did not fit into it.
pub fn gather(last: Option<Addition>, mut new: Vec<Addition>) -> (Option<Addition>, Vec<Addition>) {
    match (last, new.first()) {
        (Some(Addition::Address(_)), Some(Addition::Address(_))) => {
            // The team replies to the address that was typed last.
            let newer = new.remove(0);
            (Some(newer), new)
        }
        (Some(Addition::Messages(before)), Some(Addition::Messages(first)))
            if before.last().map(by_team) == first.first().map(by_team) =>
        {
            let Addition::Messages(first) = new.remove(0) else { return (None, new) };
            let mut all = additions(before.into_iter().chain(first), None).into_iter();
            let grown = all.next();
            (grown, all.chain(new).collect())
        }
        _ => (None, new),
    }
}

/// What was added to a conversation in the last hour.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lately {
    /// The number of parts.
    pub parts: u32,
    /// When the newest part was added, if any.
    pub last: Option<Millis>,
}

/// How far [`Lately`] looks back, in milliseconds.
pub const LATELY: Millis = 3_600_000;
/// The milliseconds between two messages of a conversation. Content added in between is gathered into one part.
const MESSAGES_APART: Millis = 10_000;
/// The same, once there have been many.
const CALM_APART: Millis = 60_000;
/// How many milliseconds an email waits and collects additions.
const MAIL_GATHERS: Millis = 180_000;
/// After this many milliseconds without a part, the next one is sent immediately again.
const QUIET: Millis = 120_000;
/// The number of messages per hour that are sent immediately, such as the answer to a question.
const FREE_PARTS: u32 = 3;
/// From this many parts per hour on, messages are further apart.
const CALM_PARTS: u32 = 20;

/// Returns when a new part may be sent, or `None` for immediately.
///
/// The first messages of an hour go out immediately. The next ones wait, so that a shopper who writes without pause does
/// not delay others. An email always waits, so that one question asked in several messages is one email.
pub fn leaves_at(to: Destination, lately: Lately, now: Millis) -> Option<Millis> {
    let apart = match to {
        Destination::Email => return Some(now.saturating_add(MAIL_GATHERS)),
        Destination::Helpdesk(_) if lately.parts < FREE_PARTS => return None,
        Destination::Helpdesk(_) if lately.parts < CALM_PARTS => MESSAGES_APART,
        Destination::Helpdesk(_) => CALM_APART,
    };
    let in_a_run = lately.last.is_some_and(|last| now.saturating_sub(last) < QUIET);
    in_a_run.then(|| now.saturating_add(apart))
}

fn by_team(message: &Message) -> bool {
    message.author == Author::Agent
}

/// Returns the length of the longer rendering, in bytes.
fn rendered_length(message: &Message) -> usize {
    let parts = transcript_of(std::slice::from_ref(message), Helpdesk::smallest_message());
    parts.iter().map(|part| part.plain.len().max(part.html.len())).sum()
}

/// Splits a turn that is too long for one message.
fn split(message: Message) -> Vec<Message> {
    let largest = Helpdesk::smallest_message();
    if rendered_length(&message) <= largest {
        return vec![message];
    }
    let mut pieces = Vec::new();
    let mut rest = message.text.as_str();
    while !rest.is_empty() {
        let (piece, after) = fitting_turn(rest, largest);
        pieces.push(Message { text: piece.to_owned(), attachments: Vec::new(), ..message.clone() });
        rest = after;
    }
    if let Some(last) = pieces.last_mut() {
        last.attachments = message.attachments;
    }
    pieces
}

/// Returns the mark that identifies a later part's message, so that it can be found again.
pub fn mark(handover_id: &str, part: u32) -> String {
    format!("{handover_id}:later-{part}")
}

/// Renders an addition as a message of its ticket.
pub fn append(handover_id: &str, part: u32, handover: &Handover, addition: &Addition) -> Append {
    let mark = mark(handover_id, part);
    let whole = |messages: &[Message]| joined(transcript_of(messages, Helpdesk::smallest_message()));
    match addition {
        Addition::Messages(messages) => {
            let note = messages.iter().all(by_team);
            Append { mark, text: whole(messages), note, email: None, name: None }
        }
        Addition::Address(email) => Append {
            mark,
            text: left_address(email),
            note: true,
            email: Some(email.clone()),
            name: handover.conversation.shopper.name.clone(),
        },
    }
}

/// Renders additions as the subject and text of an email.
pub fn mail_text(handover: &Handover, additions: &[Addition]) -> (String, RichText) {
    let subject = format!("Re: Handover: {}", shorten(&handover.subject(), 120));
    let text = |addition: &Addition| match addition {
        Addition::Messages(messages) => joined(transcript_of(messages, Helpdesk::smallest_message())),
        Addition::Address(email) => left_address(email),
    };
    (subject, joined(additions.iter().map(text).collect()))
}

fn left_address(email: &EmailAddress) -> RichText {
    let line = format!("The shopper left an address: {email} (typed by the visitor, not verified)");
    RichText { html: format!("<p>{}</p>", escape(&line)), plain: line }
}

fn joined(parts: Vec<RichText>) -> RichText {
    let mut parts = parts.into_iter();
    let mut whole = parts.next().unwrap_or_default();
    for part in parts {
        whole.plain.push('\n');
        whole.plain.push_str(&part.plain);
        whole.html.push_str(&part.html);
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn largest() -> usize {
        Helpdesk::smallest_message()
    }

    fn message(author: Author, text: &str) -> Message {
        Message { id: None, author, text: text.into(), sent_at: None, attachments: vec![] }
    }

    #[test]
    fn unsent_addition_gathers_messages_of_the_same_side() {
        let (one, two) = (message(Author::Shopper, "one"), message(Author::Shopper, "two"));
        let team = message(Author::Agent, "hello");
        let address = |text: &str| Addition::Address(EmailAddress::parse(text).unwrap());
        let said =
            |messages: &[&Message]| Addition::Messages(messages.iter().map(|&it| it.clone()).collect());
        assert_eq!(gather(Some(said(&[&one])), vec![said(&[&two])]), (Some(said(&[&one, &two])), vec![]));
        assert_eq!(gather(Some(said(&[&one])), vec![said(&[&team])]), (None, vec![said(&[&team])]));
        assert_eq!(
            gather(Some(said(&[&one])), vec![said(&[&two]), said(&[&team])]),
            (Some(said(&[&one, &two])), vec![said(&[&team])])
        );
        assert_eq!(gather(None, vec![said(&[&one])]), (None, vec![said(&[&one])]));
        assert_eq!(
            gather(Some(address("a@x.test")), vec![address("b@x.test"), said(&[&one])]),
            (Some(address("b@x.test")), vec![said(&[&one])])
        );
        let huge = message(Author::Shopper, &"x".repeat(largest() - 1_000));
        let (grown, rest) = gather(Some(said(&[&huge])), vec![said(&[&huge])]);
        assert_eq!(
            (grown, rest),
            (Some(said(&[&huge])), vec![said(&[&huge])]),
            "no part is too large and nothing is lost"
        );
    }

    #[test]
    fn team_is_emailed_neither_its_own_words_nor_an_address_that_the_ticket_has() {
        let email = EmailAddress::parse("mia@x.test").unwrap();
        let address = Addition::Address(email.clone());
        let (typed, team) = (message(Author::Shopper, " mia@x.test"), message(Author::Agent, "Hello Mia"));
        let asked = message(Author::Shopper, "Where is it?");
        let said =
            |messages: &[&Message]| Addition::Messages(messages.iter().map(|&it| it.clone()).collect());
        let all = || vec![address.clone(), said(&[&typed, &asked]), said(&[&team])];
        assert_eq!(news(all(), None, true), [said(&[&asked])]);
        assert_eq!(news(all(), None, false), [address.clone(), said(&[&asked])]);
        assert_eq!(news(vec![said(&[&typed])], Some(&email), true), []);
        assert_eq!(news(vec![said(&[&typed])], None, true), [said(&[&typed])]);
    }

    #[test]
    fn first_parts_leave_immediately_and_later_ones_wait() {
        let gorgias = Destination::Helpdesk(crate::Helpdesk::GORGIAS);
        let lately = |parts, last| Lately { parts, last };
        assert_eq!(leaves_at(gorgias, Lately::default(), 5), None);
        assert_eq!(leaves_at(gorgias, lately(2, Some(1_000)), 2_000), None);
        assert_eq!(leaves_at(gorgias, lately(3, Some(1_000)), 2_000), Some(12_000));
        assert_eq!(leaves_at(gorgias, lately(3, Some(1_000)), 121_000), None);
        assert_eq!(leaves_at(Destination::Email, Lately::default(), 2_000), Some(182_000));
        assert_eq!(leaves_at(gorgias, lately(CALM_PARTS, Some(1_000)), 2_000), Some(62_000));
        let an_hour = (LATELY / MESSAGES_APART).min(i64::from(CALM_PARTS) + LATELY / CALM_APART);
        assert_eq!(an_hour, 80, "the most parts of one conversation per hour");
    }

    #[test]
    fn team_messages_become_notes() {
        let said = [
            message(Author::Shopper, "one"),
            message(Author::Assistant, "two"),
            message(Author::Agent, "three"),
            message(Author::Shopper, "four"),
        ];
        let lengths: Vec<usize> = additions(said, None)
            .iter()
            .map(|it| if let Addition::Messages(messages) = it { messages.len() } else { 0 })
            .collect();
        assert_eq!(lengths, [2, 1, 1]);
    }

    #[test]
    fn huge_turn_is_split_without_loss() {
        let text = "\"<ä>\n".repeat(600_000);
        let parts = additions([message(Author::Shopper, &text)], None);
        assert!(parts.len() > 1);
        let mut back = String::new();
        for part in &parts {
            let Addition::Messages(messages) = part else { panic!() };
            for text in transcript_of(messages, largest()) {
                assert!(text.html.len() <= largest() && text.plain.len() <= largest());
            }
            assert_eq!(transcript_of(messages, largest()).len(), 1);
            back.extend(messages.iter().map(|message| message.text.as_str()));
        }
        assert_eq!(back, text);
    }

    #[test]
    fn huge_turn_is_split_between_characters() {
        for whole in ["\t", " ", "🇩🇪", "👨\u{200d}👩\u{200d}👧", "e\u{301}"] {
            let text = format!("x{}", whole.repeat(2_000_000 / whole.len()));
            let pieces = split(message(Author::Shopper, &text));
            assert!(pieces.len() > 1, "{whole:?}");
            for piece in &pieces {
                assert_eq!(transcript_of(std::slice::from_ref(piece), largest()).len(), 1, "{whole:?}");
                assert_eq!(piece.text.trim_start_matches('x').len() % whole.len(), 0, "{whole:?}");
            }
            assert_eq!(pieces.iter().map(|piece| piece.text.as_str()).collect::<String>(), text);
        }
    }
}
