//! What the screen says about errors.

use crate::model::{CallError, FieldError};
use crate::text::{of, said, sentence};
use domain::Said;

/// What an error says. Not by its [`Said`], which would be copied for it: every panel waits for this code.
pub fn error(error: &CallError) -> String {
    match error {
        CallError::Fields { errors } if !errors.is_empty() => {
            let FieldError { message, code, args, .. } = &errors[0];
            sentence(message, code.as_deref(), args)
        }
        CallError::Conflict(why) => said(why),
        other => {
            let (sentence, number) = other.sentence();
            let (hole, number) = number.unwrap_or_default();
            of(sentence, &[(hole, &number.to_string())])
        }
    }
}

/// Errors of fields in the reader's language.
pub fn field_errors(errors: Vec<FieldError>) -> Vec<FieldError> {
    let say = |FieldError { field, message, code, args }: FieldError| {
        FieldError::new(field, Said::plain(sentence(&message, code.as_deref(), &args)))
    };
    errors.into_iter().map(say).collect()
}
