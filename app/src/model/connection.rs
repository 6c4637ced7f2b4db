//! A merchant's connection to a helpdesk, as the screen and the API show it.

#[cfg(feature = "ssr")]
use super::TestOutcome;
use super::{Helpdesk, Problem, TestFailure, Warning};
use crate::text::later;
use domain::Args;
use serde::{Deserialize, Serialize};

/// The badge of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// Nothing is stored.
    NotConnected,
    /// The stored credentials worked when they were last used.
    Connected,
    /// They did not, or could not be tested; handovers are held.
    NeedsAttention,
}

impl ConnectionState {
    /// The badge's text.
    pub fn label(self) -> &'static str {
        match self {
            Self::NotConnected => later("Not connected"),
            Self::Connected => later("Connected"),
            Self::NeedsAttention => later("Needs attention"),
        }
    }
}

/// [`TestOutcome`] as programs get it: `{"ok":true,"warnings":[…]}` or `{"ok":false,"problem":…,"message":…}`.
#[cfg(feature = "ssr")]
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct TestOutcomeWire {
    /// Whether the credentials work.
    pub ok: bool,
    /// Only when they do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warnings: Option<Vec<Warning>>,
    /// Only when they do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// Only when they do not: what is wrong and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Only when they do not: the sentence's code, which never changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Only when they do not: the sentence's arguments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub args: Option<Args>,
}

#[cfg(feature = "ssr")]
impl From<TestOutcome> for TestOutcomeWire {
    fn from(outcome: TestOutcome) -> Self {
        let nothing =
            Self { ok: false, warnings: None, problem: None, message: None, code: None, args: None };
        match outcome {
            TestOutcome::Passed { warnings } => Self { ok: true, warnings: Some(warnings), ..nothing },
            TestOutcome::Failed(TestFailure { problem, message, code, args }) => {
                Self { problem: Some(problem), message: Some(message), code, args: Some(args), ..nothing }
            }
        }
    }
}

/// What came of saving credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SaveOutcome {
    /// Stored. The row may still say `Needs attention`, when the helpdesk did not answer.
    Saved {
        /// The row as it is now.
        integration: Box<Integration>,
        /// What the merchant should know all the same.
        warnings: Vec<Warning>,
    },
    /// Not stored; what was there before is unchanged.
    Rejected(TestFailure),
}

/// What the Connect dialog sends.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConnectionForm {
    /// As typed.
    pub subdomain: String,
    /// As typed.
    pub username: String,
    /// As typed; none or empty: keep the stored one, which is only used with its own subdomain and username.
    #[serde(default)]
    pub api_key: Option<String>,
}

impl std::fmt::Debug for ConnectionForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectionForm").finish_non_exhaustive()
    }
}

/// A row of Settings → Integrations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Integration {
    /// Which helpdesk.
    pub helpdesk: Helpdesk,
    /// The badge.
    pub state: ConnectionState,
    /// The account, once connected.
    pub subdomain: Option<String>,
    /// The e-mail of the key's user, once connected.
    pub username: Option<String>,
    /// What is wrong, when the state is `needs_attention`.
    pub problem: Option<Problem>,
    /// The same in a sentence with the mend.
    pub reason: Option<String>,
    /// The reason's code, which never changes.
    #[serde(default)]
    pub code: Option<String>,
    /// The reason's arguments.
    #[serde(default)]
    pub args: Args,
    /// How many handovers are held until the connection works.
    pub held: u64,
    /// How many handovers are on their way or held: what Disconnect would cancel.
    pub waiting: u64,
    /// How many handovers no helpdesk got, that could be sent here now by the button.
    pub unsent: u64,
    /// Whether handovers go to this helpdesk.
    pub receives_handovers: bool,
    /// The account's own page, once connected.
    pub account_url: Option<String>,
    /// The page of an account on which its credentials stand, with `{subdomain}` where the account's name goes.
    pub credentials_page: String,
    /// How the screen shows the helpdesk.
    pub look: HelpdeskLook,
    /// Who connected, changed or disconnected it, newest first, at most five.
    pub changes: Vec<ConnectionChange>,
}

/// How the screen shows a helpdesk, in English; a `{helpdesk}` in a text is where its name goes. It comes with the row, so
/// that the browser's module does not grow with each helpdesk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct HelpdeskLook {
    /// Its tile: the elements of an SVG drawing on a 48 by 48 grid.
    pub mark: String,
    /// What it does for a merchant, in a line.
    pub about: String,
    /// The field `subdomain`.
    pub account: FieldLook,
    /// The field `username`.
    pub user: FieldLook,
    /// The field `api_key`.
    pub secret: FieldLook,
    /// The way to the credentials through the helpdesk's own settings.
    pub where_to_find: String,
}

#[cfg(feature = "ssr")]
impl HelpdeskLook {
    /// How this helpdesk looks.
    pub fn of(helpdesk: Helpdesk) -> Self {
        let details = helpdesk.details();
        Self {
            mark: details.mark.to_owned(),
            about: details.about.to_owned(),
            account: FieldLook::of(&details.account),
            user: FieldLook::of(&details.user),
            secret: FieldLook::of(&details.secret),
            where_to_find: details.where_to_find.to_owned(),
        }
    }
}

/// The words of a field of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct FieldLook {
    /// Its label.
    pub label: String,
    /// What stands under it; empty: nothing.
    pub help: String,
    /// An example of what goes in; empty: none.
    pub placeholder: String,
}

#[cfg(feature = "ssr")]
impl FieldLook {
    fn of(words: &domain::helpdesk::FieldWords) -> Self {
        Self {
            label: words.label.to_owned(),
            help: words.help.to_owned(),
            placeholder: words.placeholder.to_owned(),
        }
    }
}

/// Who changed what, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ConnectionChange {
    /// `connected`, `changed` or `disconnected`, or `broke` and `recovered`, which nobody did.
    pub action: String,
    /// The person's name; none for what happened by itself.
    pub by: Option<String>,
    /// RFC 3339, UTC.
    pub at: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    domain::sentences! {
        FAILED = "test.failed": "No.";
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn a_test_outcome_has_the_shape_of_the_contract() {
        let passed = TestOutcome::Passed { warnings: vec![] };
        let json = |outcome| serde_json::to_string(&TestOutcomeWire::from(outcome)).unwrap();
        assert_eq!(json(passed), r#"{"ok":true,"warnings":[]}"#);
        let failed = TestOutcome::failed(Problem::NotAHelpdesk, FAILED);
        assert_eq!(
            json(failed),
            r#"{"ok":false,"problem":"not_a_helpdesk","message":"No.","code":"test.failed","args":{}}"#
        );
    }

    #[test]
    fn a_form_does_not_print_what_was_typed() {
        let form = ConnectionForm {
            subdomain: "s".into(),
            username: "u@x.co".into(),
            api_key: Some("geheim".into()),
        };
        assert_eq!(format!("{form:?}"), "ConnectionForm { .. }");
    }
}
