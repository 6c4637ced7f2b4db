//! Changes of deliveries, with their effects on others.

use super::{answers, connection};
use crate::store::{
    Stored,
    outbox::{Begun, Ended},
    tx::Tx,
};
use app::model::{DeliveryState, Destination};
use domain::{clock::Millis, delivery::Delivery};
use std::collections::HashSet;

/// A delivery's change, with the attempt that began or ended.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// The delivery after the change.
    pub next: Delivery,
    /// The attempt that begins with it.
    pub begun: Option<Begun>,
    /// The attempt that ends with it.
    pub ended: Option<Ended>,
    /// When it happened.
    pub now: Millis,
}

/// Writes the changes as if one after the other. Returns for each whether its fence was still current.
pub async fn settle<T: Tx>(tx: &mut T, all: &[Settlement]) -> Stored<Vec<bool>> {
    let mut answers = vec![false; all.len()];
    let mut left: Vec<_> = answers.iter_mut().zip(all).collect();
    while !left.is_empty() {
        // The second change of a delivery must find the result of the first. Beginnings and ends are written
        // separately: a statement for each combination of their counts would be too many for a database to cache.
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

/// Writes the changes of distinct deliveries. Returns the ids of those whose fence was still current.
async fn save<T: Tx>(tx: &mut T, batch: &[&Settlement]) -> Stored<HashSet<String>> {
    let ended: Vec<_> = batch.iter().filter_map(|it| Some((&it.next, it.ended.as_ref()?))).collect();
    let mut changes: Vec<_> = batch.iter().map(|it| (&it.next, it.now)).collect();
    let saved = tx.update_deliveries(&ended, &changes).await?;
    changes.retain(|(next, _)| saved.contains(&next.id));
    let over: Vec<_> =
        changes.iter().map(|(next, _)| *next).filter(|next| is_over(next.part, next.state)).collect();
    let begun: Vec<_> = batch
        .iter()
        .filter_map(|it| Some((&it.next, it.begun.as_ref()?)))
        .filter(|(next, _)| saved.contains(&next.id))
        .collect();
    tx.unblock_and_begin(&over, &begun).await?;
    keep_moving(tx, &changes).await?;
    // Not the later checks of a ticket that has long been there.
    let arrived = |it: &&&Settlement| {
        it.begun.is_none() && it.next.state == DeliveryState::Delivered && it.next.checks == 0
    };
    let arrived = batch.iter().filter(arrived).filter(|it| saved.contains(&it.next.id));
    let arrived: Vec<_> = arrived.map(|it| (&it.next, it.now)).collect();
    answers::sent_to(tx, &arrived).await?;
    Ok(saved)
}

/// Writes one change that nothing else in the transaction makes. Returns `false` if its fence was out of date.
pub(super) async fn update<T: Tx>(tx: &mut T, next: &Delivery, now: Millis) -> Stored<bool> {
    let saved = !tx.update_deliveries(&[], &[(next, now)]).await?.is_empty();
    if saved && is_over(next.part, next.state) {
        tx.unblock_and_begin(&[next], &[]).await?;
    }
    Ok(saved)
}

/// Changes failed deliveries, and returns how many.
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

/// Returns whether the part after this one may be sent. A failed later part does not hold up the next.
pub(super) fn is_over(part: u32, state: DeliveryState) -> bool {
    state == DeliveryState::Delivered || (part > 0 && state == DeliveryState::Failed)
}

/// Applies the effects on others (see [`OutboxStore::save`](crate::store::OutboxStore::save)).
async fn keep_moving<T: Tx>(tx: &mut T, changed: &[(&Delivery, Millis)]) -> Stored<()> {
    use DeliveryState::{Cancelled, Delivered, Failed, Held, Queued, Sending, Unsure, Waiting};
    let mut ended = Vec::new();
    for &(changed, now) in changed {
        let Destination::Helpdesk(helpdesk) = changed.destination else { continue };
        match changed.state {
            Delivered | Failed | Cancelled => ended.push((changed, helpdesk, now)),
            // Only the merchant can end this, so nothing waits behind it.
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
    // Few of them are a probe, so one query asks for all.
    let asked: Vec<_> = ended.iter().map(|&(ended, helpdesk, _)| (ended, helpdesk)).collect();
    let probes = tx.probes(&asked).await?;
    for (ended, helpdesk, now) in ended.into_iter().filter(|(ended, ..)| probes.contains(&ended.id)) {
        connection::probe_ended(tx, ended, helpdesk, now).await?;
    }
    Ok(())
}
