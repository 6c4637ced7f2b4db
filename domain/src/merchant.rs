//! The format of merchant ids. There is no registry of merchants.

use crate::sentences;

sentences! {
    pub MERCHANT_ID_RULE = "merchant.id": "This must be 1 to 64 letters, digits, hyphens or underscores.";
}

/// Returns whether the text matches `[A-Za-z0-9_-]{1,64}`.
pub fn is_merchant_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
