//! The pages, one file or folder each.

mod abilities;
#[cfg(feature = "ssr")]
pub mod components;
mod conversation;
mod conversations;
pub(crate) mod handovers;
mod help;
pub(crate) mod integrations;
mod not_found;
mod notifications;
pub mod sign_in;

pub use abilities::AbilitiesPage;
pub use conversation::ConversationPage;
pub use conversations::ConversationsPage;
pub use handovers::HandoversPage;
pub use help::HelpPage;
pub use integrations::IntegrationsPage;
pub use not_found::NotFoundPage;
pub use notifications::NotificationsPage;
pub use sign_in::SignInPage;
