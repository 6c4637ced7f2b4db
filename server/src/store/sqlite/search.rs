//! The index of what was said (`migrations/0004_search.sql`): it says where words may stand, the words themselves
//! decide.

use super::sql::{Sql, SqliteConnection, params};
use crate::store::Stored;
use domain::text::{composed, decomposed};

/// More conversations than these make a word common: whoever walks through the newest ones has a page of them sooner.
const FEW: usize = 1_000;
/// The index knows three letters in a row, and nothing shorter.
const SHORTEST: usize = 3;

/// Where something may stand.
pub enum Candidates {
    /// Only in these conversations.
    Few(Vec<String>),
    /// In too many to name, or nobody knows.
    Unknown,
}

/// A text as it is stored to be searched: in lower case and composed, so that an `é` is found however it was typed.
pub fn folded(text: &str) -> String {
    composed(&text.to_lowercase()).into_owned()
}

/// What somebody looks for as it may be stored: [`folded`], and decomposed as older programs stored what was sent so.
pub fn spellings(search: &str) -> Vec<String> {
    let folded = folded(search);
    let decomposed = decomposed(&folded).into_owned();
    if decomposed == folded { vec![folded] } else { vec![folded, decomposed] }
}

/// A merchant's conversations in which one of these [`spellings`] may stand.
pub fn candidates(db: &SqliteConnection, merchant: &str, spellings: &[String]) -> Stored<Candidates> {
    if spellings.iter().any(|search| search.chars().count() < SHORTEST) {
        return Ok(Candidates::Unknown);
    }
    let number = db.first("SELECT number FROM search_merchant WHERE merchant = ?", [merchant], |row| {
        row.get::<i64>("number")
    })?;
    // Whoever has none has never had a conversation.
    let Some(number) = number else { return Ok(Candidates::Few(Vec::new())) };
    // As phrases, in which only a quotation mark is a sign.
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
