//! What is wrong with a field.

use serde::{Deserialize, Serialize};

/// One thing that is wrong with one field, with the mend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// The field's name on the wire, with dots and indices when it is nested: `conversation.messages[2].text`.
    pub field: String,
    /// A sentence for a person.
    pub message: String,
}

impl FieldError {
    /// An error on a field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}
