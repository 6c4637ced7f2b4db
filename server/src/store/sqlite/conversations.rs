//! Conversations in SQLite.

use super::{
    SqliteStore,
    search::{self, Candidates},
    sql::{Query, Sql, SqliteConnection, params},
    writer::ready,
};
use crate::store::{
    Stored,
    conversations::{
        AbilityRow, Conversation, ConversationChange, ConversationFilter, ConversationStore, Turn, Uses,
        Visitor,
    },
    folding::{folded, spellings},
    rows::{ability, conversation, to_json, turn, visitor},
    rules,
    tx::ConversationTx,
};
use app::model::EmailAddress;

#[async_trait::async_trait]
impl ConversationStore for SqliteStore {
    async fn conversation(&self, merchant: &str, id: &str) -> Stored<Option<Conversation>> {
        let (merchant, id) = (merchant.to_owned(), id.to_owned());
        let sql = "SELECT * FROM conversation WHERE id = ? AND merchant = ?";
        self.read_few(move |db| db.first(sql, [id, merchant], |row| conversation(row))).await
    }

    async fn turns(&self, id: &str, after: i64) -> Stored<Vec<Turn>> {
        let id = id.to_owned();
        let sql = "SELECT * FROM message WHERE conversation = ? AND number > ? ORDER BY number";
        let read = move |db: &SqliteConnection| db.all(sql, params![id, after], |row| turn(row));
        // From the beginning there may be thousands; an open chat only asks for what is new.
        if after == 0 { self.read(read).await } else { self.read_few(read).await }
    }

    async fn last_turns(&self, id: &str, most: u32) -> Stored<Vec<Turn>> {
        let id = id.to_owned();
        let sql = "SELECT * FROM message WHERE conversation = ? ORDER BY number DESC LIMIT ?";
        self.read(move |db| {
            let mut turns = db.all(sql, params![id, most], |row| turn(row))?;
            turns.reverse();
            Ok(turns)
        })
        .await
    }

    async fn number_of(&self, id: &str, key: &str) -> Stored<Option<i64>> {
        let (id, key) = (id.to_owned(), key.to_owned());
        let sql = "SELECT number FROM message WHERE conversation = ? AND key = ?";
        self.read_few(move |db| db.first(sql, [id, key], |row| row.get("number"))).await
    }

    async fn conversations(&self, merchant: &str, filter: &ConversationFilter) -> Stored<Vec<Conversation>> {
        let (merchant, filter) = (merchant.to_owned(), filter.clone());
        self.read(move |db| match found(db, &merchant, &filter)? {
            Some(query) => query.all(db, |row| conversation(row)),
            None => Ok(Vec::new()),
        })
        .await
    }

    async fn change(&self, change: &ConversationChange) -> Stored<bool> {
        let change = change.clone();
        let merchant = change.conversation.merchant.clone();
        self.write_of(&merchant, move |tx| ready(rules::conversation::change(tx, &change))).await
    }

    async fn visitor_key(&self) -> Stored<Vec<u8>> {
        self.read(|db| db.one("SELECT key FROM visitor_key", [], |row| row.get("key"))).await
    }

    async fn keep_visitor(&self, visitor: &Visitor, conversation: &str) -> Stored<String> {
        let (visitor, conversation) = (visitor.clone(), conversation.to_owned());
        // A visitor keeps the conversation that they have: if two begin at once, only one becomes the visitor's.
        let sql = "INSERT INTO visitor (token, merchant, conversation, created_at, seen_at) VALUES (?1, ?2, ?3, ?4, ?4)
             ON CONFLICT (token) DO UPDATE SET
                 conversation = COALESCE(conversation, excluded.conversation), seen_at = excluded.seen_at
             RETURNING conversation";
        self.write_unlisted(move |tx| {
            let Visitor { token, merchant, seen_at, .. } = visitor;
            tx.one(sql, params![token, merchant, conversation, seen_at], |row| row.get("conversation"))
        })
        .await
    }

    async fn visitor(&self, token: &[u8; 32]) -> Stored<Option<Visitor>> {
        let token = *token;
        self.read_few(move |db| {
            db.first("SELECT * FROM visitor WHERE token = ?", [token], |row| visitor(row, token))
        })
        .await
    }

    async fn touch_visitor(&self, visitor: &Visitor) -> Stored<()> {
        let (token, seen_at) = (visitor.token, visitor.seen_at);
        let sql = "UPDATE visitor SET seen_at = ? WHERE token = ?";
        self.write_unlisted(move |tx| tx.run(sql, params![seen_at, token])).await?;
        Ok(())
    }

    async fn ability(&self, merchant: &str) -> Stored<AbilityRow> {
        let merchant = merchant.to_owned();
        let sql = "SELECT * FROM ability WHERE merchant = ?";
        let row = self.read_few(move |db| db.first(sql, [&merchant], |row| ability(row, &merchant)));
        Ok(row.await?.unwrap_or_default())
    }

