//! The result of a test handover, step by step.

use super::Problem;
use crate::text::later;
use domain::{Args, Said};
use serde::{Deserialize, Serialize};

/// The customer of a test handover. `example.com` accepts no email, so no one receives any.
pub const TEST_CUSTOMER: &str = "convi-test@example.com";
/// The tag of a test handover's ticket, in place of the tag of real handovers.
pub const TEST_TAG: &str = "convi-test";

/// A step of a test handover, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum VerificationStep {
    /// The ticket is created, like a handover's.
    Create,
    /// The ticket is read back.
    Read,
    /// The ticket contains the whole transcript as sent.
    Transcript,
    /// The ticket belongs to the right customer.
    Customer,
    /// The ticket has its tag.
    Tag,
    /// The ticket is closed.
    Close,
}

impl VerificationStep {
    /// Every step, in order.
    pub const ALL: [Self; 6] =
        [Self::Create, Self::Read, Self::Transcript, Self::Customer, Self::Tag, Self::Close];

    /// Returns the label on screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::Create => later("Create a ticket"),
            Self::Read => later("Read the ticket back"),
            Self::Transcript => later("Check the transcript"),
            Self::Customer => later("Check the customer"),
            Self::Tag => later("Check the tag"),
            Self::Close => later("Close the ticket"),
        }
    }
}

/// The result of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct StepReport {
    /// The step.
    pub step: VerificationStep,
    /// Whether it succeeded.
    pub ok: bool,
    /// How long it took, including the wait for the account's budget. A step without a request takes no time.
    pub milliseconds: u64,
    /// What is wrong and what to do, or a remark about a step that succeeded.
    pub message: Option<String>,
    /// The message's stable code.
    #[serde(default)]
    pub code: Option<String>,
    /// The message's arguments.
    #[serde(default)]
    pub args: Args,
}

impl StepReport {
    /// Returns a step's result, with its message if there is one.
    pub fn new(step: VerificationStep, ok: bool, milliseconds: u64, said: Option<Said>) -> Self {
        let (message, code, args) = Said::parts_of(said);
        Self { step, ok, milliseconds, message, code, args }
    }
}

/// The result of a test handover.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Verification {
    /// Whether every step succeeded.
    pub ok: bool,
    /// The steps taken. If a step fails that all later ones depend on, those are missing.
    pub steps: Vec<StepReport>,
    /// What is wrong with the connection, if a step revealed it.
    pub problem: Option<Problem>,
    /// The ticket's number, once known.
    pub ticket_id: Option<i64>,
    /// The ticket's page for agents.
    pub ticket_url: Option<String>,
}
