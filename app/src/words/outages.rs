//! Sentences about connections that do not work, for the bar on every page.

use crate::model::{Outage, Problem};
use crate::text::{t, tf, tn};

/// Returns what is wrong with a connection, in a line.
pub fn outage(outage: &Outage) -> String {
    let name = [("helpdesk", outage.helpdesk.name())];
    if outage.deactivated {
        return tf("Your {helpdesk} account is deactivated.", &name);
    }
    match outage.problem {
        None => tf("The saved credentials for {helpdesk} cannot be read.", &name),
        Some(Problem::BadCredentials) => tf("{helpdesk} no longer accepts the saved credentials.", &name),
        Some(Problem::Role) => tf("The saved credentials may not create tickets in {helpdesk}.", &name),
        Some(Problem::Quota) => tf("Your {helpdesk} plan’s quota is used up. We keep trying.", &name),
        Some(Problem::RateLimited) => tf("{helpdesk} is limiting our requests. We keep trying.", &name),
        Some(Problem::Unreachable) => tf("{helpdesk} is not answering. We keep trying.", &name),
        Some(Problem::UnknownSubdomain) => tf("There is no {helpdesk} account at the saved address.", &name),
        Some(Problem::NotAHelpdesk) => tf("{helpdesk} does not answer at the saved address.", &name),
    }
}

/// Returns how many handovers wait for it. `None` if there are none.
pub fn outage_held(n: u64) -> Option<String> {
    (n > 0).then(|| tn(n, "{n} handover is waiting.", "{n} handovers are waiting.", &[]))
}

/// Returns what a screen reader adds to the link to the integrations.
pub fn outages_beside_link(held: u64) -> String {
    match outage_held(held) {
        Some(held) => format!("{} {held}", t("Needs attention.")),
        None => t("Needs attention."),
    }
}
