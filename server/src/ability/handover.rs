//! Handover to human: whether a shopper's new message hands the conversation over, why, and with what confidence.

use super::{
    anger, person, repeat, topic,
    words::{Text, listed},
};
use app::model::HandoverAbility;

/// The lowest confidence that hands over.
pub const THRESHOLD: f32 = 0.5;
/// How many of a shopper's earlier messages are compared, newest first: asking again what was asked long ago does not
/// mean that the shopper is annoyed.
pub const EARLIER: u32 = 8;

impl Text {
    /// Returns the words between two positions as they were written, for the merchant to read: on one short line.
    pub fn quote(&self, first: usize, last: usize) -> String {
        domain::text::shorten(&domain::text::one_line(self.written(first, last)), 60)
    }
}

/// Returns whether a shopper who asks for a person is handed over.
pub fn reaches_person(ability: &HandoverAbility) -> bool {
    allows(ability, &Reason::AskedForHuman)
}

/// Returns whether the mode that a reason belongs to is switched on.
fn allows(ability: &HandoverAbility, reason: &Reason) -> bool {
    ability.active
        && match reason {
            Reason::AskedForHuman => ability.asked_for_human,
            Reason::Angry | Reason::RepeatedQuestion => ability.frustrated,
            Reason::Topic(_) => ability.topic,
            Reason::NoAnswer => ability.no_answer,
        }
}

/// What the assistant made of the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Assistance {
    /// It was not asked, or not yet.
    #[default]
    NotAsked,
    /// It had an answer.
    Answered,
    /// It had none.
    NoAnswer,
}

/// A shopper's new message and what came before.
#[derive(Clone, Copy, Debug, Default)]
pub struct ShopperTurn<'a> {
    /// The new message.
    pub text: &'a str,
    /// The shopper's own earlier messages, oldest first.
    pub earlier: &'a [&'a str],
    /// Whether the assistant had an answer.
    pub assistance: Assistance,
}

/// Why a conversation is handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The shopper asks for a human.
    AskedForHuman,
    /// The shopper is angry.
    Angry,
    /// The shopper repeats a question.
    RepeatedQuestion,
    /// A topic from the merchant's list, as the merchant wrote it.
    Topic(String),
    /// The assistant has no answer.
    NoAnswer,
}

impl Reason {
    /// Returns the name in a handover's trigger.
    pub fn wire_name(&self) -> &'static str {
        match self {
            Self::AskedForHuman => "asked_for_human",
            Self::Angry => "angry",
            Self::RepeatedQuestion => "repeated_question",
            Self::Topic(_) => "topic",
            Self::NoAnswer => "no_answer",
        }
    }
}

/// One indication in a message that it should be handed over.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// The reason it indicates.
    pub reason: Reason,
    /// From 0 to 1; a reason from [`THRESHOLD`] on.
    pub confidence: f32,
    /// What matched, as a text for the merchant.
    pub why: String,
}

/// What to do about a message.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The reason to hand over, or `None` not to.
    pub reason: Option<Reason>,
    /// With a reason, its confidence; without one, that of the strongest signal, always below [`THRESHOLD`].
    pub confidence: f32,
    /// Whether the shopper asks for a person although that mode is switched off.
    pub asks_in_vain: bool,
    /// What matched, as texts for the merchant, the deciding one first. Includes what would have decided if its mode
    /// were switched on.
    pub why: Vec<String>,
}

