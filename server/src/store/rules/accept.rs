//! Accepting handovers: a repeated request gets the same answer, and a conversation keeps its one handover.

use super::additions;
use crate::store::{
    StoreError, Stored,
    handovers::{Accepted, NewHandover},
    tx::{Known, NewDelivery, NewRows, Tx},
};
use app::model::{DeliveryState, Destination};
use domain::{account::Lane, delivery::Delivery};
use std::collections::HashSet;

/// Accepts handovers as if one after the other, though not always in the given order. Returns the answers in the given
/// order.
pub async fn accept<T: Tx>(tx: &mut T, all: &[&NewHandover]) -> Stored<Vec<Accepted>> {
    let sought: Vec<_> = all.iter().map(|new| (Some(&*new.webhook_id), *new)).collect();
    let known = tx.known(&sought).await?;
    // A handover that shares a key or conversation with another of the batch, or continues a stored one, comes after
    // the new ones, so that it finds them.
    let (mut keys, mut conversations) = (HashSet::new(), HashSet::new());
    let (mut answers, mut later, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    for (number, (new, known)) in all.iter().copied().zip(known).enumerate() {
        let conversation = (&new.handover.merchant, &new.handover.conversation.id);
        let is_known = known.answered.is_some() || known.first.is_some();
        if is_known || keys.contains(&new.webhook_id) || conversations.contains(&conversation) {
            later.push(number);
            answers.push(Accepted::OtherBody);
            continue;
        }
        keys.insert(&new.webhook_id);
        conversations.insert(conversation);
        let deliveries = deliveries(new, &known);
        let states: Vec<_> =
            deliveries.iter().map(|it| (it.delivery.destination, it.delivery.state)).collect();
        let answer = (new.answer)(&new.id, &states, false, &new.warnings);
        answers.push(Accepted::Answer {
            handover: new.id.clone(),
            answer: answer.clone(),
            lanes: lanes(deliveries.iter().map(|new| &new.delivery)),
        });
        rows.push(NewRows { new, deliveries, answer: Some(answer) });
    }
    if !rows.is_empty() {
        tx.insert_handovers(&rows).await?;
    }
    for number in later {
        answers[number] = repeat_or_continue(tx, all[number]).await?;
    }
    Ok(answers)
}

/// Stores a handover of our own chat, or adds to the one that its conversation already has. Returns its id.
pub async fn insert_or_continue<T: Tx>(tx: &mut T, new: &NewHandover) -> Stored<String> {
    let known = known(tx, None, new).await?;
    if let Some(id) = known.first {
        additions::add_new(tx, &id, new).await?;
        return Ok(id);
    }
    tx.insert_handovers(&[NewRows { new, deliveries: deliveries(new, &known), answer: None }]).await?;
    Ok(new.id.clone())
}

/// Accepts a handover whose key or conversation is already known.
async fn repeat_or_continue<T: Tx>(tx: &mut T, new: &NewHandover) -> Stored<Accepted> {
    let known = known(tx, Some(&new.webhook_id), new).await?;
    if let Some(before) = known.answered {
        if before.body_hash != new.body_hash {
            return Ok(Accepted::OtherBody);
        }
        return Ok(Accepted::Answer { handover: before.handover, answer: before.answer, lanes: Vec::new() });
    }
    let Some(id) = known.first else { return Err(not_there(new)) };
    additions::add_new(tx, &id, new).await?;
    let deliveries = tx.deliveries_of(&id).await?;
    let states: Vec<_> = deliveries.iter().map(|it| (it.destination, it.state)).collect();
    let answer = (new.answer)(&id, &states, true, &new.warnings);
    tx.insert_answer(new, &id, &answer).await?;
    Ok(Accepted::Answer { handover: id, answer, lanes: lanes(&deliveries) })
}

/// Returns the lanes of these deliveries, unless they are held. A later part uses its handover's lane.
fn lanes<'a>(deliveries: impl IntoIterator<Item = &'a Delivery>) -> Vec<Lane> {
    let go = deliveries.into_iter().filter(|it| it.state != DeliveryState::Held);
    go.map(|it| it.lane.clone()).collect()
}

async fn known<T: Tx>(tx: &mut T, key: Option<&str>, new: &NewHandover) -> Stored<Known> {
    tx.known(&[(key, new)]).await?.pop().ok_or_else(|| not_there(new))
}

/// A row that this very transaction has just found is gone, so the database is corrupt.
fn not_there(new: &NewHandover) -> StoreError {
    StoreError::unreadable("handover", "id", &*new.webhook_id)
}

/// Returns the deliveries of a new handover: to the helpdesk that receives handovers, and by email to the team.
fn deliveries(new: &NewHandover, known: &Known) -> Vec<NewDelivery> {
    let [for_helpdesk, for_email] = new.delivery_ids.clone();
    let delivery = |id, destination, lane, held| {
        let (handover, merchant) = (new.id.clone(), new.handover.merchant.clone());
        Delivery::new(id, handover, merchant, destination, lane, held, new.accepted_at)
    };
    let to_helpdesk = known.receiver.as_ref().map(|to| {
        let destination = Destination::Helpdesk(to.account.helpdesk);
        NewDelivery {
            delivery: delivery(for_helpdesk, destination, to.account.clone().into(), to.held),
            blocked: false,
            late_at: known.team.late_at(new.accepted_at),
        }
    });
    let to_team = known.team.email.is_some().then(|| NewDelivery {
        delivery: delivery(for_email, Destination::Email, Lane::Email, false),
        blocked: false,
        late_at: None,
    });
    to_helpdesk.into_iter().chain(to_team).collect()
}
