//! The query in the page's address.

use crate::address::with_query;
use crate::model::{ConversationQuery, ConversationState};
use crate::routes::CONVERSATIONS;
use leptos_router::params::ParamsMap;

/// How many conversations a page of the list has.
pub(super) const PAGE: u32 = 30;

/// What the list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ConversationListQuery {
    /// Only conversations in this state.
    pub(super) state: Option<ConversationState>,
    /// Only conversations that contain these words.
    pub(super) search: String,
    /// Only conversations after this cursor: the next page, without WASM.
    pub(super) cursor: Option<String>,
}

impl ConversationListQuery {
    pub(super) fn read(query: &ParamsMap) -> Self {
        Self {
            state: query.get_str("state").and_then(ConversationState::from_name),
            search: query.get_str("search").map(tidy).unwrap_or_default(),
            cursor: query.get("cursor").filter(|cursor| !cursor.is_empty()),
        }
    }

    pub(super) fn in_state(&self, state: Option<ConversationState>) -> Self {
        Self { state, search: self.search.clone(), cursor: None }
    }

    pub(super) fn searching(&self, typed: &str) -> Self {
        Self { state: self.state, search: tidy(typed), cursor: None }
    }

    /// Returns the address of this list.
    pub(super) fn address(&self) -> String {
        let state = self.state.map(ConversationState::as_str);
        let parameters =
            [("state", state), ("search", Some(&*self.search)), ("cursor", self.cursor.as_deref())];
        with_query(CONVERSATIONS, &parameters)
    }

    /// Returns the query of its first page.
    pub(super) fn page(&self) -> ConversationQuery {
        ConversationQuery {
            state: self.state,
            search: Some(self.search.clone()).filter(|search| !search.is_empty()),
            limit: Some(PAGE),
            cursor: self.cursor.clone(),
        }
    }
}

fn tidy(search: &str) -> String {
    crate::model::pasted::trim(search).chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_round_trips_through_its_address() {
        let asked = ConversationListQuery { search: "50 % & é".into(), ..ConversationListQuery::default() }
            .in_state(Some(ConversationState::HandedOver));
        assert_eq!(asked.address(), "/conversations?state=handed_over&search=50%20%25%20%26%20%C3%A9");
        assert_eq!(ConversationListQuery::default().address(), "/conversations");
        assert_eq!(asked.in_state(None).searching("  ").address(), "/conversations");
        let next = ConversationListQuery { cursor: Some("a=b".into()), ..ConversationListQuery::default() };
        assert_eq!(next.address(), "/conversations?cursor=a%3Db");
    }

    #[test]
    fn unknown_filters_are_ignored() {
        let mut query = ParamsMap::new();
        query.insert("state", "evil".to_owned());
        query.insert("search", " x ".to_owned());
        assert_eq!(
            ConversationListQuery::read(&query),
            ConversationListQuery { search: "x".into(), ..ConversationListQuery::default() }
        );
    }
}