/// Decides about a shopper's new message.
///
/// If several reasons apply, returns the first in the order of [`Reason`]: what the shopper said outright comes before
/// what was inferred.
pub fn decide(ability: &HandoverAbility, turn: &ShopperTurn<'_>) -> Decision {
    let mut decision = Decision { reason: None, confidence: 0.0, asks_in_vain: false, why: Vec::new() };
    let mut switched_off = Vec::new();
    for signal in signals(&ability.topics, turn) {
        let strong = signal.confidence >= THRESHOLD;
        if !allows(ability, &signal.reason) {
            if strong {
                decision.asks_in_vain |= signal.reason == Reason::AskedForHuman;
                let what =
                    if ability.active { "this mode is switched off" } else { "the ability is inactive" };
                switched_off.push(format!("{}, but {what}", signal.why));
            }
        } else if strong {
            if decision.reason.is_none() {
                decision.reason = Some(signal.reason);
                decision.confidence = signal.confidence;
            }
            decision.why.push(signal.why);
        } else if decision.reason.is_none() {
            decision.confidence = decision.confidence.max(signal.confidence);
        }
    }
    decision.why.append(&mut switched_off);
    decision
}

/// Returns every signal in a message, in the order of [`Reason`], whatever is switched on.
pub fn signals(topics: &[String], turn: &ShopperTurn<'_>) -> Vec<Signal> {
    let text = Text::read(turn.text);
    let recent = &turn.earlier[turn.earlier.len().saturating_sub(EARLIER as usize)..];
    let mut found = Vec::new();
    found.extend(person::asked_for(&text));
    found.extend(anger::heard(&text));
    found.extend(repeat::of_question(&text, recent));
    found.extend(topic::mentioned(&text, topics));
    if turn.assistance == Assistance::NoAnswer && !is_small_talk(&text) {
        found.push(Signal {
            reason: Reason::NoAnswer,
            confidence: 0.9,
            why: "The assistant has no answer to this".to_owned(),
        });
    }
    found
}

#[rustfmt::skip]
const SMALL_TALK: &[&str] = &[
    "hi", "hello", "hey", "there", "good", "morning", "afternoon", "evening", "thanks", "thank", "you", "thx", "ty", "lot",
    "a", "so", "much", "very", "ok", "okay", "k", "yes", "yep", "no", "nope", "great", "perfect", "cool", "bye", "cheers",
    "bonjour", "bonsoir", "salut", "merci", "beaucoup", "bcp", "oui", "non", "d", "accord", "parfait", "super", "au", "revoir",
    "hallo", "guten", "tag", "morgen", "abend", "moin", "danke", "vielen", "dank", "schon", "ja", "nein", "gut", "alles",
    "klar", "tschuss", "sehr", "hola", "buenos", "buenas", "dias", "tardes", "noches", "gracias", "muchas", "si", "vale",
    "perfecto", "adios", "bien",
];

