//! Decides when a helpdesk account is next polled for its agents' answers.

use crate::{account::Account, clock::Millis};

const SECOND: Millis = 1_000;
const HOUR: Millis = 3_600 * SECOND;
/// The wait while a shopper has the chat open.
const OPEN_CHAT: Millis = 5 * SECOND;
/// A chat counts as open for this long after it last asked for news.
const OPEN_FOR: Millis = 60 * SECOND;
/// The shortest and the longest wait at other times.
const SHORTEST: Millis = 30 * SECOND;
const LONGEST: Millis = 600 * SECOND;
/// The wait is this fraction of the time since something last happened, so it grows after an hour.
const SLOWS_BY: Millis = 120;
/// An account in which nothing has happened for this long is no longer polled.
const ASKED_FOR: Millis = 7 * 24 * HOUR;
/// How far back before the handover the first look goes, because the helpdesk's clock may differ from ours.
const BACK: Millis = 10 * 60 * SECOND;
/// A ticket that is known only this long after its handover is late.
const LATE: Millis = 60 * SECOND;

/// Returns the id of a handover's answer, by its number.
pub fn answer_id(handover: &str, number: i64) -> String {
    format!("{handover}.{number}")
}

/// How an account is watched for answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// The account.
    pub account: Account,
    /// Everything that was written before this time has been read; by the helpdesk's clock.
    pub read_to: Millis,
    /// When something was last sent to a ticket of ours, or an answer last arrived.
    pub busy_at: Millis,
    /// When a shopper last had a conversation open that was handed over.
    pub seen_at: Option<Millis>,
    /// When to look next, or `None` if the account is no longer polled.
    pub next_at: Option<Millis>,
}

impl Watch {
    /// Returns the watch of an account that is not polled.
    pub fn asleep(account: Account) -> Self {
        Self { account, read_to: 0, busy_at: 0, seen_at: None, next_at: None }
    }

    /// Returns when to look again after a look that ends now: soon while a chat is open; otherwise, the longer nothing has
    /// happened, the later.
    pub fn after_a_look(&self, now: Millis) -> Option<Millis> {
        let quiet = now.saturating_sub(self.busy_at);
        let wait = match self.seen_at {
            _ if quiet >= ASKED_FOR => return None,
            Some(seen) if now.saturating_sub(seen) < OPEN_FOR => OPEN_CHAT,
            _ => (quiet / SLOWS_BY).clamp(SHORTEST, LONGEST),
        };
        Some(now.saturating_add(wait))
    }

    /// Records that something happened in a ticket.
    #[must_use]
    pub fn busy(self, now: Millis) -> Self {
        self.changed(now, |it| it.busy_at = it.busy_at.max(now))
    }

    /// Records that something was sent to a ticket whose handover was accepted at this time. Starts polling an account
    /// that is not polled. A ticket that was found late may have been answered before we knew it.
    #[must_use]
    pub fn arrived(self, accepted_at: Millis, now: Millis) -> Self {
        let from = accepted_at.min(now).saturating_sub(BACK);
        let read_to = match self.next_at {
            None => from,
            Some(_) if now.saturating_sub(accepted_at) > LATE => self.read_to.min(from),
            Some(_) => self.read_to,
        };
        Self { read_to, ..self }.busy(now)
    }

    /// Records that a shopper has the chat open.
    #[must_use]
    pub fn seen(self, now: Millis) -> Self {
        self.changed(now, |it| it.seen_at = it.seen_at.max(Some(now)))
    }

    /// Applies a change that can only make the next look earlier, never later.
    fn changed(mut self, now: Millis, change: impl FnOnce(&mut Self)) -> Self {
        let before = self.next_at;
        change(&mut self);
        self.next_at = [before, self.after_a_look(now)].into_iter().flatten().min();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_800_000_000_000;
    const MINUTE: Millis = 60 * SECOND;
    const DAY: Millis = 24 * HOUR;

    fn watch(quiet: Millis, seen: Option<Millis>) -> Watch {
        Watch {
            account: "gorgias:acme".parse().unwrap(),
            read_to: 0,
            busy_at: NOW - quiet,
            seen_at: seen.map(|ago| NOW - ago),
            next_at: None,
        }
    }

    #[test]
    fn looks_are_frequent_while_a_chat_is_open_and_rarer_the_longer_nothing_happens() {
        let waits = [
            // Nothing happened for, the chat asked this long ago, the wait.
            (0, Some(0), Some(5 * SECOND)),
            (6 * DAY, Some(59 * SECOND), Some(5 * SECOND)),
            (0, Some(MINUTE), Some(30 * SECOND)),
            (0, None, Some(30 * SECOND)),
            (HOUR, None, Some(30 * SECOND)),
            (2 * HOUR, None, Some(MINUTE)),
            (10 * HOUR, Some(9 * HOUR), Some(5 * MINUTE)),
            (20 * HOUR, None, Some(10 * MINUTE)),
            (6 * DAY, None, Some(10 * MINUTE)),
            (7 * DAY, None, None),
            (7 * DAY, Some(0), None),
            // The clock was set back.
            (-HOUR, Some(-HOUR), Some(5 * SECOND)),
        ];
        for (quiet, seen, wait) in waits {
            let next = watch(quiet, seen).after_a_look(NOW);
            assert_eq!(next, wait.map(|wait| NOW + wait), "quiet for {quiet} ms, seen {seen:?}");
        }
    }

    #[test]
    fn news_makes_the_next_look_earlier_but_never_later() {
        let late = Watch { next_at: Some(NOW + 10 * MINUTE), ..watch(DAY, None) };
        assert_eq!(late.clone().busy(NOW).next_at, Some(NOW + 30 * SECOND));
        assert_eq!(late.seen(NOW).next_at, Some(NOW + 5 * SECOND));
        let due = Watch { next_at: Some(NOW - 1), ..watch(DAY, None) };
        assert_eq!(due.clone().busy(NOW).next_at, Some(NOW - 1));
        assert_eq!(due.seen(NOW).next_at, Some(NOW - 1));
    }

    #[test]
    fn only_a_ticket_starts_a_watch_and_it_starts_anew() {
        let asleep = Watch::asleep("gorgias:acme".parse().unwrap());
        for over in [asleep, watch(30 * DAY, None)] {
            let seen = over.seen(NOW - SECOND);
            assert_eq!(seen.next_at, None);
            let busy = seen.arrived(NOW, NOW);
            assert_eq!(busy.next_at, Some(NOW + 5 * SECOND), "the chat was open before there was a ticket");
            assert_eq!(busy.read_to, NOW - BACK);
            let read = Watch { read_to: NOW, ..busy };
            assert_eq!(read.arrived(NOW + MINUTE, NOW + MINUTE).read_to, NOW);
        }
    }

    #[test]
    fn ticket_that_is_found_late_is_read_from_its_handover_on() {
        let asleep = Watch::asleep("gorgias:acme".parse().unwrap());
        let found = asleep.arrived(NOW - HOUR, NOW);
        assert_eq!(found.read_to, NOW - HOUR - BACK);
        let read = Watch { read_to: NOW, ..found };
        assert_eq!(read.clone().arrived(NOW - 2 * HOUR, NOW).read_to, NOW - 2 * HOUR - BACK);
        assert_eq!(read.arrived(NOW - 30 * SECOND, NOW).read_to, NOW);
    }
}
