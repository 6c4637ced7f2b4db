//! The query in the page's address.

use crate::address::with_query;
use crate::check::LAST_BEFORE_FIRST;
use crate::model::{Day, FieldError, HandoverQuery, Progress};
use crate::routes::HANDOVERS;
use leptos_router::params::ParamsMap;

/// How many handovers a page of the list has.
pub(super) const PAGE: u32 = 30;

/// What the list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct HandoverFilter {
    /// Only handovers that are this far.
    pub(super) progress: Option<Progress>,
    /// Only handovers of this shopper, or with this ticket.
    pub(super) search: String,
    /// The first day, as typed.
    pub(super) from: String,
    /// The last day, as typed.
    pub(super) to: String,
    /// Only handovers after this cursor: the next page, without WASM.
    pub(super) cursor: Option<String>,
    /// The handover whose attempts are shown, without WASM.
    pub(super) open: Option<String>,
}

impl HandoverFilter {
    pub(super) fn read(query: &ParamsMap) -> Self {
        let text = |name: &str| query.get_str(name).map(tidy).unwrap_or_default();
        let some = |name: &str| query.get(name).filter(|value| !value.is_empty());
        Self {
            progress: query.get_str("progress").and_then(Progress::from_name),
            search: text("search"),
            from: text("from"),
            to: text("to"),
            cursor: some("cursor"),
            open: some("open"),
        }
    }

    /// Returns the first page of those that are this far.
    pub(super) fn this_far(&self, progress: Option<Progress>) -> Self {
        Self { progress, ..self.first_page() }
    }

    /// Returns the first page with these values of the fields.
    pub(super) fn typed(&self, search: &str, from: &str, to: &str) -> Self {
        Self { search: tidy(search), from: tidy(from), to: tidy(to), ..self.first_page() }
    }

    /// Returns the first page of these days.
    pub(super) fn of_days(&self, from: Option<Day>, to: Option<Day>) -> Self {
        let text = |day: Option<Day>| day.map(String::from).unwrap_or_default();
        Self { from: text(from), to: text(to), ..self.first_page() }
    }

    /// Returns the same page with a handover's attempts.
    pub(super) fn opening(&self, handover: &str) -> Self {
        Self { open: Some(handover.to_owned()), ..self.clone() }
    }

    pub(super) fn first_page(&self) -> Self {
        Self { cursor: None, open: None, ..self.clone() }
    }

    /// Returns whether nothing but what needs a person is asked for.
    pub(super) fn is_what_needs_you(&self) -> bool {
        self.first_page() == Self::default().this_far(Some(Progress::NeedsYou))
    }

    /// Returns whether any filter is set.
    pub(super) fn is_filtered(&self) -> bool {
        self.first_page() != Self::default()
    }

    /// Returns the address of this list.
    pub(super) fn address(&self) -> String {
        let parameters = [
            ("progress", self.progress.map(Progress::as_str)),
            ("search", Some(self.search.as_str())),
            ("from", Some(self.from.as_str())),
            ("to", Some(self.to.as_str())),
            ("cursor", self.cursor.as_deref()),
            ("open", self.open.as_deref()),
        ];
        with_query(HANDOVERS, &parameters)
    }

    /// Returns the query for the server, or the errors of the fields. Days are in this time zone.
    pub(super) fn query(&self, zone: Option<&str>) -> Result<HandoverQuery, Vec<FieldError>> {
        let from = Day::parse_field("from", &self.from);
        let to = Day::parse_field("to", &self.to);
        let (from, to) = match (from, to) {
            (Ok(Some(from)), Ok(Some(to))) if from > to => {
                return Err(vec![FieldError::new("to", LAST_BEFORE_FIRST)]);
            }
            (Ok(from), Ok(to)) => (from, to),
            (from, to) => return Err([from.err(), to.err()].into_iter().flatten().collect()),
        };
        Ok(HandoverQuery {
            conversation_id: None,
            state: None,
            progress: self.progress,
            search: Some(self.search.clone()).filter(|search| !search.is_empty()),
            from: in_zone(from, zone),
            to: in_zone(to, zone),
            limit: Some(PAGE),
            cursor: self.cursor.clone(),
        })
    }

    /// Returns the address of the same list as a CSV file.
    pub(super) fn csv(&self, zone: Option<&str>) -> Option<String> {
        let query = self.query(zone).ok()?;
        Some(HandoverQuery { limit: None, cursor: None, ..query }.address("/v1/handovers.csv"))
    }
}

fn in_zone(day: Option<Day>, zone: Option<&str>) -> Option<String> {
    day.map(|day| zone.map_or_else(|| day.to_string(), |zone| format!("{day}[{zone}]")))
}

fn tidy(text: &str) -> String {
    crate::model::pasted::trim(text).chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_round_trips_through_its_address() {
        let asked =
            HandoverFilter::default().typed(" #7 & é ", "2026-11-01", "").this_far(Some(Progress::NeedsYou));
        assert_eq!(
            asked.address(),
            "/settings/integrations/handovers?progress=needs_you&search=%237%20%26%20%C3%A9&from=2026-11-01"
        );
        assert_eq!(
            asked.csv(None).as_deref(),
            Some("/v1/handovers.csv?progress=needs_you&search=%237%20%26%20%C3%A9&from=2026-11-01")
        );
        let query =
            asked.of_days(Day::parse("2026-11-01"), Day::parse("2026-11-02")).query(Some("Asia/Kolkata"));
        let query = query.unwrap();
        assert_eq!(query.from.as_deref(), Some("2026-11-01[Asia/Kolkata]"));
        assert_eq!(query.to.as_deref(), Some("2026-11-02[Asia/Kolkata]"));
        assert_eq!(HandoverFilter::default().address(), HANDOVERS);
        assert!(asked.is_filtered() && !HandoverFilter::default().opening("h1").is_filtered());
        let mut map = ParamsMap::new();
        for (name, value) in
            [("progress", "needs_you"), ("search", " #7 & é"), ("from", "2026-11-01"), ("open", "")]
        {
            map.insert(name, value.to_owned());
        }
        assert_eq!(HandoverFilter::read(&map), asked);
    }

    #[test]
    fn an_invalid_date_is_an_error_of_its_field() {
        let wrong = |from: &str, to: &str| {
            let errors = HandoverFilter::default().typed("", from, to).query(None).unwrap_err();
            errors.into_iter().map(|error| error.field).collect::<Vec<_>>()
        };
        assert_eq!(wrong("yesterday", "2026-02-30"), ["from", "to"]);
        assert_eq!(wrong("", "x"), ["to"]);
        assert_eq!(wrong("2026-11-22", "2026-11-21"), ["to"]);
        assert!(HandoverFilter::default().typed("", "2026-11-22", "2026-11-22").query(None).is_ok());
        assert_eq!(HandoverFilter::default().typed("", "x", "").csv(None), None);
    }
}
