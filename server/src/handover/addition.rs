//! What comes after the handover: further messages, an address. Each becomes one message of the same ticket.

use super::{
    body::{Author, Handover, Message},
    text::{escape, shorten},
    ticket::{LARGEST_PART, fitting_turn, transcript_of},
};
use crate::helpdesk::{Append, Text};
use app::model::EmailAddress;
use serde::{Deserialize, Serialize};

/// One thing that came later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Addition {
    /// Further turns, small enough for one message of a ticket.
    Messages(Vec<Message>),
    /// The shopper's address, which was not known before.
    Address(EmailAddress),
}

impl Addition {
    /// What is left when the transcript is removed.
    pub fn without_transcript(&self) -> Self {
        match self {
            Self::Messages(messages) => {
                Self::Messages(messages.iter().filter_map(Message::without_words).collect())
            }
            Self::Address(_) => Self::Messages(Vec::new()),
        }
    }
}

/// Messages and an address as additions, in order; each fits into one message of a ticket.
pub fn additions(messages: impl IntoIterator<Item = Message>, email: Option<EmailAddress>) -> Vec<Addition> {
    let mut additions: Vec<Addition> = email.map(Addition::Address).into_iter().collect();
    let mut run: Vec<Message> = Vec::new();
    let mut size = 0;
    for message in messages.into_iter().flat_map(split) {
        let length = rendered_length(&message);
        let same_side = run.last().is_none_or(|last| by_team(last) == by_team(&message));
        if !run.is_empty() && (size + length > LARGEST_PART || !same_side) {
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

fn by_team(message: &Message) -> bool {
    message.author == Author::Agent
}

/// The longer of its two renderings, in bytes.
fn rendered_length(message: &Message) -> usize {
    let parts = transcript_of(std::slice::from_ref(message));
    parts.iter().map(|part| part.plain.len().max(part.html.len())).sum()
}

/// A turn that is too long for one message, as several.
fn split(message: Message) -> Vec<Message> {
    if rendered_length(&message) <= LARGEST_PART {
        return vec![message];
    }
    let mut pieces = Vec::new();
    let mut rest = message.text.as_str();
    while !rest.is_empty() {
        let (piece, after) = fitting_turn(rest);
        pieces.push(Message { text: piece.to_owned(), attachments: Vec::new(), ..message.clone() });
        rest = after;
    }
    if let Some(last) = pieces.last_mut() {
        last.attachments = message.attachments;
    }
    pieces
}

/// What a later part's message is found again by.
pub fn external_id(handover_id: &str, part: u32) -> String {
    format!("{handover_id}:later-{part}")
}

/// An addition as a message of its ticket.
pub fn append(handover_id: &str, part: u32, handover: &Handover, addition: &Addition) -> Append {
    let external_id = external_id(handover_id, part);
    match addition {
        Addition::Messages(messages) => {
            let note = messages.iter().all(by_team);
            Append { external_id, text: joined(transcript_of(messages)), note, email: None, name: None }
        }
        Addition::Address(email) => {
            let line = format!("The shopper left an address: {email} (typed by the visitor, not verified)");
            Append {
                external_id,
                text: Text { html: format!("<p>{}</p>", escape(&line)), plain: line },
                note: true,
                email: Some(email.clone()),
                name: handover.conversation.shopper.name.clone(),
            }
        }
    }
}

/// An addition as a mail's subject and text.
pub fn mail_text(handover: &Handover, addition: &Addition) -> (String, Text) {
    let subject = format!("Re: Handover: {}", shorten(&handover.subject(), 120));
    let text = match addition {
        Addition::Messages(messages) => joined(transcript_of(messages)),
        Addition::Address(email) => {
            let line = format!("The shopper left an address: {email} (typed by the visitor, not verified)");
            Text { html: format!("<p>{}</p>", escape(&line)), plain: line }
        }
    };
    (subject, text)
}

fn joined(parts: Vec<Text>) -> Text {
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

    fn message(author: Author, text: &str) -> Message {
        Message { id: None, author, text: text.into(), sent_at: None, attachments: vec![] }
    }

    #[test]
    fn the_teams_own_words_are_notes_and_never_a_shoppers_message() {
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
    fn a_huge_turn_is_split_and_whole() {
        let text = "\"<ä>\n".repeat(600_000);
        let parts = additions([message(Author::Shopper, &text)], None);
        assert!(parts.len() > 1);
        let mut back = String::new();
        for part in &parts {
            let Addition::Messages(messages) = part else { panic!() };
            for text in transcript_of(messages) {
                assert!(text.html.len() <= LARGEST_PART && text.plain.len() <= LARGEST_PART);
            }
            assert_eq!(transcript_of(messages).len(), 1);
            back.extend(messages.iter().map(|message| message.text.as_str()));
        }
        assert_eq!(back, text);
    }

    #[test]
    fn a_huge_turn_is_split_between_characters_whatever_they_grow_to() {
        for whole in ["\t", " ", "🇩🇪", "👨\u{200d}👩\u{200d}👧", "e\u{301}"] {
            let text = format!("x{}", whole.repeat(2_000_000 / whole.len()));
            let pieces = split(message(Author::Shopper, &text));
            assert!(pieces.len() > 1, "{whole:?}");
            for piece in &pieces {
                assert_eq!(transcript_of(std::slice::from_ref(piece)).len(), 1, "{whole:?}");
                assert_eq!(piece.text.trim_start_matches('x').len() % whole.len(), 0, "{whole:?}");
            }
            assert_eq!(pieces.iter().map(|piece| piece.text.as_str()).collect::<String>(), text);
        }
    }
}
