//! The list as it is kept up to date.

use super::asked::{Asked, PAGE};
use crate::api;
use crate::components::poll::keeping_focus;
use crate::model::{CallError, HandoverPage, HandoverQuery, HandoverView, History};
use crate::words;
use leptos::prelude::*;
use leptos::reactive::spawn_local_scoped;

/// The list, the counts above it, and what is under way with them.
#[derive(Clone, Copy)]
pub(super) struct Watch {
    asked: Memo<Asked>,
    pub(super) list: RwSignal<Vec<HandoverView>>,
    pub(super) next: RwSignal<Option<String>>,
    pub(super) history: RwSignal<History>,
    pub(super) trouble: RwSignal<Option<CallError>>,
    pub(super) news: RwSignal<String>,
    /// Another list was asked for and is not there yet.
    pub(super) loading: RwSignal<bool>,
    /// More of this list was asked for and is not there yet.
    pub(super) more: RwSignal<bool>,
    /// Counts the lists asked for: an answer to an older question is none.
    turn: StoredValue<u32>,
    asking: StoredValue<bool>,
    etag: StoredValue<Option<String>>,
}

impl Watch {
    pub(super) fn new(first: Result<HandoverPage, CallError>, history: History, asked: Memo<Asked>) -> Self {
        let (page, trouble) = match first {
            Ok(page) => (page, None),
            Err(error) => (HandoverPage::default(), Some(error)),
        };
        Self {
            asked,
            list: RwSignal::new(page.handovers),
            next: RwSignal::new(page.next_cursor),
            history: RwSignal::new(history),
            trouble: RwSignal::new(trouble),
            news: RwSignal::new(String::new()),
            loading: RwSignal::new(false),
            more: RwSignal::new(false),
            turn: StoredValue::new(0),
            asking: StoredValue::new(false),
            etag: StoredValue::new(None),
        }
    }

    /// One row. It keeps its words while it leaves the list.
    pub(super) fn item(self, id: String) -> Memo<Option<HandoverView>> {
        Memo::new(move |before: Option<&Option<HandoverView>>| {
            let now = self.list.with(|list| list.iter().find(|item| item.handover_id == id).cloned());
            now.or_else(|| before.cloned().flatten())
        })
    }

    /// What the address asks for, or what is wrong with it.
    fn query(self) -> Result<HandoverQuery, CallError> {
        self.asked.with_untracked(Asked::query).map_err(|errors| CallError::Fields { errors })
    }

    /// Another list: what the address asks for now.
    pub(super) fn load(self) {
        let turn = self.turn.get_value() + 1;
        self.turn.set_value(turn);
        self.etag.set_value(None);
        let query = match self.query() {
            Ok(query) => query,
            Err(error) => {
                self.loading.set(false);
                self.list.set(Vec::new());
                self.next.set(None);
                return self.worry(error);
            }
        };
        self.loading.set(true);
        spawn_local_scoped(async move {
            let answer = api::handovers::page(query).await;
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            self.loading.set(false);
            self.more.set(false);
            match answer {
                Ok(page) => {
                    self.calm();
                    self.news.set(String::new());
                    self.next.set(page.next_cursor);
                    keeping_focus(|| self.list.set(page.handovers));
                }
                Err(error) => self.worry(error),
            }
        });
    }

    /// One look at this list, unless one is under way. An older page is not kept up to date.
    pub(super) fn look(self) {
        // Signed out, only a new page helps: asking on would fill the server's log.
        let idle = self.loading.get_untracked()
            || self.trouble.get_untracked() == Some(CallError::SignedOut)
            || self.asked.with_untracked(|asked| asked.cursor.is_some());
        let Ok(query) = self.query() else { return };
        if idle || self.asking.get_value() {
            return;
        }
        self.asking.set_value(true);
        let turn = self.turn.get_value();
        let etag = self.etag.get_value();
        spawn_local_scoped(async move {
            let answer = api::handovers::page_since(query, etag).await;
            if self.asking.try_set_value(false).is_some() || self.turn.try_get_value() != Some(turn) {
                return;
            }
            match answer {
                Ok(news) => {
                    self.calm();
                    if let Some((page, etag)) = news {
                        self.etag.set_value(etag);
                        self.take(page);
                    }
                }
                Err(error) => self.worry(error),
            }
        });
    }

