//! Handover to human: whether a shopper's new message hands the conversation over, why, and how sure that is.

use super::{
    anger, person, repeat, topic,
    words::{Text, listed},
};
use serde::{Deserialize, Serialize};

/// From this confidence on a reason is given.
pub const THRESHOLD: f32 = 0.5;
/// How many of a shopper's earlier messages are looked at, newest first: a question asked longer ago may be asked
/// again without anybody being annoyed.
const EARLIER: usize = 8;

/// The settings of the ability: its modes, switched one by one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandoverAbility {
    /// Inactive: nothing is handed over automatically.
    pub active: bool,
    /// The shopper asks for a person.
    pub asked_for_human: bool,
    /// The shopper is angry or repeats the question.
    pub angry_or_repeated: bool,
    /// A topic of the list is mentioned.
    pub topic: bool,
    /// Words and phrases of the merchant, such as billing or legal.
    pub topics: Vec<String>,
    /// The assistant has no answer.
    pub no_answer: bool,
}

impl Default for HandoverAbility {
    /// Active, with every mode on and no topic listed yet.
    fn default() -> Self {
        Self {
            active: true,
            asked_for_human: true,
            angry_or_repeated: true,
            topic: true,
            topics: Vec::new(),
            no_answer: true,
        }
    }
}

impl HandoverAbility {
    /// Whether the mode that a reason belongs to is switched on.
    pub fn allows(&self, reason: &Reason) -> bool {
        self.active
            && match reason {
                Reason::AskedForHuman => self.asked_for_human,
                Reason::Angry | Reason::RepeatedQuestion => self.angry_or_repeated,
                Reason::Topic(_) => self.topic,
                Reason::NoAnswer => self.no_answer,
            }
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
pub struct Turn<'a> {
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
    /// The shopper asks for a person.
    AskedForHuman,
    /// The shopper is angry.
    Angry,
    /// The shopper asks the same question again.
    RepeatedQuestion,
    /// A topic of the merchant's list, as the merchant wrote it.
    Topic(String),
    /// The assistant has no answer.
    NoAnswer,
}

impl Reason {
    /// The name in a handover's trigger.
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

/// One thing in a message that speaks for a handover.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// The reason it would be.
    pub reason: Reason,
    /// 0 to 1; a reason from [`THRESHOLD`] on.
    pub confidence: f32,
    /// What matched, in words for the merchant.
    pub why: String,
}

/// What to do about a message.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Hand over, and why; `None`: go on.
    pub reason: Option<Reason>,
    /// With a reason: how sure it is. Without one: how near the nearest came, always below [`THRESHOLD`].
    pub confidence: f32,
    /// What matched, in words for the merchant, the deciding one first. Also names what would have decided, had its
    /// mode been on.
    pub why: Vec<String>,
}

/// Decides about a shopper's new message.
///
/// When several reasons hold, the first in the order of [`Reason`] is given: what the shopper said outright comes
/// before what was concluded.
pub fn decide(config: &HandoverAbility, turn: &Turn<'_>) -> Decision {
    let mut decision = Decision { reason: None, confidence: 0.0, why: Vec::new() };
    let mut switched_off = Vec::new();
    for signal in signals(&config.topics, turn) {
        let strong = signal.confidence >= THRESHOLD;
        if !config.allows(&signal.reason) {
            if strong {
                let what = if config.active { "this mode is switched off" } else { "the ability is inactive" };
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

/// Everything in a message that speaks for a handover, in the order of [`Reason`], whatever is switched on.
pub fn signals(topics: &[String], turn: &Turn<'_>) -> Vec<Signal> {
    let text = Text::read(turn.text);
    let recent = &turn.earlier[turn.earlier.len().saturating_sub(EARLIER)..];
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

/// A greeting, thanks, a yes or no, or no word at all: nothing that wants an answer, and so no reason to fetch a
/// person when the assistant has none.
fn is_small_talk(text: &Text) -> bool {
    text.words.len() <= 6 && text.words.iter().all(|word| listed(&word.text, SMALL_TALK))
}
