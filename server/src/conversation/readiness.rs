//! The checklist "Ready for handovers": what a merchant still has to fix so that every handover becomes a ticket.

use crate::store::conversations::AbilityRow;
use app::{
    model::{
        ConnectionState, EmailAddress, HandoverView, Helpdesk, Integration, Problem, Readiness, Warning,
    },
    routes::INTEGRATIONS,
    text::later,
};
use domain::{Said, said, said::Argument, sentences};
use jiff::Timestamp;

sentences! {
    HANDOVER_ACTIVE = "readiness.handover_active": "Handover to human is active.";
    HANDOVER_INACTIVE = "readiness.handover_inactive": "Handover to human is inactive. Conversations are handed over only when someone clicks Hand over.";
    TEAM_EMAIL = "readiness.team_email": "Your team gets an email for every handover.";
    NO_TEAM_EMAIL = "readiness.no_team_email": "No team email is set, so your team is not notified when the helpdesk does not answer.";
    NO_HELPDESK = "readiness.no_helpdesk": "No helpdesk is connected, so handovers do not become tickets.";
    HELPDESK = "readiness.helpdesk": "{helpdesk} is connected.";
    HELPDESK_BROKEN = "readiness.helpdesk_broken": "{helpdesk} needs attention. Handovers wait until it works again.";
    NO_ROLE = "readiness.no_role": "The connected user cannot create tickets. Give them a higher role in the helpdesk, or connect another user.";
    EMAIL_CAPTURE = "readiness.email_capture": "Email capture is active (sensitivity: {sensitivity}).";
    NO_EMAIL_CAPTURE = "readiness.no_email_capture": "Email capture is inactive, so your team may have no way to reply.";
    LAST_WITH = "readiness.last_with": "The last handover had an email address.";
    LAST_WITHOUT = "readiness.last_without": "The last handover had no email address.";
    OF_LAST = "readiness.of_last": "{n} of the last {count} handovers had an email address.";
}

/// The pages where a line is fixed, with what is done there.
const ABILITIES: (&str, &str) = ("/train/abilities", later("Turn it on"));
const NOTIFICATIONS: (&str, &str) = ("/settings/notifications", later("Add a team email"));
const CONNECT: &str = later("Connect a helpdesk");
const UPDATE: &str = later("Update the credentials");

/// Returns every line, in the order in which to fix them.
pub fn lines(
    rows: &[Integration],
    ability: &AbilityRow,
    team: Option<&EmailAddress>,
    recent: &[HandoverView],
    auto_merge: Option<Warning>,
    now: Timestamp,
) -> Vec<Readiness> {
    let connected = rows.iter().find(|row| row.receives_handovers);
    let handover = ability.handover.active;
    let mut lines = vec![
        helpdesk(connected),
        line(
            "handover_ability",
            handover,
            either(handover, HANDOVER_ACTIVE, HANDOVER_INACTIVE),
            Some(ABILITIES),
        ),
        email_capture(ability, recent),
        line(
            "team_email",
            team.is_some(),
            either(team.is_some(), TEAM_EMAIL, NO_TEAM_EMAIL),
            Some(NOTIFICATIONS),
        ),
    ];
    lines.extend(ending(connected, now));
    if let Some(warning) = auto_merge {
        let what = match &warning.remedy {
            Some(remedy) => {
                said!(said::BOTH, first = warning.said(), second = remedy.replace('\n', ", "))
            }
            None => warning.said(),
        };
        lines.push(line("auto_merge", false, what, None));
    }
    lines
}

/// Returns the page with the connected helpdesk's dialog; without a connection, that of the only helpdesk, or the page
/// alone.
fn connect(connected: Option<&Integration>) -> String {
    let mut all = Helpdesk::all();
    let only = all.next().filter(|_| all.next().is_none());
    match connected.map(|row| row.helpdesk).or(only) {
        Some(helpdesk) => format!("{INTEGRATIONS}?connect={}", helpdesk.slug()),
        None => INTEGRATIONS.to_owned(),
    }
}

fn line(kind: &str, ready: bool, said: Said, mend: Option<(&str, &str)>) -> Readiness {
    let (message, code, args) = said.parts();
    let (link, link_label) = mend.map(|(link, label)| (link.to_owned(), label.to_owned())).unzip();
    Readiness { kind: kind.to_owned(), ready, message, code, args, link, link_label }
}

fn either(ready: bool, good: impl Argument, bad: impl Argument) -> Said {
    if ready { good.argument() } else { bad.argument() }
}

fn helpdesk(connected: Option<&Integration>) -> Readiness {
    // The link opens the dialog where it is fixed.
    let link = connect(connected);
    let Some(row) = connected else {
        return line("helpdesk", false, NO_HELPDESK.into(), Some((&link, CONNECT)));
    };
    let works = row.state != ConnectionState::NeedsAttention;
    let said = match row.problem {
        _ if works => said!(HELPDESK, helpdesk = row.helpdesk.name()),
        Some(Problem::Role) => NO_ROLE.into(),
        // The integration's row says why it is broken and what to do.
        _ => said!(HELPDESK_BROKEN, helpdesk = row.helpdesk.name()),
    };
    line("helpdesk", works, said, Some((&link, UPDATE)))
}

/// Returns the line about an access method that ends soon or has ended.
fn ending(connected: Option<&Integration>, now: Timestamp) -> Option<Readiness> {
    let row = connected?;
    let end = row.helpdesk.method(row.method.as_deref())?.words.ends.as_ref()?;
    let here = connect(connected);
    end.is_near(now).then(|| line("credentials_end", false, end.said.into(), Some((&here, UPDATE))))
}

fn email_capture(ability: &AbilityRow, recent: &[HandoverView]) -> Readiness {
    let with_address = recent.iter().filter(|handover| handover.shopper_email.is_some()).count();
    let of_last: Option<Said> = match recent.len() {
        0 => None,
        1 if with_address == 1 => Some(LAST_WITH.into()),
        1 => Some(LAST_WITHOUT.into()),
        count => Some(said!(OF_LAST, n = with_address, count = count)),
    };
    let capture = &ability.email_capture;
    let good = said!(EMAIL_CAPTURE, sensitivity = capture.sensitivity.label());
    let first = either(capture.active, good, NO_EMAIL_CAPTURE);
    let said = match of_last {
        Some(of_last) => first.and(of_last),
        None => first,
    };
    line("email_capture", capture.active, said, Some(ABILITIES))
}
