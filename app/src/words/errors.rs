//! What the screen says about errors.

use crate::model::{CallError, FieldError};
use crate::text::translated;

/// What an error says.
pub fn error(error: &CallError) -> String {
    translated(&error.to_string())
}

/// Errors of fields, which are English on the wire.
pub fn field_errors(errors: Vec<FieldError>) -> Vec<FieldError> {
    let say = |error: FieldError| FieldError { message: translated(&error.message), ..error };
    errors.into_iter().map(say).collect()
}
