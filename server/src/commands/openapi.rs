//! `openapi`: prints the document that `docs/openapi.json` is a copy of.

use super::CommandError;
use crate::http::openapi;
use anyhow::Context;

/// Prints it.
pub fn run() -> Result<(), CommandError> {
    print!("{}", openapi::document().context("the document is no JSON")?);
    Ok(())
}
