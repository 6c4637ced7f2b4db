//! The paths of the pages.

use crate::address::encoded;

/// Settings → Integrations.
pub const INTEGRATIONS: &str = "/settings/integrations";
/// All handovers.
pub const HANDOVERS: &str = "/settings/integrations/handovers";
/// Settings → Notifications.
pub const NOTIFICATIONS: &str = "/settings/notifications";
/// The conversations. Each conversation has its own page below this path.
pub const CONVERSATIONS: &str = "/conversations";
/// Train → Abilities.
pub const ABILITIES: &str = "/train/abilities";
/// The language choice.
pub const LANGUAGE: &str = "/language";
/// The theme choice.
pub const THEME: &str = "/theme";
/// Common issues.
pub const HELP: &str = "/help";
/// Ends the session.
pub const SIGN_OUT: &str = "/sign-out";
/// The sign-in page.
pub const SIGN_IN: &str = "/sign-in";

/// Returns the path of a conversation's page.
pub fn conversation_path(id: &str) -> String {
    format!("{CONVERSATIONS}/{}", encoded(id))
}
