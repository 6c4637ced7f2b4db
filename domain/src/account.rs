//! A helpdesk account, and the lanes in which deliveries wait for their turn.

use crate::{Destination, Helpdesk, Subdomain};
use std::{cmp::Ordering, fmt, str::FromStr};

/// A helpdesk account, written `helpdesk:name`. All merchants who connect it share its request budget.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Account {
    /// The helpdesk.
    pub helpdesk: Helpdesk,
    /// The account's name there.
    pub name: Subdomain,
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.helpdesk.slug(), self.name)
    }
}

/// Where deliveries wait for their turn: each account has its own lane, and all emails share one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Deliveries to one account.
    Account(Account),
    /// Emails to teams.
    Email,
}

impl Lane {
    /// Returns the account, or `None` for emails.
    pub fn account(&self) -> Option<&Account> {
        match self {
            Self::Account(account) => Some(account),
            Self::Email => None,
        }
    }
}

/// Sorts by name, as a database does.
impl Ord for Lane {
    fn cmp(&self, other: &Self) -> Ordering {
        self.to_string().cmp(&other.to_string())
    }
}

impl PartialOrd for Lane {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<Account> for Lane {
    fn from(account: Account) -> Self {
        Self::Account(account)
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(account) => account.fmt(f),
            Self::Email => f.write_str(Destination::Email.slug()),
        }
    }
}

/// Why a text is not the name of an account or a lane.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an account name")]
pub struct NotAnAccount(String);

impl FromStr for Account {
    type Err = NotAnAccount;

    fn from_str(text: &str) -> Result<Self, NotAnAccount> {
        text.split_once(':')
            .and_then(|(slug, name)| {
                let (helpdesk, name) =
                    (Helpdesk::from_slug(slug)?, Subdomain::try_from(name.to_owned()).ok()?);
                Some(Self { helpdesk, name })
            })
            .ok_or_else(|| NotAnAccount(text.to_owned()))
    }
}

impl FromStr for Lane {
    type Err = NotAnAccount;

    fn from_str(text: &str) -> Result<Self, NotAnAccount> {
        if text == Destination::Email.slug() { Ok(Self::Email) } else { text.parse().map(Self::Account) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_parse_back() {
        for name in ["gorgias:acme", "email"] {
            assert_eq!(name.parse::<Lane>().map(|lane| lane.to_string()).as_deref(), Ok(name));
        }
        let acme: Account = "gorgias:acme".parse().unwrap();
        assert_eq!((acme.helpdesk, acme.name.as_str()), (Helpdesk::GORGIAS, "acme"));
    }

    #[test]
    fn other_texts_are_rejected() {
        for text in
            ["", "acme", "gorgias", "gorgias:", "gorgias:a:b", "gorgias:a.b", "other:acme", "email:acme"]
        {
            assert!(text.parse::<Lane>().is_err(), "{text:?}");
        }
        assert!("email".parse::<Account>().is_err());
    }
}
