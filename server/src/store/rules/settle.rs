//! Changes of deliveries, with what follows from them for others.

use super::connection;
use crate::store::{
    Stored,
    outbox::{Begun, Ended},
    tx::Tx,
};
use app::model::{DeliveryState, Destination};
use domain::{clock::Millis, delivery::Delivery};
use std::collections::HashSet;

/// A delivery's change, with what began or ended.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// The delivery after the change.
    pub next: Delivery,
    /// The attempt that begins with it.
    pub begun: Option<Begun>,
    /// The attempt that ends with it.
    pub ended: Option<Ended>,
    /// When.
    pub now: Millis,
}

/// Writes the changes as if one came after the other. Returns for each whether its fence was still right.
pub async fn settle<T: Tx>(tx: &mut T, all: &[Settlement]) -> Stored<Vec<bool>> {
    let mut answers = vec![false; all.len()];
    let mut left: Vec<_> = answers.iter_mut().zip(all).collect();
    while !left.is_empty() {
        // Of two changes of one delivery the second finds what the first has made of it. What begins and what ends is
        // apart: a statement for each number of one and of the other would be too many for a database to keep.
        let (mut ids, ends) = (HashSet::new(), left.first().is_some_and(|(_, it)| it.ended.is_some()));
        let (batch, again): (Vec<_>, Vec<_>) = left
            .into_iter()
            .partition(|(_, it)| it.ended.is_some() == ends && ids.insert(it.next.id.as_str()));
        let changes: Vec<_> = batch.iter().map(|(_, change)| *change).collect();
        let saved = save(tx, &changes).await?;
        for (answer, change) in batch {
            *answer = saved.contains(&change.next.id);
        }
        left = again;
    }
    Ok(answers)
}

/// Writes the changes of several deliveries. Returns the ids of those whose fence was still right.
async fn save<T: Tx>(tx: &mut T, batch: &[&Settlement]) -> Stored<HashSet<String>> {
    let ended: Vec<_> = batch.iter().filter_map(|it| Some((&it.next, it.ended.as_ref()?))).collect();
    let mut changes: Vec<_> = batch.iter().map(|it| (&it.next, it.now)).collect();
    let saved = tx.update_deliveries(&ended, &changes).await?;
    changes.retain(|(next, _)| saved.contains(&next.id));
    let over: Vec<_> = changes.iter().map(|(next, _)| *next).filter(|next| is_over(next)).collect();
    let begun: Vec<_> = batch
        .iter()
        .filter_map(|it| Some((&it.next, it.begun.as_ref()?)))
        .filter(|(next, _)| saved.contains(&next.id))
        .collect();
    tx.unblock_and_begin(&over, &begun).await?;
    keep_moving(tx, &changes).await?;
    Ok(saved)
}

/// Writes one change that nobody else makes at the same time. `false`: its fence was not right.
pub(super) async fn update<T: Tx>(tx: &mut T, next: &Delivery, now: Millis) -> Stored<bool> {
    let saved = !tx.update_deliveries(&[], &[(next, now)]).await?.is_empty();
    if saved && is_over(next) {
        tx.unblock_and_begin(&[next], &[]).await?;
    }
    Ok(saved)
}

/// Changes deliveries that failed, and returns how many.
pub async fn change_failed<T: Tx>(
    tx: &mut T,
    merchant: &str,
    destination: Destination,
    most: u32,
    now: Millis,
    change: crate::store::history::Requeue<'_>,
) -> Stored<u64> {
    let mut changed = 0;
    for failed in tx.failed_deliveries(merchant, destination, most).await? {
        let Some(next) = change(&failed) else { continue };
        if update(tx, &next, now).await? {
            keep_moving(tx, &[(&next, now)]).await?;
            changed += 1;
        }
    }
    Ok(changed)
}

/// What came later waits for what came before it, and no longer. A later part that failed holds no other one up.
fn is_over(delivery: &Delivery) -> bool {
    delivery.state == DeliveryState::Delivered
        || (delivery.part > 0 && delivery.state == DeliveryState::Failed)
}

/// What the changes of deliveries mean for others (see [`OutboxStore::save`](crate::store::OutboxStore::save)).
async fn keep_moving<T: Tx>(tx: &mut T, changed: &[(&Delivery, Millis)]) -> Stored<()> {
    use DeliveryState::{Cancelled, Delivered, Failed, Held, Queued, Sending, Unsure, Waiting};
    let mut ended = Vec::new();
    for &(changed, now) in changed {
        let Destination::Helpdesk(helpdesk) = changed.destination else { continue };
        match changed.state {
            Delivered | Failed | Cancelled => ended.push((changed, helpdesk, now)),
            // Only a person can end that: nobody waits behind it.
            Unsure if changed.needs_answer => ended.push((changed, helpdesk, now)),
            Unsure | Sending => {}
            Queued | Waiting | Held => match tx.connection_to(&changed.merchant, helpdesk).await? {
                None => connection::cancel_late(tx, changed, helpdesk, now).await?,
                Some(it) if changed.state == Held && !it.holds() => {
                    connection::release_probe(tx, &it.merchant, &it.account(), now).await?;
                }
                Some(_) => {}
            },
        }
    }
    if ended.is_empty() {
        return Ok(());
    }
    // Few are a connection's probe: all are asked about at once.
    let asked: Vec<_> = ended.iter().map(|&(ended, helpdesk, _)| (ended, helpdesk)).collect();
    let probes = tx.probes(&asked).await?;
    for (ended, helpdesk, now) in ended.into_iter().filter(|(ended, ..)| probes.contains(&ended.id)) {
        connection::probe_ended(tx, ended, helpdesk, now).await?;
    }
    Ok(())
}
