//! What the screen says, in a shop owner's words: a file an area. Plain functions, so that a test reads every sentence
//! without a browser.

mod abilities;
mod connections;
mod conversations;
mod deliveries;
mod errors;
mod handovers;
mod plain;
#[cfg(test)]
mod samples;

pub use abilities::{confidence, email_uses, handover_uses, trial};
pub use connections::{backlog, change, held, is_backlog, lost_by_disconnecting, send_unsent, sent};
pub use conversations::{author, conversation_tone, conversations_arrived, visitor};
pub use deliveries::{delivery, duplicates, next_time, second_way, trouble};
pub use errors::{error, field_errors};
pub use handovers::{
    TRANSCRIPT_REMOVED, arrived, handed_over, handovers, main_delivery, retried, shopper, subject, trigger,
};
pub use plain::{lines, plain, utc, web_address};

/// How a thing stands: chooses the colour and the icon of a badge, never the only sign of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Done, working.
    Good,
    /// Under way.
    Busy,
    /// Somebody should look.
    Attention,
    /// It did not work.
    Bad,
    /// Nothing to say.
    Quiet,
}
