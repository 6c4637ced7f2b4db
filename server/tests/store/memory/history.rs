//! Handovers over time in memory.

use super::{MemoryStore, State, handovers::Row};
use app::model::{DeliveryState, Destination, Ending, Progress, ProgressCounts};
use convi_server::store::{
    Stored,
    history::{AttemptRecord, EndingCount, HistoryStore, Requeue, Span},
    rules,
};
use domain::clock::Millis;

#[async_trait::async_trait]
impl HistoryStore for MemoryStore {
    async fn endings(&self, merchant: &str, days: &[Span]) -> Stored<Vec<EndingCount>> {
        let state = self.state().await;
        let mut all = Vec::new();
        for span in days {
            let of_day = state.handovers.iter().filter(|(_, row)| {
                row.handover.merchant == merchant && (span.from..span.until).contains(&row.accepted_at)
            });
            let ended: Vec<_> = of_day.map(|(id, row)| state.ending(id, row)).collect();
            for ending in Ending::ALL {
                let of_kind = ended.iter().filter(|(it, _)| *it == ending);
                let mut took: Vec<_> = of_kind.map(|(_, took)| *took).collect();
                took.sort();
                let count = took.len();
                let at = |place: usize| took.get(place - 1).copied().flatten();
                if count > 0 {
                    let (median, slow) = (at(count.div_ceil(2)), at((count * 95).div_ceil(100)));
                    all.push(EndingCount { day: span.day, ending, count: count as u64, median, slow });
                }
            }
        }
        Ok(all)
    }

    async fn failed(&self, merchant: &str) -> Stored<u64> {
        let state = self.state().await;
        let theirs = state.deliveries.iter().map(|it| &it.delivery).filter(|it| it.merchant == merchant);
        Ok(theirs.filter(|it| it.state == DeliveryState::Failed && it.part == 0).count() as u64)
    }

    async fn progress(&self, merchant: &str) -> Stored<ProgressCounts> {
        let state = self.state().await;
        let theirs = state.handovers.iter().filter(|(_, row)| row.handover.merchant == merchant);
        let endings: Vec<_> = theirs.map(|(id, row)| state.progress(id, row)).collect();
        let of = |progress| endings.iter().filter(|it| **it == progress).count() as u64;
        Ok(ProgressCounts {
            all: endings.len() as u64,
            needs_you: of(Progress::NeedsYou),
            in_progress: of(Progress::InProgress),
        })
    }

    async fn attempts(&self, merchant: &str, handover: &str, limit: u32) -> Stored<Vec<AttemptRecord>> {
        let state = self.state().await;
        let mut records = Vec::new();
        for attempt in state.attempts.iter().rev() {
            let delivery =
                state.deliveries.iter().map(|it| &it.delivery).find(|it| {
                    it.id == attempt.delivery && it.handover == handover && it.merchant == merchant
                });
            let Some(delivery) = delivery else { continue };
            records.push(AttemptRecord {
                destination: delivery.destination,
                part: delivery.part,
                kind: attempt.begun.kind,
                number: attempt.number,
                began_at: attempt.begun.at,
                ended_at: attempt.ended.as_ref().map(|it| it.at),
                outcome: attempt.ended.as_ref().map(|it| it.outcome.clone()),
            });
        }
        records.sort_by_key(|it| std::cmp::Reverse(it.began_at));
        records.truncate(limit as usize);
        Ok(records)
    }

    async fn change_failed(
        &self,
        merchant: &str,
        destination: Destination,
        limit: u32,
        now: Millis,
        change: Requeue<'_>,
    ) -> Stored<u64> {
        let mut tx = self.begin().await;
        let changed =
            rules::settle::change_failed(&mut *tx, merchant, destination, limit, now, change).await?;
        tx.commit();
        Ok(changed)
    }
}

impl State {
    /// Returns how a handover ended, by its ticket or else by its email, and the time to its ticket.
    pub(super) fn progress(&self, id: &str, row: &Row) -> Progress {
        match self.ending(id, row).0 {
            Ending::Ticket | Ending::Mailed => Progress::Done,
            Ending::Open => Progress::InProgress,
            Ending::Trouble => Progress::NeedsYou,
        }
    }

    fn ending(&self, id: &str, row: &Row) -> (Ending, Option<Millis>) {
        use DeliveryState::{Cancelled, Delivered, Failed, Unsure};
        let deliveries =
            self.deliveries.iter().filter(|it| it.delivery.handover == id && it.delivery.part == 0);
        let (mails, tickets): (Vec<_>, Vec<_>) =
            deliveries.partition(|it| it.delivery.destination == Destination::Email);
        let best = |rows: &[&super::outbox::Row], made: Ending| {
            let endings: Vec<_> = rows
                .iter()
                .filter(|it| it.delivery.state != Cancelled)
                .map(|it| match it.delivery.state {
                    Delivered => made,
                    Failed => Ending::Trouble,
                    Unsure if it.delivery.needs_answer => Ending::Trouble,
                    _ => Ending::Open,
                })
                .collect();
            Ending::ALL.into_iter().find(|ending| endings.contains(ending))
        };
        let ending = best(&tickets, Ending::Ticket).or_else(|| best(&mails, Ending::Mailed));
        let made_at = tickets.iter().filter_map(|it| it.delivered_at).min();
        (ending.unwrap_or(Ending::Trouble), made_at.map(|at| at - row.accepted_at))
    }
}
