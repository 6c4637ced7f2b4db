//! Adds messages to a handover: skips the known ones, collects new ones while they wait, and makes them a further part
//! of each delivery.

use super::settle::is_over;
use crate::store::{
    Stored,
    handovers::NewHandover,
    tx::{NewDelivery, Tx},
};
use app::model::{DeliveryState, Destination};
use domain::{
    addition::{Addition, LATELY, Lately, additions, gather, leaves_at},
    clock::Millis,
    delivery::Delivery,
    handover::Message,
};

/// Stores the messages and the address that are not known yet. They are sent after the ticket.
pub async fn add_new<T: Tx>(tx: &mut T, id: &str, new: &NewHandover) -> Stored<()> {
    let kept = tx.kept_handover(id).await?;
    let (first, removed_at) = (kept.handover, kept.removed_at);
    let later = tx.additions(id).await?;
    let known = || {
        let added = later.iter().filter_map(|addition| match addition {
            Addition::Messages(messages) => Some(messages),
            Addition::Address(_) => None,
        });
        first.conversation.messages.iter().chain(added.flatten())
    };
    // A message without an id is known if the same message is stored, or, once the transcript has been removed, if it
    // is older than the removal.
    let was_there = |message: &Message| {
        removed_at.zip(message.sent_at).is_some_and(|(removed, sent)| sent.as_millisecond() < removed)
    };
    let is_new = |message: &&Message| match &message.id {
        Some(id) => !known().any(|it| it.id.as_ref() == Some(id)),
        None => !known().any(|it| it == *message) && !was_there(message),
    };
    let messages: Vec<_> = new.handover.conversation.messages.iter().filter(is_new).cloned().collect();
    let has_address = first.conversation.shopper.email.is_some()
        || later.iter().any(|addition| matches!(addition, Addition::Address(_)));
    let email = new.handover.conversation.shopper.email.clone().filter(|_| !has_address);
    add(tx, id, additions(messages, email), new.accepted_at).await
}

/// Stores additions. Adds what fits to the part that is still waiting, and makes the rest further parts of every
/// delivery of the handover.
pub async fn add<T: Tx>(tx: &mut T, id: &str, additions: Vec<Addition>, now: Millis) -> Stored<()> {
    if additions.is_empty() {
        return Ok(());
    }
    let last = tx.last_addition(id, now.saturating_sub(LATELY)).await?;
    let (mut part, waiting, lately) =
        last.map_or_else(|| (0, None, Lately::default()), |it| (it.part, it.waiting, it.lately));
    let addresses: Vec<_> = additions.iter().filter_map(Addition::address).cloned().collect();
    let (grown, additions) = gather(waiting, additions);
    if let Some(grown) = grown {
        tx.change_addition(id, part, &grown).await?;
    }
    let mut deliveries = tx.deliveries_of(id).await?;
    deliveries.retain(|it| it.state != DeliveryState::Cancelled);
    tx.keep_transcript(id).await?;
    for addition in additions {
        part += 1;
        tx.insert_addition(id, part, &addition, now).await?;
        for first in &deliveries {
            add_part(tx, first, part, leaves_at(first.destination, lately, now), now).await?;
        }
    }
    for email in addresses {
        tx.set_shopper_email(id, &email).await?;
    }
    Ok(())
}

/// Adds a later part to a delivery. It is sent after the previous part, and not before `leaves_at`.
pub async fn add_part<T: Tx>(
    tx: &mut T,
    first: &Delivery,
    part: u32,
    leaves_at: Option<Millis>,
    now: Millis,
) -> Stored<()> {
    let before = tx.part_state(&first.handover, first.destination, part - 1).await?;
    let over = before.is_none_or(|state| is_over(part - 1, state));
    // The ticket's account, or the one that has been connected since.
    let (mut lane, mut held) = (first.lane.clone(), first.state == DeliveryState::Held);
    if let Destination::Helpdesk(helpdesk) = first.destination
        && let Some(to) = tx.connection_to(&first.merchant, helpdesk).await?
    {
        lane = to.account().into();
        held = to.holds();
    }
    let id = format!("{}.{}.{part}", first.handover, first.destination.slug());
    let (handover, merchant) = (first.handover.clone(), first.merchant.clone());
    let delivery =
        Delivery::new(id, handover, merchant, first.destination, lane, held, now).later(part, leaves_at);
    tx.insert_deliveries(&[NewDelivery { delivery, blocked: !over, late_at: None }]).await
}
