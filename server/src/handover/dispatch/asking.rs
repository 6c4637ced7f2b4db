//! Prepares look-ups: which account to ask, what to search for, and how long it may take.

use super::parts::Parts;
use crate::{
    connection,
    helpdesk::{Access, Failure, Trace},
    store::{Connection, Store, StoreError, Stored},
    vault::Vault,
};
use app::model::Destination;
use domain::{
    Said,
    account::Account,
    clock::{Clock, Millis},
    delivery::Delivery,
    said, sentences,
};
use std::{future::Future, sync::Arc, time::Duration};

/// Milliseconds of a look-up's lease that are reserved for storing its result.
const TO_SETTLE: Millis = 15_000;

sentences! {
    pub(super) HANDOVER_UNREADABLE = "look_up.unreadable": "The handover could not be read.";
    DISCONNECTED = "look_up.disconnected": "{helpdesk} was disconnected before the ticket was confirmed.";
    OTHER_ACCOUNT = "look_up.other_account": "Another {helpdesk} account was connected before the ticket was confirmed.";
    TOO_SLOW = "look_up.too_slow": "Looking up the ticket took too long.";
}

/// Prepares look-ups of a delivery.
pub(super) struct Asking {
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
}

impl Asking {
    pub(super) fn new(parts: &Parts) -> Self {
        Self { store: parts.store.clone(), vault: parts.vault.clone(), clock: parts.world.clock.clone() }
    }

    /// Returns access to the account that got the request, or the reason why it can no longer be asked.
    pub(super) async fn access_to(&self, delivery: &Delivery) -> Stored<Result<(Connection, Access), Said>> {
        let Destination::Helpdesk(helpdesk) = delivery.destination else {
            return Err(StoreError::unreadable("delivery", "destination", &delivery.id));
        };
        let Some(connection) = self.store.connection(&delivery.merchant, helpdesk).await? else {
            return Ok(Err(said!(DISCONNECTED, helpdesk = helpdesk.name())));
        };
        if delivery.lane != connection.account().into() {
            return Ok(Err(said!(OTHER_ACCOUNT, helpdesk = helpdesk.name())));
        }
        if self.store.is_shared() && connection::is_locked_here(&connection, &self.vault) {
            return Err(StoreError::unavailable("this process lacks a master key"));
        }
        Ok(match connection::access(&connection, &self.vault) {
            Ok(access) => Ok((connection, access)),
            Err(trouble) => Err(trouble.reason),
        })
    }

    /// Returns the ids by which the delivery's ticket can be found.
    pub(super) async fn trace(&self, delivery: &Delivery, thorough: bool) -> Stored<Trace> {
        let handover = match self.store.handover_body(&delivery.handover).await {
            // The search by external id does not need the body.
            Err(StoreError::Unreadable(_)) => None,
            handover => handover?,
        };
        let email = handover.and_then(|handover| handover.conversation.shopper.email);
        Ok(Trace { external_id: delivery.handover.clone(), email, thorough })
    }

    /// Runs a look-up, but gives up before its lease ends.
    ///
    /// A result that came later would be rejected by the fence, and another task would already have started over.
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
                Err(Failure::Ambiguous { why: TOO_SLOW.into() })
            }
        }
    }
}

/// Returns the account that the delivery was sent to.
pub(super) fn account_of(delivery: &Delivery) -> Stored<&Account> {
    delivery.lane.account().ok_or_else(|| StoreError::unreadable("delivery", "account", &delivery.id))
}
