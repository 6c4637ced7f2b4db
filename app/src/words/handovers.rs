//! Sentences about handovers.

use super::{delivery, plain};
use crate::model::{DeliveryState, DeliveryView, Destination, HandoverView, Takes, TriggerKind};
use crate::text::{later, t, tf, tn};

/// `1 handover`, `3 handovers`.
pub fn handovers(n: u64) -> String {
    tn(n, "{n} handover", "{n} handovers", &[])
}

/// Returns what a screen reader announces when rows appear. It need not say more, because the rows themselves say who
/// and what.
pub fn arrived(n: usize) -> String {
    match n {
        0 => String::new(),
        n => tn(n as u64, "{n} new handover", "{n} new handovers", &[]),
    }
}

/// Returns the result of retrying everything that failed.
pub fn retried(n: u64) -> String {
    match n {
        0 => t("Nothing left to retry."),
        n => tn(n, "Retrying {n} delivery.", "Retrying {n} deliveries.", &[]),
    }
}

/// Returns the shopper's name or address, if known.
pub fn shopper(handover: &HandoverView) -> String {
    let known = |text: &Option<String>| text.as_deref().map(plain).filter(|text| !text.is_empty());
    known(&handover.shopper_name)
        .or_else(|| known(&handover.shopper_email))
        .unwrap_or_else(|| t("Anonymous visitor"))
}

/// Shown in place of the subject once the operator's retention time is over.
pub const TRANSCRIPT_REMOVED: &str = later("Transcript removed");

/// Returns the subject of the conversation. Never empty.
pub fn subject(handover: &HandoverView) -> String {
    if handover.transcript_removed {
        return t(TRANSCRIPT_REMOVED);
    }
    let subject = plain(&handover.subject);
    if subject.is_empty() { t("No subject") } else { subject }
}

/// Returns why it was handed over.
pub fn trigger(handover: &HandoverView) -> String {
    match handover.trigger {
        TriggerKind::Manual => match handover.by.as_deref().map(plain).filter(|by| !by.is_empty()) {
            Some(by) => tf("handed over by {by}", &[("by", &by)]),
            None => t("handed over manually"),
        },
        TriggerKind::Automatic => match handover.reason.as_deref().map(plain).as_deref() {
            None | Some("") => t("handed over automatically"),
            Some("asked_for_human") => t("asked for a person"),
            Some("frustrated" | "angry" | "negative_sentiment") => t("seemed unhappy"),
            Some("repeated_question") => t("asked the same question again"),
            Some("topic") => t("brought up one of your topics"),
            Some("no_answer" | "cannot_answer" | "low_confidence") => {
                t("had a question that Convi could not answer")
            }
            Some(other) => tf("handed over automatically: {reason}", &[("reason", &other.replace('_', " "))]),
        },
    }
}

/// Returns the delivery that a merchant means by "the ticket": the helpdesk's, or else the email.
pub fn main_delivery(handover: &HandoverView) -> Option<&DeliveryView> {
    let ticket = handover.deliveries.iter().find(|it| matches!(it.destination, Destination::Helpdesk(_)));
    ticket.or_else(|| handover.deliveries.first())
}

/// Returns the result of pressing `Hand over`.
pub fn handed_over(handover: Option<&HandoverView>) -> String {
    match handover.map(main_delivery) {
        None => t("Handed over to your team."),
        Some(None) => t("Handed over, but not sent to anyone. Connect a helpdesk or set a team email."),
        Some(Some(it)) if it.state == DeliveryState::Delivered => match (it.destination, it.ticket_id) {
            (Destination::Helpdesk(_), Some(id)) => {
                tf("Handed over as ticket #{id}.", &[("id", &id.to_string())])
            }
            _ => tf("Handed over. {how}.", &[("how", &delivery(it).1)]),
        },
        Some(Some(it)) => {
            let (_, how) = delivery(&DeliveryView { next_attempt_at: None, ..it.clone() });
            match it.destination {
                Destination::Helpdesk(helpdesk) if helpdesk.takes() == Takes::Tickets => {
                    tf("Handed over. Ticket: {how}.", &[("how", &uncapitalised(&how))])
                }
                _ => tf("Handed over. {how}.", &[("how", &how)]),
            }
        }
    }
}

fn uncapitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::samples::gorgias;

    #[test]
    fn reasons_are_put_into_words() {
        let said = |reason: &str| {
            trigger(&HandoverView {
                handover_id: String::new(),
                conversation_id: String::new(),
                conversation_url: None,
                shopper_name: None,
                shopper_email: None,
                subject: String::new(),
                trigger: TriggerKind::Automatic,
                reason: Some(reason.to_owned()),
                by: None,
                tag: None,
                occurred_at: String::new(),
                accepted_at: String::new(),
                transcript_removed: false,
                deliveries: vec![],
            })
        };
        assert_eq!(said("asked_for_human"), "asked for a person");
        for reason in ["angry", "repeated_question", "topic", "no_answer"] {
            assert!(!said(reason).contains("automatically"), "{reason}");
        }
    }

    #[test]
    fn every_result_of_hand_over_has_a_sentence() {
        let with = |deliveries| HandoverView {
            handover_id: "h".into(),
            conversation_id: "c".into(),
            conversation_url: None,
            shopper_name: None,
            shopper_email: None,
            subject: String::new(),
            trigger: TriggerKind::Manual,
            reason: None,
            by: Some("Olive".into()),
            tag: None,
            occurred_at: String::new(),
            accepted_at: String::new(),
            transcript_removed: false,
            deliveries,
        };
        let said = |deliveries| handed_over(Some(&with(deliveries)));
        assert_eq!(
            said(vec![]),
            "Handed over, but not sent to anyone. Connect a helpdesk or set a team email."
        );
        assert_eq!(said(vec![gorgias(DeliveryState::Queued)]), "Handed over. Ticket: on its way.");
        assert_eq!(
            said(vec![gorgias(DeliveryState::Held)]),
            "Handed over. Ticket: held until Gorgias works again."
        );
        let made = DeliveryView { ticket_id: Some(7), ..gorgias(DeliveryState::Delivered) };
        let mail = DeliveryView { destination: Destination::Email, ..gorgias(DeliveryState::Delivered) };
        assert_eq!(said(vec![mail.clone(), made]), "Handed over as ticket #7.");
        assert_eq!(said(vec![mail]), "Handed over. Team emailed.");
        assert_eq!(trigger(&with(vec![])), "handed over by Olive");
    }
}
