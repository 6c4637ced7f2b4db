//! Whom to ask what became of a delivery, by what, and for how long.

use super::parts::Parts;
use crate::{
    connection,
    helpdesk::{Access, Failure, Trace},
    store::{Connection, Store, StoreError, Stored},
    vault::Vault,
};
use app::model::Destination;
use domain::{
    account::Account,
    clock::{Clock, Millis},
    delivery::Delivery,
};
use std::{future::Future, sync::Arc, time::Duration};

/// What is left of a look-up's lease to store its result, in milliseconds.
const TO_SETTLE: Millis = 15_000;

/// Prepares questions about a delivery.
pub(super) struct Asking {
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
}

impl Asking {
    pub(super) fn new(parts: &Parts) -> Self {
        Self { store: parts.store.clone(), vault: parts.vault.clone(), clock: parts.world.clock.clone() }
    }

    /// The key to the very account that got the request; or why nobody can be asked there.
    pub(super) async fn access_to(
        &self,
        delivery: &Delivery,
    ) -> Stored<Result<(Connection, Access), String>> {
        let Destination::Helpdesk(helpdesk) = delivery.destination else {
            return Err(StoreError::unreadable("delivery", "destination", &delivery.id));
        };
        let Some(connection) = self.store.connection(&delivery.merchant, helpdesk).await? else {
            return Ok(Err(format!("{helpdesk} was disconnected before the ticket was confirmed.")));
        };
        if delivery.lane != connection.account().into() {
            return Ok(Err(format!(
                "Another {helpdesk} account was connected before the ticket was confirmed."
            )));
        }
        Ok(match connection::access(&connection, &self.vault) {
            Ok(access) => Ok((connection, access)),
            Err(trouble) => Err(trouble.reason),
        })
    }

    /// What the delivery's ticket is found by.
    pub(super) async fn trace(&self, delivery: &Delivery, thorough: bool) -> Stored<Trace> {
        let handover = match self.store.handover_body(&delivery.handover).await {
            // By its id it is found all the same.
            Err(StoreError::Unreadable(_)) => None,
            handover => handover?,
        };
        let email = handover.and_then(|handover| handover.conversation.shopper.email);
        Ok(Trace { external_id: delivery.handover.clone(), email, thorough })
    }

    /// The answer, if it comes before the look-up's lease ends: a later one would be refused, and somebody else would
    /// have begun anew.
    pub(super) async fn in_time<T>(
        &self,
        delivery: &Delivery,
        began: Millis,
        asked: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let lease_ends = delivery.next_at.unwrap_or(began);
        let left = lease_ends.saturating_sub(began).saturating_sub(TO_SETTLE).max(0);
        tokio::select! {
            answer = asked => answer,
            () = self.clock.sleep(Duration::from_millis(left.unsigned_abs())) => {
                Err(Failure::Ambiguous { why: "Looking the ticket up took too long.".to_owned() })
            }
        }
    }
}

/// The account that was asked for the ticket.
pub(super) fn account_of(delivery: &Delivery) -> Stored<&Account> {
    delivery.lane.account().ok_or_else(|| StoreError::unreadable("delivery", "account", &delivery.id))
}
