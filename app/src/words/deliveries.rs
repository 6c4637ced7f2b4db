//! Sentences about a delivery: the ticket or the email that a handover becomes.

use super::{Tone, plain, utc};
use crate::model::{DeliveryState, DeliveryView, Destination, Takes};
use crate::text::{sentence, t, tf};

/// Returns the badge of a delivery. If [`next_time`] returns a time, the badge shows it after the text.
pub fn delivery(delivery: &DeliveryView) -> (Tone, String) {
    use DeliveryState::*;
    let timed = next_time(delivery).is_some();
    match delivery.destination {
        Destination::Helpdesk(helpdesk) => match delivery.state {
            Queued => (Tone::Busy, t("On its way")),
            Sending => (Tone::Busy, t("Sending")),
            Waiting if timed => (Tone::Busy, t("Trying again at")),
            Waiting => (Tone::Busy, t("Trying again soon")),
            Unsure if delivery.needs_answer => (Tone::Attention, t("Your answer is needed")),
            Unsure => (Tone::Busy, t("Checking whether the ticket arrived")),
            Held => {
                (Tone::Attention, tf("Held until {helpdesk} works again", &[("helpdesk", helpdesk.name())]))
            }
            Delivered if helpdesk.takes() == Takes::Events => (Tone::Good, t("Delivered")),
            Delivered => (Tone::Good, t("Ticket created")),
            Failed => (Tone::Bad, t("Not delivered")),
            Cancelled => {
                (Tone::Quiet, tf("Cancelled: {helpdesk} was disconnected", &[("helpdesk", helpdesk.name())]))
            }
        },
        Destination::Email => match delivery.state {
            Queued | Sending => (Tone::Busy, t("Email on its way")),
            Waiting if timed => (Tone::Busy, t("Emailing the team again at")),
            Waiting | Unsure | Held => (Tone::Busy, t("Emailing the team again soon")),
            Delivered => (Tone::Good, t("Team emailed")),
            Failed => (Tone::Bad, t("Email not delivered")),
            Cancelled => (Tone::Quiet, t("Email cancelled")),
        },
    }
}

/// Returns when a waiting delivery is retried.
pub fn next_time(delivery: &DeliveryView) -> Option<&str> {
    (delivery.state == DeliveryState::Waiting).then_some(delivery.next_attempt_at.as_deref()).flatten()
}

/// Returns what went wrong, for states in which that matters.
pub fn trouble(delivery: &DeliveryView) -> Option<String> {
    use DeliveryState::*;
    let worth_a_line = matches!(delivery.state, Waiting | Failed | Held | Unsure);
    let error = delivery.last_error.as_deref().filter(|_| worth_a_line)?;
    Some(plain(&sentence(error, delivery.code.as_deref(), &delivery.args))).filter(|text| !text.is_empty())
}

/// Returns when the team was emailed that there is no ticket yet, or that no team email is set.
pub fn second_way(delivery: &DeliveryView) -> Option<String> {
    let is_event = matches!(delivery.destination, Destination::Helpdesk(it) if it.takes() == Takes::Events);
    match &delivery.team_mailed_at {
        Some(at) if is_event => {
            Some(tf("Not delivered yet. We asked your team to reply by email ({time}).", &[("time", &utc(at))]))
        }
        Some(at) => {
            Some(tf("No ticket yet. We asked your team to reply by email ({time}).", &[("time", &utc(at))]))
        }
        None if is_event => delivery.nobody_to_mail.then(|| {
            t("Not delivered yet, and your team was not notified. Set a team email under Settings → Notifications.")
        }),
        None => delivery.nobody_to_mail.then(|| {
            t("No ticket yet, and your team was not notified. Set a team email under Settings → Notifications.")
        }),
    }
}

/// Returns what happened to duplicate tickets.
pub fn duplicates(delivery: &DeliveryView) -> Option<String> {
    let list = |ids: &[i64]| ids.iter().map(|id| format!("#{id}")).collect::<Vec<_>>().join(", ");
    let (closed, merged) = (list(&delivery.duplicates), list(&delivery.repeated_in));
    let closed = match delivery.duplicates.len() {
        0 => None,
        1 => Some(tf("Ticket {list} was a duplicate and has been closed.", &[("list", &closed)])),
        _ => Some(tf("Tickets {list} were duplicates and have been closed.", &[("list", &closed)])),
    };
    let merged = (!merged.is_empty()).then(|| {
        tf("A duplicate was merged into {list}. A note there links to this ticket.", &[("list", &merged)])
    });
    closed.into_iter().chain(merged).reduce(|all, more| format!("{all} {more}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::samples::gorgias;

    #[test]
    fn second_way_says_who_was_told() {
        let told = DeliveryView {
            team_mailed_at: Some("2026-11-22T10:15:00Z".into()),
            nobody_to_mail: true,
            ..gorgias(DeliveryState::Waiting)
        };
        assert_eq!(
            second_way(&told).unwrap(),
            "No ticket yet. We asked your team to reply by email (2026-11-22 10:15 UTC)."
        );
        let nobody = DeliveryView { team_mailed_at: None, ..told };
        assert!(second_way(&nobody).unwrap().starts_with("No ticket yet, and your team was not notified."));
        assert_eq!(second_way(&DeliveryView { nobody_to_mail: false, ..nobody }), None);
    }

    #[test]
    fn every_state_has_a_badge() {
        let said: Vec<String> = DeliveryState::ALL.iter().map(|&state| delivery(&gorgias(state)).1).collect();
        assert_eq!(
            said,
            [
                "On its way",
                "Sending",
                "Trying again soon",
                "Checking whether the ticket arrived",
                "Held until Gorgias works again",
                "Ticket created",
                "Not delivered",
                "Cancelled: Gorgias was disconnected",
            ]
        );
        let mails: Vec<String> = DeliveryState::ALL
            .iter()
            .map(|&state| delivery(&DeliveryView { destination: Destination::Email, ..gorgias(state) }).1)
            .collect();
        assert!(mails.iter().all(|words| words.contains("mail")), "{mails:?}");
    }

    #[test]
    fn a_waiting_delivery_shows_its_time_and_a_question_needs_attention() {
        let at = Some("2026-11-22T14:05:00Z".to_owned());
        let waiting = DeliveryView { next_attempt_at: at.clone(), ..gorgias(DeliveryState::Waiting) };
        assert_eq!(delivery(&waiting).1, "Trying again at");
        assert_eq!(next_time(&waiting), at.as_deref());
        assert_eq!(next_time(&DeliveryView { next_attempt_at: at, ..gorgias(DeliveryState::Unsure) }), None);
        let asked = DeliveryView { needs_answer: true, ..gorgias(DeliveryState::Unsure) };
        assert_eq!(delivery(&asked).0, Tone::Attention);
    }

    #[test]
    fn duplicates_are_named() {
        let twice = DeliveryView { duplicates: vec![7], ..gorgias(DeliveryState::Delivered) };
        assert_eq!(duplicates(&twice).unwrap(), "Ticket #7 was a duplicate and has been closed.");
        let merged = DeliveryView { repeated_in: vec![3], ..twice.clone() };
        let both = "Ticket #7 was a duplicate and has been closed. \
                    A duplicate was merged into #3. A note there links to this ticket.";
        assert_eq!(duplicates(&merged).unwrap(), both);
        assert_eq!(duplicates(&gorgias(DeliveryState::Delivered)), None);
    }
}
