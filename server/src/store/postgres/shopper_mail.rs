//! Emails to shoppers in PostgreSQL.

use super::{
    PostgresStore,
    sql::{Transaction, near_now, retry},
};
use crate::store::{
    Stored,
    rows::{Columns, sent_shopper_mail, shopper_mail},
    rules,
    shopper_mail::{SentShopperMail, ShopperMail, ShopperMailStore},
    tx::{NewShopperMail, ShopperMailTx},
};
use app::model::EmailAddress;
use domain::clock::Millis;

#[async_trait::async_trait]
impl ShopperMailStore for PostgresStore {
    async fn saw_messages(&self, conversation: &str, to: i64, now: Millis) -> Stored<()> {
        let sql = "UPDATE conversation SET seen_to = greatest(seen_to, $1), seen_at = $2 WHERE id = $3";
        self.run(sql, &[&to, &now, &conversation]).await?;
        Ok(())
    }

    async fn lease_shopper_mail(&self, now: Millis, until: Millis) -> Stored<Option<ShopperMail>> {
        // As with notices, no two processes lease the same one.
        let sql = concat!(
            "UPDATE shopper_mail SET next_at = $1, fence = fence + 1, attempts = attempts + 1
             WHERE id = (SELECT id FROM shopper_mail WHERE next_at <= $2 AND ",
            near_now!("$2", "$3"),
            " ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED)
             RETURNING id, merchant, conversation, asked_to, attempts, fence, created_at"
        );
        let row = self.first(sql, &[&until, &now, &self.process.most_off()]).await?;
        row.map(|row| shopper_mail(&row)).transpose()
    }

    async fn sent_shopper_mails(&self, conversation: &str) -> Stored<Vec<SentShopperMail>> {
        let sql = "SELECT id, sent_to FROM shopper_mail WHERE conversation = $1 AND sent_to IS NOT NULL ORDER BY asked_to";
        self.all(sql, &[&conversation]).await?.iter().map(sent_shopper_mail).collect()
    }

    async fn reserve_shopper_mail(
        &self,
        mail: &ShopperMail,
        to: &EmailAddress,
        now: Millis,
    ) -> Stored<Option<Millis>> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let reserved = rules::shopper_mail::reserve(&mut tx, mail, to, now).await?;
            tx.commit(reserved).await
        })
        .await
    }

    async fn postpone_shopper_mail(&self, mail: &ShopperMail, next_at: Millis) -> Stored<()> {
        let sql = "UPDATE shopper_mail SET next_at = $1 WHERE id = $2 AND fence = $3";
        self.run(sql, &[&next_at, &mail.id, &mail.fence]).await?;
        Ok(())
    }

    async fn end_shopper_mail(&self, mail: &ShopperMail, sent_to: Option<i64>, now: Millis) -> Stored<()> {
        retry(|| async {
            let mut tx = self.begin().await?;
            rules::shopper_mail::end(&mut tx, mail, sent_to, now).await?;
            tx.commit(()).await
        })
        .await
    }
}

impl ShopperMailTx for Transaction {
    async fn ask_shopper_mail(&mut self, conversation: &str, answer: i64) -> Stored<bool> {
        let sql = "UPDATE shopper_mail SET asked_to = $1 WHERE conversation = $2 AND next_at IS NOT NULL";
        Ok(self.run(sql, &[&answer, &conversation]).await? > 0)
    }

    async fn insert_shopper_mail(&mut self, new: &NewShopperMail<'_>) -> Stored<()> {
        let NewShopperMail { id, merchant, conversation, asked_to, due_at, now } = new;
        let sql = "INSERT INTO shopper_mail (id, merchant, conversation, asked_to, next_at, created_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING";
        self.run(sql, &[id, merchant, conversation, asked_to, due_at, now]).await?;
        Ok(())
    }

    async fn end_shopper_mail(&mut self, mail: &ShopperMail, sent_to: Option<i64>) -> Stored<Option<i64>> {
        let sql = "UPDATE shopper_mail SET next_at = NULL, sent_to = $1 WHERE id = $2 AND fence = $3
             RETURNING asked_to";
        let row = self.first(sql, &[&sent_to, &mail.id, &mail.fence]).await?;
        row.map(|row| row.number("asked_to")).transpose()
    }

    async fn shopper_mails_to(&mut self, address: &str, except: &str, since: Millis) -> Stored<Vec<Millis>> {
        // No row stands for the address, so that two emails to it would otherwise not see each other.
        self.first("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", &[&address]).await?;
        let sql = "SELECT reserved_at FROM shopper_mail WHERE address = $1 AND reserved_at > $2 AND id <> $3";
        let rows = self.all(sql, &[&address, &since, &except]).await?;
        rows.iter().map(|row| row.number("reserved_at")).collect()
    }

    async fn reserve_for(&mut self, mail: &ShopperMail, address: &str, now: Millis) -> Stored<()> {
        let sql = "UPDATE shopper_mail SET address = $1, reserved_at = $2 WHERE id = $3 AND fence = $4";
        self.run(sql, &[&address, &now, &mail.id, &mail.fence]).await?;
        Ok(())
    }
}
