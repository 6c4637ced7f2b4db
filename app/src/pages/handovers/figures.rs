//! The figures of today, above the list.

use super::said;
use crate::components::shows;
use crate::kept::Kept;
use crate::model::{DayCount, Ending, History, Progress};
use crate::text::{number, t};
use leptos::prelude::*;

/// Four figures: what came today, what became of it, what needs a person, and how long a ticket usually takes.
#[component]
pub(in crate::pages) fn Figures(history: Kept<History>) -> impl IntoView {
    shows(move || history.with(|history| Some(figures(history))))
}

fn figures(history: &History) -> AnyView {
    let today = history.days.last();
    let of_today = |count: fn(&DayCount) -> u64| today.map(count).unwrap_or_default();
    let needs_you = history.counts.of(Some(Progress::NeedsYou));
    let figure = |value: String, label: String, class: &'static str| {
        view! {
            <div class=class>
                <dt>{label}</dt>
                <dd>{value}</dd>
            </div>
        }
        .into_any()
    };
    let calm = "figure";
    let needs = if needs_you > 0 { "figure figure-attention" } else { "figure figure-good" };
    view! {
        <dl class="card figures">
            {figure(number(of_today(DayCount::total)), t("Handovers today"), calm)}
            {figure(number(of_today(|day| day.of(Ending::Ticket))), t("Tickets today"), calm)}
            {figure(number(needs_you), t("Needs you"), needs)}
            {figure(usual(&history.days).map_or_else(|| "–".to_owned(), said::duration), t("Usual time to ticket"), calm)}
        </dl>
    }
    .into_any()
}

/// Returns the median time to ticket of the latest day with a ticket.
fn usual(days: &[DayCount]) -> Option<u64> {
    days.iter().rev().find_map(|day| day.median_ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Day;

    #[test]
    fn the_usual_time_is_that_of_the_latest_day_with_a_ticket() {
        let day =
            |number: i64, median_ms| DayCount { median_ms, ..DayCount::empty(Day::of(0).later(number)) };
        assert_eq!(usual(&[day(0, Some(9)), day(1, Some(7)), day(2, None)]), Some(7));
        assert_eq!(usual(&[day(0, None)]), None);
        assert_eq!(usual(&[]), None);
    }
}
