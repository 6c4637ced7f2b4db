//! Sends handovers to the team by email, with several later parts in one email.

use super::{
    super::mail::TeamMail,
    parts::Parts,
    settle::{Settler, unreadable},
};
use crate::{
    mail::{Mail, MailError, Mailer},
    metrics::{MailKind, Metrics},
    store::{
        Store, StoreError, Stored,
        handovers::{Filter, HandoverRecord},
    },
};
use app::model::{AttemptKind, DeliveryState, Destination, EmailAddress};
use domain::{
    addition,
    delivery::{Delivery, Event, Nothing},
    handover::Handover,
    sentences,
};
use std::sync::Arc;

sentences! {
    NO_ADDRESS = "dispatch.no_address": "The team's email address was removed before the email was sent.";
}

/// Sends the deliveries that are emails.
pub(super) struct Mails {
    store: Arc<dyn Store>,
    mailer: Arc<dyn Mailer>,
    team_mail: TeamMail,
    metrics: Arc<Metrics>,
    settler: Arc<Settler>,
}

impl Mails {
    pub(super) fn new(parts: &Parts, settler: &Arc<Settler>) -> Self {
        Self {
            store: parts.store.clone(),
            mailer: parts.mailer.clone(),
            team_mail: parts.team_mail.clone(),
            metrics: parts.metrics.clone(),
            settler: settler.clone(),
        }
    }

    /// Sends one delivery together with every later part that is waiting, and settles them all alike.
    pub(super) async fn send(&self, delivery: Delivery) -> Stored<()> {
        let handover = match self.store.handover_body(&delivery.handover).await {
            Err(StoreError::Unreadable(_)) => None,
            handover => handover?,
        };
        let to = self.store.team_email(&delivery.merchant).await?;
        let mut together = Vec::new();
        let event = match (handover, to) {
            (Some(handover), Some(to)) => {
                let mail = if delivery.part == 0 {
                    Some(self.team_mail.handover(&delivery.id, &to, &handover))
                } else {
                    together = self.lease_with(&delivery).await?;
                    self.additions(&delivery, &together, &handover, &to).await?
                };
                match mail {
                    Some(mail) => self.post(mail).await,
                    // Nothing in it is news to the team.
                    None => Event::Made(None),
                }
            }
            (None, _) => unreadable(),
            (_, None) => Event::MadeNothing(Nothing::Final { why: NO_ADDRESS.into() }),
        };
        for delivery in std::iter::once(delivery).chain(together) {
            self.settler.settle(&delivery, event.clone()).await?;
        }
        Ok(())
    }

    /// Writes the email for a later part and the parts that go with it. Returns `None` if the team knows all of it.
    async fn additions(
        &self,
        delivery: &Delivery,
        together: &[Delivery],
        handover: &Handover,
        to: &EmailAddress,
    ) -> Stored<Option<Result<Mail, MailError>>> {
        let mut additions = Vec::new();
        for part in std::iter::once(delivery).chain(together) {
            let addition = self.store.addition(&part.handover, part.part).await?;
            let missing = || StoreError::unreadable("handover_addition", "body", &part.id);
            additions.push(addition.ok_or_else(missing)?);
        }
        let filter = Filter { id: Some(delivery.handover.clone()), limit: 1, ..Filter::default() };
        let record = self.store.handovers(&delivery.merchant, &filter).await?.pop();
        // The address that lists show: the first that the shopper left.
        let email = record.as_ref().and_then(left_address);
        let email = email.or_else(|| handover.conversation.shopper.email.clone());
        let deliveries = record.map(|record| record.deliveries).unwrap_or_default();
        let first_mail = deliveries.iter().find(|it| it.destination == Destination::Email);
        // A delivered ticket or event.
        let has_ticket = deliveries
            .iter()
            .any(|it| it.destination != Destination::Email && it.state == DeliveryState::Delivered);
        let news = addition::news(additions, email.as_ref(), has_ticket);
        if news.is_empty() {
            return Ok(None);
        }
        let mail = self.team_mail.additions(&delivery.id, to, handover, &news, email);
        Ok(Some(
            mail.map(|mail| Mail {
                thread: first_mail.map(|it| it.id.clone()).into_iter().collect(),
                ..mail
            }),
        ))
    }

    /// Sends the email and returns what the result means for its deliveries.
    async fn post(&self, mail: Result<Mail, MailError>) -> Event {
        let sent = match mail {
            Ok(mail) => self.mailer.send(mail).await,
            Err(error) => Err(error),
        };
        self.metrics.mail(MailKind::Handover, &sent);
        match sent {
            Ok(()) => Event::Made(None),
            Err(MailError::Later(why) | MailError::RefusesUs(why)) => {
                Event::MadeNothing(Nothing::TryAgain { after: None, why })
            }
            Err(MailError::Never(why)) => Event::MadeNothing(Nothing::Final { why }),
        }
    }

    /// Leases the untried parts that go into the same email.
    async fn lease_with(&self, delivery: &Delivery) -> Stored<Vec<Delivery>> {
        let mut together = Vec::new();
        for part in self.store.untried_after(delivery).await? {
            match self.settler.lease(&part, Event::Leased, AttemptKind::Mail).await? {
                Some(leased) => together.push(leased),
                // This part has just grown. It and every part after it go with the next email.
                None => break,
            }
        }
        Ok(together)
    }
}

/// Returns the address that the shopper left, even if only after the handover, so that the team's reply reaches them.
fn left_address(record: &HandoverRecord) -> Option<EmailAddress> {
    EmailAddress::parse(record.summary.shopper_email.as_deref()?).ok()
}
