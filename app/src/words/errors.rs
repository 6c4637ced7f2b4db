//! Sentences about errors.

use crate::model::{CallError, FieldError};
use crate::text::{of, said, sentence};
use domain::Said;

/// Returns an error's sentence. It does not build a [`Said`], because that would add code that every panel waits for.
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

/// Translates the errors of fields.
pub fn field_errors(errors: Vec<FieldError>) -> Vec<FieldError> {
    let say = |FieldError { field, message, code, args }: FieldError| {
        FieldError::new(field, Said::plain(sentence(&message, code.as_deref(), &args)))
    };
    errors.into_iter().map(say).collect()
}
