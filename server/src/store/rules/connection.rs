//! Changes to a connection, and to the deliveries that wait for it.

use super::settle::update;
use crate::store::{
    Connection, Stored,
    connections::{NewConnection, Sighting, Trouble},
    notices::{CancelledHandover, NoticeBody, connection_works},
    tx::{Listed, NewChange, Tx},
};
use app::model::{DeliveryState, Destination, Helpdesk, Viewer, next_receiver};
use domain::{
    Routing,
    account::Account,
    clock::Millis,
    delivery::{Delivery, Event, Moment, Rules},
    text::one_line,
    ticket::ANONYMOUS,
};

/// The maximum number of handovers listed in an email about a disconnect.
const MOST_LISTED: u32 = 200;

/// Stores credentials. Waiting deliveries move to the new account, and are released if nothing is wrong with it.
pub async fn save<T: Tx>(tx: &mut T, new: &NewConnection, by: &Viewer, now: Millis) -> Stored<()> {
    let before = tx.connection_to(&new.merchant, new.helpdesk).await?;
    let receives = match &before {
        Some(before) => before.receives,
        None => tx.receiver(&new.merchant).await?.is_none(),
    };
    // Using the time ensures that a version is never reused, even after a disconnect.
    let version = before.as_ref().map_or(now, |before| now.max(before.version.saturating_add(1)));
    tx.upsert_connection(new, receives, version).await?;
    // Unsure deliveries stay: only the account that received the request knows what it created.
    tx.move_all(&new.merchant, &new.account()).await?;
    if new.trouble.is_some() {
        tx.hold_all(&new.merchant, new.helpdesk).await?;
    }
    let action = if before.is_some() { "changed" } else { "connected" };
    record(tx, &new.merchant, new.helpdesk, action, Some(by), now).await?;
    if new.trouble.is_none() && !release_probe(tx, &new.merchant, &new.account(), now).await? {
        works(tx, &new.merchant, new.helpdesk, 0, now).await?;
    }
    Ok(())
}

/// Deletes the credentials and cancels waiting deliveries. Returns how many handovers were cancelled, or `None` if the
/// helpdesk was not connected.
pub async fn disconnect<T: Tx>(
    tx: &mut T,
    merchant: &str,
    helpdesk: Helpdesk,
    by: &Viewer,
    now: Millis,
    notice_id: &str,
) -> Stored<Option<u64>> {
    let Some(before) = tx.connection_to(merchant, helpdesk).await? else { return Ok(None) };
    let (waiting, total) = tx.waiting_handovers(merchant, helpdesk, MOST_LISTED).await?;
    tx.cancel_all(merchant, helpdesk).await?;
    tx.delete_connection(merchant, helpdesk).await?;
    if before.receives
        && let Some(next) = next_receiver(tx.connected(merchant).await?)
    {
        tx.set_receives(merchant, next).await?;
    }
    record(tx, merchant, helpdesk, "disconnected", Some(by), now).await?;
    if total > 0 {
        let cancelled = waiting.into_iter().map(cancelled).collect();
        let body = NoticeBody::Disconnected { helpdesk, by: one_line(&by.name), cancelled, total };
        tx.insert_notice(notice_id, merchant, &body, now).await?;
    }
    Ok(Some(total))
}

/// Sends new handovers to this helpdesk. Those already accepted stay with the one they were accepted for, unless they
/// are moved.
///
/// Returns how many were moved, or `None` if the helpdesk is not connected.
pub async fn receive<T: Tx>(
    tx: &mut T,
    merchant: &str,
    helpdesk: Helpdesk,
    move_waiting: bool,
    by: &Viewer,
    now: Millis,
) -> Stored<Option<u64>> {
    let Some(connection) = tx.connection_to(merchant, helpdesk).await? else { return Ok(None) };
    if !connection.receives {
        tx.set_receives(merchant, helpdesk).await?;
        record(tx, merchant, helpdesk, "receives", Some(by), now).await?;
    }
    let mut moved = 0;
    if move_waiting {
        for other in tx.connected(merchant).await?.into_iter().filter(|it| *it != helpdesk) {
            moved += take_over(tx, &connection, other, now).await?;
        }
    }
    if moved > 0 {
        record(tx, merchant, helpdesk, "moved", Some(by), now).await?;
    }
    Ok(Some(moved))
}

