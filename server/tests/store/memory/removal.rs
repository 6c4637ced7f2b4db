//! Removal of old data, in memory.

use super::{MemoryStore, State};
use app::model::{DeliveryState, Destination};
use convi_server::store::{
    Stored,
    handovers::Summary,
    notices::no_ticket_yet,
    removal::{Erased, RemovalStore, Removed},
};
use domain::clock::Millis;
use std::collections::HashSet;

#[async_trait::async_trait]
impl RemovalStore for MemoryStore {
    async fn remove_transcripts(&self, before: Millis, now: Millis) -> Stored<Removed> {
        let mut state = self.state().await;
        let mut removed = Removed::default();
        state.remove_handovers(before, now, &mut removed);
        state.remove_conversations(before, &mut removed);
        state.notices.retain(|id, it| {
            let goes = it.next_at.is_none() && it.created_at <= before && !id.ends_with(".no-ticket-yet");
            removed.mails.extend(goes.then(|| id.clone()));
            !goes
        });
        Ok(removed)
    }

    async fn remove_visitors(&self, ended: Millis, silent: Option<Millis>) -> Stored<u64> {
        let mut state = self.state().await;
        let speaking: HashSet<_> = state.turns.keys().map(|(id, _)| id.clone()).collect();
        let before = state.visitors.len();
        state.visitors.retain(|it| {
            let speaks = it.conversation.as_ref().is_some_and(|id| speaking.contains(id));
            it.seen_at > ended && (speaks || silent.is_none_or(|silent| it.seen_at > silent))
        });
        Ok((before - state.visitors.len()) as u64)
    }

    async fn forget_words(&self, _begins: bool) -> Stored<bool> {
        Ok(false)
    }

    async fn erase_merchant(&self, merchant: &str) -> Stored<Erased> {
        let mut state = self.state().await;
        let notices = state.notices.values().map(|it| &it.notice).filter(|it| it.merchant == merchant);
        let mut mails: Vec<_> = notices.map(|it| it.id.clone()).collect();
        let shoppers = state.shopper_mails.values().map(|it| &it.mail).filter(|it| it.merchant == merchant);
        mails.extend(shoppers.map(|it| it.id.clone()));
        mails.extend(state.to(merchant, Destination::Email).map(|it| it.id.clone()));
        let theirs = state.deliveries.iter().map(|it| &it.delivery).filter(|it| it.merchant == merchant);
        let deliveries: HashSet<_> = theirs.map(|it| it.id.clone()).collect();
        let theirs = state.handovers.iter().filter(|(_, it)| it.handover.merchant == merchant);
        let handovers: HashSet<_> = theirs.map(|(id, _)| id.clone()).collect();
        let theirs = state.conversations.values().filter(|it| it.merchant == merchant);
        let conversations: HashSet<_> = theirs.map(|it| it.id.clone()).collect();
        let mut rows = Vec::new();
        /// Keeps only the rows of other merchants and counts the removed ones.
        macro_rules! erase {
            ($table:ident, $theirs:expr) => {{
                let before = state.$table.len();
                state.$table.retain($theirs);
                rows.push((stringify!($table), (before - state.$table.len()) as u64));
            }};
        }
        erase!(attempts, |it| !deliveries.contains(&it.delivery));
        erase!(deliveries, |it| it.delivery.merchant != merchant);
        erase!(additions, |(handover, _), _| !handovers.contains(handover));
        erase!(answers, |_, it| !handovers.contains(&it.handover));
        erase!(agent_answers, |(it, _)| !handovers.contains(&it.answer.handover));
        erase!(places, |(_, _, handover)| !handovers.contains(handover));
        erase!(handovers, |_, it| it.handover.merchant != merchant);
        erase!(turns, |(conversation, _), _| !conversations.contains(conversation));
        erase!(shopper_mails, |_, it| it.mail.merchant != merchant);
        erase!(conversations, |_, it| it.merchant != merchant);
        erase!(visitors, |it| it.merchant != merchant);
        erase!(abilities, |of, _| of != merchant);
        erase!(notices, |_, it| it.notice.merchant != merchant);
        erase!(teams, |of, _| of != merchant);
        erase!(sessions, |it| it.viewer.merchant != merchant);
        erase!(changes, |it| it.merchant != merchant);
        let others = state.connections.iter().filter(|it| it.merchant != merchant);
        let others: HashSet<_> = others.map(|it| it.account().to_string()).collect();
        let theirs = state.connections.iter().map(|it| it.account().to_string());
        let theirs: HashSet<_> = theirs.filter(|it| !others.contains(it)).collect();
        erase!(watches, |account, _| !theirs.contains(account));
        erase!(connections, |it| it.merchant != merchant);
        Ok(Erased { rows, mails })
    }
}

