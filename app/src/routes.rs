//! The paths of the screen's pages.

use crate::address::encoded;

/// The page of the helpdesks.
pub const INTEGRATIONS: &str = "/settings/integrations";
/// The page of all handovers.
pub const HANDOVERS: &str = "/settings/integrations/handovers";
/// The page of the team's address.
pub const NOTIFICATIONS: &str = "/settings/notifications";
/// The page of the conversations; each conversation has its own page below this path.
pub const CONVERSATIONS: &str = "/conversations";
/// The page of what the assistant does by itself.
pub const ABILITIES: &str = "/train/abilities";
/// Where the language is chosen.
pub const LANGUAGE: &str = "/language";
/// Where one signs in.
pub const SIGN_IN: &str = "/sign-in";

/// The page of one conversation.
pub fn conversation_path(id: &str) -> String {
    format!("{CONVERSATIONS}/{}", encoded(id))
}
