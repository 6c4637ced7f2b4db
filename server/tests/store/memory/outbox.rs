//! Deliveries and attempts in memory.

use super::{MemoryStore, State, handovers::AdditionRow, violated};
use app::model::{AttemptKind, DeliveryState, Destination, Helpdesk};
use convi_server::store::{
    Stored,
    handovers::ToSend,
    notices::no_ticket_yet,
    outbox::{Begun, Due, DueLane, Ended, OutboxStore},
    rules::{self, settle::Settlement},
    tx::{ConnectionTx, DeliveryTx, HandoverTx, Late, Listed, NewDelivery},
};
use domain::{
    account::{Account, Lane},
    addition::Addition,
    clock::Millis,
    delivery::{Delivery, Event, LONG_LOOK_UP, Moment, Record, Rules},
};
use std::collections::{BTreeMap, HashSet};

use DeliveryState::{Cancelled, Delivered, Failed, Held, Queued, Sending, Unsure, Waiting};

#[derive(Clone)]
pub struct Row {
    pub delivery: Delivery,
    pub blocked: bool,
    pub late_at: Option<Millis>,
    pub delivered_at: Option<Millis>,
}

impl Row {
    /// When the delivery is next due; `None` if never, or while it waits for the part before it.
    fn next_at(&self) -> Option<Millis> {
        self.delivery.next_at.filter(|_| !self.blocked)
    }

    /// When the team is emailed, unless there is a ticket by then.
    fn late_at(&self) -> Option<Millis> {
        self.late_at.filter(|_| !matches!(self.delivery.state, Delivered | Cancelled))
    }

    fn is_queued(&self) -> bool {
        self.delivery.state == Queued && !self.blocked
    }
}

#[derive(Clone)]
pub struct AttemptRow {
    pub delivery: String,
    pub fence: i64,
    pub number: u32,
    pub begun: Begun,
    pub ended: Option<Ended>,
}

#[async_trait::async_trait]
impl OutboxStore for MemoryStore {
    async fn due_lanes(&self, now: Millis, after: Option<&Lane>, most: usize) -> Stored<Vec<DueLane>> {
        let state = self.state().await;
        let mut lanes: BTreeMap<&Lane, (bool, bool)> = BTreeMap::new();
        for row in &state.deliveries {
            let due = row.next_at().is_some_and(|at| at <= now);
            if (due || row.is_queued()) && after.is_none_or(|after| row.delivery.lane > *after) {
                let (sends, looks) = lanes.entry(&row.delivery.lane).or_default();
                *sends |= matches!(row.delivery.state, Queued | Waiting);
                *looks |= matches!(row.delivery.state, Unsure | Delivered);
            }
        }
        let due = lanes.into_iter().take(most);
        Ok(due.map(|(lane, (sends, looks))| DueLane { lane: lane.clone(), sends, looks }).collect())
    }

    async fn next_due_at(&self, now: Millis) -> Stored<Option<Millis>> {
        let state = self.state().await;
        let deliveries = state.deliveries.iter().flat_map(|row| {
            let lease = row.delivery.lease_until.filter(|_| row.delivery.state == Sending);
            [row.next_at(), lease, row.late_at()]
        });
        let notices = state.notices.values().map(|it| it.next_at);
        let rechecks = state.connections.iter().map(|it| it.recheck_at);
        let shoppers = state.shopper_mails.values().map(|it| it.next_at);
        let notices = notices.chain(shoppers);
        let watches = state.watches.values().map(|it| it.next_at);
        Ok(deliveries.chain(notices).chain(rechecks).chain(watches).flatten().filter(|at| *at > now).min())
    }

    async fn first_mail(&self, after: &str, now: Millis) -> Stored<Option<Delivery>> {
        let state = self.state().await;
        for after in [after, ""] {
            let mails = state.deliveries.iter().filter(|it| {
                it.is_queued()
                    && it.delivery.destination == Destination::Email
                    && it.delivery.merchant.as_str() > after
            });
            let first = mails.map(|it| &it.delivery).min_by_key(|it| (&it.merchant, it.part > 0));
            if let Some(mail) = first {
                return Ok(Some(mail.clone()));
            }
        }
        Ok(state.first_in_time(&Lane::Email, Waiting, now, |_| true))
    }

