//! What the screen says about handovers and changes, in a shop owner's words. Plain functions, so that a test reads
//! every sentence without a browser.

use crate::model::{
    CallError, ChatAuthor, ChatMessage, ConnectionChange, ConversationItem, ConversationState, DeliveryState,
    DeliveryView, Destination, FieldError, HandoverView, Trial, TriggerKind,
};
use crate::text::{t, tf, tn, translated};

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
        .map(|c| match c {
            '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
            '\t' => c,
            c if c.is_control() => ' ',
            c => c,
        })
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

/// What an error says.
pub fn error(error: &CallError) -> String {
    translated(&error.to_string())
}

/// Errors of fields, which are English on the wire.
pub fn field_errors(errors: Vec<FieldError>) -> Vec<FieldError> {
    let say = |error: FieldError| FieldError { message: translated(&error.message), ..error };
    errors.into_iter().map(say).collect()
}

/// `1 handover`, `3 handovers`.
pub fn handovers(n: u64) -> String {
    tn(n, "{n} handover", "{n} handovers", &[])
}

/// What stands under a broken connection about the handovers it holds; none when it holds none.
pub fn held(n: u64, helpdesk: &str) -> Option<String> {
    (n > 0).then(|| {
        tn(
            n,
            "{n} handover is held. It becomes a ticket as soon as {helpdesk} works again.",
            "{n} handovers are held. They become tickets, in order, as soon as {helpdesk} works again.",
            &[("helpdesk", helpdesk)],
        )
    })
}

/// How many may be on their way to a helpdesk without anybody waiting for their turn.
const ON_THEIR_WAY: u64 = 3;

/// Whether so many are more than are on their way at any moment.
pub fn is_backlog(n: u64) -> bool {
    n > ON_THEIR_WAY
}

/// What stands under a working connection while handovers wait for their turn; none when there is no backlog.
pub fn backlog(n: u64) -> Option<String> {
    is_backlog(n).then(|| {
        let n = n.to_string();
        tf("{n} handovers wait for their turn to become tickets.", &[("n", &n)])
    })
}

/// What the question before a disconnect adds when handovers wait.
pub fn lost_by_disconnecting(n: u64) -> Option<String> {
    (n > 0).then(|| {
        tn(
            n,
            "{n} handover is waiting and will not become a ticket.",
            "{n} handovers are waiting and will not become tickets.",
            &[],
        )
    })
}

/// The button for handovers that no helpdesk got.
pub fn send_unsent(n: u64) -> String {
    tn(n, "Send {n} handover that nobody got", "Send {n} handovers that nobody got", &[])
}

/// What sending them did.
pub fn sent(n: u64) -> String {
    match n {
        0 => t("Nothing was left to send."),
        n => tn(n, "{n} handover is on its way.", "{n} handovers are on their way.", &[]),
    }
}

/// What sending all that failed again did.
pub fn retried(n: u64) -> String {
    match n {
        0 => t("Nothing was left to retry."),
        n => tn(n, "{n} delivery is on its way again.", "{n} deliveries are on their way again.", &[]),
    }
}

/// Who handed over.
pub fn shopper(handover: &HandoverView) -> String {
    let known = |text: &Option<String>| text.as_deref().map(plain).filter(|text| !text.is_empty());
    known(&handover.shopper_name)
        .or_else(|| known(&handover.shopper_email))
        .unwrap_or_else(|| t("Anonymous visitor"))
}

/// Who chats.
pub fn visitor(item: &ConversationItem) -> String {
    let known = |text: &Option<String>| text.as_deref().map(plain).filter(|text| !text.is_empty());
    known(&item.shopper_name).or_else(|| known(&item.shopper_email)).unwrap_or_else(|| t("Anonymous visitor"))
}

