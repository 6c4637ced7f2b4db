//! A merchant's connection to a helpdesk, as the screen and the API show it.

#[cfg(feature = "ssr")]
use super::TestOutcome;
use super::{Helpdesk, Problem, TestFailure, Warning};
use crate::text::later;
use domain::{Args, DeskTeam, TeamId};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The badge of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// No credentials are stored.
    NotConnected,
    /// The stored credentials worked when they were last used.
    Connected,
    /// They failed, or could not be tested. Handovers are held.
    NeedsAttention,
}

impl ConnectionState {
    /// Returns the badge's text.
    pub fn label(self) -> &'static str {
        match self {
            Self::NotConnected => later("Not connected"),
            Self::Connected => later("Connected"),
            Self::NeedsAttention => later("Needs attention"),
        }
    }
}

/// [`TestOutcome`] on the wire: `{"ok":true,"warnings":[…]}` or `{"ok":false,"problem":…,"message":…}`.
#[cfg(feature = "ssr")]
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct TestOutcomeWire {
    /// Whether the credentials work.
    pub ok: bool,
    /// Only if they work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warnings: Option<Vec<Warning>>,
    /// Only if they do not work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// Only if they do not work: what is wrong and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Only if they do not work: the message's stable code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Only if they do not work: the message's arguments.
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
            TestOutcome::Failed(TestFailure { problem, message, code, args, .. }) => {
                Self { problem: Some(problem), message: Some(message), code, args: Some(args), ..nothing }
            }
        }
    }
}

/// The result of saving credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SaveOutcome {
    /// Stored. The row may still say `Needs attention` if the helpdesk did not answer.
    Saved {
        /// The current row.
        integration: Box<Integration>,
        /// Warnings for the merchant.
        warnings: Vec<Warning>,
        /// The secret that we created, if this was the first save of a helpdesk that takes events.
        secret: Option<ShownSecret>,
    },
    /// Not stored. The previous credentials are unchanged.
    Rejected(TestFailure),
}

/// A secret that we created. It is shown once, and never printed otherwise.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct ShownSecret(pub String);

impl std::fmt::Debug for ShownSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ShownSecret(…)")
    }
}

/// A new signing secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Rotated {
    /// The current row.
    pub integration: Box<Integration>,
    /// The new secret. It is not shown again.
    #[cfg_attr(feature = "ssr", schema(value_type = String))]
    pub secret: ShownSecret,
}

/// What the Connect dialog sends.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConnectionForm {
    /// The account as typed: its subdomain, or the URL if the helpdesk takes events. Those need nothing else.
    pub subdomain: String,
    /// The access method. Without one, the first that the helpdesk accepts.
    #[serde(default)]
    pub method: Option<String>,
    /// The username as typed.
    pub username: String,
    /// The key as typed. `null` or empty keeps the stored key, which is only used with its own subdomain, method and
    /// username.
    #[serde(default)]
    pub api_key: Option<String>,
    /// The id of the team that tickets go to. Empty leaves it to the helpdesk's rules; `null` keeps the saved choice.
    #[serde(default)]
    pub team: Option<String>,
    /// The tickets' priority. Empty leaves it to the helpdesk's rules; `null` keeps the saved choice.
    #[serde(default)]
    pub priority: Option<String>,
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
    /// The helpdesk.
    pub helpdesk: Helpdesk,
    /// The badge.
    pub state: ConnectionState,
    /// The account, once connected.
    pub subdomain: Option<String>,
    /// The URL that events go to, once connected.
    #[serde(default)]
    pub url: Option<String>,
    /// Until when the replaced signing secret is valid too (RFC 3339, UTC). `null` if there is only one.
    #[serde(default)]
    pub old_secret_until: Option<String>,
    /// The access method, once connected.
    pub method: Option<String>,
    /// The user of the credentials, once connected.
    pub username: Option<String>,
    /// What is wrong, if the state is `needs_attention`.
    pub problem: Option<Problem>,
    /// The same as a sentence, with how to fix it.
    pub reason: Option<String>,
    /// The reason's stable code.
    #[serde(default)]
    pub code: Option<String>,
    /// The reason's arguments.
    #[serde(default)]
    pub args: Args,
    /// How many handovers are held until the connection works.
    pub held: u64,
    /// How many handovers are on their way or held. Disconnecting would cancel them.
    pub waiting: u64,
    /// How many handovers did not reach a helpdesk and can be sent to this one.
    pub unsent: u64,
    /// Whether handovers go to this helpdesk.
    pub receives_handovers: bool,
    /// The id of the team that tickets go to. `null` leaves it to the helpdesk's rules.
    #[serde(default)]
    pub team: Option<u64>,
    /// The tickets' priority: `low`, `normal`, `high` or `urgent`. `null` leaves it to the helpdesk's rules.
    #[serde(default)]
    pub priority: Option<String>,
    /// The account's teams, if the credentials may read them. Members only get the chosen one.
    #[serde(default)]
    #[cfg_attr(feature = "ssr", schema(value_type = Vec<DeskTeam>))]
    pub teams: TeamList,
    /// Warnings that stay until a test finds that their cause is gone.
    #[serde(default)]
    pub warnings: Vec<Warning>,
    /// The account's own page, once connected.
    pub account_url: Option<String>,
    /// The account's page with its credentials, with `{subdomain}` for the account's name.
    pub credentials_page: String,
    /// How the screen presents the helpdesk.
    #[cfg_attr(feature = "ssr", schema(value_type = NamedLook))]
    pub look: HelpdeskLook,
    /// Who connected, changed or disconnected it: at most five entries, newest first.
    pub changes: Vec<ConnectionChange>,
}