    async fn first_due(&self, account: &Account, due: Due, now: Millis) -> Stored<Option<Delivery>> {
        let state = self.state().await;
        let lane = Lane::from(account.clone());
        Ok(match due {
            Due::LookUp => state.first_in_time(&lane, Unsure, now, |_| true),
            Due::Check => state.first_in_time(&lane, Delivered, now, |_| true),
            Due::Send => {
                let queued = state.deliveries.iter().filter(|it| it.is_queued() && it.delivery.lane == lane);
                let first = queued.map(|it| &it.delivery).min_by_key(|it| it.part > 0).cloned();
                first
                    .or_else(|| state.first_in_time(&lane, Waiting, now, |it| it.part == 0))
                    .or_else(|| state.first_in_time(&lane, Waiting, now, |_| true))
            }
        })
    }

    async fn first_to_send(&self, account: &Account, now: Millis) -> Stored<Option<(Delivery, ToSend)>> {
        let Some(due) = self.first_due(account, Due::Send, now).await? else { return Ok(None) };
        let mut state = self.state().await;
        let to_send = ToSend {
            connection: state.connection_to(&due.merchant, account.helpdesk).await?,
            handover: state.handovers.get(&due.handover).map(|it| it.handover.clone()),
            told_at: state.told_at(&due.handover),
        };
        Ok(Some((due, to_send)))
    }

    async fn expired_leases(&self, now: Millis) -> Stored<Vec<Delivery>> {
        let state = self.state().await;
        let sending = state.deliveries.iter().map(|it| &it.delivery).filter(|it| it.state == Sending);
        let expired = sending.filter(|it| it.lease_until.is_some_and(|until| until <= now));
        Ok(expired.take(500).cloned().collect())
    }

    async fn look_again(&self, now: Millis) -> Stored<()> {
        let mut state = self.state().await;
        let State { deliveries, attempts, .. } = &mut *state;
        let leases = now + 1..=now.saturating_add(LONG_LOOK_UP);
        for row in deliveries.iter_mut().filter(|row| row.next_at().is_some_and(|at| leases.contains(&at))) {
            let it = &row.delivery;
            let looks = attempts.iter().any(|attempt| {
                (&attempt.delivery, attempt.fence) == (&it.id, it.fence)
                    && attempt.ended.is_none()
                    && matches!(attempt.begun.kind, AttemptKind::LookUp | AttemptKind::Check)
            });
            if looks && matches!(it.state, Unsure | Delivered) {
                let record = Record { next_at: Some(now), fence: it.fence + 1, ..(**it).clone() };
                row.delivery = Delivery::restore(record);
            }
        }
        Ok(())
    }

    async fn save(
        &self,
        next: &Delivery,
        begun: Option<&Begun>,
        ended: Option<&Ended>,
        now: Millis,
    ) -> Stored<bool> {
        let settlement = Settlement { next: next.clone(), begun: begun.cloned(), ended: ended.cloned(), now };
        let mut tx = self.begin().await;
        let saved = rules::settle::settle(&mut *tx, &[settlement]).await?;
        tx.commit();
        Ok(saved == [true])
    }

    async fn untried_after(&self, before: &Delivery) -> Stored<Vec<Delivery>> {
        let state = self.state().await;
        let later = state.deliveries.iter().map(|it| &it.delivery).filter(|it| {
            it.handover == before.handover && it.destination == before.destination && it.part > before.part
        });
        let untried = later.filter(|it| it.attempts == 0 && matches!(it.state, Queued | Waiting));
        let mut untried: Vec<_> = untried.cloned().collect();
        untried.sort_by_key(|it| it.part);
        Ok(untried)
    }

    async fn addition(&self, handover: &str, part: u32) -> Stored<Option<Addition>> {
        let state = self.state().await;
        let row = state.additions.get(&(handover.to_owned(), part));
        Ok(row.map(|AdditionRow { addition, .. }| addition.clone()))
    }

    async fn delivery(&self, merchant: &str, handover: &str, to: Destination) -> Stored<Option<Delivery>> {
        let state = self.state().await;
        Ok(state.own(handover).find(|it| it.destination == to && it.merchant == merchant).cloned())
    }
}

impl State {
    /// Returns a handover's deliveries, without later parts.
    pub fn own(&self, handover: &str) -> impl Iterator<Item = &Delivery> {
        self.deliveries
            .iter()
            .map(|it| &it.delivery)
            .filter(move |it| it.handover == handover && it.part == 0)
    }

    /// Returns a merchant's deliveries to a destination.
    pub fn to(&self, merchant: &str, to: Destination) -> impl Iterator<Item = &Delivery> {
        let all = self.deliveries.iter().map(|it| &it.delivery);
        all.filter(move |it| it.merchant == merchant && it.destination == to)
    }

