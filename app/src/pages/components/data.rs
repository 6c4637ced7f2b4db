//! Sample data: an account, handovers in every state, and what may be missing.

use crate::model::{
    Attempt, AttemptKind, ConnectionChange, ConnectionState, Day, DayCount, DeliveryState, DeliveryView,
    Destination, HandoverView, Helpdesk, HelpdeskLook, Integration, Problem, Readiness, TeamList,
    TriggerKind,
};
use crate::text::t;
use domain::{Args, Said, Sentence, said};

const AT: &str = "2026-11-22T10:00:00Z";

/// Returns a connected account.
pub(super) fn connected() -> Integration {
    Integration {
        helpdesk: Helpdesk::GORGIAS,
        state: ConnectionState::Connected,
        subdomain: Some("your-store".to_owned()),
        url: None,
        old_secret_until: None,
        method: Some("api_key".to_owned()),
        username: Some("jane@your-store.example".to_owned()),
        problem: None,
        reason: None,
        code: None,
        args: Args::default(),
        held: 0,
        waiting: 0,
        unsent: 0,
        receives_handovers: true,
        team: None,
        priority: None,
        teams: TeamList::default(),
        warnings: Vec::new(),
        account_url: Some("https://your-store.gorgias.com".to_owned()),
        credentials_page: "https://{subdomain}.gorgias.com/app/settings/rest-api".to_owned(),
        look: HelpdeskLook::of(Helpdesk::GORGIAS),
        changes: vec![ConnectionChange {
            action: "connected".to_owned(),
            by: Some("Jane Doe".to_owned()),
            at: AT.to_owned(),
        }],
    }
}

/// Returns the same account with a revoked key.
pub(super) fn broken() -> Integration {
    Integration {
        state: ConnectionState::NeedsAttention,
        problem: Some(Problem::BadCredentials),
        reason: Some(
            "Gorgias rejected this email address and API key. Enter them again under Configure.".to_owned(),
        ),
        held: 2,
        waiting: 2,
        ..connected()
    }
}

/// Returns a delivery to each destination in each state, and one that needs an answer.
pub(super) fn deliveries() -> Vec<DeliveryView> {
    let mut all = Vec::new();
    for destination in [Destination::Helpdesk(Helpdesk::GORGIAS), Destination::Email] {
        for state in DeliveryState::ALL {
            // An email is either sent or not, so it is never unsure or held.
            if destination != Destination::Email
                || !matches!(state, DeliveryState::Unsure | DeliveryState::Held)
            {
                all.push(delivery(destination, state));
            }
        }
    }
    let asks = delivery(Destination::Helpdesk(Helpdesk::GORGIAS), DeliveryState::Unsure);
    all.push(DeliveryView { needs_answer: true, ..asks });
    all
}

fn delivery(destination: Destination, state: DeliveryState) -> DeliveryView {
    let to_helpdesk = destination != Destination::Email;
    let ticket = (to_helpdesk && state == DeliveryState::Delivered).then_some(1001);
    let trouble = match state {
        DeliveryState::Failed if to_helpdesk => Some("Gorgias says that the ticket is too large."),
        DeliveryState::Failed => Some("The mail server does not know this address."),
        DeliveryState::Waiting => Some("Too many requests in a short time."),
        _ => None,
    };
    DeliveryView {
        destination,
        state,
        attempts: 1,
        ticket_id: ticket,
        ticket_url: ticket.map(|id| format!("https://your-store.gorgias.com/app/ticket/{id}")),
        last_error: trouble.map(str::to_owned),
        code: None,
        args: Args::default(),
        next_attempt_at: (state == DeliveryState::Waiting).then(|| "2026-11-22T10:05:00Z".to_owned()),
        needs_answer: false,
        duplicates: Vec::new(),
        repeated_in: Vec::new(),
        delivered_at: None,
        team_mailed_at: None,
        nobody_to_mail: false,
    }
}

/// Returns a handover with these deliveries.
pub(super) fn handover(id: usize, deliveries: Vec<DeliveryView>) -> HandoverView {
    let names = ["Jane Doe", "Amir Haddad", "Lena Vogt", "Noé Petit"];
    let subjects =
        ["Where is my invoice?", "May I change my order?", "Is my parcel lost?", "Do you ship to Norway?"];
    let of = |all: [&str; 4]| all.get(id % 4).copied().unwrap_or_default().to_owned();
    HandoverView {
        handover_id: format!("sample-{id}"),
        conversation_id: format!("c-{id}"),
        conversation_url: Some("https://app.example/conversations/1".to_owned()),
        shopper_name: Some(of(names)),
        shopper_email: Some("shopper@example.com".to_owned()),
        subject: of(subjects),
        trigger: TriggerKind::Automatic,
        reason: Some("asked_for_human".to_owned()),
        by: None,
        tag: Some("convi-asked-for-human".to_owned()),
        occurred_at: AT.to_owned(),
        accepted_at: AT.to_owned(),
        transcript_removed: false,
        deliveries,
    }
}

