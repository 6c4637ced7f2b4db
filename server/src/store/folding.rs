//! Text as it is stored for searching: in lower case and composed, so that `é` is found however it was typed.

use domain::text::{composed, decomposed};

/// Returns the stored form of a text.
pub(super) fn folded(text: &str) -> String {
    composed(&text.to_lowercase()).into_owned()
}

/// Returns the forms in which a search text may be stored: [`folded`], and decomposed, as older programs stored it.
pub(super) fn spellings(search: &str) -> Vec<String> {
    let folded = folded(search);
    let decomposed = decomposed(&folded).into_owned();
    if decomposed == folded { vec![folded] } else { vec![folded, decomposed] }
}