    /// Returns a lane's first due delivery in this state.
    fn first_in_time(
        &self,
        lane: &Lane,
        state: DeliveryState,
        now: Millis,
        only: impl Fn(&Delivery) -> bool,
    ) -> Option<Delivery> {
        let due = self.deliveries.iter().filter(|row| {
            let it = &row.delivery;
            it.lane == *lane && it.state == state && only(it) && row.next_at().is_some_and(|at| at <= now)
        });
        due.min_by_key(|row| row.next_at()).map(|row| row.delivery.clone())
    }

    /// Replaces each of a merchant's deliveries to a helpdesk for which `change` returns one.
    fn change_all(
        &mut self,
        merchant: &str,
        helpdesk: Helpdesk,
        change: impl Fn(&Delivery) -> Option<Delivery>,
    ) {
        for it in self.deliveries.iter_mut().map(|row| &mut row.delivery) {
            if it.merchant == merchant && it.destination == Destination::Helpdesk(helpdesk) {
                *it = change(it).unwrap_or_else(|| it.clone());
            }
        }
    }
}

/// Returns the delivery after an event, or `None` if the event is not valid in its state.
fn after(delivery: &Delivery, event: Event, now: Millis) -> Option<Delivery> {
    delivery.after(event, Moment { now, chance: 0.5 }, Rules::default()).ok()
}

impl DeliveryTx for State {
    async fn deliveries_of(&mut self, handover: &str) -> Stored<Vec<Delivery>> {
        let mut own: Vec<_> = self.own(handover).cloned().collect();
        own.sort_by_key(|it| it.destination == Destination::Email);
        Ok(own)
    }

    async fn part_state(
        &mut self,
        handover: &str,
        to: Destination,
        part: u32,
    ) -> Stored<Option<DeliveryState>> {
        let mut all = self.deliveries.iter().map(|it| &it.delivery);
        let found = all.find(|it| it.handover == handover && it.destination == to && it.part == part);
        Ok(found.map(|it| it.state))
    }

    async fn insert_deliveries(&mut self, new: &[NewDelivery]) -> Stored<()> {
        for NewDelivery { delivery, blocked, late_at } in new {
            let place = |it: &Delivery| (it.handover.clone(), it.destination, it.part);
            let is_there = |it: &Row| it.delivery.id == delivery.id || place(&it.delivery) == place(delivery);
            if self.deliveries.iter().any(is_there) {
                return Err(violated("a second delivery", &delivery.id));
            }
            self.deliveries.push(Row {
                delivery: delivery.clone(),
                blocked: *blocked,
                late_at: *late_at,
                delivered_at: None,
            });
        }
        Ok(())
    }

    async fn update_deliveries(
        &mut self,
        ended: &[(&Delivery, &Ended)],
        changes: &[(&Delivery, Millis)],
    ) -> Stored<HashSet<String>> {
        for (delivery, ended) in ended {
            let mut attempts = self.attempts.iter_mut();
            if let Some(it) = attempts.find(|it| (&it.delivery, it.fence) == (&delivery.id, ended.fence)) {
                it.ended = Some((*ended).clone());
            }
        }
        let mut saved = HashSet::new();
        for (next, now) in changes {
            let mut rows = self.deliveries.iter_mut();
            let row = rows.find(|it| it.delivery.id == next.id && it.delivery.fence == next.fence - 1);
            let Some(row) = row else { continue };
            row.delivery = (*next).clone();
            row.delivered_at = (next.state == Delivered).then(|| row.delivered_at.unwrap_or(*now));
            saved.insert(next.id.clone());
        }
        Ok(saved)
    }

    async fn unblock_and_begin(&mut self, over: &[&Delivery], begun: &[(&Delivery, &Begun)]) -> Stored<()> {
        for row in &mut self.deliveries {
            let it = &row.delivery;
            if over.iter().any(|before| {
                it.handover == before.handover
                    && it.destination == before.destination
                    && it.part == before.part + 1
            }) {
                row.blocked = false;
            }
        }
        self.attempts.extend(begun.iter().map(|(next, begun)| AttemptRow {
            delivery: next.id.clone(),
            fence: next.fence,
            number: next.attempts,
            begun: (*begun).clone(),
            ended: None,
        }));
        Ok(())
    }

    async fn delete_cancelled(&mut self, handover: &str, to: Destination) -> Stored<()> {
        self.deliveries.retain(|Row { delivery: it, .. }| {
            it.handover != handover || it.destination != to || it.state != Cancelled
        });
        Ok(())
    }

    async fn failed_deliveries(
        &mut self,
        merchant: &str,
        to: Destination,
        most: u32,
    ) -> Stored<Vec<Delivery>> {
        let failed = self.to(merchant, to).filter(|it| it.state == Failed && it.part == 0);
        Ok(failed.take(most as usize).cloned().collect())
    }