/// Who said it. The shopper's name stands above the transcript.
pub fn author(message: &ChatMessage) -> String {
    let name = message.name.as_deref().map(plain).filter(|name| !name.is_empty());
    match message.author {
        ChatAuthor::Shopper => name.unwrap_or_else(|| t("Shopper")),
        ChatAuthor::Assistant => t("AI assistant"),
        ChatAuthor::Agent => name.unwrap_or_else(|| t("Your team")),
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
        None => t("Handed over to your team."),
        Some(None) => t("Handed over, but nobody was told."),
        Some(Some(it)) if it.state == DeliveryState::Delivered => match (it.destination, it.ticket_id) {
            (Destination::Helpdesk(_), Some(id)) => {
                tf("Handed over. It is ticket #{id}.", &[("id", &id.to_string())])
            }
            _ => tf("Handed over. {how}.", &[("how", &delivery(it).1)]),
        },
        Some(Some(it)) => {
            let (_, how) = delivery(&DeliveryView { next_attempt_at: None, ..it.clone() });
            match it.destination {
                Destination::Helpdesk(_) => {
                    tf("Handed over. The ticket: {how}.", &[("how", &uncapitalised(&how))])
                }
                Destination::Email => tf("Handed over. {how}.", &[("how", &how)]),
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
        n => tn(n as u64, "{n} new conversation", "{n} new conversations", &[]),
    }
}

/// How often Handover to human was used.
pub fn handover_uses(n: u64) -> String {
    match n {
        0 => t("Not used yet"),
        n => tn(n, "Handed over {n} conversation", "Handed over {n} conversations", &[]),
    }
}

/// How often Email capture was used.
pub fn email_uses(n: u64) -> String {
    match n {
        0 => t("Not used yet"),
        n => tn(n, "Was given {n} address", "Was given {n} addresses", &[]),
    }
}

/// What would happen to a sentence.
pub fn trial(trial: &Trial) -> (Tone, String) {
    let why = match trial.reason.as_deref().map(plain).as_deref() {
        None | Some("") if trial.answer.is_some() => {
            return (Tone::Good, t("Not handed over: the assistant answers."));
        }
        None | Some("") => {
            return (Tone::Quiet, t("Not handed over: the assistant says that it has no answer."));
        }
        Some("asked_for_human") => t("the shopper asks for a person"),
        Some("angry") => t("the shopper is angry"),
        Some("repeated_question") => t("the shopper repeats the question"),
        Some("topic") => t("it is about one of your topics"),
        Some("no_answer") => t("the assistant has no answer"),
        Some(other) => other.replace('_', " "),
    };
    (Tone::Attention, tf("Handed over: {why}.", &[("why", &why)]))
}

/// How sure the decision is, in full per cents.
pub fn confidence(trial: &Trial) -> Option<String> {
    let sure = (trial.confidence.clamp(0.0, 1.0) * 100.0).round();
    trial.reason.as_ref().map(|_| tf("{sure} % sure", &[("sure", &sure.to_string())]))
}

/// In place of what was said, after the operator's time is over.
pub const TRANSCRIPT_REMOVED: &str = "Transcript removed";

/// What the conversation is about; never empty.
pub fn subject(handover: &HandoverView) -> String {
    if handover.transcript_removed {
        return translated(TRANSCRIPT_REMOVED);
    }
    let subject = plain(&handover.subject);
    if subject.is_empty() { t("No subject") } else { subject }
}

/// Why it was handed over.
pub fn trigger(handover: &HandoverView) -> String {
    match handover.trigger {
        TriggerKind::Manual => match handover.by.as_deref().map(plain).filter(|by| !by.is_empty()) {
            Some(by) => tf("handed over by {by}", &[("by", &by)]),
            None => t("handed over by hand"),
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

/// The badge of a delivery. A time that belongs to it is shown after it: see [`next_time`].
pub fn delivery(delivery: &DeliveryView) -> (Tone, String) {
    use DeliveryState::*;
    let timed = next_time(delivery).is_some();
    match delivery.destination {
        Destination::Helpdesk(helpdesk) => match delivery.state {
            Queued => (Tone::Busy, t("On its way")),
            Sending => (Tone::Busy, t("Being sent")),
            Waiting if timed => (Tone::Busy, t("Trying again at")),
            Waiting => (Tone::Busy, t("Trying again soon")),
            Unsure if delivery.needs_answer => (Tone::Attention, t("Your answer is needed")),
            Unsure => (Tone::Busy, t("Checking whether the ticket arrived")),
            Held => {
                (Tone::Attention, tf("Held until {helpdesk} works again", &[("helpdesk", helpdesk.name())]))
            }
            Delivered => (Tone::Good, t("Ticket created")),
            Failed => (Tone::Bad, t("Not delivered")),
            Cancelled => {
                (Tone::Quiet, tf("Cancelled: {helpdesk} was disconnected", &[("helpdesk", helpdesk.name())]))
            }
        },
        Destination::Email => match delivery.state {
            Queued | Sending => (Tone::Busy, t("E-mail on its way")),
            Waiting if timed => (Tone::Busy, t("E-mailing the team again at")),
            Waiting | Unsure | Held => (Tone::Busy, t("E-mailing the team again soon")),
            Delivered => (Tone::Good, t("Team e-mailed")),
            Failed => (Tone::Bad, t("E-mail not delivered")),
            Cancelled => (Tone::Quiet, t("E-mail cancelled")),
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
        .map(|text| translated(&text))
}

/// What the team was told about a delivery that has no ticket yet, or that it could not be told; and when.
pub fn second_way(delivery: &DeliveryView) -> Option<String> {
    match &delivery.team_mailed_at {
        Some(at) => Some(tf(
            "No ticket yet: the team was e-mailed to answer from there, {time}.",
            &[("time", &utc(at))],
        )),
        None => delivery.nobody_to_mail.then(|| {
            t("No ticket yet, and nobody was told: no team e-mail is set under Settings → Notifications.")
        }),
    }
}

/// What became of tickets that were made twice.
pub fn duplicates(delivery: &DeliveryView) -> Option<String> {
    let list = |ids: &[i64]| ids.iter().map(|id| format!("#{id}")).collect::<Vec<_>>().join(", ");
    let (closed, merged) = (list(&delivery.duplicates), list(&delivery.repeated_in));
    let closed = match delivery.duplicates.len() {
        0 => None,
        1 => Some(tf("Ticket {list} was a duplicate and has been closed.", &[("list", &closed)])),
        _ => Some(tf("Tickets {list} were duplicates and have been closed.", &[("list", &closed)])),
    };
    let merged = (!merged.is_empty())
        .then(|| tf("A duplicate was merged into {list}: a note there leads here.", &[("list", &merged)]));
    closed.into_iter().chain(merged).reduce(|all, more| format!("{all} {more}"))
}

/// What a screen reader is told when rows appear. Not more: the rows themselves say who and what.
pub fn arrived(n: usize) -> String {
    match n {
        0 => String::new(),
        n => tn(n as u64, "{n} new handover", "{n} new handovers", &[]),
    }
}

/// A line of a connection's history, without its time.
pub fn change(change: &ConnectionChange) -> String {
    let what = match change.action.as_str() {
        "connected" => t("Connected"),
        "changed" => t("Changed"),
        "disconnected" => t("Disconnected"),
        "broke" => t("Stopped working"),
        "recovered" => t("Works again"),
        other => plain(other),
    };
    match change.by.as_deref().map(plain).filter(|by| !by.is_empty()) {
        Some(by) => tf("{what} by {name}", &[("what", &what), ("name", &by)]),
        None => what,
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
            repeated_in: vec![],
            delivered_at: None,
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
        let twice = DeliveryView { duplicates: vec![7], ..gorgias(DeliveryState::Delivered) };
        assert_eq!(duplicates(&twice).unwrap(), "Ticket #7 was a duplicate and has been closed.");
        let merged = DeliveryView { repeated_in: vec![3], ..twice.clone() };
        let both = "Ticket #7 was a duplicate and has been closed. \
                    A duplicate was merged into #3: a note there leads here.";
        assert_eq!(duplicates(&merged).unwrap(), both);
        assert_eq!(duplicates(&gorgias(DeliveryState::Delivered)), None);
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
        assert_eq!(lines(" a\r\nb\u{0}c\u{202e}\td\n"), "a\nb c\td");
        assert_eq!(lines("a\u{b}b\u{85}c\u{2028}  d"), "a\nb\nc\n  d");
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