/// Returns which of these connected helpdesks receives the handovers when the one that did is disconnected.
pub fn next_receiver(connected: impl IntoIterator<Item = Helpdesk>) -> Option<Helpdesk> {
    connected.into_iter().min_by_key(|helpdesk| helpdesk.slug())
}

/// How the screen presents a helpdesk, in English, with `{helpdesk}` for its name. It comes with the row, so that the
/// browser's module does not grow with each helpdesk.
///
/// In memory and for a panel it is a single text with one line per part, which the module can read, copy and compare
/// without code of its own. In JSON it is a [`NamedLook`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HelpdeskLook(String);

impl HelpdeskLook {
    fn line(&self, number: usize) -> &str {
        self.0.split('\n').nth(number).unwrap_or_default()
    }

    /// Returns its tile: the elements of an SVG drawing on a 48 by 48 grid.
    pub fn mark(&self) -> &str {
        self.line(0)
    }

    /// Returns what it does for a merchant, in one line.
    pub fn about(&self) -> &str {
        self.line(1)
    }

    /// Returns the texts of the account's field.
    pub fn account(&self) -> FieldText<'_> {
        self.field(2)
    }

    /// Returns the helpdesk's word for a team. Empty if tickets cannot be assigned to one.
    pub fn team(&self) -> &str {
        self.line(5)
    }

    /// Returns the form's texts for the access method at this index of [`Helpdesk::methods`].
    pub fn method(&self, at: usize) -> MethodText<'_> {
        let first = 6 + 9 * at;
        MethodText {
            name: self.line(first),
            note: self.line(first + 1),
            where_to_find: self.line(first + 2),
            user: self.field(first + 3),
            secret: self.field(first + 6),
        }
    }

    fn field(&self, first: usize) -> FieldText<'_> {
        [self.line(first), self.line(first + 1), self.line(first + 2)]
    }
}

/// A form field's label, help text and placeholder. Empty if there is none.
pub type FieldText<'a> = [&'a str; 3];

/// The form's texts for an access method.
pub struct MethodText<'a> {
    /// Its name.
    pub name: &'a str,
    /// What to know before choosing it, or empty.
    pub note: &'a str,
    /// The path to the credentials in the helpdesk's own settings.
    pub where_to_find: &'a str,
    /// The field for the secret's user.
    pub user: FieldText<'a>,
    /// The field for the secret.
    pub secret: FieldText<'a>,
}

#[cfg(feature = "ssr")]
impl HelpdeskLook {
    /// Returns a helpdesk's look.
    pub fn of(helpdesk: Helpdesk) -> Self {
        let details = helpdesk.details();
        let field = |it: &domain::helpdesk::FieldWords| [it.label, it.help, it.placeholder];
        let method = |it: &domain::helpdesk::AccessMethod| {
            let words = &it.words;
            let head = [words.name, words.note, words.where_to_find];
            [head, field(&words.user), field(&words.secret)].concat()
        };
        let head = [details.mark, details.about].into_iter().chain(field(&details.account));
        let head = head.chain([details.routing.as_ref().map_or("", |routing| routing.team)]);
        let lines = head.chain(helpdesk.methods().iter().flat_map(method));
        // Line breaks in a drawing have no meaning.
        Self(lines.map(|line| line.trim().replace('\n', " ")).collect::<Vec<_>>().join("\n"))
    }
}

/// An account's teams. Like a [`HelpdeskLook`], it is a single text in a panel, with a line per team: its id and its name.
/// In JSON, it is a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TeamList(String);

impl TeamList {
    /// Returns each team's id and name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.lines().filter_map(|line| line.split_once(' '))
    }

    /// Removes all teams except this one.
    #[cfg(feature = "ssr")]
    pub fn keep(&mut self, team: Option<u64>) {
        let kept = |line: &&str| team.is_some_and(|team| line.starts_with(&format!("{team} ")));
        self.0 = self.0.lines().find(kept).unwrap_or_default().to_owned();
    }

    /// Returns the name of the team with this id.
    pub fn name_of(&self, id: &str) -> Option<&str> {
        self.iter().find(|(team, _)| *team == id).map(|(_, name)| name)
    }
}

