//! The list, kept up to date.

use super::asked::HandoverFilter;
use super::zone;
use crate::api;
use crate::feed::{Entry, Feed, FeedPage};
use crate::kept::Kept;
use crate::model::{CallError, HandoverPage, HandoverQuery, HandoverView, History};
use crate::words;
use leptos::prelude::*;

impl Entry for HandoverView {
    fn id(&self) -> &str {
        &self.handover_id
    }

    fn time(&self) -> &str {
        &self.accepted_at
    }
}

impl From<HandoverPage> for FeedPage<HandoverView> {
    fn from(page: HandoverPage) -> Self {
        Self { entries: page.handovers, next: page.next_cursor }
    }
}

/// The list for the current address, and the counts above it.
#[derive(Clone, Copy)]
pub(super) struct HandoverFeed {
    asked: Memo<HandoverFilter>,
    pub(super) feed: Feed<HandoverView>,
    pub(super) history: Kept<History>,
    /// The reader's time zone, once a browser has reported it. `None`: UTC.
    pub(super) zone: RwSignal<Option<String>>,
    /// The query of the current address, or its errors.
    query: Memo<Result<HandoverQuery, CallError>>,
}

impl HandoverFeed {
    pub(super) fn new(
        first: Result<HandoverPage, CallError>,
        history: History,
        asked: Memo<HandoverFilter>,
    ) -> Self {
        let zone = RwSignal::new(None::<String>);
        let query = Memo::new(move |_| {
            let query = zone.with(|zone| asked.with(|asked| asked.query(zone.as_deref())));
            query.map_err(|errors| CallError::Fields { errors })
        });
        Self { asked, feed: Feed::new(first.map(FeedPage::from)), history: Kept::new(history), zone, query }
    }

    /// Reloads the list and the counts when the address or the time zone changes.
    pub(super) fn follow(self) {
        Effect::new(move |_| {
            if let Some(zone) = zone::own() {
                self.zone.set(Some(zone));
                self.count();
            }
        });
        Effect::new(move |before: Option<()>| {
            // Read it, not only track it: a memo that was never read is computed on its first read, which would count
            // as a change.
            self.query.with(|_| ());
            if before.is_some() {
                self.load();
            }
        });
    }

    /// Loads the list for the current address.
    fn load(self) {
        match self.query.get_untracked() {
            Ok(query) => self.feed.load(async move { Ok(api::handovers::page(query).await?.into()) }),
            Err(error) => self.feed.refuse(error),
        }
    }

    /// Refreshes the list. An older page is not kept up to date.
    pub(super) fn look(self) {
        let Ok(query) = self.query.get_untracked() else { return };
        if self.asked.with_untracked(|asked| asked.cursor.is_some()) {
            return;
        }
        let ask = move |etag| async move {
            let news = api::handovers::page_since(query, etag).await?;
            Ok(news.map(|(page, etag)| (page.into(), etag)))
        };
        self.feed.look(ask, move |new| {
            if new > 0 {
                self.feed.news.set(words::arrived(new));
            }
            // The counts above include it.
            self.count();
        });
    }

    /// Requests the counts again.
    pub(super) fn count(self) {
        self.history.ask(api::handovers::past(self.zone.get_untracked()));
    }

    /// Appends the next page.
    pub(super) fn show_more(self) {
        let Ok(query) = self.query.get_untracked() else { return };
        self.feed.show_more(move |cursor| async move {
            Ok(api::handovers::page(HandoverQuery { cursor: Some(cursor), ..query }).await?.into())
        });
    }
}
