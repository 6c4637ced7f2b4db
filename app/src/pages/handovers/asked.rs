//! What the address of the page asks for.

use crate::address::with_query;
use crate::check::LAST_BEFORE_FIRST;
use crate::model::{Day, DeliveryState, FieldError, HandoverQuery};
use crate::routes::HANDOVERS;
use leptos_router::params::ParamsMap;

/// How many handovers come at a time.
pub(super) const PAGE: u32 = 30;

/// What the list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct HandoverFilter {
    /// Only those with a delivery in this state.
    pub(super) state: Option<DeliveryState>,
    /// Only those of this shopper, or with this ticket.
    pub(super) search: String,
    /// The first day, as typed.
    pub(super) from: String,
    /// The last day, as typed.
    pub(super) to: String,
    /// Only those after this one: the next page, without WASM.
    pub(super) cursor: Option<String>,
    /// Whose attempts are shown, without WASM.
    pub(super) open: Option<String>,
}

impl HandoverFilter {
    pub(super) fn read(query: &ParamsMap) -> Self {
        let text = |name: &str| query.get_str(name).map(tidy).unwrap_or_default();
        let some = |name: &str| query.get(name).filter(|value| !value.is_empty());
        Self {
            state: query.get_str("state").and_then(DeliveryState::from_name),
            search: text("search"),
            from: text("from"),
            to: text("to"),
            cursor: some("cursor"),
            open: some("open"),
        }
    }

    /// The first page of the same in another state.
    pub(super) fn in_state(&self, state: Option<DeliveryState>) -> Self {
        Self { state, ..self.first_page() }
    }

    /// The first page of the same with what stands in the fields.
    pub(super) fn typed(&self, search: &str, from: &str, to: &str) -> Self {
        Self { search: tidy(search), from: tidy(from), to: tidy(to), ..self.first_page() }
    }

    /// The same of these days.
    pub(super) fn of_days(&self, from: Option<Day>, to: Option<Day>) -> Self {
        let text = |day: Option<Day>| day.map(String::from).unwrap_or_default();
        Self { from: text(from), to: text(to), ..self.first_page() }
    }

    /// The same page with the attempts of this handover.
    pub(super) fn opening(&self, handover: &str) -> Self {
        Self { open: Some(handover.to_owned()), ..self.clone() }
    }

    pub(super) fn first_page(&self) -> Self {
        Self { cursor: None, open: None, ..self.clone() }
    }

    /// Whether anything is left out.
    pub(super) fn is_filtered(&self) -> bool {
        self.first_page() != Self::default()
    }

    /// Where this is shown.
    pub(super) fn address(&self) -> String {
        let parameters = [
            ("state", self.state.map(DeliveryState::as_str)),
            ("search", Some(self.search.as_str())),
            ("from", Some(self.from.as_str())),
            ("to", Some(self.to.as_str())),
            ("cursor", self.cursor.as_deref()),
            ("open", self.open.as_deref()),
        ];
        with_query(HANDOVERS, &parameters)
    }

    /// What is asked of the server, or what is wrong with what was typed. The days are those of this time zone.
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
            state: self.state,
            search: Some(self.search.clone()).filter(|search| !search.is_empty()),
            from: in_zone(from, zone),
            to: in_zone(to, zone),
            limit: Some(PAGE),
            cursor: self.cursor.clone(),
        })
    }

    /// Where the same is as a file.
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
    fn an_address_says_what_is_asked_and_is_read_again() {
        let asked = HandoverFilter::default()
            .typed(" #7 & é ", "2026-11-01", "")
            .in_state(Some(DeliveryState::Failed));
        assert_eq!(
            asked.address(),
            "/settings/integrations/handovers?state=failed&search=%237%20%26%20%C3%A9&from=2026-11-01"
        );
        assert_eq!(
            asked.csv(None).as_deref(),
            Some("/v1/handovers.csv?state=failed&search=%237%20%26%20%C3%A9&from=2026-11-01")
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
            [("state", "failed"), ("search", " #7 & é"), ("from", "2026-11-01"), ("open", "")]
        {
            map.insert(name, value.to_owned());
        }
        assert_eq!(HandoverFilter::read(&map), asked);
    }

    #[test]
    fn a_wrong_day_is_told_at_its_field() {
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
