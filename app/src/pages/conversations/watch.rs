//! The list, kept up to date.

use super::asked::{ConversationListQuery, PAGE};
use crate::api;
use crate::feed::{Entry, Feed, FeedPage};
use crate::model::{CallError, ConversationItem, ConversationPage, ConversationQuery};
use crate::words;
use leptos::prelude::*;

/// The maximum number of entries that the server returns at once. In a longer list, those below are not refreshed.
const MOST: usize = 100;

impl Entry for ConversationItem {
    fn id(&self) -> &str {
        &self.id
    }

    fn time(&self) -> &str {
        &self.active_at
    }
}

impl From<ConversationPage> for FeedPage<ConversationItem> {
    fn from(page: ConversationPage) -> Self {
        Self { entries: page.conversations, next: page.next_cursor }
    }
}

/// The list for the current address.
#[derive(Clone, Copy)]
pub(super) struct ConversationFeed {
    asked: Memo<ConversationListQuery>,
    pub(super) feed: Feed<ConversationItem>,
    /// Whether Handover to human is inactive.
    pub(super) inactive: RwSignal<bool>,
}

impl ConversationFeed {
    pub(super) fn new(
        first: Result<ConversationPage, CallError>,
        asked: Memo<ConversationListQuery>,
    ) -> Self {
        let inactive = first.as_ref().is_ok_and(|page| page.handover_inactive);
        Self { asked, feed: Feed::new(first.map(FeedPage::from)), inactive: RwSignal::new(inactive) }
    }

    /// Returns the query of the current address.
    fn query(self) -> ConversationQuery {
        self.asked.with_untracked(ConversationListQuery::page)
    }

    async fn ask(self, query: ConversationQuery) -> Result<FeedPage<ConversationItem>, CallError> {
        let page = api::conversations::list(query).await?;
        // This is a property of the merchant, whatever was queried.
        if self.inactive.try_get_untracked().is_some_and(|old| old != page.handover_inactive) {
            self.inactive.try_set(page.handover_inactive);
        }
        Ok(page.into())
    }

    /// Loads the list for the current address.
    pub(super) fn load(self) {
        self.feed.load(self.ask(self.query()));
    }

    /// Refreshes the entries shown.
    pub(super) fn look(self) {
        let shown = self.feed.list.with_untracked(Vec::len).clamp(PAGE as usize, MOST);
        let query = ConversationQuery { limit: u32::try_from(shown).ok(), ..self.query() };
        let ask = move |_| async move { Ok(Some((self.ask(query).await?, None))) };
        self.feed.look(ask, move |new| {
            if new > 0 {
                self.feed.news.set(words::conversations_arrived(new));
            }
        });
    }

    /// Appends the next page.
    pub(super) fn show_more(self) {
        self.feed
            .show_more(move |cursor| self.ask(ConversationQuery { cursor: Some(cursor), ..self.query() }));
    }
}
