//! Emails to shoppers in SQLite.

use super::{
    SqliteStore,
    sql::{Sql, SqliteConnection, params},
    writer::ready,
};
use crate::store::{
    Stored,
    rows::{sent_shopper_mail, shopper_mail},
    rules,
    shopper_mail::{SentShopperMail, ShopperMail, ShopperMailStore},
    tx::{NewShopperMail, ShopperMailTx},
};
use app::model::EmailAddress;
use domain::clock::Millis;

#[async_trait::async_trait]
impl ShopperMailStore for SqliteStore {
    async fn saw_messages(&self, conversation: &str, to: i64, now: Millis) -> Stored<()> {
        let conversation = conversation.to_owned();
        let sql = "UPDATE conversation SET seen_to = max(seen_to, ?), seen_at = ? WHERE id = ?";
        self.write_unlisted(move |tx| tx.run(sql, params![to, now, conversation])).await?;
        Ok(())
    }

    async fn lease_shopper_mail(&self, now: Millis, until: Millis) -> Stored<Option<ShopperMail>> {
        // Usually none is due. This check must not wait for the writer.
        let due = self.read(move |db| db.any("SELECT 1 FROM shopper_mail WHERE next_at <= ? LIMIT 1", [now]));
        if !due.await? {
            return Ok(None);
        }
        let sql = "UPDATE shopper_mail SET next_at = ?, fence = fence + 1, attempts = attempts + 1
             WHERE id = (SELECT id FROM shopper_mail WHERE next_at <= ? ORDER BY next_at LIMIT 1)
             RETURNING *";
        self.write_unlisted(move |tx| tx.first(sql, [until, now], |row| shopper_mail(row))).await
    }

    async fn sent_shopper_mails(&self, conversation: &str) -> Stored<Vec<SentShopperMail>> {
        let conversation = conversation.to_owned();
        let sql = "SELECT id, sent_to FROM shopper_mail WHERE conversation = ? AND sent_to IS NOT NULL ORDER BY asked_to";
        self.read_few(move |db| db.all(sql, [conversation], |row| sent_shopper_mail(row))).await
    }

    async fn reserve_shopper_mail(
        &self,
        mail: &ShopperMail,
        to: &EmailAddress,
        now: Millis,
    ) -> Stored<Option<Millis>> {
        let (mail, to) = (mail.clone(), to.clone());
        self.write_unlisted(move |tx| ready(rules::shopper_mail::reserve(tx, &mail, &to, now))).await
    }

    async fn postpone_shopper_mail(&self, mail: &ShopperMail, next_at: Millis) -> Stored<()> {
        let (id, fence) = (mail.id.clone(), mail.fence);
        let sql = "UPDATE shopper_mail SET next_at = ? WHERE id = ? AND fence = ?";
        self.write_unlisted(move |tx| tx.run(sql, params![next_at, id, fence])).await?;
        Ok(())
    }

    async fn end_shopper_mail(&self, mail: &ShopperMail, sent_to: Option<i64>, now: Millis) -> Stored<()> {
        let mail = mail.clone();
        self.write_unlisted(move |tx| ready(rules::shopper_mail::end(tx, &mail, sent_to, now))).await
    }
}

impl ShopperMailTx for SqliteConnection {
    async fn ask_shopper_mail(&mut self, conversation: &str, answer: i64) -> Stored<bool> {
        let sql = "UPDATE shopper_mail SET asked_to = ? WHERE conversation = ? AND next_at IS NOT NULL";
        Ok(self.run(sql, params![answer, conversation])? > 0)
    }

    async fn insert_shopper_mail(&mut self, new: &NewShopperMail<'_>) -> Stored<()> {
        let NewShopperMail { id, merchant, conversation, asked_to, due_at, now } = new;
        self.run(
            "INSERT INTO shopper_mail (id, merchant, conversation, asked_to, next_at, created_at)
             VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
            params![id, merchant, conversation, asked_to, due_at, now],
        )?;
        Ok(())
    }

    async fn end_shopper_mail(&mut self, mail: &ShopperMail, sent_to: Option<i64>) -> Stored<Option<i64>> {
        let sql = "UPDATE shopper_mail SET next_at = NULL, sent_to = ? WHERE id = ? AND fence = ? RETURNING asked_to";
        self.first(sql, params![sent_to, mail.id, mail.fence], |row| row.get("asked_to"))
    }

    async fn shopper_mails_to(&mut self, address: &str, except: &str, since: Millis) -> Stored<Vec<Millis>> {
        let sql = "SELECT reserved_at FROM shopper_mail WHERE address = ? AND reserved_at > ? AND id <> ?";
        self.all(sql, params![address, since, except], |row| row.get("reserved_at"))
    }

    async fn reserve_for(&mut self, mail: &ShopperMail, address: &str, now: Millis) -> Stored<()> {
        let sql = "UPDATE shopper_mail SET address = ?, reserved_at = ? WHERE id = ? AND fence = ?";
        self.run(sql, params![address, now, mail.id, mail.fence])?;
        Ok(())
    }
}
