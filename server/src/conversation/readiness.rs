//! The checklist "Ready for handovers": what stands between a merchant and a ticket for every handover.

use crate::store::conversations::AbilityRow;
use app::{
    model::{
        ConnectionState, EmailAddress, HandoverView, Helpdesk, Integration, Problem, Readiness, Warning,
    },
    routes::INTEGRATIONS,
};

/// Every line, in the order in which they are mended.
pub fn lines(
    rows: &[Integration],
    ability: &AbilityRow,
    team: Option<&EmailAddress>,
    recent: &[HandoverView],
    auto_merge: Option<Warning>,
) -> Vec<Readiness> {
    let connected = rows.iter().find(|row| row.receives_handovers);
    let mut lines = vec![helpdesk(connected), role(connected)];
    lines.push(line(
        "handover_ability",
        ability.handover.active,
        "Handover to human is active.",
        "Handover to human is inactive: nothing is handed over automatically, only by Hand over.",
        ("/train/abilities", "Train → Abilities"),
    ));
    lines.push(email_capture(ability, recent));
    lines.push(line(
        "team_email",
        team.is_some(),
        "The team gets an e-mail for every handover.",
        "No team e-mail is set: nobody is told when the helpdesk does not answer.",
        ("/settings/notifications", "Settings → Notifications"),
    ));
    if let Some(warning) = auto_merge {
        let message = match warning.remedy {
            Some(remedy) => format!("{} {}", warning.message, remedy.replace('\n', ", ")),
            None => warning.message,
        };
        lines.push(Readiness {
            kind: "auto_merge".to_owned(),
            ready: false,
            message,
            link: None,
            link_label: None,
        });
    }
    lines
}

/// The page with the dialog of the connected helpdesk; without one, that of the only one there is, or the page alone.
fn connect(connected: Option<&Integration>) -> String {
    let mut all = Helpdesk::all();
    let only = all.next().filter(|_| all.next().is_none());
    match connected.map(|row| row.helpdesk).or(only) {
        Some(helpdesk) => format!("{INTEGRATIONS}?connect={}", helpdesk.slug()),
        None => INTEGRATIONS.to_owned(),
    }
}

fn line(kind: &str, ready: bool, good: &str, bad: &str, (link, label): (&str, &str)) -> Readiness {
    Readiness {
        kind: kind.to_owned(),
        ready,
        message: if ready { good } else { bad }.to_owned(),
        link: Some(link.to_owned()),
        link_label: Some(label.to_owned()),
    }
}

fn helpdesk(connected: Option<&Integration>) -> Readiness {
    // Opens the dialog in which it is mended.
    let link = connect(connected);
    let here = (link.as_str(), "Settings → Integrations");
    match connected {
        None => line("helpdesk", false, "", "No helpdesk is connected: handovers become no tickets.", here),
        Some(row) => {
            let broken = row.state == ConnectionState::NeedsAttention && row.problem != Some(Problem::Role);
            let name = row.helpdesk.name();
            line(
                "helpdesk",
                !broken,
                &format!("{name} is connected."),
                // Why, and what to do, stands at its row.
                &format!("{name} needs attention. Until it works, handovers are held."),
                here,
            )
        }
    }
}

fn role(connected: Option<&Integration>) -> Readiness {
    let too_low = connected.is_some_and(|row| row.problem == Some(Problem::Role));
    line(
        "role",
        !too_low,
        "The key's user can create tickets.",
        "The key's user cannot create tickets: raise the role in the helpdesk, or use another user's key.",
        (&connect(connected), "Settings → Integrations"),
    )
}

fn email_capture(ability: &AbilityRow, recent: &[HandoverView]) -> Readiness {
    let with_address = recent.iter().filter(|handover| handover.shopper_email.is_some()).count();
    let of_last = match recent.len() {
        0 => String::new(),
        1 if with_address == 1 => " The last handover had an address.".to_owned(),
        1 => " The last handover had no address.".to_owned(),
        count => format!(" {with_address} of the last {count} handovers had an address."),
    };
    let good = format!("Email capture is active ({}).{of_last}", ability.email_capture.sensitivity.label());
    let bad = format!("Email capture is inactive: agents may have no way to answer.{of_last}");
    line(
        "email_capture",
        ability.email_capture.active,
        &good,
        &bad,
        ("/train/abilities", "Train → Abilities"),
    )
}
