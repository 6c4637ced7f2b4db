//! Common issues and their fixes: the causes that make a connection fail, and what merchants ask about tickets.

use crate::model::Problem;
use crate::routes::{ABILITIES, HANDOVERS, INTEGRATIONS};
use crate::text::{later, t};

/// An issue, in the reader's language.
pub struct Issue {
    /// Its name in the page's address.
    pub name: &'static str,
    /// What a merchant sees.
    pub title: String,
    /// Why, and what to do.
    pub fix: String,
    /// The page where it is fixed, with what the page is called.
    pub page: Option<(&'static str, String)>,
}

/// What merchants ask about tickets.
pub fn ticket_issues() -> Vec<Issue> {
    vec![
        Issue {
            name: "test",
            title: t("The connection test fails"),
            fix: t(
                "The line below “Connection failed” says which field is wrong. Copy the subdomain from your helpdesk’s address, and use the email address of the user who created the key.",
            ),
            page: Some((INTEGRATIONS, t("Integrations"))),
        },
        Issue {
            name: "no-ticket",
            title: t("A conversation was handed over, but there is no ticket"),
            fix: t(
                "Look for it under Handovers. “In progress” means that we are still trying. “Needs you” means that only you can continue: its row says why and has a button. Nothing is lost. If it is not in the list, Handover to human may be inactive.",
            ),
            page: Some((HANDOVERS, t("Handovers"))),
        },
        Issue {
            name: "no-email",
            title: t("The ticket has no email address"),
            fix: t(
                "The shopper did not give one. What an agent answers on the ticket appears in the chat all the same, but is not emailed. Turn on Email capture, and the chat asks for an address.",
            ),
            page: Some((ABILITIES, t("Abilities"))),
        },
        Issue {
            name: "merged",
            title: t("Handovers end up in another ticket"),
            fix: t(
                "Auto-merge is on in your helpdesk, or an agent merged the tickets. Test connection warns about auto-merge and shows a rule to copy that excludes handovers.",
            ),
            page: Some((INTEGRATIONS, t("Integrations"))),
        },
    ]
}

/// Every cause that makes a connection fail.
pub fn connection_issues() -> Vec<Issue> {
    const ALL: [Problem; 7] = [
        Problem::BadCredentials,
        Problem::Role,
        Problem::UnknownSubdomain,
        Problem::NotAHelpdesk,
        Problem::Quota,
        Problem::RateLimited,
        Problem::Unreachable,
    ];
    ALL.into_iter().map(connection_issue).collect()
}

fn connection_issue(problem: Problem) -> Issue {
    let (title, fix) = match problem {
        Problem::BadCredentials => (
            later("The helpdesk rejects the credentials"),
            later(
                "The key was deleted or replaced, or it belongs to another user. Create a new key in your helpdesk, then press Update key at the top of any page. Waiting handovers then become tickets.",
            ),
        ),
        Problem::Role => (
            later("The user may not create tickets"),
            later(
                "Give this user a role in the helpdesk that can create tickets, or use the key of another user.",
            ),
        ),
        Problem::UnknownSubdomain => (
            later("There is no account at the address"),
            later(
                "The account was renamed or deactivated, or the subdomain has a typo. Copy it from the address of your helpdesk while you are signed in there.",
            ),
        ),
        Problem::NotAHelpdesk => (
            later("Something else answers at the address"),
            later(
                "The subdomain leads to another site. Copy it from the address of your helpdesk while you are signed in there.",
            ),
        ),
        Problem::Quota => (
            later("The plan’s quota is used up"),
            later(
                "Upgrade your plan in the helpdesk, or wait for its next period. We keep trying, and waiting handovers become tickets as soon as the helpdesk accepts them.",
            ),
        ),
        Problem::RateLimited => (
            later("The helpdesk limits our requests"),
            later("There is nothing to do. We slow down, and every handover becomes a ticket in order."),
        ),
        Problem::Unreachable => (
            later("The helpdesk does not answer"),
            later(
                "There is nothing to do. We keep trying for 7 days, and your team gets an email if a ticket is late.",
            ),
        ),
    };
    Issue {
        name: problem.as_str(),
        title: t(title),
        fix: t(fix),
        page: Some((INTEGRATIONS, t("Integrations"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_issue_has_its_own_name_and_a_fix() {
        let all: Vec<_> = ticket_issues().into_iter().chain(connection_issues()).collect();
        let names: std::collections::BTreeSet<_> = all.iter().map(|issue| issue.name).collect();
        assert_eq!(names.len(), all.len());
        assert!(all.iter().all(|issue| !issue.fix.is_empty() && !issue.title.is_empty()));
    }
}
