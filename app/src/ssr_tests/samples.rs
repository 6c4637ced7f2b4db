//! Sample data of the page tests.

use super::Fake;
use crate::model::*;
use domain::{Args, Said, Sentence, said};

/// Sentences of the server.
const KEY_REFUSED: Sentence = Sentence {
    code: "helpdesk.unauthorized",
    english: "{helpdesk} no longer accepts the saved credentials.",
};
const NEW_KEY: Sentence = Sentence {
    code: "gorgias.new_key",
    english: "Create a new key in Gorgias → Settings → REST API and enter it under Configure.",
};
const NOT_REACHED: Sentence =
    Sentence { code: "helpdesk.not_reached", english: "{helpdesk} could not be reached: {why}." };
const NO_CONNECTION: Sentence = Sentence { code: "gorgias.no_connection", english: "no connection" };

pub(super) fn viewer(role: Role) -> Viewer {
    Viewer { merchant: "m1".into(), subject: "u1".into(), name: "Olive".into(), role }
}

pub(super) fn connected() -> Integration {
    Integration {
        helpdesk: Helpdesk::GORGIAS,
        state: ConnectionState::Connected,
        subdomain: Some("your-store".into()),
        url: None,
        old_secret_until: None,
        method: Some("api_key".to_owned()),
        username: Some("jane@example.com".into()),
        problem: None,
        reason: None,
        code: None,
        args: Args::default(),
        held: 0,
        waiting: 2,
        unsent: 0,
        receives_handovers: true,
        team: None,
        priority: None,
        teams: TeamList::default(),
        warnings: Vec::new(),
        account_url: Some("javascript:alert('account')".into()),
        credentials_page: "https://{subdomain}.gorgias.com/app/settings/rest-api".into(),
        look: HelpdeskLook::of(Helpdesk::GORGIAS),
        changes: vec![ConnectionChange {
            action: "connected".into(),
            by: Some("<img src=x onerror=alert(1)>".into()),
            at: "2026-11-22T10:00:00Z".into(),
        }],
    }
}

pub(super) fn not_connected() -> Integration {
    Integration {
        state: ConnectionState::NotConnected,
        subdomain: None,
        username: None,
        waiting: 0,
        receives_handovers: false,
        team: None,
        priority: None,
        teams: TeamList::default(),
        account_url: None,
        changes: vec![],
        ..connected()
    }
}

pub(super) fn handover(deliveries: Vec<DeliveryView>) -> HandoverView {
    HandoverView {
        handover_id: "h1".into(),
        conversation_id: "c1".into(),
        conversation_url: Some("javascript:alert('conversation')".into()),
        shopper_name: Some("<script>alert('name')</script>\u{202e}".into()),
        shopper_email: None,
        subject: "</textarea></script><img src=x onerror=alert('subject')>".into(),
        trigger: TriggerKind::Automatic,
        reason: Some("asked_for_human".into()),
        by: None,
        tag: None,
        occurred_at: "2026-11-22T10:00:00Z".into(),
        accepted_at: "2026-11-22T10:00:00Z".into(),
        transcript_removed: false,
        deliveries,
    }
}

pub(super) fn delivery(state: DeliveryState) -> DeliveryView {
    DeliveryView {
        destination: Destination::Helpdesk(Helpdesk::GORGIAS),
        state,
        attempts: 1,
        ticket_id: Some(123),
        ticket_url: Some("javascript:alert('ticket')".into()),
        last_error: Some("<b>503</b>".into()),
        code: None,
        args: Args::default(),
        next_attempt_at: None,
        needs_answer: false,
        duplicates: vec![],
        repeated_in: vec![],
        delivered_at: None,
        team_mailed_at: None,
        nobody_to_mail: false,
    }
}