/// Returns a handover for each delivery, and one that nobody was told about.
pub(super) fn handovers() -> Vec<HandoverView> {
    let mut all: Vec<_> = deliveries().into_iter().map(|it| vec![it]).collect();
    all.push(Vec::new());
    all.into_iter().enumerate().map(|(id, deliveries)| handover(id, deliveries)).collect()
}

/// Returns a month with quiet weekends and a two-day outage of the helpdesk.
pub(super) fn month() -> Vec<DayCount> {
    let first = Day::of(1_790_000_000_000);
    let day = |n: u64| {
        let tickets = [14, 18, 16, 21, 12, 4, 3].get((n % 7) as usize).copied().unwrap_or(9) + n % 3;
        let bad = u64::from(n == 19) * 6 + u64::from(n == 8);
        let away = n == 29 || n == 28;
        DayCount {
            day: first.later(n as i64),
            endings: [if away { 5 } else { tickets }, u64::from(n < 3) * 7, u64::from(away) * 9, bad],
            median_ms: Some(1_800 + 240 * (n % 5)),
            slow_ms: Some(if n == 19 { 1_500_000 } else { 4_200 + 900 * (n % 4) }),
        }
    };
    (0..30).map(day).collect()
}

/// Returns a month with handovers on one day only, none of which became a ticket.
pub(super) fn quiet_month() -> Vec<DayCount> {
    let first = Day::of(1_790_000_000_000);
    let mut days: Vec<_> = (0..30).map(|n| DayCount::empty(first.later(n))).collect();
    if let Some(day) = days.get_mut(24) {
        day.endings = [0, 2, 0, 1];
    }
    days
}

/// Returns a handover's attempts, newest first.
pub(super) fn attempts() -> Vec<Attempt> {
    let attempt = |kind, number, minute: u32, took_ms, said: Option<Said>| {
        let (outcome, code, args) = Said::parts_of(said);
        Attempt {
            destination: if kind == AttemptKind::Mail {
                Destination::Email
            } else {
                Destination::Helpdesk(Helpdesk::GORGIAS)
            },
            part: 0,
            kind,
            number,
            began_at: format!("2026-11-22T10:{minute:02}:00Z"),
            took_ms,
            outcome,
            code,
            args,
        }
    };
    let delivered = || Some(Said::plain("delivered"));
    // Sentences of the server.
    let busy =
        Sentence { code: "helpdesk.rate_limited", english: "{helpdesk} is limiting our requests right now." };
    let lost =
        Sentence { code: "gorgias.not_confirmed", english: "Gorgias did not confirm the ticket: {why}." };
    let slow = Sentence { code: "gorgias.slow", english: "no answer within 15 seconds" };
    vec![
        attempt(AttemptKind::Check, 2, 59, None, None),
        attempt(AttemptKind::LookUp, 2, 6, Some(320), delivered()),
        attempt(AttemptKind::Create, 2, 5, Some(15_000), Some(said!(lost, why = slow))),
        attempt(AttemptKind::Mail, 1, 0, Some(84), delivered()),
        attempt(AttemptKind::Create, 1, 0, Some(410), Some(said!(busy, helpdesk = "Gorgias"))),
    ]
}

/// Returns a checklist that is partly done.
pub(super) fn readiness() -> Vec<Readiness> {
    let line = |kind: &str, ready: bool, message: &str, link: (&str, &str)| Readiness {
        kind: kind.to_owned(),
        ready,
        message: t(message),
        code: None,
        args: Args::default(),
        link: Some(link.0.to_owned()),
        link_label: Some(link.1.to_owned()),
    };
    vec![
        line("helpdesk", true, "Gorgias is connected.", ("#rows", "Connect Gorgias")),
        line(
            "handover_ability",
            false,
            "Handover to human is inactive, so nothing is handed over automatically.",
            ("/train/abilities", "Train → Abilities"),
        ),
        line(
            "auto_merge",
            false,
            "Auto-merge is on in Gorgias: tickets of one shopper may be merged.",
            ("https://your-store.gorgias.com/app/settings", "Gorgias settings"),
        ),
    ]
}
