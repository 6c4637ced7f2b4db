//! What the screen says about errors.

use crate::model::{CallError, FieldError};
use crate::text::{said, sentence};
use domain::Said;

/// What an error says.
pub fn error(error: &CallError) -> String {
    said(&error.said())
}

/// Errors of fields in the reader's language.
pub fn field_errors(errors: Vec<FieldError>) -> Vec<FieldError> {
    let say = |FieldError { field, message, code, args }: FieldError| {
        FieldError::new(field, Said::plain(sentence(&message, code.as_deref(), &args)))
    };
    errors.into_iter().map(say).collect()
}
