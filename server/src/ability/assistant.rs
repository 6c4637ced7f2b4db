//! The interface to an assistant that answers shoppers, and a simple built-in one.

use super::words::{Text, content, one_slip, same_word};
use app::model::Faq;

/// An assistant's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssistantAnswer {
    /// An answer was found.
    Found {
        /// The text for the shopper.
        text: String,
    },
    /// No answer. Saying so costs less than a wrong answer.
    DontKnow,
}

/// Answers shoppers.
pub trait Assistant: Send + Sync {
    /// Answers a question from the merchant's list, or says that it cannot.
    fn answer(&self, question: &str, faq: &[Faq]) -> AssistantAnswer;
}

/// The built-in assistant: picks the entry that shares the most words with the question, if it shares enough.
#[derive(Clone, Copy, Debug, Default)]
pub struct WordMatch;

/// The least likeness between question and entry.
const ENOUGH: f32 = 0.55;
/// The maximum number of entries that are compared.
const MOST_ENTRIES: usize = 1_000;

impl Assistant for WordMatch {
    fn answer(&self, question: &str, faq: &[Faq]) -> AssistantAnswer {
        let asked = Text::read(question);
        let asked = content(&asked);
        let mut best: Option<(f32, &Faq)> = None;
        for entry in faq.iter().take(MOST_ENTRIES) {
            let likeness = entry
                .question
                .split_inclusive(['?', '\n'])
                .map(|way| likeness(&asked, way))
                .fold(0.0, f32::max);
            if likeness >= ENOUGH && best.is_none_or(|(most, _)| likeness > most) {
                best = Some((likeness, entry));
            }
        }
        best.map_or(AssistantAnswer::DontKnow, |(_, entry)| AssistantAnswer::Found {
            text: entry.answer.clone(),
        })
    }
}

/// Returns the harmonic mean of how much of each side the other contains; long words, which say more, weigh more.
fn likeness(asked: &[&str], way: &str) -> f32 {
    let way = Text::read(way);
    let known = content(&way);
    if asked.is_empty() || known.is_empty() {
        return 0.0;
    }
    let share = |some: &[&str], others: &[&str]| {
        let all: f32 = some.iter().map(|word| weight(word)).sum();
        let shared: f32 = some
            .iter()
            .filter(|word| others.iter().any(|other| akin(word, other)))
            .map(|word| weight(word))
            .sum();
        shared / all
    };
    let (of_asked, of_known) = (share(asked, &known), share(&known, asked));
    if of_asked + of_known == 0.0 { 0.0 } else { 2.0 * of_asked * of_known / (of_asked + of_known) }
}

/// Question words and units alone tell little apart.
fn weight(word: &str) -> f32 {
    const LIGHT: &[&str] = &[
        "how", "what", "whats", "which", "when", "where", "who", "long", "much", "many", "take", "comment",
        "quel", "quelle", "quels", "quelles", "quand", "combien", "wie", "was", "welche", "welcher", "wann",
        "wo", "lange", "viel", "como", "cuanto", "cual", "que", "cuando", "donde", "acepta*",
    ];
    if LIGHT.contains(&word) { 0.3 } else { 1.0 }
}

/// Returns whether the words are the same or share a stem: "ship" and "shipping", but not "payer" and "paiement".
fn akin(one: &str, other: &str) -> bool {
    if same_word(one, other) {
        return true;
    }
    let common = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let longest = one.len().max(other.len());
    (common >= 5 && common * 10 >= longest * 6)
        || (common >= 4 && longest - common <= 4 && one.len().min(other.len()) == common)
        || (longest >= 5 && one_slip(one, other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faq() -> Vec<Faq> {
        [
            ("How long does shipping take?", "Two days."),
            ("Can I return an item?\nReturn policy", "Within 30 days."),
        ]
        .map(|(question, answer)| Faq { question: question.to_owned(), answer: answer.to_owned() })
        .to_vec()
    }

    fn answer(question: &str) -> Option<String> {
        match WordMatch.answer(question, &faq()) {
            AssistantAnswer::Found { text } => Some(text),
            AssistantAnswer::DontKnow => None,
        }
    }

    #[test]
    fn finds_the_matching_entry() {
        assert_eq!(answer("how long will the shipping take??").as_deref(), Some("Two days."));
        assert_eq!(answer("what's your RETURN policy").as_deref(), Some("Within 30 days."));
        assert_eq!(answer("can i return items").as_deref(), Some("Within 30 days."));
    }

    #[test]
    fn says_when_it_does_not_know() {
        for question in ["", "?", "the", "Is the mug dishwasher safe?", "How long is the sofa?"] {
            assert_eq!(answer(question), None, "{question:?}");
        }
        assert_eq!(WordMatch.answer("How long does shipping take?", &[]), AssistantAnswer::DontKnow);
    }
}
