//! Conversations in SQLite.

use super::{
    Cell, SqliteStore,
    search::{self, Candidates},
    to_json,
};
use crate::store::{
    Stored,
    conversations::{
        AbilityRow, Conversation, ConversationChange, ConversationFilter, ConversationStore, Turn, Uses,
        Visitor,
    },
    rules,
    tx::ConversationTx,
};
use app::model::{ChatAuthor, ConversationState, EmailAddress};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, sqlite::SqliteRow};

#[async_trait::async_trait]
impl ConversationStore for SqliteStore {
    async fn conversation(&self, merchant: &str, id: &str) -> Stored<Option<Conversation>> {
        let row = sqlx::query("SELECT * FROM conversation WHERE id = ? AND merchant = ?")
            .bind(id)
            .bind(merchant)
            .fetch_optional(&self.reader)
            .await?;
        row.as_ref().map(conversation).transpose()
    }

    async fn turns(&self, id: &str, after: i64) -> Stored<Vec<Turn>> {
        let rows = sqlx::query("SELECT * FROM message WHERE conversation = ? AND number > ? ORDER BY number")
            .bind(id)
            .bind(after)
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(turn).collect()
    }

    async fn last_turns(&self, id: &str, author: ChatAuthor, most: u32) -> Stored<Vec<Turn>> {
        let rows = sqlx::query(
            "SELECT * FROM message WHERE conversation = ? AND author = ? ORDER BY number DESC LIMIT ?",
        )
        .bind(id)
        .bind(author.as_str())
        .bind(most)
        .fetch_all(&self.reader)
        .await?;
        rows.iter().rev().map(turn).collect()
    }

    async fn number_of(&self, id: &str, key: &str) -> Stored<Option<i64>> {
        let row = sqlx::query("SELECT number FROM message WHERE conversation = ? AND key = ?")
            .bind(id)
            .bind(key)
            .fetch_optional(&self.reader)
            .await?;
        Ok(row.map(|row| row.try_get("number")).transpose()?)
    }

