//! The client for merchants' own webhooks: events signed as Standard Webhooks specifies. `docs/webhook.md` describes them.

mod answer;
mod post;
mod sentences;

use crate::{
    helpdesk::{
        Access, HelpdeskClient, Meter,
        clients::Reach,
        events::{EventClient, EventHelpdesk, EventMessage, Undelivered},
    },
    internet::Internet,
};
use app::model::{Helpdesk as Kind, TestOutcome};
use domain::{clock::World, delivery::REQUEST_ENDS_AFTER, event};
use std::{sync::Arc, time::Duration};

const KIND: Kind = Kind::WEBHOOK;

/// Creates the client.
pub fn client(reach: Reach) -> Arc<dyn HelpdeskClient> {
    Arc::new(EventHelpdesk(Webhook { internet: reach.internet, world: reach.world }))
}

/// The client.
pub struct Webhook {
    internet: Internet,
    world: World,
}

impl Webhook {
    /// Returns when a request that begins now ends at the latest.
    fn ends_at(&self) -> Duration {
        self.world.clock.since_boot() + Duration::from_millis(REQUEST_ENDS_AFTER.unsigned_abs())
    }
}

#[async_trait::async_trait]
impl EventClient for Webhook {
    fn kind(&self) -> Kind {
        KIND
    }

    async fn check(&self, access: &Access, meter: &dyn Meter) -> TestOutcome {
        let body = event::test(self.world.clock.now()).into();
        let test = EventMessage { id: self.world.new_id(), body };
        answer::tested(self.post(access, &test, self.ends_at(), meter).await)
    }

    async fn send(
        &self,
        access: &Access,
        event: &EventMessage,
        ends_at: Duration,
        meter: &dyn Meter,
    ) -> Result<(), Undelivered> {
        answer::sent(self.post(access, event, ends_at, meter).await)
    }
}
