//! The outcome of a connection test.

use crate::{Args, Said};
use serde::{Deserialize, Serialize};

/// What is wrong with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// No account has this subdomain.
    UnknownSubdomain,
    /// The email address and the key do not match.
    BadCredentials,
    /// The key's user may not create tickets.
    Role,
    /// The plan's quota is used up.
    Quota,
    /// The account's request budget is used up for now.
    RateLimited,
    /// No answer in time.
    Unreachable,
    /// An answer, but not from this helpdesk.
    NotAHelpdesk,
}

impl Problem {
    /// Returns its name on the wire and in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownSubdomain => "unknown_subdomain",
            Self::BadCredentials => "bad_credentials",
            Self::Role => "role",
            Self::Quota => "quota",
            Self::RateLimited => "rate_limited",
            Self::Unreachable => "unreachable",
            Self::NotAHelpdesk => "not_a_helpdesk",
        }
    }

    /// Returns whether it may pass by itself: credentials are then saved and tested again.
    pub fn may_pass(self) -> bool {
        matches!(self, Self::RateLimited | Self::Unreachable)
    }
}

/// Something worth knowing that does not fail a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Warning {
    /// A name for programs: `auto_merge`.
    pub kind: String,
    /// The sentence for the merchant.
    pub message: String,
    /// The sentence's code, which never changes.
    #[serde(default)]
    pub code: Option<String>,
    /// The sentence's arguments.
    #[serde(default)]
    pub args: Args,
    /// Text to copy into the helpdesk that avoids the problem, if there is one.
    pub remedy: Option<String>,
}

impl Warning {
    /// Creates a warning of this kind.
    pub fn new(kind: &str, said: impl Into<Said>, remedy: Option<String>) -> Self {
        let (message, code, args) = said.into().parts();
        Self { kind: kind.to_owned(), message, code, args, remedy }
    }

    /// Returns its sentence.
    pub fn said(&self) -> Said {
        Said::of(&self.message, self.code.as_deref(), &self.args)
    }
}

/// Why credentials fail a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestFailure {
    /// What is wrong.
    pub problem: Problem,
    /// What is wrong and what to do, in one or two sentences.
    pub message: String,
    /// The sentence's code, which never changes.
    #[serde(default)]
    pub code: Option<String>,
    /// The sentence's arguments.
    #[serde(default)]
    pub args: Args,
    /// The account exists and is switched off.
    #[serde(default)]
    pub deactivated: bool,
}

impl TestFailure {
    /// Creates a failure with this reason.
    pub fn new(problem: Problem, said: impl Into<Said>) -> Self {
        let (message, code, args) = said.into().parts();
        Self { problem, message, code, args, deactivated: false }
    }

    /// Returns whether correcting a field of the form can help. If not, the merchant is not sent to check credentials.
    pub fn is_about_a_field(&self) -> bool {
        use Problem::{BadCredentials, NotAHelpdesk, Role, UnknownSubdomain};
        !self.deactivated && matches!(self.problem, UnknownSubdomain | BadCredentials | Role | NotAHelpdesk)
    }

    /// Returns its sentence.
    pub fn said(&self) -> Said {
        Said::of(&self.message, self.code.as_deref(), &self.args)
    }
}

/// The outcome of testing credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TestOutcome {
    /// The credentials work.
    Passed {
        /// Warnings for the merchant.
        warnings: Vec<Warning>,
    },
    /// The credentials do not work, or the test got no answer.
    Failed(TestFailure),
}

impl TestOutcome {
    /// Creates a failed outcome with this reason.
    pub fn failed(problem: Problem, said: impl Into<Said>) -> Self {
        Self::Failed(TestFailure::new(problem, said))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_problem_of_a_field_sends_the_merchant_to_the_form() {
        use Problem::*;
        let is_about_a_field = |problem| TestFailure::new(problem, Said::plain("")).is_about_a_field();
        for problem in [UnknownSubdomain, BadCredentials, Role, NotAHelpdesk] {
            assert!(is_about_a_field(problem), "{problem:?}");
        }
        for problem in [Quota, RateLimited, Unreachable] {
            assert!(!is_about_a_field(problem), "{problem:?}");
        }
        let switched_off =
            TestFailure { deactivated: true, ..TestFailure::new(UnknownSubdomain, Said::plain("")) };
        assert!(!switched_off.is_about_a_field());
    }

    #[test]
    fn problem_names_match_serde() {
        use Problem::*;
        for problem in [UnknownSubdomain, BadCredentials, Role, Quota, RateLimited, Unreachable, NotAHelpdesk]
        {
            assert_eq!(serde_json::to_value(problem).unwrap(), problem.as_str());
        }
    }
}