    /// Counts again.
    pub(super) fn count(self) {
        spawn_local_scoped(async move {
            if let Ok(history) = api::handovers::past().await
                // What is as it was is not drawn again.
                && self.history.try_with_untracked(|old| *old != history) == Some(true)
            {
                self.history.try_set(history);
            }
        });
    }

    /// The next ones, below.
    pub(super) fn show_more(self) {
        let Some(cursor) = self.next.get_untracked().filter(|_| !self.more.get_untracked()) else { return };
        let Ok(query) = self.query() else { return };
        self.more.set(true);
        let turn = self.turn.get_value();
        spawn_local_scoped(async move {
            let answer = api::handovers::page(HandoverQuery { cursor: Some(cursor), ..query }).await;
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            self.more.set(false);
            match answer {
                Ok(page) => {
                    self.calm();
                    self.next.set(page.next_cursor);
                    self.list.update(|list| {
                        for item in page.handovers {
                            if !list.iter().any(|known| known.handover_id == item.handover_id) {
                                list.push(item);
                            }
                        }
                    });
                }
                Err(error) => self.worry(error),
            }
        });
    }

    fn calm(self) {
        if self.trouble.with_untracked(Option::is_some) {
            self.trouble.set(None);
        }
    }

    fn worry(self, error: CallError) {
        if self.trouble.with_untracked(|old| old.as_ref() != Some(&error)) {
            self.trouble.set(Some(error));
        }
    }

    fn take(self, page: HandoverPage) {
        let (list, below) = self.list.with_untracked(|old| merged(old, &page));
        if !below && self.next.with_untracked(|next| *next != page.next_cursor) {
            self.next.set(page.next_cursor);
        }
        let new = self.list.with_untracked(|old| {
            let unknown =
                |item: &&HandoverView| !old.iter().any(|known| known.handover_id == item.handover_id);
            (*old != list).then(|| list.iter().filter(unknown).count())
        });
        let Some(new) = new else { return };
        if new > 0 {
            self.news.set(words::arrived(new));
        }
        keeping_focus(|| self.list.set(list));
        // What became of one is counted above too.
        self.count();
    }
}

/// The list with its upper part as it is now, and whether there is a lower part that was not looked at: what somebody
/// asked for with `Show more`.
fn merged(old: &[HandoverView], page: &HandoverPage) -> (Vec<HandoverView>, bool) {
    let mut list = page.handovers.clone();
    // A page with none after it is the whole list.
    let Some(last) = list.last().filter(|_| page.next_cursor.is_some()).map(place) else {
        return (list, false);
    };
    let below: Vec<_> = old
        .iter()
        .filter(|item| old.len() > PAGE as usize && place(item) < last)
        .filter(|item| !list.iter().any(|known| known.handover_id == item.handover_id))
        .cloned()
        .collect();
    let is_some = !below.is_empty();
    list.extend(below);
    (list, is_some)
}

/// Where it stands: lists begin with the greatest.
fn place(item: &HandoverView) -> (String, String) {
    (item.accepted_at.clone(), item.handover_id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TriggerKind;

    fn item(n: usize) -> HandoverView {
        HandoverView {
            handover_id: format!("h{n:03}"),
            conversation_id: String::new(),
            conversation_url: None,
            shopper_name: None,
            shopper_email: None,
            subject: String::new(),
            trigger: TriggerKind::Manual,
            reason: None,
            by: None,
            occurred_at: String::new(),
            accepted_at: format!("2026-11-22T10:{:02}:{:02}Z", n / 60, n % 60),
            transcript_removed: false,
            deliveries: vec![],
        }
    }

    /// From this one down to that one.
    fn items(from: usize, to: usize) -> Vec<HandoverView> {
        (to..=from).rev().map(item).collect()
    }

    #[test]
    fn what_was_asked_for_below_stays_and_what_left_is_gone() {
        let page =
            |handovers, more: bool| HandoverPage { handovers, next_cursor: more.then(|| "next".to_owned()) };
        // A new one pushes the last of the page out; it comes again with the next page.
        assert_eq!(merged(&items(40, 11), &page(items(41, 12), true)), (items(41, 12), false));
        assert_eq!(merged(&items(60, 1), &page(items(62, 33), true)), (items(62, 1), true));
        assert_eq!(merged(&items(60, 1), &page(items(9, 3), false)), (items(9, 3), false));
        assert_eq!(merged(&items(60, 1), &page(vec![], false)).0, []);
    }
}
