//! The pages, one file or folder each.

mod integrations;
mod not_found;
mod notifications;
pub mod sign_in;

pub use integrations::IntegrationsPage;
pub use not_found::NotFoundPage;
pub use notifications::NotificationsPage;
pub use sign_in::SignInPage;
