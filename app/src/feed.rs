//! A paged list that stays up to date while it is visible.

use crate::components::poll::keeping_focus;
use crate::model::CallError;
use leptos::prelude::*;
use leptos::reactive::spawn_local_scoped;

/// An entry of the list.
pub trait Entry: Clone + PartialEq + Send + Sync + 'static {
    /// The identifier.
    fn id(&self) -> &str;
    /// The time of its creation or latest activity, RFC 3339 in UTC. The list is sorted by it, latest first.
    fn time(&self) -> &str;
}

/// A page of the list.
#[derive(Clone, Debug)]
pub struct FeedPage<T> {
    /// The entries on this page.
    pub entries: Vec<T>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// The result of a refresh: the current list and its ETag, if it has one. `None` if nothing changed.
pub type Look<T> = Option<(FeedPage<T>, Option<String>)>;

/// The list, and the state of its requests.
pub struct Feed<T: Entry> {
    /// The entries shown.
    pub list: RwSignal<Vec<T>>,
    /// The cursor of the next page.
    pub next: RwSignal<Option<String>>,
    /// Why the list is missing or not updating.
    pub trouble: RwSignal<Option<CallError>>,
    /// What changed without the user doing anything, for screen readers.
    pub news: RwSignal<String>,
    /// A different list has been requested and is still loading.
    pub loading: RwSignal<bool>,
    /// The next page has been requested and is still loading.
    pub more: RwSignal<bool>,
    /// Counts the requested lists. An answer to an earlier request is dropped.
    turn: StoredValue<u32>,
    asking: StoredValue<bool>,
    etag: StoredValue<Option<String>>,
}

impl<T: Entry> Clone for Feed<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Entry> Copy for Feed<T> {}

impl<T: Entry> Feed<T> {
    /// Starts with the first page.
    pub fn new(first: Result<FeedPage<T>, CallError>) -> Self {
        let (part, trouble) = match first {
            Ok(part) => (part, None),
            Err(error) => (FeedPage { entries: Vec::new(), next: None }, Some(error)),
        };
        Self {
            list: RwSignal::new(part.entries),
            next: RwSignal::new(part.next),
            trouble: RwSignal::new(trouble),
            news: RwSignal::new(String::new()),
            loading: RwSignal::new(false),
            more: RwSignal::new(false),
            turn: StoredValue::new(0),
            asking: StoredValue::new(false),
            etag: StoredValue::new(None),
        }
    }

    /// Returns the identifiers of the entries shown, in order.
    pub fn ids(self) -> Vec<String> {
        self.list.with(|list| list.iter().map(|entry| entry.id().to_owned()).collect())
    }

    /// Returns one entry. It keeps its last value while it leaves the list.
    pub fn entry(self, id: String) -> Memo<Option<T>> {
        Memo::new(move |before: Option<&Option<T>>| {
            let now = self.list.with(|list| list.iter().find(|entry| entry.id() == id).cloned());
            now.or_else(|| before.cloned().flatten())
        })
    }

    /// Loads a different list in place of this one.
    pub fn load(self, ask: impl Future<Output = Result<FeedPage<T>, CallError>> + 'static) {
        let turn = self.begin();
        self.loading.set(true);
        spawn_local_scoped(async move {
            let answer = ask.await;
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            self.loading.set(false);
            self.more.set(false);
            if let Some(part) = self.understood(answer) {
                self.news.set(String::new());
                self.next.set(part.next);
                keeping_focus(|| self.list.set(part.entries));
            }
        });
    }

    /// Shows an error in place of the list, because the request is invalid.
    pub fn refuse(self, error: CallError) {
        self.begin();
        self.loading.set(false);
        self.more.set(false);
        self.list.set(Vec::new());
        self.next.set(None);
        self.worry(error);
    }