impl State {
    fn remove_handovers(&mut self, before: Millis, now: Millis, removed: &mut Removed) {
        let Self { handovers, deliveries, additions, agent_answers, .. } = self;
        for (id, row) in handovers.iter_mut().filter(|(_, it)| it.kept && it.accepted_at <= before) {
            let all: Vec<_> = deliveries.iter().filter(|it| it.delivery.handover == *id).collect();
            let has_ticket = all.iter().any(|it| it.delivery.destination != Destination::Email);
            let is_over = |it: &super::outbox::Row| match it.delivery.state {
                DeliveryState::Delivered => {
                    it.delivered_at.is_some_and(|at| at <= before) && it.delivery.next_at.is_none()
                }
                DeliveryState::Failed | DeliveryState::Cancelled => {
                    let is_answer = it.delivery.answer_number().is_some();
                    (it.delivery.destination == Destination::Email || is_answer) && has_ticket
                }
                _ => false,
            };
            let delivered = |it: &super::outbox::Row| {
                it.delivery.part == 0 && it.delivery.state == DeliveryState::Delivered
            };
            let answered = agent_answers.iter().filter(|(it, _)| it.answer.handover == *id);
            if { answered }.any(|(_, at)| *at > before) {
                continue;
            }
            if !all.iter().any(|it| delivered(it)) || !all.iter().all(|it| is_over(it)) {
                continue;
            }
            row.handover = row.handover.without_transcript();
            row.summary = Summary { shopper_name: None, shopper_email: None, ..row.summary.clone() };
            row.subject.clear();
            row.kept = false;
            row.removed_at.get_or_insert(now);
            for (_, addition) in additions.iter_mut().filter(|((handover, _), _)| handover == id) {
                addition.addition = addition.addition.without_transcript();
            }
            for (it, _) in agent_answers.iter_mut().filter(|(it, _)| it.answer.handover == *id) {
                (it.answer.author, it.answer.text) = (None, String::new());
            }
            let mails = all.iter().map(|it| &it.delivery).filter(|it| it.destination == Destination::Email);
            removed.mails.extend(mails.map(|it| it.id.clone()));
            removed.mails.push(no_ticket_yet(id));
            removed.handovers += 1;
        }
    }

    fn remove_conversations(&mut self, before: Millis, removed: &mut Removed) {
        let Self { conversations, handovers, turns, shopper_mails, .. } = self;
        for (id, it) in conversations.iter_mut().filter(|(_, it)| it.active_at <= before) {
            let handed_over = handovers.values().any(|row| {
                row.kept && row.handover.merchant == it.merchant && row.handover.conversation.id == *id
            });
            let had = turns.len();
            if !handed_over {
                turns.retain(|(conversation, _), _| conversation != id);
            }
            if turns.len() == had {
                continue;
            }
            (it.shopper_name, it.shopper_email, it.page_url, it.order_number) = (None, None, None, None);
            it.locale = None;
            shopper_mails.retain(|mail, row| {
                let stays = row.mail.conversation != *id;
                removed.mails.extend((!stays).then(|| mail.clone()));
                stays
            });
            it.cart.clear();
            it.custom.clear();
            it.preview.clear();
            removed.conversations += 1;
        }
    }
}
