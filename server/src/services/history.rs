//! Handovers over time, for the page of all handovers: how they ended, the attempts of each, and retrying failed ones.

use super::Services;
use crate::{
    store::history::{AttemptRecord, EndingCount, Span},
    wire::{rfc3339, store_failed},
    zone,
};
use app::model::{
    Attempt, Attempts, CallError, Day, DayCount, DeliveryState, Destination, Ending, FieldError, Helpdesk,
    History, Viewer,
};
use domain::{
    Said,
    account::Lane,
    delivery::{Delivery, Event, Moment},
};
use jiff::tz::TimeZone;
use std::sync::atomic::{AtomicBool, Ordering};

/// The days of the chart.
const DAYS: i64 = 30;
/// More attempts than seven days of retries can have.
const MOST_ATTEMPTS: u32 = 1_000;
/// How many deliveries are changed per transaction, for which all other writers wait.
const BATCH: u32 = 500;
/// The maximum number of batches per request.
const MOST_BATCHES: u32 = 40;

impl Services {
    /// Returns the attempts of a handover of the viewer's merchant.
    pub(super) async fn list_attempts(&self, viewer: &Viewer, handover: &str) -> Result<Attempts, CallError> {
        let record = self.record(viewer, handover).await?;
        let attempts =
            self.store.attempts(&viewer.merchant, &record.id, MOST_ATTEMPTS).await.map_err(store_failed)?;
        Ok(Attempts { attempts: attempts.into_iter().map(view).collect() })
    }

    /// Returns how the handovers of the last days ended, with days in this time zone, or in UTC without one.
    pub(super) async fn days(&self, viewer: &Viewer, zone: Option<&str>) -> Result<History, CallError> {
        let name = zone.unwrap_or_default();
        let zone = zone.map_or(Some(TimeZone::UTC), zone::named);
        let zone = zone.ok_or_else(|| CallError::field(FieldError::new("zone", zone::NO_SUCH_ZONE)))?;
        let today = zone::day_of(self.world.clock.now_ms(), &zone);
        let read = async { Ok((today, self.read_days(viewer, today, &zone).await?)) };
        let holds = |(day, _): &(Day, History)| *day == today;
        Ok(self.memos.history.get(&*self.store, &viewer.merchant, name, holds, read).await?.1)
    }

    async fn read_days(&self, viewer: &Viewer, today: Day, zone: &TimeZone) -> Result<History, CallError> {
        let spans: Vec<_> = (1 - DAYS..=0)
            .map(|ago| today.later(ago))
            .map(|day| Span { day, from: zone::begins(day, zone), until: zone::begins(day.later(1), zone) })
            .collect();
        let ended = self.store.endings(&viewer.merchant, &spans).await.map_err(store_failed)?;
        let failed = self.store.failed(&viewer.merchant).await.map_err(store_failed)?;
        let counts = self.store.progress(&viewer.merchant).await.map_err(store_failed)?;
        Ok(History { days: days(today, &ended), failed, counts })
    }

    /// Retries everything that failed: helpdesk deliveries if one is connected, and emails.
    pub(super) async fn retry_all_failed(&self, viewer: &Viewer) -> Result<u64, CallError> {
        let mut retried = 0;
        let mut why_not = None;
        let helpdesks = Helpdesk::all().map(Destination::Helpdesk);
        for destination in helpdesks.chain([Destination::Email]) {
            let lane = match destination {
                Destination::Email => Lane::Email,
                Destination::Helpdesk(helpdesk) => match self.account_of(&viewer.merchant, helpdesk).await {
                    Ok(account) => account.into(),
                    // What cannot be sent now does not stop the rest. It is only reported if something failed there.
                    Err(conflict @ CallError::Conflict(_)) => {
                        if self.has_failed(viewer, destination).await? {
                            why_not = Some(conflict);
                        }
                        continue;
                    }
                    Err(error) => return Err(error),
                },
            };
            retried += self.retry_to(viewer, destination, &lane).await?;
        }
        if retried > 0 {
            tracing::info!(
                merchant = viewer.merchant,
                by = viewer.subject,
                retried,
                "failed deliveries retried"
            );
            self.bell.ring();
            return Ok(retried);
        }
        why_not.map_or(Ok(0), Err)
    }

