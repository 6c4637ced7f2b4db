//! Agents' answers in SQLite.

use super::{
    SqliteStore,
    sql::{Query, Sql, SqliteConnection, params},
    writer::ready,
};
use crate::store::{
    Connection, Stored,
    answers::{AnswerStore, KeptAnswer, NewAnswer},
    conversations::Conversation,
    rows::{agent_answer, connection, conversation, watch},
    rules,
    tx::AnswerTx,
};
use domain::{account::Account, answer::Watch, clock::Millis};

#[async_trait::async_trait]
impl AnswerStore for SqliteStore {
    async fn due_watches(&self, now: Millis, most: u32) -> Stored<Vec<Watch>> {
        let sql =
            "SELECT * FROM answer_watch WHERE next_at IS NOT NULL AND next_at <= ? ORDER BY next_at LIMIT ?";
        self.read_few(move |db| db.all(sql, params![now, most], |row| watch(row))).await
    }

    async fn looked(
        &self,
        account: &Account,
        read_to: Millis,
        now: Millis,
        not_before: Option<Millis>,
    ) -> Stored<()> {
        let account = account.clone();
        self.write_unlisted(move |tx| ready(rules::answers::looked(tx, &account, read_to, now, not_before)))
            .await
    }

    async fn saw_shopper(&self, merchant: &str, now: Millis) -> Stored<()> {
        let merchant = merchant.to_owned();
        self.write_unlisted(move |tx| ready(rules::answers::saw_shopper(tx, &merchant, now))).await
    }

    async fn keep_answers(
        &self,
        account: &Account,
        answers: &[NewAnswer],
        now: Millis,
    ) -> Stored<Vec<NewAnswer>> {
        let (account, answers) = (account.clone(), answers.to_vec());
        // No list of handovers shows an answer.
        self.write_unlisted(move |tx| ready(rules::answers::keep(tx, &account, &answers, now))).await
    }

    async fn answers(
        &self,
        merchant: &str,
        conversation: &str,
        after: i64,
        most: u32,
    ) -> Stored<Option<Vec<KeptAnswer>>> {
        let (merchant, conversation) = (merchant.to_owned(), conversation.to_owned());
        self.read_few(move |db| {
            let sql = "SELECT id FROM handover WHERE merchant = ? AND conversation = ?";
            let handover = db.first(sql, [merchant, conversation], |row| row.get::<String>("id"))?;
            let sql = "SELECT * FROM answer WHERE handover = ? AND number > ? AND text <> '' ORDER BY number LIMIT ?";
            handover
                .map(|handover| db.all(sql, params![handover, after, most], |row| agent_answer(row)))
                .transpose()
        })
        .await
    }

    async fn answer(&self, handover: &str, number: i64) -> Stored<Option<KeptAnswer>> {
        let handover = handover.to_owned();
        let sql = "SELECT * FROM answer WHERE handover = ? AND number = ?";
        self.read_few(move |db| db.first(sql, params![handover, number], |row| agent_answer(row))).await
    }

    async fn keep_place(&self, account: &Account, ticket: i64, handover: &str) -> Stored<()> {
        let (account, handover) = (account.to_string(), handover.to_owned());
        let sql = "INSERT OR IGNORE INTO answer_place (account, ticket, handover) VALUES (?, ?, ?)";
        self.write_unlisted(move |tx| tx.run(sql, params![account, ticket, handover])).await?;
        Ok(())
    }

    async fn places(&self, account: &Account, tickets: &[i64]) -> Stored<Vec<(i64, String)>> {
        if tickets.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = Query::new("SELECT ticket, handover FROM answer_place WHERE account = ");
        query.push_text(&account.to_string()).push(" AND ticket IN (");
        for (index, ticket) in tickets.iter().enumerate() {
            query.push(if index > 0 { ", " } else { "" }).push_bind(*ticket);
        }
        query.push(") ORDER BY ticket, handover");
        self.read_few(move |db| query.all(db, |row| Ok((row.get("ticket")?, row.get("handover")?)))).await
    }

    async fn connection_on(&self, account: &Account) -> Stored<Option<Connection>> {
        let account = account.clone();
        let sql = "SELECT * FROM connection WHERE helpdesk = ? AND subdomain = ? AND state = 'connected'
             ORDER BY merchant LIMIT 1";
        self.read_few(move |db| {
            db.first(sql, [account.helpdesk.slug(), account.name.as_str()], |row| connection(row))
        })
        .await
    }
}

impl AnswerTx for SqliteConnection {
    async fn watch_of(&mut self, account: &Account) -> Stored<Option<Watch>> {
        self.first("SELECT * FROM answer_watch WHERE account = ?", [account.to_string()], |row| watch(row))
    }

    async fn insert_watch(&mut self, watch: &Watch) -> Stored<()> {
        let Watch { account, read_to, busy_at, seen_at, next_at } = watch;
        let sql =
            "INSERT INTO answer_watch (account, read_to, busy_at, seen_at, next_at) VALUES (?, ?, ?, ?, ?)";
        self.run(sql, params![account.to_string(), read_to, busy_at, seen_at, next_at])?;
        Ok(())
    }

    async fn update_watch(&mut self, watch: &Watch) -> Stored<()> {
        let Watch { account, read_to, busy_at, seen_at, next_at } = watch;
        let sql = "UPDATE answer_watch SET read_to = ?2, busy_at = ?3, seen_at = ?4, next_at = ?5 WHERE account = ?1";
        self.run(sql, params![account.to_string(), read_to, busy_at, seen_at, next_at])?;
        Ok(())
    }

    async fn conversation_on(
        &mut self,
        handover: &str,
        account: &Account,
    ) -> Stored<Option<(String, String)>> {
        let sql = "SELECT merchant, conversation FROM handover
             WHERE id = ?1 AND EXISTS (SELECT 1 FROM delivery WHERE handover = ?1 AND account = ?2)";
        self.first(sql, params![handover, account.to_string()], |row| {
            Ok((row.get("merchant")?, row.get("conversation")?))
        })
    }

    async fn locked_conversation(&mut self, merchant: &str, id: &str) -> Stored<Option<Conversation>> {
        let sql = "SELECT * FROM conversation WHERE id = ? AND merchant = ?";
        self.first(sql, [id, merchant], |row| conversation(row))
    }

    async fn insert_agent_answer(
        &mut self,
        account: &Account,
        answer: &NewAnswer,
        now: Millis,
    ) -> Stored<Option<i64>> {
        let NewAnswer { handover, message, ticket, author, text, at, emailed } = answer;
        let sql = "INSERT INTO answer (handover, number, account, message, ticket, author, text, written_at, stored_at, emailed)
             SELECT ?1, 1 + coalesce(max(number), 0), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM answer WHERE handover = ?1
             ON CONFLICT (handover, account, message) DO NOTHING RETURNING number";
        let values = params![handover, account.to_string(), message, ticket, author, text, at, now, emailed];
        self.first(sql, values, |row| row.get("number"))
    }
}
