//! Detects a topic from the merchant's list: whole words, ignoring case, accents and light endings.

use super::{
    handover::{Reason, Signal},
    words::{Text, same_word},
};

/// The maximum number of topics that are searched for.
const MOST_TOPICS: usize = 200;
/// The longest topic in bytes; a sentence is not a topic.
const LONGEST_TOPIC: usize = 100;

/// Returns the first listed topic that a message mentions.
pub fn mentioned(text: &Text, topics: &[String]) -> Option<Signal> {
    topics.iter().take(MOST_TOPICS).filter(|topic| topic.len() <= LONGEST_TOPIC).find_map(|topic| {
        let wanted: Vec<String> = Text::read(topic).words.into_iter().map(|word| word.text).collect();
        let (first, last) = place(text, &wanted)?;
        Some(Signal {
            reason: Reason::Topic(topic.clone()),
            confidence: 0.95,
            why: format!("Mentions “{}”, from your list: {topic}", text.quote(first, last)),
        })
    })
}

/// Finds the words in a row or joined: "gift card" also matches "gift-card" and "giftcard".
fn place(text: &Text, wanted: &[String]) -> Option<(usize, usize)> {
    if wanted.is_empty() {
        return None;
    }
    let together = wanted.concat();
    (0..text.words.len()).find_map(|at| {
        if same_word(text.at(at), &together) {
            return Some((at, at));
        }
        let apart = wanted.iter().enumerate().all(|(i, word)| same_word(text.at(at + i), word));
        if apart {
            return Some((at, at + wanted.len() - 1));
        }
        // The merchant wrote "e-mail" or "giftcard", the shopper "email" or "gift card".
        let begins = wanted.len() == 1 && !text.at(at + 1).is_empty() && together.starts_with(text.at(at));
        (begins && same_word(&[text.at(at), text.at(at + 1)].concat(), &together)).then_some((at, at + 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(text: &str, topics: &[&str]) -> Option<String> {
        let topics: Vec<String> = topics.iter().map(|topic| (*topic).to_owned()).collect();
        mentioned(&Text::read(text), &topics).map(|signal| signal.why)
    }

    #[test]
    fn whole_words_match_in_any_form() {
        for text in ["my BILLING", "Billing?", "a billings page"] {
            assert!(topic(text, &["billing"]).is_some(), "{text}");
        }
        assert!(topic("une FACTURE", &["facturé"]).is_some());
        for text in ["illegal", "legalese", "paralegal", ""] {
            assert!(topic(text, &["legal"]).is_none(), "{text}");
        }
    }

    #[test]
    fn phrases_span_spaces_and_hyphens() {
        for text in ["a gift card", "Gift-Cards", "giftcard", "gift\ncard"] {
            assert!(topic(text, &["gift card"]).is_some(), "{text}");
            assert!(topic(text, &["gift-card"]).is_some(), "{text}");
            assert!(topic(text, &["giftcard"]).is_some(), "{text}");
        }
        assert!(topic("a card with the gift", &["gift card"]).is_none());
    }

    #[test]
    fn empty_topic_matches_nothing() {
        assert!(topic("anything", &["", " ", "!?"]).is_none());
    }

    #[test]
    fn reason_quotes_the_match() {
        assert_eq!(
            topic("Where are my Refunds?", &["legal", "refund"]).as_deref(),
            Some("Mentions “Refunds”, from your list: refund")
        );
    }
}
