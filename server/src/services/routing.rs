//! The routing of a connection's tickets: the merchant's choice, checked against the account's teams.

use crate::store::Connection;
use app::model::{CallError, ConnectionForm, FieldError, Helpdesk, Warning};
use domain::{DeskTeam, Priority, Routing, TeamId, helpdesk::RoutingWords, said, sentences};

/// The kind of the warning about a rejected choice.
pub(super) const REFUSED: &str = "routing_refused";

sentences! {
    NOTHING_TO_CHOOSE = "routing.nothing_to_choose": "{helpdesk} has no teams or priorities. Leave this field out.";
    NOT_A_PRIORITY = "routing.not_a_priority": "Choose one of {priorities}, or leave it empty.";
}

/// A choice in a form. `None` keeps the saved choice; `Some(None)` leaves it to the helpdesk's rules.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct RoutingChoice {
    team: Option<Option<TeamId>>,
    priority: Option<Option<Priority>>,
}

impl RoutingChoice {
    /// Reads a form's choice.
    pub(super) fn parse(helpdesk: Helpdesk, form: &ConnectionForm) -> Result<Self, CallError> {
        let (team, priority) = (form.team.as_deref(), form.priority.as_deref());
        let Some(words) = &helpdesk.details().routing else {
            return match [("team", team), ("priority", priority)].into_iter().find(|(_, it)| it.is_some()) {
                Some((field, _)) => {
                    let why = said!(NOTHING_TO_CHOOSE, helpdesk = helpdesk.name());
                    Err(CallError::field(FieldError::new(field, why)))
                }
                None => Ok(Self::default()),
            };
        };
        let team = team.map(|typed| match typed {
            "" => Ok(None),
            typed => typed
                .parse::<u64>()
                .ok()
                .and_then(|id| TeamId::try_from(id).ok())
                .map(Some)
                .ok_or_else(|| unknown_team(words)),
        });
        let priority = priority.map(|typed| match typed {
            "" => Ok(None),
            typed => Priority::from_name(typed).map(Some).ok_or_else(not_a_priority),
        });
        match (team.transpose(), priority.transpose()) {
            (Ok(team), Ok(priority)) => Ok(Self { team, priority }),
            (team, priority) => {
                let errors = [team.err(), priority.err()].into_iter().flatten().collect();
                Err(CallError::Fields { errors })
            }
        }
    }

    /// Returns the routing after this choice. `teams` are the account's teams, just read; with `None`, which means that
    /// they could not be read, the previous ones are kept.
    pub(super) fn applied(
        self,
        helpdesk: Helpdesk,
        before: Routing,
        teams: Option<Vec<DeskTeam>>,
    ) -> Result<Routing, CallError> {
        let Some(words) = &helpdesk.details().routing else { return Ok(before) };
        let just_read = teams.is_some();
        let teams = teams.or(before.teams);
        if let Some(Some(chosen)) = self.team {
            let is_listed = teams.iter().flatten().any(|team| team.id == chosen);
            let is_kept = before.team == Some(chosen) && !just_read;
            if !is_listed && !is_kept {
                return Err(CallError::field(unknown_team(words)));
            }
        }
        let chosen_again = self.team.is_some() || self.priority.is_some();
        Ok(Routing {
            team: self.team.unwrap_or(before.team),
            priority: self.priority.unwrap_or(before.priority),
            refused: before.refused && !chosen_again,
            teams,
        })
    }
}

/// Returns the routing after the connection moves to another account, which has its own teams.
pub(super) fn of_another_account(before: &Routing) -> Routing {
    Routing { priority: before.priority, ..Routing::default() }
}

/// Returns the warning that the helpdesk rejected the choice, if it did.
pub(super) fn warning(connection: &Connection) -> Option<Warning> {
    let words = connection.helpdesk.details().routing.as_ref()?;
    connection.routing.refused.then(|| Warning::new(REFUSED, words.refused, None))
}

fn unknown_team(words: &RoutingWords) -> FieldError {
    FieldError::new("team", words.unknown)
}

