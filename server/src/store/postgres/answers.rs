//! Agents' answers in PostgreSQL.

use super::{
    PostgresStore,
    connections::connections,
    sql::{Params, Transaction, retry},
};
use crate::store::{
    Connection, Stored,
    answers::{AnswerStore, KeptAnswer, NewAnswer},
    conversations::Conversation,
    rows::{Columns, agent_answer, connection, conversation, watch},
    rules,
    tx::AnswerTx,
};
use domain::{account::Account, answer::Watch, clock::Millis};

/// Selects watches.
macro_rules! watches {
    ($($rest:tt)*) => {
        concat!("SELECT account, read_to, busy_at, seen_at, next_at FROM answer_watch ", $($rest)*)
    };
}

/// Selects answers.
macro_rules! answers {
    ($($rest:tt)*) => {
        concat!(
            "SELECT handover, number, account, message, ticket, author, text, written_at, emailed FROM answer ",
            $($rest)*
        )
    };
}

#[async_trait::async_trait]
impl AnswerStore for PostgresStore {
    async fn due_watches(&self, now: Millis, most: u32) -> Stored<Vec<Watch>> {
        let sql = watches!("WHERE next_at IS NOT NULL AND next_at <= $1 ORDER BY next_at, account LIMIT $2");
        self.all(sql, &[&now, &i64::from(most)]).await?.iter().map(watch).collect()
    }

    async fn looked(
        &self,
        account: &Account,
        read_to: Millis,
        now: Millis,
        not_before: Option<Millis>,
    ) -> Stored<()> {
        retry(|| async {
            let mut tx = self.begin().await?;
            rules::answers::looked(&mut tx, account, read_to, now, not_before).await?;
            tx.commit(()).await
        })
        .await
    }

    async fn saw_shopper(&self, merchant: &str, now: Millis) -> Stored<()> {
        retry(|| async {
            let mut tx = self.begin().await?;
            rules::answers::saw_shopper(&mut tx, merchant, now).await?;
            tx.commit(()).await
        })
        .await
    }

    async fn keep_answers(
        &self,
        account: &Account,
        answers: &[NewAnswer],
        now: Millis,
    ) -> Stored<Vec<NewAnswer>> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let new = rules::answers::keep(&mut tx, account, answers, now).await?;
            tx.commit(new).await
        })
        .await
    }

    async fn answers(
        &self,
        merchant: &str,
        conversation: &str,
        after: i64,
        most: u32,
    ) -> Stored<Option<Vec<KeptAnswer>>> {
        let sql = "SELECT id FROM handover WHERE merchant = $1 AND conversation = $2";
        let Some(row) = self.first(sql, &[&merchant, &conversation]).await? else { return Ok(None) };
        let sql = answers!("WHERE handover = $1 AND number > $2 AND text <> '' ORDER BY number LIMIT $3");
        let rows = self.all(sql, &[&row.text("id")?, &after, &i64::from(most)]).await?;
        rows.iter().map(agent_answer).collect::<Stored<_>>().map(Some)
    }

    async fn answer(&self, handover: &str, number: i64) -> Stored<Option<KeptAnswer>> {
        let sql = answers!("WHERE handover = $1 AND number = $2");
        self.first(sql, &[&handover, &number]).await?.map(|row| agent_answer(&row)).transpose()
    }

    async fn keep_place(&self, account: &Account, ticket: i64, handover: &str) -> Stored<()> {
        let sql =
            "INSERT INTO answer_place (account, ticket, handover) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        self.run(sql, &[&account.to_string(), &ticket, &handover]).await?;
        Ok(())
    }

    async fn places(&self, account: &Account, tickets: &[i64]) -> Stored<Vec<(i64, String)>> {
        if tickets.is_empty() {
            return Ok(Vec::new());
        }
        let sql = "SELECT ticket, handover FROM answer_place WHERE account = $1 AND ticket = ANY($2)
             ORDER BY ticket, handover";
        let rows = self.all(sql, &[&account.to_string(), &tickets]).await?;
        rows.iter().map(|row| Ok((row.number("ticket")?, row.string("handover")?))).collect()
    }

    async fn connection_on(&self, account: &Account) -> Stored<Option<Connection>> {
        let sql = connections!(
            "WHERE helpdesk = $1 AND subdomain = $2 AND state = 'connected' ORDER BY merchant LIMIT 1"
        );
        let row = self.first(sql, &[&account.helpdesk.slug(), &account.name.as_str()]).await?;
        row.map(|row| connection(&row)).transpose()
    }
}

impl AnswerTx for Transaction {
    async fn watch_of(&mut self, account: &Account) -> Stored<Option<Watch>> {
        let row = self.first(watches!("WHERE account = $1 FOR UPDATE"), &[&account.to_string()]).await?;
        row.map(|row| watch(&row)).transpose()
    }

    async fn insert_watch(&mut self, watch: &Watch) -> Stored<()> {
        let Watch { account, read_to, busy_at, seen_at, next_at } = watch;
        // If another transaction has just inserted it, this one runs again.
        let sql = "INSERT INTO answer_watch (account, read_to, busy_at, seen_at, next_at) VALUES ($1, $2, $3, $4, $5)";
        self.run(sql, &[&account.to_string(), read_to, busy_at, seen_at, next_at]).await?;
        Ok(())
    }

    async fn update_watch(&mut self, watch: &Watch) -> Stored<()> {
        let Watch { account, read_to, busy_at, seen_at, next_at } = watch;
        let sql = "UPDATE answer_watch SET read_to = $2, busy_at = $3, seen_at = $4, next_at = $5 WHERE account = $1";
        self.run(sql, &[&account.to_string(), read_to, busy_at, seen_at, next_at]).await?;
        Ok(())
    }

    async fn conversation_on(
        &mut self,
        handover: &str,
        account: &Account,
    ) -> Stored<Option<(String, String)>> {
        let sql = "SELECT merchant, conversation FROM handover
             WHERE id = $1 AND EXISTS (SELECT 1 FROM delivery WHERE handover = $1 AND account = $2)";
        let row = self.first(sql, &[&handover, &account.to_string()]).await?;
        row.map(|row| Ok((row.string("merchant")?, row.string("conversation")?))).transpose()
    }

    async fn locked_conversation(&mut self, merchant: &str, id: &str) -> Stored<Option<Conversation>> {
        let sql = "SELECT id, merchant, state, shopper_name, shopper_email, capture, page_url, order_number, cart, custom,
                 preview, messages, handed_up_to, created_at, active_at, locale, answered_to, seen_to, seen_at
             FROM conversation WHERE id = $1 AND merchant = $2 FOR NO KEY UPDATE";
        self.first(sql, &[&id, &merchant]).await?.map(|row| conversation(&row)).transpose()
    }

    async fn insert_agent_answer(
        &mut self,
        account: &Account,
        answer: &NewAnswer,
        now: Millis,
    ) -> Stored<Option<i64>> {
        let NewAnswer { handover, message, ticket, author, text, at, emailed } = answer;
        // If another transaction has just taken this number, this one runs again.
        let sql = "INSERT INTO answer (handover, number, account, message, ticket, author, text, written_at, stored_at, emailed)
             SELECT $1, 1 + coalesce(max(number), 0), $2, $3, $4, $5, $6, $7, $8, $9 FROM answer WHERE handover = $1
             ON CONFLICT (handover, account, message) DO NOTHING RETURNING number";
        let account = account.to_string();
        let values: Params<'_> = &[handover, &account, message, ticket, author, text, at, &now, emailed];
        self.first(sql, values).await?.map(|row| row.number("number")).transpose()
    }
}
