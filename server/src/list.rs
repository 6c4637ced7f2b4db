//! Settings with several values.

use app::model::pasted;

/// Returns the values between commas, without surrounding spaces.
pub(crate) fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(pasted::trim).filter(|part| !part.is_empty())
}
