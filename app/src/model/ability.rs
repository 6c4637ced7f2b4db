//! Train → Abilities: what the assistant may do by itself.

use crate::text::later;
use domain::Args;
use serde::{Deserialize, Serialize};

/// The ability `Handover to human`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandoverAbility {
    /// Without it nothing is handed over automatically; `Hand over` still works.
    pub active: bool,
    /// When the shopper asks for a person.
    pub asked_for_human: bool,
    /// When the shopper is angry or repeats the question.
    pub frustrated: bool,
    /// When one of `topics` comes up.
    pub topic: bool,
    /// When the assistant has no answer.
    pub no_answer: bool,
    /// Words and phrases, at most 50 of at most 60 characters.
    pub topics: Vec<String>,
}

impl Default for HandoverAbility {
    /// As it starts: active, for whoever asks for a person or is left without an answer.
    fn default() -> Self {
        Self {
            active: true,
            asked_for_human: true,
            frustrated: true,
            topic: true,
            no_answer: false,
            topics: Vec::new(),
        }
    }
}

/// How eagerly an address is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// Only when the conversation is handed over.
    Low,
    /// When it turns to an order or an account.
    #[default]
    Medium,
    /// At the first message.
    High,
}

impl Sensitivity {
    /// Every one, in the order of the screen.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// As the screen names it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Low => later("Low"),
            Self::Medium => later("Medium"),
            Self::High => later("High"),
        }
    }

    /// What it does, in a sentence for the screen.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Low => later("Asks for an e-mail only when the conversation is handed over."),
            Self::Medium => later("Asks when the conversation turns to an order or an account."),
            Self::High => later("Asks at the shopper's first message."),
        }
    }
}

/// The ability `Email capture`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailCapture {
    /// Without it nobody is asked for an address; one that is typed is kept all the same.
    pub active: bool,
    /// When to ask.
    pub sensitivity: Sensitivity,
    /// The shop's own addresses and domains, which are never taken for a shopper's; at most 50.
    pub own: Vec<String>,
}

impl Default for EmailCapture {
    fn default() -> Self {
        Self { active: true, sensitivity: Sensitivity::Medium, own: Vec::new() }
    }
}

/// A question that the built-in assistant can answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faq {
    /// As a shopper would ask; several ways, each with its own question mark, are welcome.
    pub question: String,
    /// What is answered.
    pub answer: String,
}

/// A merchant's abilities, with how often they were used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abilities {
    /// Handover to human.
    pub handover: HandoverAbility,
    /// Conversations that it handed over.
    pub handover_uses: u64,
    /// Email capture.
    pub email_capture: EmailCapture,
    /// Addresses that it was given.
    pub email_uses: u64,
    /// What the built-in assistant answers, at most 200.
    pub faqs: Vec<Faq>,
}

/// What would happen to a sentence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Why it would be handed over: `asked_for_human`, `angry`, `repeated_question`, `topic`, `no_answer`; none: it
    /// would not.
    pub reason: Option<String>,
    /// `0.0..=1.0`.
    pub confidence: f32,
    /// What it was decided by, in words.
    pub why: Vec<String>,
    /// What the assistant would answer, if it is not handed over.
    pub answer: Option<String>,
}

/// A line of the checklist `Ready for handovers`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    /// A name for programs: `helpdesk`, `role`, `handover_ability`, `email_capture`, `team_email`, `credentials_end`,
    /// `auto_merge`.
    pub kind: String,
    /// Whether all is well.
    pub ready: bool,
    /// What is, or what is missing and what that means, in a sentence.
    pub message: String,
    /// The sentence's code, which never changes.
    #[serde(default)]
    pub code: Option<String>,
    /// The sentence's arguments.
    #[serde(default)]
    pub args: Args,
    /// Where it is mended: a page of ours, or the helpdesk's.
    pub link: Option<String>,
    /// The link's text.
    pub link_label: Option<String>,
}