    /// Returns whether any delivery to this destination has failed. Changes nothing.
    async fn has_failed(&self, viewer: &Viewer, destination: Destination) -> Result<bool, CallError> {
        let any = AtomicBool::new(false);
        let look = |_: &Delivery| {
            any.store(true, Ordering::Relaxed);
            None
        };
        let now = self.world.clock.now_ms();
        let changed = self.store.change_failed(&viewer.merchant, destination, 1, now, &look).await;
        changed.map_err(store_failed)?;
        Ok(any.into_inner())
    }

    async fn retry_to(
        &self,
        viewer: &Viewer,
        destination: Destination,
        lane: &Lane,
    ) -> Result<u64, CallError> {
        let mut retried = 0;
        for _ in 0..MOST_BATCHES {
            let moment = Moment::now(&self.world);
            let rules = self.rules;
            let again = |failed: &Delivery| {
                let next = failed.after(Event::RetriedByHand, moment, rules).ok()?;
                Some(next.through(lane.clone())).filter(|next| next.state == DeliveryState::Queued)
            };
            let changed = self
                .store
                .change_failed(&viewer.merchant, destination, BATCH, moment.now, &again)
                .await
                .map_err(store_failed)?;
            retried += changed;
            if changed < u64::from(BATCH) {
                break;
            }
        }
        Ok(retried)
    }
}

fn view(record: AttemptRecord) -> Attempt {
    let (outcome, code, args) = Said::parts_of(record.outcome.as_deref().map(Said::restored));
    Attempt {
        destination: record.destination,
        part: record.part,
        kind: record.kind,
        number: record.number,
        began_at: rfc3339(record.began_at),
        // The machine's clock may have been set back meanwhile.
        took_ms: record.ended_at.map(|at| u64::try_from(at.saturating_sub(record.began_at)).unwrap_or(0)),
        outcome,
        code,
        args,
    }
}

/// Returns every day up to today, including days without handovers.
fn days(today: Day, ended: &[EndingCount]) -> Vec<DayCount> {
    let mut days: Vec<_> = (1 - DAYS..=0).map(|ago| DayCount::empty(today.later(ago))).collect();
    for it in ended {
        let Some(day) = days.iter_mut().find(|day| day.day == it.day) else { continue };
        if let Some(count) = day.endings.get_mut(it.ending as usize) {
            *count += it.count;
        }
        if it.ending == Ending::Ticket {
            let took = |time: Option<i64>| time.map(|time| u64::try_from(time).unwrap_or(0));
            (day.median_ms, day.slow_ms) = (took(it.median), took(it.slow));
        }
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_complete_and_end_today() {
        let today = Day::parse("2026-11-22").unwrap();
        let ended = |day: &str, ending, count| EndingCount {
            day: Day::parse(day).unwrap(),
            ending,
            count,
            median: Some(2_000),
            slow: Some(-5),
        };
        let days = days(
            today,
            &[
                ended("2026-10-23", Ending::Ticket, 9),
                ended("2026-10-24", Ending::Mailed, 2),
                ended("2026-11-22", Ending::Ticket, 3),
                ended("2026-11-22", Ending::Trouble, 1),
            ],
        );
        assert_eq!(days.len(), 30);
        assert_eq!((days[0].day.to_string().as_str(), days[0].endings), ("2026-10-24", [0, 2, 0, 0]));
        assert_eq!(days[0].median_ms, None, "no time without a ticket");
        assert_eq!((days[29].day, days[29].endings), (today, [3, 0, 0, 1]));
        assert_eq!((days[29].median_ms, days[29].slow_ms), (Some(2_000), Some(0)));
        assert!(days[1..29].iter().all(|day| day.total() == 0));
    }
}
