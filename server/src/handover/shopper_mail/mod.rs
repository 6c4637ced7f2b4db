//! The email to a shopper with the answers that they have not seen, in the language of their chat.
//!
//! Anyone can type any address into a chat. So the subject is always ours, links in what was said stay text, and the
//! button leads to the page without its parameters.

mod words;

use self::words::{Words, words_for};
use super::letter::{Emphasis, Letter};
use crate::{
    mail::Mail,
    store::conversations::{Conversation, Turn},
};
use app::model::{ChatAuthor, EmailAddress};
use domain::text::{escape, http_url, shorten};
use jiff::Timestamp;

/// How many earlier messages an email repeats.
pub(super) const EARLIER: usize = 30;
/// The longest earlier message in an email, in characters.
const LONGEST_EARLIER: usize = 2_000;
/// The fragment that makes `<convi-chat>` open.
const OPENS_CHAT: &str = "convi-chat";

/// What an email is about.
pub(super) struct Unseen<'a> {
    /// The conversation.
    pub conversation: &'a Conversation,
    /// Its last messages, in order.
    pub turns: &'a [Turn],
    /// The number from which on agents' messages are new to the shopper.
    pub from: i64,
    /// Where a reply goes, if the team has an address.
    pub team: Option<&'a EmailAddress>,
    /// The conversation's earlier emails, oldest first.
    pub earlier_mails: Vec<String>,
}

/// Writes the email with this id.
pub(super) fn write(id: &str, to: &EmailAddress, unseen: Unseen<'_>) -> Mail {
    let Unseen { conversation, turns, from, team, earlier_mails } = unseen;
    let words = words_for(conversation.locale.as_deref());
    let is_new = |turn: &&Turn| turn.author == ChatAuthor::Agent && turn.number >= from;
    let answers: Vec<_> = turns.iter().filter(is_new).collect();
    let name = answers.last().and_then(|turn| turn.name.clone());
    let title = match &name {
        Some(name) => words.answered.replace("{name}", name),
        None => words.team_answered.to_owned(),
    };
    let preview = answers.last().map_or("", |turn| &turn.text);
    let mut letter = Letter::new(&title, preview);
    for turn in &answers {
        letter.bubble(&heading(turn, words), &turn.text, Emphasis::Strong);
    }
    let page = conversation.page_url.as_deref().and_then(way_back);
    if let Some((url, host)) = &page {
        letter.button(&words.back.replace("{host}", host), url);
    }
    letter.remark(match (team, &page) {
        (Some(_), _) => words.reply,
        (None, Some(_)) => words.no_reply,
        (None, None) => words.no_reply_nor_link,
    });
    let said = |turn: &&Turn| turn.author != ChatAuthor::System && !is_new(turn);
    let earlier: Vec<_> = turns.iter().filter(said).collect();
    if !earlier.is_empty() {
        letter.heading(words.earlier);
    }
    for turn in &earlier[earlier.len().saturating_sub(EARLIER)..] {
        letter.bubble(&heading(turn, words), &shorten(&turn.text, LONGEST_EARLIER), Emphasis::Calm);
    }
    let (plain, html) = letter.finish(words.language, words.why, &escape(words.why));
    let subject =
        if earlier_mails.is_empty() { words.subject.to_owned() } else { format!("Re: {}", words.subject) };
    Mail {
        id: id.to_owned(),
        to: to.clone(),
        from_name: name,
        thread: earlier_mails,
        reply_to: team.cloned(),
        subject,
        plain,
        html,
    }
}

/// Returns who wrote a message, and when.
fn heading(turn: &Turn, words: &Words) -> String {
    let author = match turn.author {
        ChatAuthor::Shopper => words.you,
        ChatAuthor::Assistant => words.assistant,
        ChatAuthor::Agent | ChatAuthor::System => turn.name.as_deref().unwrap_or(words.team),
    };
    let at = Timestamp::from_millisecond(turn.sent_at).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{author} · {}", at.strftime("%Y-%m-%d %H:%M UTC"))
}

/// Returns the shop's page, where the chat opens by itself, and its host. Parameters may be meant for the shopper only.
fn way_back(page: &str) -> Option<(String, String)> {
    let mut url = http_url(page)?;
    url.set_query(None);
    url.set_fragment(Some(OPENS_CHAT));
    let host = url.host_str()?.to_owned();
    Some((url.into(), host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_of_the_chat_are_known_with_or_without_a_region() {
        for (tag, language) in
            [(Some("de-AT"), "de"), (Some("ES"), "es"), (Some("fr"), "fr"), (Some("it"), "en"), (None, "en")]
        {
            assert_eq!(words_for(tag).language, language, "{tag:?}");
        }
    }

    #[test]
    fn way_back_keeps_neither_parameters_nor_other_schemes() {
        let (url, host) = way_back("https://shop.example/mug?token=secret#reviews").unwrap();
        assert_eq!((url.as_str(), host.as_str()), ("https://shop.example/mug#convi-chat", "shop.example"));
        assert_eq!(way_back("javascript:alert(1)"), None);
        assert_eq!(way_back("https://bank.example@evil.example/"), None);
    }
}
