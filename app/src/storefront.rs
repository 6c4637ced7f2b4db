//! How shoppers reach the merchant's chat. The Conversations page explains it while there are none.

use serde::{Deserialize, Serialize};

/// Where conversations come from. Provided in the server's context, then on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Storefront {
    /// The demo shop.
    Demo,
    /// The merchant's own shop, with these lines of HTML in its pages.
    Tag(String),
}
