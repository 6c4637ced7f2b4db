//! Where the team is told.

use super::EmailAddress;
use serde::{Deserialize, Serialize};

/// Settings → Notifications, as read and as answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Notifications {
    /// The team's address; none: nobody is mailed.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>))]
    pub email: Option<EmailAddress>,
    /// Minutes without a ticket after which the team is mailed again, 1 to 1440; none: never.
    #[cfg_attr(feature = "ssr", schema(minimum = 1, maximum = 1440))]
    pub no_ticket_after_minutes: Option<u32>,
}

impl Default for Notifications {
    /// As it is for a merchant who has set nothing.
    fn default() -> Self {
        Self { email: None, no_ticket_after_minutes: Some(15) }
    }
}
