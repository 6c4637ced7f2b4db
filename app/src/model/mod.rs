//! Values that were parsed once at the edge and are then trusted, and the views the screen shows.

pub mod ability;
pub mod api_key;
pub mod call;
pub mod connection;
pub mod conversation;
pub mod day;
pub mod email;
pub mod handover;
pub mod helpdesk;
pub mod history;
pub mod notifications;
pub mod pasted;
pub mod subdomain;
pub mod verification;
pub mod viewer;

pub use ability::{Abilities, EmailCapture, Faq, HandoverAbility, Readiness, Sensitivity, Trial};
pub use api_key::ApiKey;
pub use call::{CallError, FieldError};
pub use connection::{
    ConnectionChange, ConnectionForm, ConnectionState, Integration, Problem, SaveOutcome, TestOutcome,
    Warning,
};
pub use conversation::{
    ChatAuthor, ChatMessage, ConversationItem, ConversationPage, ConversationQuery, ConversationState,
    ConversationView,
};
pub use day::Day;
pub use email::EmailAddress;
pub use handover::{
    DeliveryState, DeliveryView, Destination, HandoverPage, HandoverQuery, HandoverView, Resolution,
    TriggerKind,
};
pub use helpdesk::Helpdesk;
pub use history::{Attempt, AttemptKind, Attempts, DayCount, Ending, History};
pub use notifications::Notifications;
pub use subdomain::Subdomain;
pub use verification::{StepReport, TEST_CUSTOMER, TEST_TAG, Verification, VerificationStep};
pub use viewer::{Role, Viewer};
