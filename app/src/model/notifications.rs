//! The notifications of the team.

use super::EmailAddress;
use serde::{Deserialize, Serialize};

/// Settings → Notifications.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Notifications {
    /// The team's email address. `null` if the team gets no emails.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>))]
    pub email: Option<EmailAddress>,
    /// Minutes without a ticket after which the team is emailed again, 1 to 1440. `null`: never.
    #[cfg_attr(feature = "ssr", schema(minimum = 1, maximum = 1440))]
    pub no_ticket_after_minutes: Option<u32>,
}

impl Default for Notifications {
    /// The settings of a merchant who has not changed them.
    fn default() -> Self {
        Self { email: None, no_ticket_after_minutes: Some(15) }
    }
}