    /// Refreshes the list, unless a refresh is in flight. Calls `changed` with the number of new entries if the list
    /// changed.
    pub fn look<F>(self, ask: impl FnOnce(Option<String>) -> F, changed: impl FnOnce(usize) + 'static)
    where
        F: Future<Output = Result<Look<T>, CallError>> + 'static,
    {
        // Once signed out, only a page reload helps. Polling on would fill the server's log.
        let idle = self.loading.get_untracked() || self.trouble.get_untracked() == Some(CallError::SignedOut);
        if idle || self.asking.get_value() {
            return;
        }
        self.asking.set_value(true);
        let turn = self.turn.get_value();
        let ask = ask(self.etag.get_value());
        spawn_local_scoped(async move {
            let answer = ask.await;
            if self.asking.try_set_value(false).is_some() || self.turn.try_get_value() != Some(turn) {
                return;
            }
            let Some(Some((part, etag))) = self.understood(answer) else { return };
            self.etag.set_value(etag);
            if let Some(new) = self.take(part) {
                changed(new);
            }
        });
    }

    /// Appends the next page.
    pub fn show_more<F>(self, ask: impl FnOnce(String) -> F)
    where
        F: Future<Output = Result<FeedPage<T>, CallError>> + 'static,
    {
        let Some(cursor) = self.next.get_untracked().filter(|_| !self.more.get_untracked()) else { return };
        self.more.set(true);
        let turn = self.turn.get_value();
        let ask = ask(cursor);
        spawn_local_scoped(async move {
            let answer = ask.await;
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            self.more.set(false);
            if let Some(part) = self.understood(answer) {
                self.next.set(part.next);
                self.list.update(|list| {
                    for entry in part.entries {
                        if !list.iter().any(|known| known.id() == entry.id()) {
                            list.push(entry);
                        }
                    }
                });
            }
        });
    }

    fn begin(self) -> u32 {
        let turn = self.turn.get_value() + 1;
        self.turn.set_value(turn);
        self.etag.set_value(None);
        turn
    }

    fn understood<A>(self, answer: Result<A, CallError>) -> Option<A> {
        match answer {
            Ok(answer) => {
                if self.trouble.with_untracked(Option::is_some) {
                    self.trouble.set(None);
                }
                Some(answer)
            }
            Err(error) => {
                self.worry(error);
                None
            }
        }
    }

    fn worry(self, error: CallError) {
        if self.trouble.with_untracked(|old| old.as_ref() != Some(&error)) {
            self.trouble.set(Some(error));
        }
    }

    /// Replaces the upper part of the list. Returns the number of new entries, or `None` if nothing changed.
    fn take(self, part: FeedPage<T>) -> Option<usize> {
        let (list, below) = self.list.with_untracked(|old| merged(old, &part));
        if !below && self.next.with_untracked(|next| *next != part.next) {
            self.next.set(part.next);
        }
        let new = self.list.with_untracked(|old| {
            let unknown = |entry: &&T| !old.iter().any(|known| known.id() == entry.id());
            (*old != list).then(|| list.iter().filter(unknown).count())
        })?;
        keeping_focus(|| self.list.set(list));
        Some(new)
    }
}

/// Merges the fresh upper part into the list. Also returns whether a lower part remains that was not refreshed, which
/// `Show more` had loaded.
fn merged<T: Entry>(old: &[T], part: &FeedPage<T>) -> (Vec<T>, bool) {
    let mut list = part.entries.clone();
    // A page without a next page is the whole list.
    let Some(last) = part.entries.last().filter(|_| part.next.is_some()) else { return (list, false) };
    // Drops the `Z`, which sorts after any digit: `05.12Z` comes before `05.123Z`.
    let place = |entry: &T| (entry.time().trim_end_matches('Z').to_owned(), entry.id().to_owned());
    let last = place(last);
    // An entry that a new one pushes off the page is loaded again with the next page.
    let below = old.iter().filter(|entry| old.len() > part.entries.len() && place(entry) < last);
    let below: Vec<_> =
        below.filter(|entry| !list.iter().any(|known| known.id() == entry.id())).cloned().collect();
    let is_some = !below.is_empty();
    list.extend(below);
    (list, is_some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Listed {
        id: String,
        time: String,
    }

    impl Entry for Listed {
        fn id(&self) -> &str {
            &self.id
        }

        fn time(&self) -> &str {
            &self.time
        }
    }

    fn line(id: &str, minute: usize) -> Listed {
        Listed { id: id.into(), time: format!("2026-11-22T10:{minute:02}:00Z") }
    }

    /// Entries with numbers from `from` down to `to`.
    fn lines(from: usize, to: usize) -> Vec<Listed> {
        (to..=from).rev().map(|n| line(&format!("{n:03}"), n % 60)).collect()
    }

    fn part(entries: Vec<Listed>, more: bool) -> FeedPage<Listed> {
        FeedPage { entries, next: more.then(|| "next".to_owned()) }
    }

    #[test]
    fn merged_keeps_lower_pages_and_drops_removed_entries() {
        // A new entry pushes the page's last one off. It is loaded again with the next page.
        assert_eq!(merged(&lines(40, 11), &part(lines(41, 12), true)), (lines(41, 12), false));
        assert_eq!(merged(&lines(57, 1), &part(lines(59, 30), true)), (lines(59, 1), true));
        assert_eq!(merged(&lines(59, 1), &part(lines(9, 3), false)), (lines(9, 3), false));
        assert_eq!(merged(&lines(59, 1), &part(vec![], false)).0, []);
    }

    #[test]
    fn merged_orders_entries_within_a_hundredth_of_a_second() {
        let at = |id: &str, time: &str| Listed { id: id.into(), time: format!("2026-11-22T10:00:{time}Z") };
        let old = [at("d", "05.13"), at("c", "05.123"), at("b", "05.12"), at("a", "05")];
        let (list, below) =
            merged(&old, &part(vec![at("e", "06"), at("d", "05.13"), at("c", "05.123")], true));
        assert_eq!(list.iter().map(Entry::id).collect::<Vec<_>>(), ["e", "d", "c", "b", "a"]);
        assert!(below);
    }

    #[test]
    fn merged_moves_active_entries_up_and_drops_filtered_ones() {
        let old = [line("a", 9), line("b", 8), line("c", 7), line("d", 6)];
        // `c` has new activity. `b` was resolved: it would sort above the page's last entry, and it is missing.
        let (list, below) = merged(&old, &part(vec![line("c", 12), line("a", 9)], true));
        assert_eq!(list.iter().map(Entry::id).collect::<Vec<_>>(), ["c", "a", "b", "d"]);
        assert!(below, "b lies below what was looked at");
        let (list, below) = merged(&old, &part(vec![line("c", 12), line("b", 8), line("d", 6)], true));
        assert_eq!(list.iter().map(Entry::id).collect::<Vec<_>>(), ["c", "b", "d"], "a stood above d");
        assert!(!below);
    }
}
