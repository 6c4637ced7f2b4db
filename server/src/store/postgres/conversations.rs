//! Conversations in PostgreSQL.

use super::{
    PostgresStore,
    sql::{BuiltQuery, Params, Transaction, retry},
};
use crate::store::{
    Stored,
    conversations::{
        AbilityRow, Conversation, ConversationChange, ConversationFilter, ConversationStore, Turn, Uses,
        Visitor,
    },
    folding::folded,
    rows::{Columns, ability, conversation, to_json, turn, visitor},
    rules,
    tx::ConversationTx,
};
use app::model::EmailAddress;

/// Selects conversations.
macro_rules! conversations {
    ($($rest:tt)*) => {
        concat!(
            "SELECT id, merchant, state, shopper_name, shopper_email, capture, page_url, order_number, cart, custom, preview,
                 messages, handed_up_to, created_at, active_at, locale, answered_to, seen_to, seen_at
             FROM conversation ",
            $($rest)*
        )
    };
}

/// Selects messages.
macro_rules! messages {
    ($($rest:tt)*) => {
        concat!("SELECT conversation, number, author, name, key, text, sent_at FROM message ", $($rest)*)
    };
}

#[async_trait::async_trait]
impl ConversationStore for PostgresStore {
    async fn conversation(&self, merchant: &str, id: &str) -> Stored<Option<Conversation>> {
        let row = self.first(conversations!("WHERE id = $1 AND merchant = $2"), &[&id, &merchant]).await?;
        row.map(|row| conversation(&row)).transpose()
    }

    async fn turns(&self, id: &str, after: i64) -> Stored<Vec<Turn>> {
        let sql = messages!("WHERE conversation = $1 AND number > $2 ORDER BY number");
        self.all(sql, &[&id, &after]).await?.iter().map(turn).collect()
    }

    async fn last_turns(&self, id: &str, most: u32) -> Stored<Vec<Turn>> {
        let sql = messages!("WHERE conversation = $1 ORDER BY number DESC LIMIT $2");
        let rows = self.all(sql, &[&id, &i64::from(most)]).await?;
        rows.iter().rev().map(turn).collect()
    }

    async fn number_of(&self, id: &str, key: &str) -> Stored<Option<i64>> {
        let sql = "SELECT number FROM message WHERE conversation = $1 AND key = $2";
        self.first(sql, &[&id, &key]).await?.map(|row| row.number("number")).transpose()
    }

    async fn conversations(&self, merchant: &str, filter: &ConversationFilter) -> Stored<Vec<Conversation>> {
        let query = found(merchant, filter);
        query.all(&self.db().await?).await?.iter().map(conversation).collect()
    }

    async fn change(&self, change: &ConversationChange) -> Stored<bool> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let changed = rules::conversation::change(&mut tx, change).await?;
            tx.commit(changed).await
        })
        .await
    }

    async fn visitor_key(&self) -> Stored<Vec<u8>> {
        self.one("SELECT key FROM visitor_key", &[]).await?.bytes("key")
    }

    async fn keep_visitor(&self, visitor: &Visitor, conversation: &str) -> Stored<String> {
        // A visitor keeps the conversation that they have: if two begin at once, only one becomes the visitor's.
        let sql = "INSERT INTO visitor (token, merchant, conversation, created_at, seen_at) VALUES ($1, $2, $3, $4, $4)
             ON CONFLICT (token) DO UPDATE SET
                 conversation = coalesce(visitor.conversation, excluded.conversation), seen_at = excluded.seen_at
             RETURNING conversation";
        let Visitor { token, merchant, seen_at, .. } = visitor;
        self.one(sql, &[&&token[..], merchant, &conversation, seen_at]).await?.string("conversation")
    }

    async fn visitor(&self, token: &[u8; 32]) -> Stored<Option<Visitor>> {
        let sql = "SELECT merchant, conversation, seen_at FROM visitor WHERE token = $1";
        self.first(sql, &[&&token[..]]).await?.map(|row| visitor(&row, *token)).transpose()
    }

    async fn touch_visitor(&self, visitor: &Visitor) -> Stored<()> {
        let sql = "UPDATE visitor SET seen_at = $1 WHERE token = $2";
        self.run(sql, &[&visitor.seen_at, &&visitor.token[..]]).await?;
        Ok(())
    }

    async fn ability(&self, merchant: &str) -> Stored<AbilityRow> {
        let sql = "SELECT handover, email_capture, faqs, handover_uses, email_uses FROM ability WHERE merchant = $1";
        match self.first(sql, &[&merchant]).await? {
            Some(row) => ability(&row, merchant),
            None => Ok(AbilityRow::default()),
        }
    }

    async fn save_ability(&self, merchant: &str, row: &AbilityRow) -> Stored<()> {
        let sql = "INSERT INTO ability (merchant, handover, email_capture, faqs) VALUES ($1, $2, $3, $4)
             ON CONFLICT (merchant) DO UPDATE SET
                 handover = excluded.handover, email_capture = excluded.email_capture, faqs = excluded.faqs";
        let (handover, email_capture) = (to_json(&row.handover)?, to_json(&row.email_capture)?);
        self.run(sql, &[&merchant, &handover, &email_capture, &to_json(&row.faqs)?]).await?;
        Ok(())
    }
}

