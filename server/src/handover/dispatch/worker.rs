//! Passes each piece of work to the collaborator for its kind.

use super::{
    answers::AnswerLooks, asking::Asking, doubles::Doubles, look_up::LookUps, mails::Mails, notices::Notices,
    parts::Parts, recheck::Rechecks, send::TicketSender, settle::Settler, shopper_mails::ShopperMails,
    work::Work,
};
use crate::store::Stored;
use std::sync::Arc;

/// Performs any piece of work.
pub(super) struct Worker {
    tickets: TicketSender,
    mails: Mails,
    look_ups: LookUps,
    doubles: Doubles,
    notices: Arc<Notices>,
    shopper_mails: Arc<ShopperMails>,
    rechecks: Arc<Rechecks>,
    answers: Arc<AnswerLooks>,
}

impl Worker {
    pub(super) fn new(
        parts: &Parts,
        settler: &Arc<Settler>,
        notices: &Arc<Notices>,
        shopper_mails: &Arc<ShopperMails>,
        rechecks: &Arc<Rechecks>,
        answers: &Arc<AnswerLooks>,
    ) -> Self {
        let asking = Arc::new(Asking::new(parts));
        Self {
            tickets: TicketSender::new(parts, settler),
            mails: Mails::new(parts, settler),
            look_ups: LookUps::new(parts, &asking, settler),
            doubles: Doubles::new(parts, &asking, settler),
            notices: notices.clone(),
            shopper_mails: shopper_mails.clone(),
            rechecks: rechecks.clone(),
            answers: answers.clone(),
        }
    }

    /// Performs the work and settles it.
    pub(super) async fn perform(&self, work: Work) -> Stored<()> {
        tracing::debug!("work began");
        match work {
            Work::Create(creation) => self.tickets.create(*creation).await,
            Work::Mail(delivery) => self.mails.send(delivery).await,
            Work::LookUp(delivery) => self.look_ups.look_up(delivery).await,
            Work::Check(delivery) => self.doubles.check(delivery).await,
            Work::Notice(notice) => self.notices.send(*notice).await,
            Work::ShopperMail(mail) => self.shopper_mails.send(*mail).await,
            Work::Recheck(connection) => self.rechecks.recheck(*connection).await,
            Work::Answers(watch) => self.answers.look(*watch).await,
        }
    }
}