fn not_a_priority() -> FieldError {
    let priorities = Priority::ALL.map(Priority::name).join(", ");
    FieldError::new("priority", said!(NOT_A_PRIORITY, priorities = priorities))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(id: u64) -> TeamId {
        TeamId::try_from(id).unwrap()
    }

    fn team(number: u64) -> DeskTeam {
        DeskTeam { id: id(number), name: format!("Team {number}") }
    }

    fn form(team: Option<&str>, priority: Option<&str>) -> ConnectionForm {
        let [team, priority] = [team, priority].map(|it| it.map(str::to_owned));
        ConnectionForm { team, priority, ..ConnectionForm::default() }
    }

    fn chosen(team: Option<&str>, priority: Option<&str>) -> Result<RoutingChoice, Vec<String>> {
        RoutingChoice::parse(Helpdesk::GORGIAS, &form(team, priority)).map_err(fields)
    }

    fn fields(error: CallError) -> Vec<String> {
        let CallError::Fields { errors } = error else { panic!("{error:?}") };
        errors.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn missing_choice_keeps_and_empty_choice_clears_what_is_saved() {
        let saved = Routing {
            team: Some(id(7)),
            priority: Some(Priority::High),
            refused: true,
            teams: Some(vec![team(7)]),
        };
        let apply = |choice: RoutingChoice| choice.applied(Helpdesk::GORGIAS, saved.clone(), None).unwrap();
        assert_eq!(apply(chosen(None, None).unwrap()), saved);
        let cleared = apply(chosen(Some(""), None).unwrap());
        assert_eq!((cleared.team, cleared.priority, cleared.refused), (None, Some(Priority::High), false));
        let cleared = apply(chosen(None, Some("")).unwrap());
        assert_eq!((cleared.team, cleared.priority, cleared.refused), (Some(id(7)), None, false));
    }

    #[test]
    fn team_must_be_one_of_the_account() {
        let saved = || Routing { team: Some(id(7)), teams: Some(vec![team(7)]), ..Routing::default() };
        let apply = |typed: &str, just_read: Option<Vec<DeskTeam>>| {
            let choice = chosen(Some(typed), None).unwrap();
            choice.applied(Helpdesk::GORGIAS, saved(), just_read).map(|it| it.team).map_err(fields)
        };
        assert_eq!(apply("8", Some(vec![team(8)])), Ok(Some(id(8))));
        assert_eq!(apply("8", None), Err(vec!["team".to_owned()]), "not in the list that was read before");
        assert_eq!(apply("7", None), Ok(Some(id(7))));
        assert_eq!(apply("7", Some(vec![team(8)])), Err(vec!["team".to_owned()]), "deleted since");
        let choice = chosen(Some("7"), None).unwrap();
        let unread = choice.applied(Helpdesk::GORGIAS, Routing::default(), None);
        assert_eq!(unread.map_err(fields), Err(vec!["team".to_owned()]), "the teams could not be read");
    }

    #[test]
    fn invalid_choices_name_their_fields() {
        for team in ["0", "-1", "x", "7 ", "99999999999999999999"] {
            assert_eq!(chosen(Some(team), None), Err(vec!["team".to_owned()]), "{team}");
        }
        assert_eq!(chosen(Some("x"), Some("critical")), Err(vec!["team".to_owned(), "priority".to_owned()]));
        let webhook = RoutingChoice::parse(Helpdesk::WEBHOOK, &form(None, Some("high")));
        assert_eq!(webhook.map_err(fields), Err(vec!["priority".to_owned()]));
        assert_eq!(RoutingChoice::parse(Helpdesk::WEBHOOK, &form(None, None)), Ok(RoutingChoice::default()));
    }

    #[test]
    fn another_account_has_other_teams() {
        let saved = Routing {
            team: Some(id(7)),
            priority: Some(Priority::Low),
            refused: true,
            teams: Some(vec![team(7)]),
        };
        let moved = of_another_account(&saved);
        assert_eq!(moved, Routing { priority: Some(Priority::Low), ..Routing::default() });
    }
}
