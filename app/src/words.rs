//! What the screen says about handovers and changes, in a shop owner's words. Plain functions, so that a test reads
//! every sentence without a browser.

use crate::model::{ConnectionChange, DeliveryState, DeliveryView, Destination, HandoverView, TriggerKind};

/// How a thing stands: chooses the colour and the icon of a badge, never the only sign of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Done, working.
    Good,
    /// Under way.
    Busy,
    /// Somebody should look.
    Attention,
    /// It did not work.
    Bad,
    /// Nothing to say.
    Quiet,
}

/// Chat text without what could disturb the text around it: control characters, and the marks that turn the
/// direction of writing (U+202A to U+202E, U+2066 to U+2069). Escaping is the renderer's business.
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}'))
        .collect::<String>()
        .trim()
        .to_owned()
}

/// The address if a browser may be sent there: http(s) and nothing else.
pub fn web_address(url: &str) -> Option<&str> {
    let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    let web = lower.starts_with("https://") || lower.starts_with("http://");
    (web && !url.chars().any(|c| c.is_control() || c.is_whitespace())).then_some(url)
}

/// `1 handover`, `3 handovers`.
pub fn handovers(n: u64) -> String {
    if n == 1 { "1 handover".to_owned() } else { format!("{n} handovers") }
}

/// What stands under a broken connection about the handovers it holds; none when it holds none.
pub fn held(n: u64, helpdesk: &str) -> Option<String> {
    match n {
        0 => None,
        1 => Some(format!("1 handover is held. It becomes a ticket as soon as {helpdesk} works again.")),
        n => Some(format!(
            "{n} handovers are held. They become tickets, in order, as soon as {helpdesk} works again."
        )),
    }
}

/// What the question before a disconnect adds when handovers wait.
pub fn lost_by_disconnecting(n: u64) -> Option<String> {
    match n {
        0 => None,
        1 => Some("1 handover is waiting and will not become a ticket.".to_owned()),
        n => Some(format!("{n} handovers are waiting and will not become tickets.")),
    }
}

/// The button for handovers that no helpdesk got.
pub fn send_unsent(n: u64) -> String {
    if n == 1 {
        "Send 1 handover that nobody got".to_owned()
    } else {
        format!("Send {n} handovers that nobody got")
    }
}

/// Who handed over.
pub fn shopper(handover: &HandoverView) -> String {
    let known = |text: &Option<String>| text.as_deref().map(plain).filter(|text| !text.is_empty());
    known(&handover.shopper_name)
        .or_else(|| known(&handover.shopper_email))
        .unwrap_or_else(|| "Anonymous visitor".to_owned())
}

/// What the conversation is about; never empty.
pub fn subject(handover: &HandoverView) -> String {
    let subject = plain(&handover.subject);
    if subject.is_empty() { "No subject".to_owned() } else { subject }
}

/// Why it was handed over.
pub fn trigger(handover: &HandoverView) -> String {
    match handover.trigger {
        TriggerKind::Manual => match handover.by.as_deref().map(plain).filter(|by| !by.is_empty()) {
            Some(by) => format!("handed over by {by}"),
            None => "handed over by hand".to_owned(),
        },
        TriggerKind::Automatic => match handover.reason.as_deref().map(plain).as_deref() {
            None | Some("") => "handed over automatically".to_owned(),
            Some("asked_for_human") => "asked for a person".to_owned(),
            Some("frustrated" | "negative_sentiment") => "seemed unhappy".to_owned(),
            Some("no_answer" | "cannot_answer" | "low_confidence") => {
                "had a question that Convi could not answer".to_owned()
            }
            Some(other) => format!("handed over automatically: {}", other.replace('_', " ")),
        },
    }
}

/// The badge of a delivery. A time that belongs to it is shown after it: see [`next_time`].
pub fn delivery(delivery: &DeliveryView) -> (Tone, String) {
    use DeliveryState::*;
    let timed = next_time(delivery).is_some();
    match delivery.destination {
        Destination::Helpdesk(helpdesk) => match delivery.state {
            Queued => (Tone::Busy, "On its way".to_owned()),
            Sending => (Tone::Busy, "Being sent".to_owned()),
            Waiting if timed => (Tone::Busy, "Trying again at".to_owned()),
            Waiting => (Tone::Busy, "Trying again soon".to_owned()),
            Unsure if delivery.needs_answer => (Tone::Attention, "Your answer is needed".to_owned()),
            Unsure => (Tone::Busy, "Checking whether the ticket arrived".to_owned()),
            Held => (Tone::Attention, format!("Held until {helpdesk} works again")),
            Delivered => (Tone::Good, "Ticket created".to_owned()),
            Failed => (Tone::Bad, "Not delivered".to_owned()),
            Cancelled => (Tone::Quiet, format!("Cancelled: {helpdesk} was disconnected")),
        },
        Destination::Email => match delivery.state {
            Queued | Sending => (Tone::Busy, "E-mail on its way".to_owned()),
            Waiting if timed => (Tone::Busy, "E-mailing the team again at".to_owned()),
            Waiting | Unsure | Held => (Tone::Busy, "E-mailing the team again soon".to_owned()),
            Delivered => (Tone::Good, "Team e-mailed".to_owned()),
            Failed => (Tone::Bad, "E-mail not delivered".to_owned()),
            Cancelled => (Tone::Quiet, "E-mail cancelled".to_owned()),
        },
    }
}

