//! The page's sentences, as plain functions that tests can check.

use crate::model::{Attempt, AttemptKind, DayCount, DeliveryState, Destination, Ending, Progress, Takes};
use crate::text::{number, sentence, t, tf, tn};
use crate::words::plain;

/// Returns the label of a filter, in the words of the rows.
pub(super) fn progress(progress: Option<Progress>) -> String {
    match progress {
        None => t("All"),
        Some(Progress::NeedsYou) => t("Needs you"),
        Some(Progress::InProgress) => t("In progress"),
        Some(Progress::Done) => t("Done"),
    }
}

/// Returns what an attempt requested.
pub(super) fn asked(attempt: &Attempt) -> String {
    if attempt.destination.helpdesk().is_some_and(|it| it.takes() == Takes::Events) {
        return match attempt.kind {
            AttemptKind::Append => t("Sent an event with later messages"),
            _ => t("Sent the event"),
        };
    }
    let name = match attempt.destination {
        Destination::Helpdesk(helpdesk) => helpdesk.name(),
        Destination::Email => "",
    };
    let of = |sentence: String| if name.is_empty() { t("Emailed the team") } else { sentence };
    match attempt.kind {
        AttemptKind::Create => of(tf("Asked {helpdesk} to create the ticket", &[("helpdesk", name)])),
        AttemptKind::Append => of(tf("Asked {helpdesk} to add later messages", &[("helpdesk", name)])),
        AttemptKind::Mail if attempt.part > 0 => t("Emailed later messages to the team"),
        AttemptKind::Mail => t("Emailed the team"),
        AttemptKind::LookUp => of(tf("Looked for the ticket in {helpdesk}", &[("helpdesk", name)])),
        AttemptKind::Check => of(tf("Checked {helpdesk} for duplicate tickets", &[("helpdesk", name)])),
    }
}

/// Returns the result of an attempt.
pub(super) fn came_back(attempt: &Attempt) -> String {
    let Some(outcome) = attempt.outcome.as_deref().map(plain).filter(|it| !it.is_empty()) else {
        return t("No answer yet");
    };
    let mail = attempt.destination == Destination::Email;
    match DeliveryState::from_name(&outcome) {
        Some(DeliveryState::Delivered) if mail => t("Accepted by the mail server"),
        Some(DeliveryState::Delivered)
            if attempt.destination.helpdesk().is_some_and(|it| it.takes() == Takes::Events) =>
        {
            t("Accepted")
        }
        Some(DeliveryState::Delivered) => match attempt.kind {
            AttemptKind::Append => t("Added"),
            AttemptKind::Check => t("All good"),
            AttemptKind::LookUp => t("Found"),
            AttemptKind::Create | AttemptKind::Mail => t("Ticket created"),
        },
        Some(DeliveryState::Unsure) => t("No clear answer"),
        Some(DeliveryState::Waiting | DeliveryState::Queued) => t("Not there"),
        Some(DeliveryState::Failed) => t("Not delivered"),
        Some(DeliveryState::Held) => t("Held"),
        Some(DeliveryState::Cancelled) => t("Cancelled"),
        Some(DeliveryState::Sending) => t("On its way"),
        None => plain(&sentence(&outcome, attempt.code.as_deref(), &attempt.args)),
    }
}

/// Returns whether an attempt succeeded.
pub(super) fn went_well(attempt: &Attempt) -> bool {
    attempt.outcome.as_deref() == Some(DeliveryState::Delivered.as_str())
}

/// Formats a duration in the largest unit that is precise enough.
pub(super) fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds.saturating_add(500) / 1_000;
    let (n, unit) = match (milliseconds, seconds) {
        (0..1_000, _) => (milliseconds, "{n} ms"),
        (_, 0..120) => (seconds, "{n} s"),
        (_, 120..7_200) => (seconds / 60, "{n} min"),
        (_, 7_200..172_800) => (seconds / 3_600, "{n} h"),
        _ => return tn(seconds / 86_400, "{n} day", "{n} days", &[]),
    };
    unit.replace("{n}", &number(n))
}

/// Returns the label of an outcome.
pub(super) fn ending(ending: Ending) -> String {
    match ending {
        Ending::Ticket => t("Ticket created"),
        Ending::Mailed => t("Emailed to the team only"),
        Ending::Open => t("On its way or waiting"),
        Ending::Trouble => t("Failed, unconfirmed or not sent"),
    }
}

/// Summarises the chart in a sentence, for readers who do not see the bars.
pub(super) fn total(days: &[DayCount]) -> String {
    let all: u64 = days.iter().map(DayCount::total).sum();
    let tickets: u64 = days.iter().map(|day| day.of(Ending::Ticket)).sum();
    tn(
        all,
        "{n} handover in {days} days, {tickets} with a ticket.",
        "{n} handovers in {days} days, {tickets} with a ticket.",
        &[("days", &number(days.len() as u64)), ("tickets", &number(tickets))],
    )
}

/// Returns the label of the button that retries everything that failed.
pub(super) fn retry_all(failed: u64) -> String {
    tf("Retry all failed ({n})", &[("n", &number(failed))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Day, Helpdesk};
    use domain::Args;

    fn attempt(kind: AttemptKind, outcome: Option<&str>) -> Attempt {
        let mail = kind == AttemptKind::Mail;
        Attempt {
            destination: if mail { Destination::Email } else { Destination::Helpdesk(Helpdesk::GORGIAS) },
            part: 0,
            kind,
            number: 1,
            began_at: String::new(),
            took_ms: None,
            outcome: outcome.map(str::to_owned),
            code: None,
            args: Args::default(),
        }
    }

    #[test]
    fn attempts_are_described_in_plain_words() {
        let said = |kind, outcome| {
            let it = attempt(kind, outcome);
            format!("{}: {}", asked(&it), came_back(&it))
        };
        assert_eq!(
            said(AttemptKind::Create, Some("delivered")),
            "Asked Gorgias to create the ticket: Ticket created"
        );
        assert_eq!(said(AttemptKind::Create, None), "Asked Gorgias to create the ticket: No answer yet");
        assert_eq!(
            said(AttemptKind::Mail, Some("delivered")),
            "Emailed the team: Accepted by the mail server"
        );
        assert_eq!(said(AttemptKind::LookUp, Some("delivered")), "Looked for the ticket in Gorgias: Found");
        assert_eq!(said(AttemptKind::LookUp, Some("waiting")), "Looked for the ticket in Gorgias: Not there");
        assert_eq!(
            came_back(&attempt(AttemptKind::Create, Some("Gorgias answered 500.\u{202e}"))),
            "Gorgias answered 500."
        );
        assert!(went_well(&attempt(AttemptKind::Create, Some("delivered"))));
        assert!(!went_well(&attempt(AttemptKind::Create, Some("unsure"))));
    }

    #[test]
    fn a_duration_has_one_unit() {
        for (milliseconds, said) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_499, "1 s"),
            (119_400, "119 s"),
            (120_000, "2 min"),
            (7_199_000, "119 min"),
            (7_200_000, "2 h"),
            (172_800_000, "2 days"),
        ] {
            assert_eq!(duration(milliseconds), said);
        }
    }

    #[test]
    fn the_total_is_one_sentence() {
        let mut days = vec![DayCount::empty(Day::of(0)); 30];
        assert_eq!(total(&days), "0 handovers in 30 days, 0 with a ticket.");
        days[3].endings = [1_200, 30, 4, 5];
        assert_eq!(total(&days), "1,239 handovers in 30 days, 1,200 with a ticket.");
    }
}
