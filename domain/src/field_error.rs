//! An error in one field.

use crate::{Args, Said};
use serde::{Deserialize, Serialize};

/// What is wrong with one field and how to fix it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// The field's name on the wire, with dots and indices if nested: `conversation.messages[2].text`.
    pub field: String,
    /// The English sentence.
    pub message: String,
    /// The sentence's code, which never changes.
    #[serde(default)]
    pub code: Option<String>,
    /// The sentence's arguments.
    #[serde(default)]
    pub args: Args,
}

impl FieldError {
    /// Creates an error for a field.
    pub fn new(field: impl Into<String>, said: impl Into<Said>) -> Self {
        let (message, code, args) = said.into().parts();
        Self { field: field.into(), message, code, args }
    }
}
