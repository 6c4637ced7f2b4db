//! Train → Abilities: what the assistant does on its own.

use crate::text::later;
use domain::Args;
use serde::{Deserialize, Serialize};

/// The ability `Handover to human`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandoverAbility {
    /// If `false`, nothing is handed over automatically; `Hand over` still works.
    pub active: bool,
    /// Hand over when the shopper asks for a person.
    pub asked_for_human: bool,
    /// Hand over when the shopper is angry or repeats a question.
    pub frustrated: bool,
    /// Hand over when one of `topics` comes up.
    pub topic: bool,
    /// Hand over when the assistant has no answer.
    pub no_answer: bool,
    /// Words and phrases: at most 50, each of at most 60 characters.
    pub topics: Vec<String>,
    /// How else the shop can be reached, for shoppers who ask for a person but are not handed over: one line of at most 200
    /// characters.
    #[serde(default)]
    pub contact: Option<String>,
}

impl Default for HandoverAbility {
    /// Active for shoppers who ask for a person, are frustrated or mention a topic.
    fn default() -> Self {
        Self {
            active: true,
            asked_for_human: true,
            frustrated: true,
            topic: true,
            no_answer: false,
            topics: Vec::new(),
            contact: None,
        }
    }
}

/// How early an address is asked for.
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
    /// Every level, in display order.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// Returns the label on screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::Low => later("Low"),
            Self::Medium => later("Medium"),
            Self::High => later("High"),
        }
    }

    /// Returns a sentence that explains the level.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Low => later("Asks for an email address only when the conversation is handed over."),
            Self::Medium => later("Asks when the conversation turns to an order or an account."),
            Self::High => later("Asks after the shopper's first message."),
        }
    }
}

/// The ability `Email capture`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailCapture {
    /// If `false`, shoppers are not asked for an address. One that is typed is still saved.
    pub active: bool,
    /// When to ask.
    pub sensitivity: Sensitivity,
    /// The shop's own addresses and domains, never treated as a shopper's. At most 50.
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
    /// The question as a shopper would ask it. Several wordings, each with its own question mark, are welcome.
    pub question: String,
    /// The answer.
    pub answer: String,
}

/// A merchant's abilities, with how often they were used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abilities {
    /// Handover to human.
    pub handover: HandoverAbility,
    /// How many conversations it handed over.
    pub handover_uses: u64,
    /// Email capture.
    pub email_capture: EmailCapture,
    /// How many addresses it collected.
    pub email_uses: u64,
    /// The questions and answers of the built-in assistant, at most 200.
    pub faqs: Vec<Faq>,
}

/// What would happen to a sentence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Why it would be handed over: `asked_for_human`, `angry`, `repeated_question`, `topic` or `no_answer`. `None`: it
    /// would not be.
    pub reason: Option<String>,
    /// From 0.0 to 1.0.
    pub confidence: f32,
    /// The words that decided it.
    pub why: Vec<String>,
    /// The assistant's answer, if the sentence is not handed over.
    pub answer: Option<String>,
}

/// A line of the checklist `Ready for handovers`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    /// A stable name: `helpdesk`, `role`, `handover_ability`, `email_capture`, `team_email`, `credentials_end` or
    /// `auto_merge`.
    pub kind: String,
    /// Whether this line is ready.
    pub ready: bool,
    /// A sentence: what is ready, or what is missing and what that means.
    pub message: String,
    /// The sentence's stable code.
    #[serde(default)]
    pub code: Option<String>,
    /// The sentence's arguments.
    #[serde(default)]
    pub args: Args,
    /// Where to fix it: a page of ours, or the helpdesk's.
    pub link: Option<String>,
    /// The link's text.
    pub link_label: Option<String>,
}
