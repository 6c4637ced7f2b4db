//! The interface that a client implements to read agents' answers.

use super::{Access, Failure, Meter};
use domain::{
    clock::Millis,
    text::{clean, one_line, shorten},
};

/// The longest answer that is kept, in characters.
const LONGEST_TEXT: usize = 10_000;
/// The longest first name, in characters.
const LONGEST_NAME: usize = 40;

/// A page of an account's changes, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The changes that may be answers, in no particular order.
    pub tickets: Vec<Changed>,
    /// The newest and the oldest time on the page, of answers and of everything else.
    pub span: Option<(Millis, Millis)>,
    /// The next page.
    pub next: Option<String>,
}

impl Changes {
    /// Adds a time to the span.
    pub fn reach(&mut self, at: Millis) {
        let (newest, oldest) = self.span.unwrap_or((at, at));
        self.span = Some((newest.max(at), oldest.min(at)));
    }
}

/// The handovers that a change may be about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Concern {
    /// Those whose transcripts are in the ticket; its [`Thread`] names them.
    InTheTicket,
    /// The handover that the ticket was created for.
    Handover(String),
    /// Only those whose tickets were merged into it, as far as we know.
    Merged,
}

/// A ticket with something new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The ticket.
    pub ticket: i64,
    /// Identifies the change: differs from every earlier one of the ticket.
    pub stamp: i64,
    /// When it was written.
    pub at: Millis,
    /// The handovers that it may be about.
    pub concern: Concern,
}

/// The parts of a ticket's conversation that we need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thread {
    /// The ticket, or the one that was kept if it was merged.
    pub ticket: i64,
    /// The handovers whose transcripts are in it; several after a merge, and none if the ticket is not ours.
    pub handovers: Vec<String>,
    /// What agents wrote to the shopper, oldest first.
    pub answers: Vec<Written>,
}

/// What an agent wrote to the shopper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The helpdesk's number of the message.
    pub message: i64,
    /// The agent's first name.
    pub author: Option<String>,
    /// The text.
    pub text: String,
    /// When it was written.
    pub at: Millis,
    /// Whether the helpdesk itself emailed it to the shopper.
    pub emailed: bool,
}

/// Reads answers, and changes nothing.
#[async_trait::async_trait]
pub trait AnswerReader: Send + Sync {
    /// Returns the newest changes in one request; with a page's `next`, the page after it.
    async fn changes(
        &self,
        access: &Access,
        page: Option<&str>,
        meter: &dyn Meter,
    ) -> Result<Changes, Failure>;

    /// Returns a ticket's thread, in as few requests as possible.
    async fn thread(&self, access: &Access, ticket: i64, meter: &dyn Meter) -> Result<Thread, Failure>;
}

/// Returns the text that a shopper reads, or `None` if nothing would be visible. It is treated as hostile, like chat text:
/// agents paste anything, and anyone can have written a quoted email.
pub fn answer_text(text: &str) -> Option<String> {
    let text = shorten(domain::pasted::trim(&clean(text)), LONGEST_TEXT);
    (!domain::pasted::is_blank(&text)).then_some(text)
}

/// Returns the first name in a full name, or `None` if there is only an email address.
pub fn first_name(name: &str) -> Option<String> {
    let line = one_line(name);
    let first = line.split(' ').next().unwrap_or_default();
    (!first.is_empty() && !first.contains('@')).then(|| shorten(first, LONGEST_NAME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_names_are_short_and_never_addresses() {
        for (name, first) in [
            ("Anna Smith", Some("Anna")),
            ("  Zoë\u{202e}\n Smith", Some("Zoë")),
            ("anna@acme.test", None),
            ("", None),
            ("\u{0}", None),
        ] {
            assert_eq!(first_name(name).as_deref(), first, "{name:?}");
        }
        assert_eq!(first_name(&"A".repeat(500)).unwrap().chars().count(), LONGEST_NAME);
    }

    #[test]
    fn hostile_text_is_cleaned_bounded_and_never_empty() {
        assert_eq!(answer_text(" Hi\r\n\u{202e}there\u{0} ").as_deref(), Some("Hi\nthere"));
        assert_eq!(answer_text("\u{200b} \n"), None);
        assert_eq!(answer_text(&"x".repeat(20_000)).unwrap().chars().count(), LONGEST_TEXT);
    }
}
