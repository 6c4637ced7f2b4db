//! What the screen says about handovers and changes, in a shop owner's words. Plain functions, so that a test reads
//! every sentence without a browser.

use crate::model::{
    ChatAuthor, ChatMessage, ConnectionChange, ConversationItem, ConversationState, DeliveryState,
    DeliveryView, Destination, HandoverView, Trial, TriggerKind,
};

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

/// Chat text of several lines, otherwise as [`plain`].
pub fn lines(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '\r' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}'))
        .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
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

/// What sending them did.
pub fn sent(n: u64) -> String {
    match n {
        0 => "Nothing was left to send.".to_owned(),
        1 => "1 handover is on its way.".to_owned(),
        n => format!("{n} handovers are on their way."),
    }
}

/// Who handed over.
pub fn shopper(handover: &HandoverView) -> String {
    let known = |text: &Option<String>| text.as_deref().map(plain).filter(|text| !text.is_empty());
    known(&handover.shopper_name)
        .or_else(|| known(&handover.shopper_email))
        .unwrap_or_else(|| "Anonymous visitor".to_owned())
}

/// Who chats.
pub fn visitor(item: &ConversationItem) -> String {
    let known = |text: &Option<String>| text.as_deref().map(plain).filter(|text| !text.is_empty());
    known(&item.shopper_name)
        .or_else(|| known(&item.shopper_email))
        .unwrap_or_else(|| "Anonymous visitor".to_owned())
}

/// Who said it. The shopper's name stands above the transcript.
pub fn author(message: &ChatMessage) -> String {
    let name = message.name.as_deref().map(plain).filter(|name| !name.is_empty());
    match message.author {
        ChatAuthor::Shopper => name.unwrap_or_else(|| "Shopper".to_owned()),
        ChatAuthor::Assistant => "AI assistant".to_owned(),
        ChatAuthor::Agent => name.unwrap_or_else(|| "Your team".to_owned()),
        ChatAuthor::System => "Convi".to_owned(),
    }
}

/// The colour of a conversation's badge.
pub fn conversation_tone(state: ConversationState) -> Tone {
    match state {
        ConversationState::Open => Tone::Busy,
        ConversationState::HandedOver => Tone::Attention,
        ConversationState::Resolved => Tone::Quiet,
    }
}

/// The delivery that a merchant means by "the ticket": a helpdesk's, else the mail.
pub fn main_delivery(handover: &HandoverView) -> Option<&DeliveryView> {
    let ticket = handover.deliveries.iter().find(|it| matches!(it.destination, Destination::Helpdesk(_)));
    ticket.or_else(|| handover.deliveries.first())
}

/// What pressing `Hand over` did.
pub fn handed_over(handover: Option<&HandoverView>) -> String {
    match handover.map(main_delivery) {
        None => "Handed over to your team.".to_owned(),
        Some(None) => "Handed over, but nobody was told.".to_owned(),
        Some(Some(it)) if it.state == DeliveryState::Delivered => match (it.destination, it.ticket_id) {
            (Destination::Helpdesk(_), Some(id)) => format!("Handed over. It is ticket #{id}."),
            _ => format!("Handed over. {}.", delivery(it).1),
        },
        Some(Some(it)) => {
            let (_, how) = delivery(&DeliveryView { next_attempt_at: None, ..it.clone() });
            match it.destination {
                Destination::Helpdesk(_) => format!("Handed over. The ticket: {}.", uncapitalised(&how)),
                Destination::Email => format!("Handed over. {how}."),
            }
        }
    }
}

fn uncapitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// What a screen reader is told when conversations appear.
pub fn conversations_arrived(n: usize) -> String {
    match n {
        0 => String::new(),
        1 => "1 new conversation".to_owned(),
        n => format!("{n} new conversations"),
    }
}

/// How often Handover to human was used.
pub fn handover_uses(n: u64) -> String {
    match n {
        0 => "Not used yet".to_owned(),
        1 => "Handed over 1 conversation".to_owned(),
        n => format!("Handed over {n} conversations"),
    }
}

/// How often Email capture was used.
pub fn email_uses(n: u64) -> String {
    match n {
        0 => "Not used yet".to_owned(),
        1 => "Was given 1 address".to_owned(),
        n => format!("Was given {n} addresses"),
    }
}

/// What would happen to a sentence.
pub fn trial(trial: &Trial) -> (Tone, String) {
    let why = match trial.reason.as_deref().map(plain).as_deref() {
        None | Some("") if trial.answer.is_some() => {
            return (Tone::Good, "Not handed over: the assistant answers.".to_owned());
        }
        None | Some("") => {
            return (Tone::Quiet, "Not handed over: the assistant says that it has no answer.".to_owned());
        }
        Some("asked_for_human") => "the shopper asks for a person".to_owned(),
        Some("angry") => "the shopper is angry".to_owned(),
        Some("repeated_question") => "the shopper repeats the question".to_owned(),
        Some("topic") => "it is about one of your topics".to_owned(),
        Some("no_answer") => "the assistant has no answer".to_owned(),
        Some(other) => other.replace('_', " "),
    };
    (Tone::Attention, format!("Handed over: {why}."))
}