    async fn conversations(&self, merchant: &str, filter: &ConversationFilter) -> Stored<Vec<Conversation>> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT * FROM conversation WHERE merchant = ");
        query.push_bind(merchant);
        if let Some(search) = &filter.search {
            let spellings = search::spellings(search);
            match search::candidates(&self.reader, merchant, &spellings).await? {
                Candidates::Few(ids) if ids.is_empty() => return Ok(Vec::new()),
                Candidates::Few(ids) => {
                    // The plus keeps SQLite from walking all of the merchant's instead.
                    query = QueryBuilder::new("SELECT * FROM conversation WHERE +merchant = ");
                    query.push_bind(merchant).push(" AND id IN (");
                    let mut list = query.separated(", ");
                    for id in ids {
                        list.push_bind(id);
                    }
                    query.push(")");
                }
                Candidates::Unknown => {}
            }
            query.push(" AND (");
            stands_in(&mut query, "folded", &spellings);
            query
                .push(" OR EXISTS (SELECT 1 FROM message WHERE message.conversation = conversation.id AND (");
            stands_in(&mut query, "message.folded", &spellings);
            query.push(")))");
        }
        if let Some(state) = filter.state {
            query.push(" AND state = ").push_bind(state.as_str());
        }
        if let Some((at, id)) = &filter.before {
            query.push(" AND (active_at, id) < (").push_bind(at).push(", ").push_bind(id).push(")");
        }
        query.push(" ORDER BY active_at DESC, id DESC LIMIT ").push_bind(i64::from(filter.limit));
        let rows = query.build().fetch_all(&self.reader).await?;
        rows.iter().map(conversation).collect()
    }

    async fn change(&self, change: &ConversationChange) -> Stored<bool> {
        let mut tx = self.begin().await?;
        let changed = rules::conversation::change(&mut *tx, change).await?;
        tx.commit().await?;
        Ok(changed)
    }

    async fn visitor_key(&self) -> Stored<Vec<u8>> {
        Ok(sqlx::query("SELECT key FROM visitor_key").fetch_one(&self.reader).await?.try_get("key")?)
    }

    async fn keep_visitor(&self, visitor: &Visitor, conversation: &str) -> Stored<String> {
        // A conversation that was begun stays: of two that begin at once, one is the visitor's.
        let row = sqlx::query(
            "INSERT INTO visitor (token, merchant, conversation, created_at, seen_at) VALUES (?1, ?2, ?3, ?4, ?4)
             ON CONFLICT (token) DO UPDATE SET
                 conversation = COALESCE(conversation, excluded.conversation), seen_at = excluded.seen_at
             RETURNING conversation",
        )
        .bind(&visitor.token[..])
        .bind(&visitor.merchant)
        .bind(conversation)
        .bind(visitor.seen_at)
        .fetch_one(&self.writer)
        .await?;
        Ok(row.try_get("conversation")?)
    }

    async fn visitor(&self, token: &[u8; 32]) -> Stored<Option<Visitor>> {
        let row = sqlx::query("SELECT * FROM visitor WHERE token = ?")
            .bind(&token[..])
            .fetch_optional(&self.reader)
            .await?;
        row.map(|row| {
            Ok(Visitor {
                token: *token,
                merchant: row.try_get("merchant")?,
                conversation: row.try_get("conversation")?,
                seen_at: row.try_get("seen_at")?,
            })
        })
        .transpose()
    }

    async fn touch_visitor(&self, visitor: &Visitor) -> Stored<()> {
        sqlx::query("UPDATE visitor SET seen_at = ? WHERE token = ?")
            .bind(visitor.seen_at)
            .bind(&visitor.token[..])
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn ability(&self, merchant: &str) -> Stored<AbilityRow> {
        let row = sqlx::query("SELECT * FROM ability WHERE merchant = ?")
            .bind(merchant)
            .fetch_optional(&self.reader)
            .await?;
        let Some(row) = row else { return Ok(AbilityRow::default()) };
        let count =
            |name: &str| -> Stored<u64> { Ok(u64::try_from(row.try_get::<i64, _>(name)?).unwrap_or(0)) };
        Ok(AbilityRow {
            handover: Cell("ability", "handover", &merchant).json_or_default(&row)?,
            email_capture: Cell("ability", "email_capture", &merchant).json_or_default(&row)?,
            faqs: Cell("ability", "faqs", &merchant).json_or_default(&row)?,
            handover_uses: count("handover_uses")?,
            email_uses: count("email_uses")?,
        })
    }

    async fn save_ability(&self, merchant: &str, row: &AbilityRow) -> Stored<()> {
        sqlx::query(
            "INSERT INTO ability (merchant, handover, email_capture, faqs) VALUES (?, ?, ?, ?)
             ON CONFLICT (merchant) DO UPDATE SET
                 handover = excluded.handover, email_capture = excluded.email_capture, faqs = excluded.faqs",
        )
        .bind(merchant)
        .bind(to_json(&row.handover)?)
        .bind(to_json(&row.email_capture)?)
        .bind(to_json(&row.faqs)?)
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}

/// One of these stands in a column.
fn stands_in(query: &mut QueryBuilder<Sqlite>, column: &str, spellings: &[String]) {
    for (index, spelling) in spellings.iter().enumerate() {
        query.push(if index > 0 { " OR " } else { "" }).push("instr(").push(column).push(", ");
        query.push_bind(spelling.clone()).push(")");
    }
}

impl ConversationTx for SqliteConnection {
    async fn version(&mut self, id: &str) -> Stored<Option<(i64, String)>> {
        let row = sqlx::query("SELECT messages, capture FROM conversation WHERE id = ?")
            .bind(id)
            .fetch_optional(&mut *self)
            .await?;
        row.map(|row| Ok((row.try_get("messages")?, row.try_get("capture")?))).transpose()
    }

    async fn has_key(&mut self, conversation: &str, key: &str) -> Stored<bool> {
        let known = sqlx::query("SELECT 1 FROM message WHERE conversation = ? AND key = ?")
            .bind(conversation)
            .bind(key)
            .fetch_optional(&mut *self)
            .await?;
        Ok(known.is_some())
    }

    async fn upsert_conversation(&mut self, new: &Conversation, messages: i64) -> Stored<()> {
        let email = new.shopper_email.as_ref().map(EmailAddress::as_str);
        let folded =
            format!("{} {}", new.shopper_name.as_deref().unwrap_or_default(), email.unwrap_or_default());
        sqlx::query(
            "INSERT INTO conversation (id, merchant, state, shopper_name, shopper_email, capture, page_url, order_number, cart,
                 custom, preview, folded, messages, handed_up_to, created_at, active_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET
                 state = excluded.state, shopper_name = excluded.shopper_name, shopper_email = excluded.shopper_email,
                 capture = excluded.capture, page_url = excluded.page_url, order_number = excluded.order_number,
                 cart = excluded.cart, custom = excluded.custom, preview = excluded.preview, folded = excluded.folded, messages = excluded.messages,
                 handed_up_to = excluded.handed_up_to, active_at = excluded.active_at",
        )
        .bind(&new.id)
        .bind(&new.merchant)
        .bind(new.state.as_str())
        .bind(&new.shopper_name)
        .bind(email)
        .bind(&new.capture)
        .bind(&new.page_url)
        .bind(&new.order_number)
        .bind(to_json(&new.cart)?)
        .bind(to_json(&new.custom)?)
        .bind(&new.preview)
        .bind(search::folded(&folded))
        .bind(messages)
        .bind(new.handed_up_to)
        .bind(new.created_at)
        .bind(new.active_at)
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    async fn insert_turns(&mut self, conversation: &str, first: i64, turns: &[Turn]) -> Stored<()> {
        for (number, turn) in (first..).zip(turns) {
            sqlx::query(
                "INSERT INTO message (conversation, number, author, name, key, text, folded, sent_at)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(conversation)
            .bind(number)
            .bind(turn.author.as_str())
            .bind(&turn.name)
            .bind(&turn.key)
            .bind(&turn.text)
            .bind(search::folded(&turn.text))
            .bind(turn.sent_at)
            .execute(&mut *self)
            .await?;
        }
        Ok(())
    }

    async fn count_uses(&mut self, merchant: &str, uses: Uses) -> Stored<()> {
        sqlx::query(
            "INSERT INTO ability (merchant, handover_uses, email_uses) VALUES (?1, ?2, ?3)
             ON CONFLICT (merchant) DO UPDATE SET
                 handover_uses = handover_uses + ?2, email_uses = email_uses + ?3",
        )
        .bind(merchant)
        .bind(i64::from(uses.handover))
        .bind(i64::from(uses.email))
        .execute(&mut *self)
        .await?;
        Ok(())
    }
}

fn conversation(row: &SqliteRow) -> Stored<Conversation> {
    let email: Option<String> = row.try_get("shopper_email")?;
    let id: &str = row.try_get("id")?;
    let at = |column| Cell("conversation", column, &id);
    Ok(Conversation {
        id: id.to_owned(),
        merchant: row.try_get("merchant")?,
        state: at("state").parsed(ConversationState::from_name(row.try_get("state")?))?,
        shopper_name: row.try_get("shopper_name")?,
        shopper_email: email
            .map(|email| at("shopper_email").parsed(EmailAddress::parse(&email).ok()))
            .transpose()?,
        capture: row.try_get("capture")?,
        page_url: row.try_get("page_url")?,
        order_number: row.try_get("order_number")?,
        cart: at("cart").json_or_default(row)?,
        custom: at("custom").json_or_default(row)?,
        preview: row.try_get("preview")?,
        messages: row.try_get("messages")?,
        handed_up_to: row.try_get("handed_up_to")?,
        created_at: row.try_get("created_at")?,
        active_at: row.try_get("active_at")?,
    })
}

fn turn(row: &SqliteRow) -> Stored<Turn> {
    Ok(Turn {
        number: row.try_get("number")?,
        author: Cell("message", "author", &row.try_get::<&str, _>("conversation")?)
            .parsed(ChatAuthor::from_name(row.try_get("author")?))?,
        name: row.try_get("name")?,
        key: row.try_get("key")?,
        text: row.try_get("text")?,
        sent_at: row.try_get("sent_at")?,
    })
}
