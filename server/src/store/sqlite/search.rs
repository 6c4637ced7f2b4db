//! The search index (`migrations/0004_search.sql`). It only says where words may occur; the stored text decides.
//!
//! It consists of SQLite's trigrams, maintained by triggers, and keeps each merchant's entries together. For a text that
//! is too short or too common, the caller walks through the newest conversations instead.

use super::sql::{Sql, SqliteConnection, params};
use crate::store::Stored;

/// A word in more conversations than these is common: walking through the newest ones fills a page sooner.
const FEW: usize = 1_000;
/// The index holds trigrams, so it cannot find shorter words.
const SHORTEST: usize = 3;

/// Where a text may occur.
pub enum Candidates {
    /// Only in these conversations.
    Few(Vec<String>),
    /// In too many to list, or unknown.
    Unknown,
}

/// Returns a merchant's conversations in which one of these [`spellings`](crate::store::folding::spellings) may occur.
pub fn candidates(db: &SqliteConnection, merchant: &str, spellings: &[String]) -> Stored<Candidates> {
    if spellings.iter().any(|search| search.chars().count() < SHORTEST) {
        return Ok(Candidates::Unknown);
    }
    let number = db.first("SELECT number FROM search_merchant WHERE merchant = ?", [merchant], |row| {
        row.get::<i64>("number")
    })?;
    // A merchant without a number has never had a conversation.
    let Some(number) = number else { return Ok(Candidates::Few(Vec::new())) };
    // As phrases, in which only the quotation mark has a meaning.
    let phrases: Vec<_> = spellings.iter().map(|it| format!("\"{}\"", it.replace('"', "\"\""))).collect();
    let ids = db.all(
        "SELECT DISTINCT conversation FROM search CROSS JOIN search_entry ON id = search.rowid
         WHERE search MATCH ? AND search.rowid > ? AND search.rowid < ? LIMIT ?",
        params![
            phrases.join(" OR "),
            number << 32,
            (number + 1) << 32,
            i64::try_from(FEW + 1).unwrap_or(i64::MAX)
        ],
        |row| row.get("conversation"),
    )?;
    Ok(if ids.len() > FEW { Candidates::Unknown } else { Candidates::Few(ids) })
}
