//! Changes of conversations, each written completely or not at all.

use super::{accept, additions, shopper_mail};
use crate::store::{Stored, conversations::ConversationChange, tx::Tx};

/// Changes a conversation. Returns `false` if another change came first or a key is already known.
pub async fn change<T: Tx>(tx: &mut T, change: &ConversationChange) -> Stored<bool> {
    let new = &change.conversation;
    let (messages, capture) = tx.version(&new.id).await?.unwrap_or_default();
    if messages != new.messages || capture != change.capture_before {
        return Ok(false);
    }
    for key in change.turns.iter().filter_map(|turn| turn.key.as_ref()) {
        if tx.has_key(&new.id, key).await? {
            return Ok(false);
        }
    }
    let last = messages + i64::try_from(change.turns.len()).unwrap_or(0);
    tx.upsert_conversation(new, last).await?;
    tx.insert_turns(&new.id, messages + 1, &change.turns).await?;
    let handover = match &change.handover {
        // A conversation has only one handover, whichever request came first.
        Some(handover) => Some(accept::insert_or_continue(tx, handover).await?),
        None => tx.handover_of(&new.merchant, &new.id).await?,
    };
    if let Some(handover) = handover {
        additions::add(tx, &handover, change.additions.clone(), new.active_at).await?;
    }
    if change.emails_answer {
        shopper_mail::plan(tx, &new.merchant, &new.id, last, new.active_at).await?;
    }
    if change.uses.handover || change.uses.email {
        tx.count_uses(&new.merchant, change.uses).await?;
    }
    Ok(true)
}
