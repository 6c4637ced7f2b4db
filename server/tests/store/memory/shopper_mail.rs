//! Emails to shoppers in memory.

use super::{MemoryStore, State};
use app::model::EmailAddress;
use convi_server::store::{
    Stored, rules,
    shopper_mail::{SentShopperMail, ShopperMail, ShopperMailStore},
    tx::{NewShopperMail, ShopperMailTx},
};
use domain::clock::Millis;

#[derive(Clone)]
pub struct Row {
    pub mail: ShopperMail,
    /// When it is due; `None` once it has ended.
    pub next_at: Option<Millis>,
    sent_to: Option<i64>,
    reserved: Option<(String, Millis)>,
}

impl State {
    /// Returns the email if its lease is still the one of `mail`.
    fn leased_mail(&mut self, mail: &ShopperMail) -> Option<&mut Row> {
        self.shopper_mails.get_mut(&mail.id).filter(|it| it.mail.fence == mail.fence)
    }
}

#[async_trait::async_trait]
impl ShopperMailStore for MemoryStore {
    async fn saw_messages(&self, conversation: &str, to: i64, now: Millis) -> Stored<()> {
        if let Some(it) = self.state().await.conversations.get_mut(conversation) {
            (it.seen_to, it.seen_at) = (it.seen_to.max(to), Some(now));
        }
        Ok(())
    }

    async fn lease_shopper_mail(&self, now: Millis, until: Millis) -> Stored<Option<ShopperMail>> {
        let mut state = self.state().await;
        let due = state.shopper_mails.values_mut().filter(|it| it.next_at.is_some_and(|at| at <= now));
        let Some(row) = due.min_by_key(|it| it.next_at) else { return Ok(None) };
        row.next_at = Some(until);
        row.mail.attempts += 1;
        row.mail.fence += 1;
        Ok(Some(row.mail.clone()))
    }

    async fn sent_shopper_mails(&self, conversation: &str) -> Stored<Vec<SentShopperMail>> {
        let state = self.state().await;
        let of = state.shopper_mails.values().filter(|it| it.mail.conversation == conversation);
        let mut of: Vec<_> = of.collect();
        of.sort_by_key(|it| it.mail.asked_to);
        let sent = of
            .into_iter()
            .filter_map(|it| Some(SentShopperMail { id: it.mail.id.clone(), sent_to: it.sent_to? }));
        Ok(sent.collect())
    }

    async fn reserve_shopper_mail(
        &self,
        mail: &ShopperMail,
        to: &EmailAddress,
        now: Millis,
    ) -> Stored<Option<Millis>> {
        let mut tx = self.begin().await;
        let reserved = rules::shopper_mail::reserve(&mut *tx, mail, to, now).await?;
        tx.commit();
        Ok(reserved)
    }

    async fn postpone_shopper_mail(&self, mail: &ShopperMail, next_at: Millis) -> Stored<()> {
        if let Some(row) = self.state().await.leased_mail(mail) {
            row.next_at = Some(next_at);
        }
        Ok(())
    }

    async fn end_shopper_mail(&self, mail: &ShopperMail, sent_to: Option<i64>, now: Millis) -> Stored<()> {
        let mut tx = self.begin().await;
        rules::shopper_mail::end(&mut *tx, mail, sent_to, now).await?;
        tx.commit();
        Ok(())
    }
}

impl ShopperMailTx for State {
    async fn ask_shopper_mail(&mut self, conversation: &str, answer: i64) -> Stored<bool> {
        let mut of = self.shopper_mails.values_mut();
        let due = of.find(|it| it.mail.conversation == conversation && it.next_at.is_some());
        let is_due = due.is_some();
        if let Some(row) = due {
            row.mail.asked_to = answer;
        }
        Ok(is_due)
    }

    async fn insert_shopper_mail(&mut self, new: &NewShopperMail<'_>) -> Stored<()> {
        let NewShopperMail { id, merchant, conversation, asked_to, due_at, now } = *new;
        self.shopper_mails.entry(id.to_owned()).or_insert_with(|| Row {
            mail: ShopperMail {
                id: id.to_owned(),
                merchant: merchant.to_owned(),
                conversation: conversation.to_owned(),
                asked_to,
                attempts: 0,
                fence: 0,
                created_at: now,
            },
            next_at: Some(due_at),
            sent_to: None,
            reserved: None,
        });
        Ok(())
    }

    async fn end_shopper_mail(&mut self, mail: &ShopperMail, sent_to: Option<i64>) -> Stored<Option<i64>> {
        Ok(self.leased_mail(mail).map(|row| {
            (row.next_at, row.sent_to) = (None, sent_to);
            row.mail.asked_to
        }))
    }

    async fn shopper_mails_to(&mut self, address: &str, except: &str, since: Millis) -> Stored<Vec<Millis>> {
        let others = self.shopper_mails.values().filter(|it| it.mail.id != except);
        let to = others.filter_map(|it| it.reserved.as_ref()).filter(|(to, at)| to == address && *at > since);
        Ok(to.map(|(_, at)| *at).collect())
    }

    async fn reserve_for(&mut self, mail: &ShopperMail, address: &str, now: Millis) -> Stored<()> {
        if let Some(row) = self.leased_mail(mail) {
            row.reserved = Some((address.to_owned(), now));
        }
        Ok(())
    }
}
