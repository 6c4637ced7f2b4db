//! Values that were parsed once at the edge and are trusted from then on, and the views that the screen shows.

pub mod ability;
pub mod call;
pub mod connection;
pub mod conversation;
pub mod day;
pub mod handover;
pub mod history;
pub mod notifications;
pub mod outage;
pub mod verification;
pub mod viewer;

pub use ability::{Abilities, EmailCapture, Faq, HandoverAbility, Readiness, Sensitivity, Trial};
pub use call::CallError;
pub use connection::{
    ConnectionChange, ConnectionForm, ConnectionState, FieldLook, FieldText, HelpdeskLook, Integration,
    MethodLook, MethodText, Rotated, SaveOutcome, ShownSecret, TeamList, next_receiver,
};
pub use conversation::{
    ChatAuthor, ChatMessage, ConversationItem, ConversationPage, ConversationQuery, ConversationState,
    ConversationView, ShopperPresence,
};
pub use day::Day;
pub use domain::{
    ApiKey, DeliveryState, Destination, EmailAddress, FieldError, Helpdesk, Problem, Subdomain, TestFailure,
    TestOutcome, TriggerKind, Username, Warning,
    helpdesk::{AccessMethod, Takes, UserKind},
    pasted,
};
pub use handover::{DeliveryView, HandoverPage, HandoverQuery, HandoverView, Progress, Resolution};
pub use history::{Attempt, AttemptKind, Attempts, DayCount, Ending, History, ProgressCounts};
pub use notifications::Notifications;
pub use outage::{Outage, Renewal};
pub use verification::{StepReport, TEST_CUSTOMER, TEST_TAG, Verification, VerificationStep};
pub use viewer::{Role, Viewer};
