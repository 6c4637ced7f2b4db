//! Settings that hold several values.

use app::model::pasted;

/// The values between commas, without the spaces around them.
pub(crate) fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(pasted::trim).filter(|part| !part.is_empty())
}
