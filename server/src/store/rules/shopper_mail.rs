//! When a shopper is emailed an answer: one email gathers the answers of two minutes, and an address gets a few an hour.

use crate::store::{
    Stored,
    shopper_mail::{LIMITED_FOR, MOST_PER_ADDRESS, ShopperMail, UNSEEN_FOR},
    tx::{NewShopperMail, Tx},
};
use app::model::EmailAddress;
use domain::clock::Millis;
use sha2::{Digest, Sha256};

/// Plans an email with the answer of this number, or adds it to the one that is planned. The conversation is locked.
pub async fn plan<T: Tx>(
    tx: &mut T,
    merchant: &str,
    conversation: &str,
    answer: i64,
    now: Millis,
) -> Stored<()> {
    if tx.ask_shopper_mail(conversation, answer).await? {
        return Ok(());
    }
    let id = format!("{conversation}.answer-{answer}");
    let due_at = now.saturating_add(UNSEEN_FOR);
    let new = NewShopperMail { id: &id, merchant, conversation, asked_to: answer, due_at, now };
    tx.insert_shopper_mail(&new).await
}

/// See [`ShopperMailStore::end_shopper_mail`](crate::store::ShopperMailStore::end_shopper_mail).
pub async fn end<T: Tx>(tx: &mut T, mail: &ShopperMail, sent_to: Option<i64>, now: Millis) -> Stored<()> {
    // Answers are planned under the same lock, so none comes between.
    tx.locked_conversation(&mail.merchant, &mail.conversation).await?;
    let Some(asked_to) = tx.end_shopper_mail(mail, sent_to).await? else { return Ok(()) };
    if asked_to > sent_to.unwrap_or(mail.asked_to) {
        plan(tx, &mail.merchant, &mail.conversation, asked_to, now).await?;
    }
    Ok(())
}

/// See [`ShopperMailStore::reserve_shopper_mail`](crate::store::ShopperMailStore::reserve_shopper_mail).
pub async fn reserve<T: Tx>(
    tx: &mut T,
    mail: &ShopperMail,
    to: &EmailAddress,
    now: Millis,
) -> Stored<Option<Millis>> {
    let address = hash(to);
    let mut recent = tx.shopper_mails_to(&address, &mail.id, now.saturating_sub(LIMITED_FOR)).await?;
    recent.sort_unstable();
    if let Some(first) = recent.len().checked_sub(MOST_PER_ADDRESS).and_then(|at| recent.get(at)) {
        return Ok(Some(first.saturating_add(LIMITED_FOR)));
    }
    tx.reserve_for(mail, &address, now).await?;
    Ok(None)
}

/// Returns the address in the form that is counted. What follows a plus is left out, since it leads to the same mailbox.
fn hash(address: &EmailAddress) -> String {
    let address = address.as_str().to_ascii_lowercase();
    let (local, domain) = address.rsplit_once('@').unwrap_or((&address, ""));
    let mailbox = local.split('+').next().unwrap_or_default();
    let digest = Sha256::digest(format!("{mailbox}@{domain}").as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