/// Returns whether the message is a greeting, thanks, a yes or no, or has no words: none of these needs an answer, so
/// an assistant without one is no reason to fetch a human.
fn is_small_talk(text: &Text) -> bool {
    text.words.len() <= 6 && text.words.iter().all(|word| listed(&word.text, SMALL_TALK))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ability() -> HandoverAbility {
        HandoverAbility {
            no_answer: true,
            topics: vec!["billing".to_owned(), "legal".to_owned()],
            ..HandoverAbility::default()
        }
    }

    fn turn(text: &str) -> ShopperTurn<'_> {
        ShopperTurn { text, ..ShopperTurn::default() }
    }

    #[test]
    fn documented_example_is_handed_over() {
        let decision = decide(&ability(), &turn("I need to talk to a human about a billing issue."));
        assert_eq!(decision.reason, Some(Reason::AskedForHuman));
        assert!(decision.confidence >= 0.9);
        assert_eq!(
            decision.why,
            ["Asks for a person: “talk to a human”", "Mentions “billing”, from your list: billing"]
        );
    }

    #[test]
    fn modes_are_switched_separately() {
        let asks = "I want to talk to a human";
        let angry = "This is ridiculous!";
        let topic = "A legal question";
        let earlier = ["Do you ship to Norway?"];
        let again =
            ShopperTurn { text: "do you ship to norway", earlier: &earlier, ..ShopperTurn::default() };
        let unknown = ShopperTurn {
            text: "Is it lead free?",
            assistance: Assistance::NoAnswer,
            ..ShopperTurn::default()
        };
        let name = |ability: &HandoverAbility, turn: &ShopperTurn<'_>| {
            decide(ability, turn).reason.map(|r| r.wire_name())
        };
        for (turn, expected) in [
            (turn(asks), "asked_for_human"),
            (turn(angry), "angry"),
            (again, "repeated_question"),
            (turn(topic), "topic"),
            (unknown, "no_answer"),
        ] {
            assert_eq!(name(&ability(), &turn), Some(expected));
            let mut only = HandoverAbility {
                asked_for_human: false,
                frustrated: false,
                topic: false,
                no_answer: false,
                ..ability()
            };
            assert_eq!(name(&only, &turn), None, "{expected}");
            match expected {
                "asked_for_human" => only.asked_for_human = true,
                "topic" => only.topic = true,
                "no_answer" => only.no_answer = true,
                _ => only.frustrated = true,
            }
            assert_eq!(name(&only, &turn), Some(expected));
            assert_eq!(name(&HandoverAbility { active: false, ..ability() }, &turn), None, "{expected}");
        }
    }

    #[test]
    fn switched_off_mode_is_mentioned() {
        let off = HandoverAbility { asked_for_human: false, ..ability() };
        let decision = decide(&off, &turn("agent please"));
        assert_eq!((decision.reason, decision.confidence, decision.asks_in_vain), (None, 0.0, true));
        assert!(!decide(&off, &turn("my order is late")).asks_in_vain);
        assert!(!decide(&ability(), &turn("agent please")).asks_in_vain);
        assert_eq!(decision.why, ["Asks for a person: “agent please”, but this mode is switched off"]);
        let inactive = HandoverAbility { active: false, ..ability() };
        assert_eq!(
            decide(&inactive, &turn("agent please")).why,
            ["Asks for a person: “agent please”, but the ability is inactive"]
        );
    }

    #[test]
    fn small_talk_needs_no_answer() {
        for text in ["hi there!", "Merci beaucoup", "ok", "👍", "", "Danke!!"] {
            let turn = ShopperTurn { text, assistance: Assistance::NoAnswer, ..ShopperTurn::default() };
            assert_eq!(decide(&ability(), &turn).reason, None, "{text:?}");
        }
    }

    #[test]
    fn huge_texts_are_handled() {
        for piece in [
            "a",
            "talk ",
            "not talk to ",
            "é\u{301}\u{200b}",
            "never ",
            "!!! ",
            "gift ",
            "\u{10ffff}",
            "'",
            "l'",
            "\n",
        ] {
            let text = piece.repeat(300_000 / piece.len());
            let earlier = [text.as_str(), text.as_str(), "x"];
            let decision = decide(
                &ability(),
                &ShopperTurn { text: &text, earlier: &earlier, assistance: Assistance::NoAnswer },
            );
            assert!((0.0..=1.0).contains(&decision.confidence), "{piece:?}");
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_is_deterministic(
            text in "\\PC{0,300}", earlier in "\\PC{0,100}", topic in "\\PC{0,30}",
            words in proptest::collection::vec(proptest::sample::select(vec![
                "talk", "to", "a", "human", "not", "no", "bot", "my", "for", "gibt es", "keinen", ",", ".", "?", "l'", "real",
                "agent", "code", "tired", "of", "sick", "joder", "never", "again", "parler", "parlé", "ai", "someone", "a qui",
            ]), 0..14)
        ) {
            let words = words.join(" ");
            for text in [text.as_str(), words.as_str()] {
                let earlier = [earlier.as_str(), words.as_str()];
                let config = HandoverAbility { topics: vec![topic.clone()], ..ability() };
                let turn = ShopperTurn { text, earlier: &earlier, assistance: Assistance::NoAnswer };
                let decision = decide(&config, &turn);
                prop_assert!((0.0..=1.0).contains(&decision.confidence));
                prop_assert_eq!(decision.reason.is_some(), decision.confidence >= THRESHOLD);
                prop_assert_eq!(decide(&config, &turn), decision, "the same decision again");
            }
        }
    }
}
