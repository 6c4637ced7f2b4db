//! A connection that does not work, as every page shows it.

use super::{ConnectionState, Helpdesk, Integration, Problem, Subdomain, Takes};
use serde::{Deserialize, Serialize};

/// A connection that needs attention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// The helpdesk.
    pub helpdesk: Helpdesk,
    /// What is wrong. `None` if the saved credentials cannot be read.
    pub problem: Option<Problem>,
    /// Whether the account was deactivated, which is no mistake in the credentials.
    pub deactivated: bool,
    /// How many handovers it holds.
    pub held: u64,
    /// The one field that may fix it, if a new secret would and the viewer may save one.
    pub renewal: Option<Renewal>,
}

/// The saved credentials without their secret, for a form that asks only for a new one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewal {
    /// The account.
    pub subdomain: String,
    /// The access method.
    pub method: String,
    /// The user.
    pub username: String,
    /// The secret's label, in English.
    pub label: String,
    /// The path to the secret in the helpdesk's settings, in English, with `{helpdesk}` for its name.
    pub way: String,
    /// The address of that page.
    pub page: String,
}

impl Outage {
    /// Returns the connections that need attention.
    pub fn among(rows: &[Integration], may_change: bool) -> Vec<Self> {
        let broken = rows.iter().filter(|row| row.state == ConnectionState::NeedsAttention);
        broken.map(|row| Self::of(row, may_change)).collect()
    }

    fn of(row: &Integration, may_change: bool) -> Self {
        // An unreadable secret has no problem of its own.
        let by_secret = matches!(row.problem, None | Some(Problem::BadCredentials | Problem::Role));
        Self {
            helpdesk: row.helpdesk,
            problem: row.problem,
            deactivated: row.code.as_deref().is_some_and(|code| code.ends_with(".deactivated")),
            held: row.held,
            renewal: (by_secret && may_change).then(|| Renewal::of(row)).flatten(),
        }
    }

    /// Identifies what is shown about it, apart from the number of handovers.
    pub fn key(&self) -> String {
        let problem = self.problem.map_or("", Problem::as_str);
        format!("{}-{problem}-{}", self.helpdesk.slug(), self.deactivated)
    }
}

impl Renewal {
    fn of(row: &Integration) -> Option<Self> {
        if row.helpdesk.takes() == Takes::Events {
            return None;
        }
        let subdomain = row.subdomain.clone()?;
        let (method, username) = (row.method.clone()?, row.username.clone()?);
        let at = row.helpdesk.methods().iter().position(|it| it.slug == method)?;
        let text = row.look.method(at);
        let account = Subdomain::parse(row.helpdesk, &subdomain).ok()?;
        Some(Self {
            label: text.secret[0].to_owned(),
            way: text.where_to_find.to_owned(),
            page: row.credentials_page.replace("{subdomain}", account.as_str()),
            subdomain,
            method,
            username,
        })
    }
}
