//! `openapi`: prints the document that `docs/openapi.json` is a copy of.

use super::{CommandError, output};
use crate::http::openapi;
use anyhow::Context;

/// Prints it.
pub fn run() -> Result<(), CommandError> {
    output::line(openapi::document().context("the document is no JSON")?.trim_end())
}