/// Builds the query for a page of matching conversations.
fn found(merchant: &str, filter: &ConversationFilter) -> BuiltQuery {
    let mut query = BuiltQuery::new(conversations!("WHERE merchant = "));
    query.push_text(merchant);
    if let Some(search) = &filter.search {
        let search = folded(search);
        query.push(" AND (position(").push_text(&search).push(" IN folded) > 0");
        query.push(
            " OR EXISTS (SELECT 1 FROM message WHERE message.conversation = conversation.id AND position(",
        );
        query.push_text(&search).push(" IN message.folded) > 0))");
    }
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_text(state.as_str());
    }
    if let Some((at, id)) = &filter.before {
        query.push(" AND (active_at, id) < (").push_bind(*at).push(", ").push_text(id).push(")");
    }
    query.push(" ORDER BY active_at DESC, id DESC LIMIT ").push_bind(i64::from(filter.limit));
    query
}

impl ConversationTx for Transaction {
    async fn version(&mut self, id: &str) -> Stored<Option<(i64, String)>> {
        let sql = "SELECT messages, capture FROM conversation WHERE id = $1 FOR NO KEY UPDATE";
        let row = self.first(sql, &[&id]).await?;
        row.map(|row| Ok((row.number("messages")?, row.string("capture")?))).transpose()
    }

    async fn has_key(&mut self, conversation: &str, key: &str) -> Stored<bool> {
        let sql = "SELECT 1 FROM message WHERE conversation = $1 AND key = $2";
        self.any(sql, &[&conversation, &key]).await
    }

    async fn upsert_conversation(&mut self, new: &Conversation, messages: i64) -> Stored<()> {
        let email = new.shopper_email.as_ref().map(EmailAddress::as_str);
        let contact =
            format!("{} {}", new.shopper_name.as_deref().unwrap_or_default(), email.unwrap_or_default());
        let sql = "INSERT INTO conversation (id, merchant, state, shopper_name, shopper_email, capture, page_url,
                 order_number, cart, custom, preview, folded, messages, handed_up_to, created_at, active_at,
                 locale, answered_to)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
             ON CONFLICT (id) DO UPDATE SET
                 state = excluded.state, shopper_name = excluded.shopper_name, shopper_email = excluded.shopper_email,
                 capture = excluded.capture, page_url = excluded.page_url, order_number = excluded.order_number,
                 cart = excluded.cart, custom = excluded.custom, preview = excluded.preview, folded = excluded.folded,
                 messages = excluded.messages, handed_up_to = excluded.handed_up_to, active_at = excluded.active_at,
                 locale = excluded.locale, answered_to = excluded.answered_to";
        let values: Params<'_> = &[
            &new.id,
            &new.merchant,
            &new.state.as_str(),
            &new.shopper_name,
            &email,
            &new.capture,
            &new.page_url,
            &new.order_number,
            &to_json(&new.cart)?,
            &to_json(&new.custom)?,
            &new.preview,
            &folded(&contact),
            &messages,
            &new.handed_up_to,
            &new.created_at,
            &new.active_at,
            &new.locale,
            &new.answered_to,
        ];
        self.run(sql, values).await?;
        Ok(())
    }

    async fn insert_turns(&mut self, conversation: &str, first: i64, turns: &[Turn]) -> Stored<()> {
        let sql = "INSERT INTO message (conversation, number, author, name, key, text, folded, sent_at)
             SELECT $1, number, author, name, key, text, folded, sent_at
             FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[])
                 AS turn (number, author, name, key, text, folded, sent_at)";
        let numbers: Vec<_> = (first..).zip(turns).map(|(number, _)| number).collect();
        let authors: Vec<_> = turns.iter().map(|turn| turn.author.as_str()).collect();
        let names: Vec<_> = turns.iter().map(|turn| turn.name.as_deref()).collect();
        let keys: Vec<_> = turns.iter().map(|turn| turn.key.as_deref()).collect();
        let texts: Vec<_> = turns.iter().map(|turn| turn.text.as_str()).collect();
        let search: Vec<_> = turns.iter().map(|turn| folded(&turn.text)).collect();
        let sent_at: Vec<_> = turns.iter().map(|turn| turn.sent_at).collect();
        self.run(sql, &[&conversation, &numbers, &authors, &names, &keys, &texts, &search, &sent_at]).await?;
        Ok(())
    }

    async fn count_uses(&mut self, merchant: &str, uses: Uses) -> Stored<()> {
        let sql = "INSERT INTO ability (merchant, handover_uses, email_uses) VALUES ($1, $2, $3)
             ON CONFLICT (merchant) DO UPDATE SET
                 handover_uses = ability.handover_uses + $2, email_uses = ability.email_uses + $3";
        self.run(sql, &[&merchant, &i64::from(uses.handover), &i64::from(uses.email)]).await?;
        Ok(())
    }
}
