//! How shoppers reach the merchant's chat, for the page that waits for their first conversation.

use serde::{Deserialize, Serialize};

/// How conversations come about: in the server's context, and then on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Storefront {
    /// There is the demo's shop.
    Demo,
    /// The merchant's own shop, with these lines of HTML in its pages.
    Tag(String),
}
