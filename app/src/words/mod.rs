//! The screen's sentences in a shop owner's words, one file per area. They are plain functions, so that tests check
//! every sentence without a browser.

mod abilities;
mod connections;
mod conversations;
mod deliveries;
mod errors;
mod handovers;
mod issues;
mod outages;
mod plain;
#[cfg(test)]
mod samples;

pub use abilities::{confidence, email_uses, handover_uses, trial};
pub use connections::{
    backlog, change, held, is_backlog, lost_by_disconnecting, move_waiting, send_unsent, sent,
};
pub use conversations::{
    author, conversation_subject, conversation_tone, conversations_arrived, presence, visitor,
};
pub use deliveries::{delivery, duplicates, next_time, second_way, trouble};
pub use errors::{error, field_errors};
pub use handovers::{
    TRANSCRIPT_REMOVED, arrived, handed_over, handovers, main_delivery, retried, shopper, subject, trigger,
};
pub use issues::{Issue, connection_issues, ticket_issues};
pub use outages::{outage, outage_held, outages_beside_link};
pub use plain::{lines, plain, utc, web_address};

/// The mood of a badge. It chooses the colour and icon, but is never the only sign of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Done or working.
    Good,
    /// In progress.
    Busy,
    /// Needs attention.
    Attention,
    /// Failed.
    Bad,
    /// Neutral.
    Quiet,
}
