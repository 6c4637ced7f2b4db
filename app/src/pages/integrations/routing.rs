//! Where a helpdesk's tickets go: the choices in its dialog, and the chosen ones on its row.

use super::form::{ConnectForm, field_id};
use crate::components::field::{Choice, SelectField};
use crate::model::{Integration, TeamList};
use crate::text::{later, t, tf};
use leptos::prelude::*;

/// The priorities on the wire, and their labels.
const PRIORITIES: [(&str, &str); 4] = [
    ("low", later("Low")),
    ("normal", later("Normal")),
    ("high", later("High")),
    ("urgent", later("Urgent")),
];

/// The choice of a team, if the account has shown its teams, and of a priority.
pub(super) fn choices(form: ConnectForm, row: &Integration, typed: [Option<String>; 2]) -> Option<AnyView> {
    let word = row.look.team();
    if word.is_empty() {
        return None;
    }
    let leave = tf("Leave it to the rules in {helpdesk}", &[("helpdesk", row.helpdesk.name())]);
    let select = |name: &'static str, label: String, options: Vec<Choice>, chosen: String| {
        let mut all = vec![(String::new(), leave.clone())];
        all.extend(options);
        view! { <SelectField id=field_id(name) name label options=all chosen errors=form.errors.into() /> }
            .into_any()
    };
    let [team, priority] = typed;
    let saved = team_of(row).unwrap_or_default();
    let priority = priority.or(row.priority.clone()).unwrap_or_default();
    let mut teams: Vec<Choice> =
        row.teams.iter().map(|(id, name)| (id.to_owned(), name.to_owned())).collect();
    // A chosen team that was deleted since is still what is saved.
    if !teams.is_empty() && !saved.is_empty() && row.teams.name_of(&saved).is_none() {
        teams.push((saved.clone(), team_name(&row.teams, &saved)));
    }
    let priorities = PRIORITIES.iter().map(|(name, label)| ((*name).to_owned(), t(label))).collect();
    Some(
        view! {
            {(!teams.is_empty()).then(|| select("team", t(word), teams, team.unwrap_or(saved)))}
            {select("priority", t("Priority"), priorities, priority)}
        }
        .into_any(),
    )
}

/// Returns what was chosen, each with its label.
pub(super) fn chosen(row: &Integration) -> [Option<(String, String)>; 2] {
    let priority = PRIORITIES.iter().find(|(name, _)| row.priority.as_deref() == Some(name));
    [
        team_of(row).map(|team| (t(row.look.team()), team_name(&row.teams, &team))),
        priority.map(|(_, label)| (t("Priority"), t(label))),
    ]
}

fn team_of(row: &Integration) -> Option<String> {
    row.team.map(|team| team.to_string())
}

/// Returns a team's name, or its number if the account no longer shows it.
fn team_name(teams: &TeamList, team: &str) -> String {
    teams.name_of(team).map_or_else(|| format!("#{team}"), str::to_owned)
}
