//! `purge`: erases a merchant.

use super::{
    CommandError, beside,
    output::{self, counted},
};
use crate::{application, config::Config};
use anyhow::Context;
use domain::{clock::World, merchant};

/// Erases everything of the merchant: handovers and conversations with their transcripts, connections with their keys,
/// settings, sessions and email files. Works while the server runs. It cannot be undone, and changes nothing in the
/// merchant's helpdesk.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The merchant's id.
    #[arg(long, value_parser = merchant_id)]
    merchant: String,
}

fn merchant_id(text: &str) -> Result<String, String> {
    if merchant::is_merchant_id(text) {
        Ok(text.to_owned())
    } else {
        Err(merchant::MERCHANT_ID_RULE.english.to_owned())
    }
}

/// Erases the merchant and prints what was erased.
pub async fn run(arguments: Arguments, config: &Config, world: &World) -> Result<(), CommandError> {
    let store = beside::open(config).await?;
    // It sends nothing, so the sender's host does not matter.
    let mailer = application::mailer(config, "", world)?;
    let erased = store.erase_merchant(&arguments.merchant).await.context("the database failed")?;
    for id in &erased.mails {
        mailer.forget(id).await.context("cannot remove a mail's file")?;
    }
    let rows: u64 = erased.rows.iter().map(|(_, rows)| rows).sum();
    for (table, rows) in erased.rows.iter().filter(|(_, rows)| *rows > 0) {
        output::line(format_args!("{table}: {}", counted(*rows, "row")))?;
    }
    output::line(format_args!("{} erased: {}", arguments.merchant, counted(rows, "row")))
}