    async fn waiting_handovers(
        &mut self,
        merchant: &str,
        helpdesk: Helpdesk,
        most: u32,
    ) -> Stored<(Vec<Listed>, u64)> {
        let waiting = self.to(merchant, Destination::Helpdesk(helpdesk));
        let waiting = waiting.filter(|it| it.part == 0 && matches!(it.state, Queued | Waiting | Held));
        let waiting: Vec<_> = waiting.map(|it| it.handover.clone()).collect();
        let mut listed = Vec::new();
        for handover in waiting.iter().take(most as usize) {
            listed.push(self.listed(handover).await?);
        }
        Ok((listed, waiting.len() as u64))
    }

    async fn releasable(&mut self, merchant: &str, account: &Account) -> Stored<Vec<Delivery>> {
        let destination = Destination::Helpdesk(account.helpdesk);
        let held = self.deliveries.iter().find(|Row { delivery: it, blocked, .. }| {
            !blocked && it.merchant == merchant && it.destination == destination && it.state == Held
        });
        let asked = self
            .to(merchant, destination)
            .filter(|it| it.state == Unsure && it.needs_answer && it.lane.account() == Some(account));
        Ok(held.map(|it| &it.delivery).into_iter().chain(asked).cloned().collect())
    }

    async fn waiting_deliveries(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<Vec<Delivery>> {
        let all: Vec<_> = self.to(merchant, Destination::Helpdesk(helpdesk)).collect();
        let first = all.iter().filter(|it| it.part == 0 && matches!(it.state, Queued | Waiting | Held));
        let with_parts = |first: &&Delivery| {
            let mut parts: Vec<_> = all.iter().filter(|it| it.handover == first.handover).collect();
            parts.sort_by_key(|it| it.part);
            parts.into_iter().map(|it| (**it).clone()).collect::<Vec<_>>()
        };
        Ok(first.flat_map(with_parts).collect())
    }

    async fn hold_all(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<()> {
        self.change_all(merchant, helpdesk, |it| after(it, Event::ConnectionBroke, 0));
        Ok(())
    }

    async fn release_all(&mut self, merchant: &str, helpdesk: Helpdesk, now: Millis) -> Stored<()> {
        self.change_all(merchant, helpdesk, |it| {
            if it.state == Held { after(it, Event::Released, now) } else { None }
        });
        Ok(())
    }

    async fn cancel_all(&mut self, merchant: &str, helpdesk: Helpdesk) -> Stored<()> {
        self.change_all(merchant, helpdesk, |it| after(it, Event::Disconnected, 0));
        Ok(())
    }

    async fn move_all(&mut self, merchant: &str, account: &Account) -> Stored<()> {
        self.change_all(merchant, account.helpdesk, |it| {
            let moves = matches!(it.state, Queued | Waiting | Held) && it.lane.account() != Some(account);
            moves.then(|| it.moved_to(account.clone().into()))
        });
        Ok(())
    }

    async fn plan_late(&mut self, merchant: &str, minutes: Option<u32>) -> Stored<()> {
        for row in &mut self.deliveries {
            let it = &row.delivery;
            let concerned = it.merchant == merchant
                && it.destination != Destination::Email
                && it.part == 0
                && !matches!(it.state, Delivered | Failed | Cancelled)
                && !self.notices.contains_key(&no_ticket_yet(&it.handover));
            if let Some(handover) = self.handovers.get(&it.handover).filter(|_| concerned) {
                row.late_at = minutes.map(|minutes| handover.accepted_at + Millis::from(minutes) * 60_000);
            }
        }
        Ok(())
    }

    async fn late(&mut self, now: Millis, most: u32) -> Stored<Vec<Late>> {
        let late = self.deliveries.iter().filter(|row| row.late_at().is_some_and(|at| at <= now));
        let mut late: Vec<_> = late.collect();
        late.sort_by_key(|row| row.late_at);
        let told = late.into_iter().take(most as usize).map(|Row { delivery: it, .. }| Late {
            delivery: it.id.clone(),
            handover: it.handover.clone(),
            merchant: it.merchant.clone(),
            destination: it.destination,
            first_mail: self
                .own(&it.handover)
                .find(|first| first.destination == Destination::Email)
                .map(|first| first.id.clone()),
        });
        Ok(told.collect())
    }

    async fn late_no_more(&mut self, deliveries: &[&str]) -> Stored<()> {
        for row in self.deliveries.iter_mut().filter(|it| deliveries.contains(&it.delivery.id.as_str())) {
            row.late_at = None;
        }
        Ok(())
    }
}
