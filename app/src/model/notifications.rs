//! Where the team is told.

use super::EmailAddress;
use serde::{Deserialize, Serialize};

/// Settings → Notifications, as read and as answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Notifications {
    /// The team's address; none: nobody is mailed.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>))]
    pub email: Option<EmailAddress>,
}
