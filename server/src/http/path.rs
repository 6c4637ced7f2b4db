//! The variable part of a path.

use super::ProblemDetails;
use axum::{
    RequestPartsExt,
    extract::{FromRequestParts, Path},
};
use http::request::Parts;

/// The part of the path that names something. An unreadable part is a 404.
pub struct Named(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = ProblemDetails;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ProblemDetails> {
        let Path(name) = parts.extract::<Path<String>>().await.map_err(|_| ProblemDetails::not_found())?;
        Ok(Self(name))
    }
}