/// How sure the decision is, in full per cents.
pub fn confidence(trial: &Trial) -> Option<String> {
    let sure = (trial.confidence.clamp(0.0, 1.0) * 100.0).round();
    trial.reason.as_ref().map(|_| format!("{sure} % sure"))
}

/// In place of what was said, after the operator's time is over.
pub const TRANSCRIPT_REMOVED: &str = "Transcript removed";

/// What the conversation is about; never empty.
pub fn subject(handover: &HandoverView) -> String {
    if handover.transcript_removed {
        return TRANSCRIPT_REMOVED.to_owned();
    }
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
            Some("frustrated" | "angry" | "negative_sentiment") => "seemed unhappy".to_owned(),
            Some("repeated_question") => "asked the same question again".to_owned(),
            Some("topic") => "brought up one of your topics".to_owned(),
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

/// What is missing at a connected helpdesk whose team has no address.
pub fn nobody_to_mail(helpdesk: &str) -> String {
    format!(
        "If {helpdesk} is away for long, nobody is told: set the team's e-mail under Settings → Notifications."
    )
}

/// What the team was told about a delivery that has no ticket yet, or that it could not be told; and when.
pub fn second_way(delivery: &DeliveryView) -> Option<String> {
    match &delivery.team_mailed_at {
        Some(at) => Some(format!("No ticket yet: the team was e-mailed to answer from there, {}.", utc(at))),
        None => delivery.nobody_to_mail.then(|| {
            "No ticket yet, and nobody was told: no team e-mail is set under Settings → Notifications."
                .to_owned()
        }),
    }
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
            team_mailed_at: None,
            nobody_to_mail: false,
        }
    }

    #[test]
    fn no_ticket_yet_says_who_was_told() {
        let told = DeliveryView {
            team_mailed_at: Some("2026-11-22T10:15:00Z".into()),
            nobody_to_mail: true,
            ..gorgias(DeliveryState::Waiting)
        };
        assert_eq!(
            second_way(&told).unwrap(),
            "No ticket yet: the team was e-mailed to answer from there, 2026-11-22 10:15 UTC."
        );
        let nobody = DeliveryView { team_mailed_at: None, ..told };
        assert!(second_way(&nobody).unwrap().starts_with("No ticket yet, and nobody was told:"));
        assert_eq!(second_way(&DeliveryView { nobody_to_mail: false, ..nobody }), None);
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

    #[test]
    fn chat_text_keeps_its_lines_and_nothing_that_turns_it() {
        assert_eq!(lines(" a\r\nb\u{0}c\u{202e}\td\n"), "a\nb c d");
    }

    #[test]
    fn a_reason_is_said_in_words() {
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
    fn what_hand_over_did() {
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
            occurred_at: String::new(),
            accepted_at: String::new(),
            transcript_removed: false,
            deliveries,
        };
        let said = |deliveries| handed_over(Some(&with(deliveries)));
        assert_eq!(said(vec![]), "Handed over, but nobody was told.");
        assert_eq!(said(vec![gorgias(DeliveryState::Queued)]), "Handed over. The ticket: on its way.");
        assert_eq!(
            said(vec![gorgias(DeliveryState::Held)]),
            "Handed over. The ticket: held until Gorgias works again."
        );
        let made = DeliveryView { ticket_id: Some(7), ..gorgias(DeliveryState::Delivered) };
        let mail = DeliveryView { destination: Destination::Email, ..gorgias(DeliveryState::Delivered) };
        assert_eq!(said(vec![mail.clone(), made]), "Handed over. It is ticket #7.");
        assert_eq!(said(vec![mail]), "Handed over. Team e-mailed.");
        assert_eq!(trigger(&with(vec![])), "handed over by Olive");
    }

    #[test]
    fn what_would_happen_to_a_sentence() {
        let would = |reason: Option<&str>, answer: Option<&str>| Trial {
            reason: reason.map(str::to_owned),
            confidence: 0.876,
            why: vec![],
            answer: answer.map(str::to_owned),
        };
        for reason in ["asked_for_human", "angry", "repeated_question", "topic", "no_answer"] {
            let (tone, said) = trial(&would(Some(reason), None));
            assert!(
                tone == Tone::Attention && said.starts_with("Handed over: ") && !said.contains('_'),
                "{said}"
            );
        }
        assert_eq!(trial(&would(None, Some("Two days."))).1, "Not handed over: the assistant answers.");
        assert_eq!(trial(&would(None, None)).0, Tone::Quiet);
        assert_eq!(confidence(&would(Some("angry"), None)).as_deref(), Some("88 % sure"));
        assert_eq!(confidence(&would(None, None)), None);
    }
}
