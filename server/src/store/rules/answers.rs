//! Agents' answers: each is stored once, becomes a turn of our own chat's conversation, and is sent to the merchant's
//! receivers of events.

use super::{settle::is_over, shopper_mail};
use crate::store::{
    Stored,
    answers::NewAnswer,
    conversations::{Conversation, Turn},
    tx::{NewDelivery, Tx},
};
use app::model::{ChatAuthor, ConversationState, Destination};
use domain::{
    account::Account,
    answer::Watch,
    clock::{Millis, made_at},
    delivery::Delivery,
    helpdesk::Takes,
    text::{one_line, shorten},
};
use std::collections::BTreeMap;

/// How long a watch need not be written again after something was sent, so that a burst of tickets writes it once.
const FRESH_FOR: Millis = 10_000;

/// Watches the accounts to which something was just sent.
pub async fn sent_to<T: Tx>(tx: &mut T, arrived: &[(&Delivery, Millis)]) -> Stored<()> {
    // Sorted, because each row is locked.
    let mut sorted = BTreeMap::new();
    for (delivery, now) in arrived {
        let Some(account) = delivery.lane.account().filter(|it| it.helpdesk.takes() == Takes::Tickets) else {
            continue;
        };
        let accepted_at = made_at(&delivery.handover).unwrap_or(*now);
        let (_, oldest, newest) =
            sorted.entry(account.to_string()).or_insert_with(|| (account, accepted_at, *now));
        (*oldest, *newest) = (accepted_at.min(*oldest), (*newest).max(*now));
    }
    for (account, accepted_at, now) in sorted.into_values() {
        let Some(watch) = tx.watch_of(account).await? else {
            tx.insert_watch(&Watch::asleep(account.clone()).arrived(accepted_at, now)).await?;
            continue;
        };
        let next = watch.clone().arrived(accepted_at, now);
        let is_fresh = watch.busy_at + FRESH_FOR > now && watch.next_at.is_some();
        if !is_fresh || next.read_to < watch.read_to {
            tx.update_watch(&next).await?;
        }
    }
    Ok(())
}

/// See [`AnswerStore::saw_shopper`](crate::store::AnswerStore::saw_shopper).
pub async fn saw_shopper<T: Tx>(tx: &mut T, merchant: &str, now: Millis) -> Stored<()> {
    let mut accounts = BTreeMap::new();
    for helpdesk in tx.connected(merchant).await?.into_iter().filter(|it| it.takes() == Takes::Tickets) {
        if let Some(connection) = tx.connection_to(merchant, helpdesk).await? {
            accounts.insert(connection.account().to_string(), connection.account());
        }
    }
    for account in accounts.into_values() {
        match tx.watch_of(&account).await? {
            Some(watch) => tx.update_watch(&watch.seen(now)).await?,
            // Stored even without a ticket, because the first one may arrive at any moment.
            None => tx.insert_watch(&Watch::asleep(account).seen(now)).await?,
        }
    }
    Ok(())
}

/// See [`AnswerStore::looked`](crate::store::AnswerStore::looked).
pub async fn looked<T: Tx>(
    tx: &mut T,
    account: &Account,
    read_to: Millis,
    now: Millis,
    not_before: Option<Millis>,
) -> Stored<()> {
    let Some(watch) = tx.watch_of(account).await? else { return Ok(()) };
    let next_at = watch.after_a_look(now).map(|at| at.max(not_before.unwrap_or(at)));
    tx.update_watch(&Watch { read_to, next_at, ..watch }).await
}

/// See [`AnswerStore::keep_answers`](crate::store::AnswerStore::keep_answers).
pub async fn keep<T: Tx>(
    tx: &mut T,
    account: &Account,
    answers: &[NewAnswer],
    now: Millis,
) -> Stored<Vec<NewAnswer>> {
    let mut new = Vec::new();
    for answer in answers {
        let Some((merchant, conversation)) = tx.conversation_on(&answer.handover, account).await? else {
            continue;
        };
        let talk = tx.locked_conversation(&merchant, &conversation).await?;
        let Some(number) = tx.insert_agent_answer(account, answer, now).await? else { continue };
        // If the transcript was removed, a new one begins.
        tx.keep_transcript(&answer.handover).await?;
        if let Some(talk) = talk {
            add_turn(tx, talk, account, answer, now).await?;
        }
        queue(tx, &merchant, &answer.handover, number, now).await?;
        new.push(answer.clone());
    }
    if !new.is_empty()
        && let Some(watch) = tx.watch_of(account).await?
    {
        tx.update_watch(&watch.busy(now)).await?;
    }
    Ok(new)
}

/// Queues an answer for the merchant's receivers of events, each of which gets a handover's answers in order.
async fn queue<T: Tx>(tx: &mut T, merchant: &str, handover: &str, number: i64, now: Millis) -> Stored<()> {
    for helpdesk in tx.connected(merchant).await?.into_iter().filter(|it| it.takes() == Takes::Events) {
        let Some(connection) = tx.connection_to(merchant, helpdesk).await? else { continue };
        let to = Destination::Helpdesk(helpdesk);
        let id = format!("{handover}.{}.answer.{number}", helpdesk.slug());
        let (lane, held) = (connection.account().into(), connection.holds());
        let new = Delivery::new(id, handover.into(), merchant.into(), to, lane, held, now);
        let Some(delivery) = new.answer(number) else { continue };
        let before = tx.part_state(handover, to, delivery.part - 1).await?;
        let blocked = before.is_some_and(|state| !is_over(delivery.part - 1, state));
        tx.insert_deliveries(&[NewDelivery { delivery, blocked, late_at: None }]).await?;
    }
    Ok(())
}

async fn add_turn<T: Tx>(
    tx: &mut T,
    talk: Conversation,
    account: &Account,
    answer: &NewAnswer,
    now: Millis,
) -> Stored<()> {
    let number = talk.messages + 1;
    let turn = Turn {
        number,
        author: ChatAuthor::Agent,
        name: answer.author.clone(),
        key: Some(answer_key(account, answer.message)),
        text: answer.text.clone(),
        // The time it is stored, because messages are sorted by number, and the helpdesk's clock may differ.
        sent_at: now,
    };
    // As after a reply in Convi: a person has taken over.
    let state = ConversationState::HandedOver;
    let preview = shorten(&one_line(&answer.text), 160);
    let active_at = now.max(talk.active_at);
    let next = Conversation { state, preview, active_at, answered_to: number, ..talk };
    tx.upsert_conversation(&next, number).await?;
    tx.insert_turns(&next.id, number, &[turn]).await?;
    if next.shopper_email.is_some() && !answer.emailed {
        shopper_mail::plan(tx, &next.merchant, &next.id, number, now).await?;
    }
    Ok(())
}

/// Returns the key of an answer's turn. No visitor's key has a colon.
fn answer_key(account: &Account, message: i64) -> String {
    format!("{account}:{message}")
}

/// Returns the account on whose ticket a turn was written, or `None` if it was written in the chat.
pub fn account_of(turn: &Turn) -> Option<Account> {
    turn.key.as_deref()?.rsplit_once(':')?.0.parse().ok()
}