/// Moves what waits for another helpdesk to this one, with its later parts, if it certainly created nothing there.
/// Returns how many handovers.
///
/// An attempt that is being prepared has an older fence, so it cannot begin any more.
async fn take_over<T: Tx>(tx: &mut T, to: &Connection, from: Helpdesk, now: Millis) -> Stored<u64> {
    let destination = Destination::Helpdesk(to.helpdesk);
    let waiting = tx.waiting_deliveries(&to.merchant, from).await?;
    let mut moved = Vec::new();
    for parts in waiting.chunk_by(|one, next| one.handover == next.handover) {
        let Some(first) = parts.first().filter(|it| it.can_go_elsewhere()) else { continue };
        // It may have been cancelled here before it was sent to the other one.
        tx.delete_cancelled(&first.handover, destination).await?;
        if tx.part_state(&first.handover, destination, 0).await?.is_some() {
            continue;
        }
        for part in parts {
            update(tx, &part.redirected(to.account(), to.holds(), now), now).await?;
        }
        moved.push(first);
    }
    // The other helpdesk's probe may be among them. The next one is chosen from what stays.
    let asked: Vec<_> = moved.iter().map(|first| (*first, from)).collect();
    let probes = if asked.is_empty() { Default::default() } else { tx.probes(&asked).await? };
    for first in moved.iter().filter(|first| probes.contains(&first.id)) {
        probe_ended(tx, first, from, now).await?;
    }
    Ok(moved.len() as u64)
}

/// Records that the helpdesk rejected a ticket because of the connection's team or priority.
pub async fn routing_refused<T: Tx>(tx: &mut T, seen: &Sighting<'_>) -> Stored<()> {
    let Some(connection) = sighted(tx, seen).await? else { return Ok(()) };
    let refused = Routing { refused: true, ..connection.routing };
    tx.set_routing(seen.merchant, seen.helpdesk, &refused).await
}

/// Marks the connection as broken. Returns `false` if the credentials have changed since, or if the connection was
/// already marked and its next test is scheduled.
pub async fn broke<T: Tx>(
    tx: &mut T,
    seen: &Sighting<'_>,
    trouble: &Trouble,
    recheck_at: Millis,
    notice_id: &str,
) -> Stored<bool> {
    let Some(connection) = sighted(tx, seen).await? else { return Ok(false) };
    let known = connection.trouble.is_some();
    if known && connection.recheck_at.is_some() {
        return Ok(false);
    }
    // If it was already known, a probe may have failed: the next test comes later, and the team gets no second email.
    let rechecks = if known { connection.rechecks.saturating_add(1) } else { 0 };
    tx.set_trouble(&connection, trouble, recheck_at, rechecks).await?;
    tx.hold_all(seen.merchant, seen.helpdesk).await?;
    if !known {
        record(tx, seen.merchant, seen.helpdesk, "broke", None, seen.now).await?;
        let body =
            NoticeBody::ConnectionBroke { helpdesk: seen.helpdesk, reason: trouble.reason.to_string() };
        tx.insert_notice(notice_id, seen.merchant, &body, seen.now).await?;
    }
    Ok(true)
}

/// Releases the oldest held delivery after a test passed. Returns `false` if the credentials have changed since.
pub async fn recovered<T: Tx>(tx: &mut T, seen: &Sighting<'_>) -> Stored<bool> {
    let connection = sighted(tx, seen).await?;
    let Some(connection) = connection.filter(|it| it.trouble.is_some() && it.recheck_at.is_some()) else {
        return Ok(false);
    };
    tx.clear_recheck(seen.merchant, seen.helpdesk).await?;
    if !release_probe(tx, seen.merchant, &connection.account(), seen.now).await? {
        works(tx, seen.merchant, seen.helpdesk, 0, seen.now).await?;
    }
    Ok(true)
}

/// Marks the connection as working, because its probe was delivered.
pub async fn probe_succeeded<T: Tx>(tx: &mut T, seen: &Sighting<'_>, delivery: &str) -> Stored<()> {
    let connection = sighted(tx, seen).await?;
    if connection.is_some_and(|it| it.probe.as_deref() == Some(delivery)) {
        tx.set_probe(seen.merchant, seen.helpdesk, None).await?;
        works(tx, seen.merchant, seen.helpdesk, 1, seen.now).await?;
    }
    Ok(())
}

