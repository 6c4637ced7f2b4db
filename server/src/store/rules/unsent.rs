//! Handovers that no helpdesk got, sent on request.

use super::additions;
use crate::store::{
    Stored,
    tx::{NewDelivery, Tx},
};
use app::model::Destination;
use domain::{clock::Millis, delivery::Delivery};

/// Sends them to the helpdesk that receives handovers, if there is one. Returns how many.
pub async fn send<T: Tx>(
    tx: &mut T,
    merchant: &str,
    now: Millis,
    new_id: &(dyn Fn() -> String + Send + Sync),
) -> Stored<u64> {
    let Some(to) = tx.receiver(merchant).await? else { return Ok(0) };
    let unsent = tx.unsent(merchant).await?;
    let destination = Destination::Helpdesk(to.helpdesk);
    // Counted from now: nobody was waiting for a ticket before the button was pressed.
    let late_at = tx.team_of(merchant).await?.late_at(now);
    let count = unsent.len() as u64;
    for id in unsent {
        // Cancelled deliveries are replaced by new ones: they were never sent, or what was sent created nothing.
        tx.delete_cancelled(&id, destination).await?;
        let lane = to.account().into();
        let delivery = Delivery::new(new_id(), id, merchant.into(), destination, lane, to.holds(), now);
        let new = NewDelivery { delivery, blocked: false, late_at };
        tx.insert_deliveries(std::slice::from_ref(&new)).await?;
        for part in tx.parts(&new.delivery.handover).await? {
            additions::add_part(tx, &new.delivery, part, None, now).await?;
        }
    }
    Ok(count)
}