/// When a waiting delivery is tried again.
pub fn next_time(delivery: &DeliveryView) -> Option<&str> {
    (delivery.state == DeliveryState::Waiting).then_some(delivery.next_attempt_at.as_deref()).flatten()
}

/// What went wrong, where that is worth a line.
pub fn trouble(delivery: &DeliveryView) -> Option<String> {
    use DeliveryState::*;
    matches!(delivery.state, Waiting | Failed | Held | Unsure)
        .then(|| delivery.last_error.as_deref().map(plain))
        .flatten()
        .filter(|text| !text.is_empty())
}

/// What became of tickets that were made twice.
pub fn duplicates(ids: &[i64]) -> Option<String> {
    let list = ids.iter().map(|id| format!("#{id}")).collect::<Vec<_>>().join(", ");
    match ids.len() {
        0 => None,
        1 => Some(format!("Ticket {list} was a duplicate and has been closed.")),
        _ => Some(format!("Tickets {list} were duplicates and have been closed.")),
    }
}

/// What a screen reader is told when rows appear. Not more: the rows themselves say who and what.
pub fn arrived(n: usize) -> String {
    match n {
        0 => String::new(),
        1 => "1 new handover".to_owned(),
        n => format!("{n} new handovers"),
    }
}

/// A line of a connection's history, without its time.
pub fn change(change: &ConnectionChange) -> String {
    let what = match change.action.as_str() {
        "connected" => "Connected",
        "changed" => "Changed",
        "disconnected" => "Disconnected",
        "broke" => "Stopped working",
        "recovered" => "Works again",
        other => other,
    };
    match change.by.as_deref().map(plain).filter(|by| !by.is_empty()) {
        Some(by) => format!("{} by {by}", plain(what)),
        None => plain(what),
    }
}

/// A moment as the server can write it, before the browser puts it into its own zone and language:
/// `2026-11-22 10:00 UTC`. Something that is no RFC 3339 time stays as it is.
pub fn utc(moment: &str) -> String {
    match (moment.get(..10), moment.get(10..11), moment.get(11..16)) {
        (Some(day), Some("T" | "t" | " "), Some(time)) => format!("{day} {time} UTC"),
        _ => plain(moment),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Helpdesk;

    fn gorgias(state: DeliveryState) -> DeliveryView {
        DeliveryView {
            destination: Destination::Helpdesk(Helpdesk::Gorgias),
            state,
            attempts: 0,
            ticket_id: None,
            ticket_url: None,
            last_error: None,
            next_attempt_at: None,
            needs_answer: false,
            duplicates: vec![],
        }
    }

    #[test]
    fn every_state_has_its_words() {
        let said: Vec<String> = DeliveryState::ALL.iter().map(|&state| delivery(&gorgias(state)).1).collect();
        assert_eq!(
            said,
            [
                "On its way",
                "Being sent",
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
    fn a_waiting_one_names_its_time_and_an_open_question_is_one() {
        let at = Some("2026-11-22T14:05:00Z".to_owned());
        let waiting = DeliveryView { next_attempt_at: at.clone(), ..gorgias(DeliveryState::Waiting) };
        assert_eq!(delivery(&waiting).1, "Trying again at");
        assert_eq!(next_time(&waiting), at.as_deref());
        assert_eq!(next_time(&DeliveryView { next_attempt_at: at, ..gorgias(DeliveryState::Unsure) }), None);
        let asked = DeliveryView { needs_answer: true, ..gorgias(DeliveryState::Unsure) };
        assert_eq!(delivery(&asked).0, Tone::Attention);
    }

    #[test]
    fn one_and_many() {
        assert_eq!(send_unsent(1), "Send 1 handover that nobody got");
        assert_eq!(send_unsent(3), "Send 3 handovers that nobody got");
        assert_eq!(lost_by_disconnecting(0), None);
        assert_eq!(lost_by_disconnecting(1).unwrap(), "1 handover is waiting and will not become a ticket.");
        assert_eq!(lost_by_disconnecting(2).unwrap(), "2 handovers are waiting and will not become tickets.");
        assert!(held(2, "Gorgias").unwrap().starts_with("2 handovers are held."));
        assert_eq!(duplicates(&[7]).unwrap(), "Ticket #7 was a duplicate and has been closed.");
    }

    #[test]
    fn only_web_addresses_are_followed() {
        for good in ["https://a.example/x", "HTTP://a.example", "http://127.0.0.1:4010/x"] {
            assert_eq!(web_address(good), Some(good));
        }
        for bad in [
            "javascript:alert(1)",
            " https://a",
            "java\nscript:x",
            "https://a\n",
            "//a",
            "data:text/html,x",
            "",
            "httpsé",
        ] {
            assert_eq!(web_address(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn marks_that_turn_the_text_around_go() {
        assert_eq!(plain("\u{202e}evil\u{2069}\nx\u{0}"), "evil x");
    }

    #[test]
    fn utc_is_stable() {
        assert_eq!(utc("2026-11-22T10:00:00.123Z"), "2026-11-22 10:00 UTC");
        assert_eq!(utc("soon"), "soon");
        assert_eq!(utc(""), "");
    }
}
