//! The list as it is kept up to date.

use super::asked::{Asked, PAGE};
use crate::api;
use crate::components::poll::keeping_focus;
use crate::model::{CallError, ConversationItem, ConversationPage};
use crate::words;
use leptos::prelude::*;
use leptos::reactive::spawn_local_scoped;

/// The most the server gives at once: what lies below in a longer list is not looked at again.
const MOST: usize = 100;

/// The list, and what is under way with it.
#[derive(Clone, Copy)]
pub(super) struct Watch {
    asked: Memo<Asked>,
    pub(super) list: RwSignal<Vec<ConversationItem>>,
    pub(super) next: RwSignal<Option<String>>,
    pub(super) inactive: RwSignal<bool>,
    pub(super) trouble: RwSignal<Option<CallError>>,
    pub(super) news: RwSignal<String>,
    /// Another list was asked for and is not there yet.
    pub(super) loading: RwSignal<bool>,
    /// More of this list was asked for and is not there yet.
    pub(super) more: RwSignal<bool>,
    /// Counts the lists asked for: an answer to an older question is none.
    turn: StoredValue<u32>,
    asking: StoredValue<bool>,
}

impl Watch {
    pub(super) fn new(first: Result<ConversationPage, CallError>, asked: Memo<Asked>) -> Self {
        let (page, trouble) = match first {
            Ok(page) => (page, None),
            Err(error) => (ConversationPage::default(), Some(error)),
        };
        Self {
            asked,
            list: RwSignal::new(page.conversations),
            next: RwSignal::new(page.next_cursor),
            inactive: RwSignal::new(page.handover_inactive),
            trouble: RwSignal::new(trouble),
            news: RwSignal::new(String::new()),
            loading: RwSignal::new(false),
            more: RwSignal::new(false),
            turn: StoredValue::new(0),
            asking: StoredValue::new(false),
        }
    }

    /// One row. It keeps its words while it leaves the list.
    pub(super) fn item(self, id: String) -> Memo<Option<ConversationItem>> {
        Memo::new(move |before: Option<&Option<ConversationItem>>| {
            let now = self.list.with(|list| list.iter().find(|item| item.id == id).cloned());
            now.or_else(|| before.cloned().flatten())
        })
    }

    /// Another list: what the address asks for now.
    pub(super) fn load(self) {
        let turn = self.turn.get_value() + 1;
        self.turn.set_value(turn);
        self.loading.set(true);
        let query = self.asked.with_untracked(Asked::page);
        spawn_local_scoped(async move {
            let answer = api::conversations::list(query).await;
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            self.loading.set(false);
            self.more.set(false);
            match answer {
                Ok(page) => {
                    self.calm();
                    self.news.set(String::new());
                    self.inactive.set(page.handover_inactive);
                    self.next.set(page.next_cursor);
                    keeping_focus(|| self.list.set(page.conversations));
                }
                Err(error) => self.worry(error),
            }
        });
    }

    /// One look at this list, unless one is under way.
    pub(super) fn look(self) {
        // Signed out, only a new page helps: asking on would fill the server's log.
        let idle = self.loading.get_untracked() || self.trouble.get_untracked() == Some(CallError::SignedOut);
        if idle || self.asking.get_value() {
            return;
        }
        self.asking.set_value(true);
        let turn = self.turn.get_value();
        let seen = self.list.with_untracked(Vec::len).clamp(PAGE as usize, MOST);
        let mut query = self.asked.with_untracked(Asked::page);
        query.limit = u32::try_from(seen).ok();
        spawn_local_scoped(async move {
            let answer = api::conversations::list(query).await;
            if self.asking.try_set_value(false).is_some() || self.turn.try_get_value() != Some(turn) {
                return;
            }
            match answer {
                Ok(page) => {
                    self.calm();
                    self.take(page);
                }
                Err(error) => self.worry(error),
            }
        });
    }

    /// The next ones, below.
    pub(super) fn show_more(self) {
        let Some(cursor) = self.next.get_untracked().filter(|_| !self.more.get_untracked()) else { return };
        self.more.set(true);
        let turn = self.turn.get_value();
        let mut query = self.asked.with_untracked(Asked::page);
        query.cursor = Some(cursor);
        spawn_local_scoped(async move {
            let answer = api::conversations::list(query).await;
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            self.more.set(false);
            match answer {
                Ok(page) => {
                    self.calm();
                    self.next.set(page.next_cursor);
                    self.list.update(|list| {
                        for item in page.conversations {
                            if !list.iter().any(|known| known.id == item.id) {
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

    fn take(self, page: ConversationPage) {
        if self.inactive.get_untracked() != page.handover_inactive {
            self.inactive.set(page.handover_inactive);
        }
        let (list, below) = self.list.with_untracked(|old| merged(old, &page));
        if !below && self.next.with_untracked(|next| *next != page.next_cursor) {
            self.next.set(page.next_cursor);
        }
        let new = self.list.with_untracked(|old| {
            let unknown = |item: &&ConversationItem| !old.iter().any(|known| known.id == item.id);
            (*old != list).then(|| list.iter().filter(unknown).count())
        });
        let Some(new) = new else { return };
        if new > 0 {
            self.news.set(words::conversations_arrived(new));
        }
        keeping_focus(|| self.list.set(list));
    }
}

/// The list with its upper part as it is now, and whether there is a lower part that was not looked at.
fn merged(old: &[ConversationItem], page: &ConversationPage) -> (Vec<ConversationItem>, bool) {
    let mut list = page.conversations.clone();
    // A page with none after it is the whole list.
    let Some(last) = list.last().filter(|_| page.next_cursor.is_some()).map(|item| item.active_at.clone())
    else {
        return (list, false);
    };
    let below: Vec<_> = old
        .iter()
        .filter(|item| item.active_at <= last && !list.iter().any(|known| known.id == item.id))
        .cloned()
        .collect();
    let is_some = !below.is_empty();
    list.extend(below);
    (list, is_some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ConversationState;

    fn item(id: &str, minute: u32) -> ConversationItem {
        ConversationItem {
            id: id.into(),
            state: ConversationState::Open,
            shopper_name: None,
            shopper_email: None,
            preview: String::new(),
            active_at: format!("2026-11-22T10:{minute:02}:00Z"),
            handover: None,
        }
    }

    fn ids(list: &[ConversationItem]) -> Vec<&str> {
        list.iter().map(|item| item.id.as_str()).collect()
    }

    #[test]
    fn what_was_shown_below_stays_and_what_left_is_gone() {
        let old = [item("a", 9), item("b", 8), item("c", 7), item("d", 6)];
        let page = |conversations, more: bool| ConversationPage {
            conversations,
            next_cursor: more.then(|| "next".to_owned()),
            handover_inactive: false,
        };
        // `c` has news, `b` was resolved and so is not in the filter any more.
        let (list, below) = merged(&old, &page(vec![item("c", 12), item("a", 9)], true));
        assert_eq!((ids(&list), below), (vec!["c", "a", "b", "d"], true), "b lies below what was looked at");
        let (list, below) = merged(&old, &page(vec![item("c", 12), item("a", 9), item("d", 6)], false));
        assert_eq!((ids(&list), below), (vec!["c", "a", "d"], false));
        assert_eq!(merged(&old, &page(vec![], false)).0, []);
    }
}