/// Handles the end of a probe: a ticket shows that the connection works; otherwise the next held delivery becomes the
/// probe.
pub(super) async fn probe_ended<T: Tx>(
    tx: &mut T,
    ended: &Delivery,
    helpdesk: Helpdesk,
    now: Millis,
) -> Stored<()> {
    let merchant = &ended.merchant;
    let connection = tx.connection_to(merchant, helpdesk).await?;
    let Some(connection) = connection.filter(|it| it.probe.as_ref() == Some(&ended.id)) else {
        return Ok(());
    };
    tx.set_probe(merchant, helpdesk, None).await?;
    let made = ended.state == DeliveryState::Delivered;
    if made || !release_probe(tx, merchant, &connection.account(), now).await? {
        works(tx, merchant, helpdesk, made.into(), now).await?;
    }
    Ok(())
}

/// Cancels a delivery that was in flight when its helpdesk was disconnected and that created nothing. The team gets an
/// email, because the disconnect's list of cancelled handovers did not include it.
pub(super) async fn cancel_late<T: Tx>(
    tx: &mut T,
    late: &Delivery,
    helpdesk: Helpdesk,
    now: Millis,
) -> Stored<()> {
    let at = Moment { now, chance: 0.5 };
    let Ok(next) = late.after(Event::Disconnected, at, Rules::default()) else { return Ok(()) };
    update(tx, &next, now).await?;
    let by = tx.disconnected_by(&late.merchant, helpdesk).await?;
    let listed = tx.listed(&late.handover).await?;
    let body = NoticeBody::Disconnected {
        helpdesk,
        by: by.unwrap_or_else(|| "Somebody".to_owned()),
        cancelled: vec![cancelled(listed)],
        total: 1,
    };
    // One notice per cancellation.
    let notice = format!("{}.{}", next.id, next.fence);
    tx.insert_notice(&notice, &late.merchant, &body, now).await
}

/// Releases the oldest held delivery as a probe for the others, and lets look-ups count again. Returns `false` if none
/// is held.
pub(super) async fn release_probe<T: Tx>(
    tx: &mut T,
    merchant: &str,
    account: &Account,
    now: Millis,
) -> Stored<bool> {
    let helpdesk = account.helpdesk;
    let released = tx.releasable(merchant, account).await?;
    let at = Moment { now, chance: 0.5 };
    let mut probing = false;
    for delivery in &released {
        // `Released` is valid in both states, so it is never rejected. W only matters after the look-up.
        let Ok(next) = delivery.after(Event::Released, at, Rules::default()) else { continue };
        update(tx, &next, now).await?;
        if delivery.state == DeliveryState::Held {
            probing = true;
            tx.set_probe(merchant, helpdesk, Some(&delivery.id)).await?;
        }
    }
    if !probing {
        // No held delivery may go first; the rest wait for their own ticket anyway.
        tx.release_all(merchant, helpdesk, now).await?;
    }
    Ok(probing)
}

/// Marks the connection as working and releases everything held. A team that was told that it broke is told so.
/// `arrived` is how many of the handovers that waited have just become a ticket.
async fn works<T: Tx>(
    tx: &mut T,
    merchant: &str,
    helpdesk: Helpdesk,
    arrived: u64,
    now: Millis,
) -> Stored<()> {
    let told = tx.is_recorded_broken(merchant, helpdesk).await?;
    if tx.set_works(merchant, helpdesk).await? || told {
        record(tx, merchant, helpdesk, "recovered", None, now).await?;
    }
    if told {
        let (_, waiting) = tx.waiting_handovers(merchant, helpdesk, 1).await?;
        let body = NoticeBody::ConnectionWorks { helpdesk, waited: waiting + arrived };
        tx.insert_notice(&connection_works(merchant, helpdesk, now), merchant, &body, now).await?;
    }
    tx.release_all(merchant, helpdesk, now).await
}

/// Returns the connection that was seen, unless its credentials have changed since.
async fn sighted<T: Tx>(tx: &mut T, seen: &Sighting<'_>) -> Stored<Option<Connection>> {
    let connection = tx.connection_to(seen.merchant, seen.helpdesk).await?;
    Ok(connection.filter(|it| it.version == seen.version))
}

fn cancelled(listed: Listed) -> CancelledHandover {
    let Listed { subject, summary } = listed;
    CancelledHandover {
        subject,
        shopper: summary.shopper_email.or(summary.shopper_name).unwrap_or_else(|| ANONYMOUS.to_owned()),
        url: summary.conversation_url,
    }
}

async fn record<T: Tx>(
    tx: &mut T,
    merchant: &str,
    helpdesk: Helpdesk,
    action: &'static str,
    by: Option<&Viewer>,
    at: Millis,
) -> Stored<()> {
    let by = by.map(|by| (by.subject.as_str(), one_line(&by.name)));
    tx.insert_change(&NewChange { merchant, helpdesk, action, by, at }).await
}
