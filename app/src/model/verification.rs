//! "Verifying it works": what came of a test handover, step by step.

use super::Problem;
use crate::text::later;
use domain::{Args, Said};
use serde::{Deserialize, Serialize};

/// The customer of a test handover. Nobody reads there: `example.com` takes no mail.
pub const TEST_CUSTOMER: &str = "convi-test@example.com";
/// The tag of a test handover's ticket, in place of the one that real handovers carry.
pub const TEST_TAG: &str = "convi-test";

/// A step of a test handover, in the order in which they are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum VerificationStep {
    /// The ticket is made, as a handover's is.
    Create,
    /// It is read back.
    Read,
    /// The whole transcript is in it, as it was sent.
    Transcript,
    /// It belongs to the customer it was sent for.
    Customer,
    /// It carries its tag.
    Tag,
    /// It is closed.
    Close,
}

impl VerificationStep {
    /// For people.
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

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct StepReport {
    /// Which.
    pub step: VerificationStep,
    /// Whether it went well.
    pub ok: bool,
    /// How long it took, waiting for the account's budget included. What needs no request takes none.
    pub milliseconds: u64,
    /// What is wrong and what to do, or worth knowing of one that went well.
    pub message: Option<String>,
    /// The message's code, which never changes.
    #[serde(default)]
    pub code: Option<String>,
    /// The message's arguments.
    #[serde(default)]
    pub args: Args,
}

impl StepReport {
    /// A step that ended so, with what there is to say about it.
    pub fn new(step: VerificationStep, ok: bool, milliseconds: u64, said: Option<Said>) -> Self {
        let (message, code, args) = Said::parts_of(said);
        Self { step, ok, milliseconds, message, code, args }
    }
}

/// What came of a test handover.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Verification {
    /// Every step went well.
    pub ok: bool,
    /// The steps that were taken; those after one that all depend on are missing.
    pub steps: Vec<StepReport>,
    /// What is wrong with the connection, if a step showed it.
    pub problem: Option<Problem>,
    /// The ticket, once it is known.
    pub ticket_id: Option<i64>,
    /// Its page for an agent.
    pub ticket_url: Option<String>,
}
