//! `openapi`: prints the document; `docs/openapi.json` is a copy of it.

use super::{CommandError, output};
use crate::http::openapi;
use anyhow::Context;

/// Prints the document.
pub fn run() -> Result<(), CommandError> {
    output::line(openapi::document().context("the document could not be serialized")?.trim_end())
}
