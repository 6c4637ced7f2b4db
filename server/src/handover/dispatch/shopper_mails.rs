//! Emails shoppers the answers that they have not seen in the chat (`store/shopper_mail.rs`).

use super::{
    super::shopper_mail::{self, EARLIER, Unseen},
    parts::Parts,
};
use crate::{
    address, connection,
    mail::{MailError, Mailer},
    metrics::{MailKind, Metrics},
    store::{Store, Stored, conversations::Turn, shopper_mail::ShopperMail},
};
use app::model::ChatAuthor;
use domain::{
    clock::{Millis, World},
    delivery::LEASE,
};
use std::sync::Arc;

/// How long an email is tried, in milliseconds. After that, nobody waits for it any more.
const TRIED_FOR: Millis = 7 * 24 * 3_600_000;
/// How many messages are read for one email: the earlier ones, and as many again that are new or not shown.
const READ: u32 = 2 * EARLIER as u32;

/// Leases and sends emails to shoppers.
pub(super) struct ShopperMails {
    store: Arc<dyn Store>,
    mailer: Arc<dyn Mailer>,
    metrics: Arc<Metrics>,
    world: World,
}

impl ShopperMails {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            store: parts.store.clone(),
            mailer: parts.mailer.clone(),
            metrics: parts.metrics.clone(),
            world: parts.world.clone(),
        }
    }

    fn now(&self) -> Millis {
        self.world.clock.now_ms()
    }

    /// Leases the first due email.
    pub(super) async fn lease(&self, now: Millis) -> Stored<Option<ShopperMail>> {
        self.store.lease_shopper_mail(now, now + LEASE).await
    }

    /// Gives a lease back, so that the email is due again immediately.
    pub(super) async fn hand_back(&self, mail: &ShopperMail) -> Stored<()> {
        self.store.postpone_shopper_mail(mail, self.now()).await
    }

    /// Sends one email, unless the shopper has seen everything, or has no address.
    pub(super) async fn send(&self, mail: ShopperMail) -> Stored<()> {
        let found = self.store.conversation(&mail.merchant, &mail.conversation).await?;
        let sent = self.store.sent_shopper_mails(&mail.conversation).await?;
        let Some((conversation, to)) = found.and_then(|it| it.shopper_email.clone().map(|to| (it, to)))
        else {
            return self.store.end_shopper_mail(&mail, None, self.now()).await;
        };
        let mailed_to = sent.iter().map(|it| it.sent_to).max().unwrap_or_default();
        let from = conversation.seen_to.max(mailed_to) + 1;
        let turns = self.store.last_turns(&mail.conversation, READ).await?;
        let is_new = |turn: &Turn| turn.author == ChatAuthor::Agent && turn.number >= from;
        let goes = mail.asked_to >= from && turns.iter().any(is_new) && !address::is_of_a_machine(&to);
        let Some(last) = turns.last().filter(|_| goes) else {
            return self.store.end_shopper_mail(&mail, None, self.now()).await;
        };
        if let Some(at) = self.store.reserve_shopper_mail(&mail, &to, self.now()).await? {
            tracing::warn!(merchant = mail.merchant, "an address gets too many emails; one waits");
            return self.store.postpone_shopper_mail(&mail, at).await;
        }
        let team = self.store.team_email(&mail.merchant).await?;
        let unseen = Unseen {
            conversation: &conversation,
            turns: &turns,
            from,
            team: team.as_ref(),
            earlier_mails: sent.into_iter().map(|it| it.id).collect(),
        };
        let done = self.mailer.send(shopper_mail::write(&mail.id, &to, unseen)).await;
        self.metrics.mail(MailKind::Answer, &done);
        if let Err(error) = &done {
            tracing::warn!(merchant = mail.merchant, %error, "an email to a shopper was not sent");
        }
        let now = self.now();
        match done {
            Ok(()) => self.store.end_shopper_mail(&mail, Some(last.number), now).await,
            Err(MailError::Later(_) | MailError::RefusesUs(_)) if now < mail.created_at + TRIED_FOR => {
                let wait = connection::recheck_wait(mail.attempts, self.world.entropy.fraction());
                self.store.postpone_shopper_mail(&mail, now + wait).await
            }
            Err(_) => self.store.end_shopper_mail(&mail, None, now).await,
        }
    }
}
