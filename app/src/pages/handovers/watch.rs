//! The list as it is kept up to date.

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

/// The list that the address asks for, and the counts above it.
#[derive(Clone, Copy)]
pub(super) struct HandoverFeed {
    asked: Memo<HandoverFilter>,
    pub(super) feed: Feed<HandoverView>,
    pub(super) history: Kept<History>,
    /// The reader's time zone, once a browser has said it; none: UTC.
    pub(super) zone: RwSignal<Option<String>>,
    /// What the address asks for, or what is wrong with it.
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

    /// Keeps the list and the days to what is asked for in the reader's own time zone.
    pub(super) fn follow(self) {
        Effect::new(move |_| {
            if let Some(zone) = zone::own() {
                self.zone.set(Some(zone));
                self.count();
            }
        });
        Effect::new(move |before: Option<()>| {
            // Read, not only tracked: a memo that nobody has read yet changes when somebody does.
            self.query.with(|_| ());
            if before.is_some() {
                self.load();
            }
        });
    }

    /// Another list: what the address asks for now.
    fn load(self) {
        match self.query.get_untracked() {
            Ok(query) => self.feed.load(async move { Ok(api::handovers::page(query).await?.into()) }),
            Err(error) => self.feed.refuse(error),
        }
    }

    /// One look at this list. An older page is not kept up to date.
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
            // What became of one is counted above too.
            self.count();
        });
    }

    /// Counts again.
    pub(super) fn count(self) {
        self.history.ask(api::handovers::past(self.zone.get_untracked()));
    }

    /// The next ones, below.
    pub(super) fn show_more(self) {
        let Ok(query) = self.query.get_untracked() else { return };
        self.feed.show_more(move |cursor| async move {
            Ok(api::handovers::page(HandoverQuery { cursor: Some(cursor), ..query }).await?.into())
        });
    }
}
