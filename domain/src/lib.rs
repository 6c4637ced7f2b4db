//! The domain: what a handover is, what can happen to it, and how it reads as a ticket.
//!
//! Plain types and pure rules. Nothing here performs I/O; time and randomness are parameters. The browser's module uses
//! only the plain types; everything else needs the feature `server`.

pub mod api_key;
mod delivery_state;
mod destination;
pub mod email;
mod field_error;
pub mod helpdesk;
pub mod pasted;
pub mod routing;
pub mod said;
pub mod subdomain;
mod test_outcome;
mod trigger_kind;
pub mod username;

#[cfg(feature = "server")]
pub mod account;
#[cfg(feature = "server")]
pub mod addition;
#[cfg(feature = "server")]
pub mod answer;
#[cfg(feature = "server")]
pub mod clock;
#[cfg(feature = "server")]
pub mod delivery;
#[cfg(feature = "server")]
pub mod event;
#[cfg(feature = "server")]
pub mod handover;
#[cfg(feature = "server")]
pub mod merchant;
#[cfg(feature = "server")]
pub mod text;
#[cfg(feature = "server")]
pub mod ticket;

pub use api_key::ApiKey;
pub use delivery_state::DeliveryState;
pub use destination::Destination;
pub use email::EmailAddress;
pub use field_error::FieldError;
pub use helpdesk::Helpdesk;
pub use routing::{DeskTeam, Priority, Routing, TeamId, TicketRoute};
pub use said::{Args, Said, Sentence};
pub use subdomain::Subdomain;
pub use test_outcome::{Problem, TestFailure, TestOutcome, Warning};
pub use trigger_kind::TriggerKind;
pub use username::Username;