pub(super) fn conversation(state: ConversationState) -> ConversationItem {
    ConversationItem {
        id: "c1".into(),
        state,
        shopper_name: Some("<script>alert('name')</script>\u{202e}".into()),
        shopper_email: Some("jane@example.com".into()),
        preview: "</li><img src=x onerror=alert('preview')>".into(),
        active_at: "2026-11-22T10:00:00Z".into(),
        handover: None,
    }
}

pub(super) fn anonymous(id: &str) -> ConversationItem {
    ConversationItem {
        id: id.into(),
        shopper_name: None,
        shopper_email: None,
        preview: "Hello".into(),
        ..conversation(ConversationState::Open)
    }
}

pub(super) fn message(number: i64, author: ChatAuthor, text: &str) -> ChatMessage {
    ChatMessage {
        number,
        author,
        name: None,
        helpdesk: None,
        text: text.into(),
        sent_at: "2026-11-22T10:00:00Z".into(),
    }
}

/// A shop with a bit of everything: problems, waiting handovers and missing settings.
pub(super) fn busy() -> Fake {
    let refused = said!(KEY_REFUSED, helpdesk = "Gorgias").and(NEW_KEY);
    let (reason, code, args) = Said::parts_of(Some(refused));
    let broken = Integration {
        state: ConnectionState::NeedsAttention,
        problem: Some(Problem::BadCredentials),
        reason,
        code,
        args,
        held: 1_234,
        ..connected()
    };
    let states = DeliveryState::ALL.into_iter().map(|state| {
        let unreached = said!(NOT_REACHED, helpdesk = "Gorgias", why = NO_CONNECTION);
        let (last_error, code, args) = Said::parts_of(Some(unreached));
        DeliveryView {
            needs_answer: state == DeliveryState::Unsure,
            last_error,
            code,
            args,
            duplicates: vec![7],
            repeated_in: vec![],
            ..delivery(state)
        }
    });
    let mails = DeliveryState::ALL
        .into_iter()
        .map(|state| DeliveryView { destination: Destination::Email, ..delivery(state) });
    let mut told = handover(states.chain(mails).collect());
    told.subject = "Rechnung".into();
    told.shopper_name = None;
    let untold = HandoverView { handover_id: "h2".into(), ..handover(vec![]) };
    Fake {
        integration: Some(broken),
        handovers: vec![told, untold],
        readiness: vec![Readiness {
            kind: "team_email".into(),
            ready: false,
            message: "No team email is set, so your team is not notified when the helpdesk does not answer."
                .into(),
            code: Some("readiness.no_team_email".into()),
            args: Args::default(),
            link: Some("/settings/notifications".into()),
            link_label: Some("Add a team email".into()),
        }],
        ..Fake::default()
    }
}

/// A shop with handovers, attempts and days.
pub(super) fn past() -> Fake {
    let day =
        |n: i64, endings| DayCount { endings, ..DayCount::empty(Day::parse("2026-11-20").unwrap().later(n)) };
    let waits = HandoverView { handover_id: "h2".into(), ..handover(vec![delivery(DeliveryState::Failed)]) };
    Fake {
        handovers: vec![handover(vec![delivery(DeliveryState::Delivered)]), waits],
        attempts: vec![Attempt {
            destination: Destination::Helpdesk(Helpdesk::GORGIAS),
            part: 0,
            kind: AttemptKind::Create,
            number: 1,
            began_at: "2026-11-22T10:00:00Z".into(),
            took_ms: Some(1_234),
            outcome: Some("Gorgias answered 503. <b>x</b>".into()),
            code: None,
            args: Args::default(),
        }],
        history: History {
            days: vec![
                day(0, [0; 4]),
                DayCount { median_ms: Some(2_000), slow_ms: Some(65_000), ..day(1, [3, 1, 0, 2]) },
                day(2, [0, 0, 5, 0]),
            ],
            failed: 4,
            counts: ProgressCounts { all: 11, needs_you: 2, in_progress: 5 },
        },
        ..Fake::default()
    }
}

pub(super) const HOSTILE: &str = "</textarea></script><img src=x onerror=alert('text')>\u{202e}\nsecond line";