    async fn save_ability(&self, merchant: &str, row: &AbilityRow) -> Stored<()> {
        let merchant = merchant.to_owned();
        let (handover, email_capture, faqs) =
            (to_json(&row.handover)?, to_json(&row.email_capture)?, to_json(&row.faqs)?);
        let sql = "INSERT INTO ability (merchant, handover, email_capture, faqs) VALUES (?, ?, ?, ?)
             ON CONFLICT (merchant) DO UPDATE SET
                 handover = excluded.handover, email_capture = excluded.email_capture, faqs = excluded.faqs";
        self.write(move |tx| tx.run(sql, [merchant, handover, email_capture, faqs])).await?;
        Ok(())
    }
}

/// Builds the query for a page of matching conversations, or `None` if nothing can match.
fn found(db: &SqliteConnection, merchant: &str, filter: &ConversationFilter) -> Stored<Option<Query>> {
    let mut query = Query::new("SELECT * FROM conversation WHERE merchant = ");
    query.push_text(merchant);
    if let Some(search) = &filter.search {
        let spellings = spellings(search);
        match search::candidates(db, merchant, &spellings)? {
            Candidates::Few(ids) if ids.is_empty() => return Ok(None),
            Candidates::Few(ids) => {
                // The plus keeps SQLite from walking all of the merchant's conversations instead.
                query = Query::new("SELECT * FROM conversation WHERE +merchant = ");
                query.push_text(merchant).push(" AND id IN (").push_list(ids).push(")");
            }
            Candidates::Unknown => {}
        }
        query.push(" AND (");
        contains(&mut query, "folded", &spellings);
        query.push(" OR EXISTS (SELECT 1 FROM message WHERE message.conversation = conversation.id AND (");
        contains(&mut query, "message.folded", &spellings);
        query.push(")))");
    }
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_text(state.as_str());
    }
    if let Some((at, id)) = &filter.before {
        query.push(" AND (active_at, id) < (").push_bind(*at).push(", ").push_text(id).push(")");
    }
    query.push(" ORDER BY active_at DESC, id DESC LIMIT ").push_bind(filter.limit);
    Ok(Some(query))
}

/// Adds the condition that one of these spellings is in a column.
fn contains(query: &mut Query, column: &str, spellings: &[String]) {
    for (index, spelling) in spellings.iter().enumerate() {
        query.push(if index > 0 { " OR " } else { "" }).push("instr(").push(column).push(", ");
        query.push_text(spelling).push(")");
    }
}

impl ConversationTx for SqliteConnection {
    async fn version(&mut self, id: &str) -> Stored<Option<(i64, String)>> {
        self.first("SELECT messages, capture FROM conversation WHERE id = ?", [id], |row| {
            Ok((row.get("messages")?, row.get("capture")?))
        })
    }

    async fn has_key(&mut self, conversation: &str, key: &str) -> Stored<bool> {
        self.any("SELECT 1 FROM message WHERE conversation = ? AND key = ?", [conversation, key])
    }

    async fn upsert_conversation(&mut self, new: &Conversation, messages: i64) -> Stored<()> {
        let email = new.shopper_email.as_ref().map(EmailAddress::as_str);
        let contact =
            format!("{} {}", new.shopper_name.as_deref().unwrap_or_default(), email.unwrap_or_default());
        self.run(
            "INSERT INTO conversation (id, merchant, state, shopper_name, shopper_email, capture, page_url, order_number, cart,
                 custom, preview, folded, messages, handed_up_to, created_at, active_at, locale, answered_to)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET
                 state = excluded.state, shopper_name = excluded.shopper_name, shopper_email = excluded.shopper_email,
                 capture = excluded.capture, page_url = excluded.page_url, order_number = excluded.order_number,
                 cart = excluded.cart, custom = excluded.custom, preview = excluded.preview, folded = excluded.folded, messages = excluded.messages,
                 handed_up_to = excluded.handed_up_to, active_at = excluded.active_at, locale = excluded.locale,
                 answered_to = excluded.answered_to",
            params![
                new.id,
                new.merchant,
                new.state.as_str(),
                new.shopper_name,
                email,
                new.capture,
                new.page_url,
                new.order_number,
                to_json(&new.cart)?,
                to_json(&new.custom)?,
                new.preview,
                folded(&contact),
                messages,
                new.handed_up_to,
                new.created_at,
                new.active_at,
                new.locale,
                new.answered_to,
            ],
        )?;
        Ok(())
    }

    async fn insert_turns(&mut self, conversation: &str, first: i64, turns: &[Turn]) -> Stored<()> {
        for (number, turn) in (first..).zip(turns) {
            self.run(
                "INSERT INTO message (conversation, number, author, name, key, text, folded, sent_at)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                params![
                    conversation,
                    number,
                    turn.author.as_str(),
                    turn.name,
                    turn.key,
                    turn.text,
                    folded(&turn.text),
                    turn.sent_at,
                ],
            )?;
        }
        Ok(())
    }

    async fn count_uses(&mut self, merchant: &str, uses: Uses) -> Stored<()> {
        self.run(
            "INSERT INTO ability (merchant, handover_uses, email_uses) VALUES (?1, ?2, ?3)
             ON CONFLICT (merchant) DO UPDATE SET
                 handover_uses = handover_uses + ?2, email_uses = email_uses + ?3",
            params![merchant, uses.handover, uses.email],
        )?;
        Ok(())
    }
}