impl<'a> FromIterator<&'a DeskTeam> for TeamList {
    fn from_iter<T: IntoIterator<Item = &'a DeskTeam>>(teams: T) -> Self {
        let lines =
            teams.into_iter().map(|DeskTeam { id, name }| format!("{id} {}", name.replace('\n', " ")));
        Self(lines.collect::<Vec<_>>().join("\n"))
    }
}

impl Serialize for TeamList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return self.0.serialize(serializer);
        }
        let team = |(id, name): (&str, &str)| {
            let id = id.parse::<u64>().ok().and_then(|id| TeamId::try_from(id).ok())?;
            Some(DeskTeam { id, name: name.to_owned() })
        };
        serializer.collect_seq(self.iter().filter_map(team))
    }
}

impl<'de> Deserialize<'de> for TeamList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return String::deserialize(deserializer).map(Self);
        }
        Ok(Vec::<DeskTeam>::deserialize(deserializer)?.iter().collect())
    }
}

/// How the screen presents a helpdesk, in JSON.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ssr", schema(as = HelpdeskLook))]
pub struct NamedLook {
    /// Its tile: the elements of an SVG drawing on a 48 by 48 grid.
    mark: String,
    /// What it does for a merchant, in one line.
    about: String,
    /// The field `subdomain`.
    account: FieldLook,
    /// The helpdesk's word for a team. Empty if tickets cannot be assigned to one.
    #[serde(default)]
    team: String,
    /// The access methods that it accepts, starting with the form's default.
    methods: Vec<MethodLook>,
}

/// The form's texts for an access method.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct MethodLook {
    /// Its name.
    name: String,
    /// What to know before choosing it, or empty.
    note: String,
    /// The path to the credentials in the helpdesk's own settings.
    where_to_find: String,
    /// The field `username`.
    user: FieldLook,
    /// The field `api_key`.
    secret: FieldLook,
}

/// The texts of a form field.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct FieldLook {
    /// Label.
    label: String,
    /// Help text. Empty if there is none.
    help: String,
    /// Placeholder. Empty if there is none.
    placeholder: String,
}

impl FieldLook {
    fn of(text: FieldText<'_>) -> Self {
        let [label, help, placeholder] = text.map(str::to_owned);
        Self { label, help, placeholder }
    }

    fn lines(self) -> [String; 3] {
        [self.label, self.help, self.placeholder]
    }
}

impl From<&HelpdeskLook> for NamedLook {
    fn from(look: &HelpdeskLook) -> Self {
        let methods = look.0.split('\n').count().saturating_sub(6) / 9;
        let method = |at| {
            let text = look.method(at);
            MethodLook {
                name: text.name.to_owned(),
                note: text.note.to_owned(),
                where_to_find: text.where_to_find.to_owned(),
                user: FieldLook::of(text.user),
                secret: FieldLook::of(text.secret),
            }
        };
        Self {
            mark: look.mark().to_owned(),
            about: look.about().to_owned(),
            account: FieldLook::of(look.account()),
            team: look.team().to_owned(),
            methods: (0..methods).map(method).collect(),
        }
    }
}

impl From<NamedLook> for HelpdeskLook {
    fn from(look: NamedLook) -> Self {
        let method = |it: MethodLook| {
            let head = [it.name, it.note, it.where_to_find];
            [head, it.user.lines(), it.secret.lines()].concat()
        };
        let head = [look.mark, look.about].into_iter().chain(look.account.lines()).chain([look.team]);
        Self(head.chain(look.methods.into_iter().flat_map(method)).collect::<Vec<_>>().join("\n"))
    }
}

impl Serialize for HelpdeskLook {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serializer.is_human_readable() {
            true => NamedLook::from(self).serialize(serializer),
            false => self.0.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for HelpdeskLook {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.is_human_readable() {
            true => NamedLook::deserialize(deserializer).map(Into::into),
            false => String::deserialize(deserializer).map(Self),
        }
    }
}

/// An entry of a connection's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ConnectionChange {
    /// `connected`, `changed`, `receives`, `moved`, `rotated`, `rotation_ended`, `disconnected`, `broke` or `recovered`.
    pub action: String,
    /// The name of the person who did it. `null` if it happened by itself.
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
    fn a_forms_debug_output_hides_what_was_typed() {
        let form = ConnectionForm {
            subdomain: "s".into(),
            method: None,
            username: "u@x.co".into(),
            api_key: Some("geheim".into()),
            ..ConnectionForm::default()
        };
        assert_eq!(format!("{form:?}"), "ConnectionForm { .. }");
    }
}
