//! The index of what was said (`migrations/0004_search.sql`): it says where words may stand, the words themselves
//! decide.

use crate::store::Stored;
use domain::text::{composed, decomposed};
use sqlx::{Row, SqlitePool};

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
pub async fn candidates(pool: &SqlitePool, merchant: &str, spellings: &[String]) -> Stored<Candidates> {
    if spellings.iter().any(|search| search.chars().count() < SHORTEST) {
        return Ok(Candidates::Unknown);
    }
    let row = sqlx::query("SELECT number FROM search_merchant WHERE merchant = ?")
        .bind(merchant)
        .fetch_optional(pool)
        .await?;
    // Whoever has none has never had a conversation.
    let Some(row) = row else { return Ok(Candidates::Few(Vec::new())) };
    let number: i64 = row.try_get("number")?;
    let rows = sqlx::query(
        "SELECT DISTINCT conversation FROM search CROSS JOIN search_entry ON id = search.rowid
         WHERE search MATCH ? AND search.rowid > ? AND search.rowid < ? LIMIT ?",
    )
    // As phrases, in which only a quotation mark is a sign.
    .bind(
        spellings
            .iter()
            .map(|it| format!("\"{}\"", it.replace('"', "\"\"")))
            .collect::<Vec<_>>()
            .join(" OR "),
    )
    .bind(number << 32)
    .bind((number + 1) << 32)
    .bind(i64::try_from(FEW + 1).unwrap_or(i64::MAX))
    .fetch_all(pool)
    .await?;
    if rows.len() > FEW {
        return Ok(Candidates::Unknown);
    }
    let ids = rows.iter().map(|row| Ok(row.try_get("conversation")?));
    Ok(Candidates::Few(ids.collect::<Stored<_>>()?))
}
