//! A list that is longer than what is shown, kept up to date while somebody looks.

use crate::components::poll::keeping_focus;
use crate::model::CallError;
use leptos::prelude::*;
use leptos::reactive::spawn_local_scoped;

/// What stands in such a list.
pub trait Entry: Clone + PartialEq + Send + Sync + 'static {
    /// Its name.
    fn id(&self) -> &str;
    /// When it came or had its last news, RFC 3339 in UTC: a list begins with the greatest.
    fn time(&self) -> &str;
}

/// A page of the list.
#[derive(Clone, Debug)]
pub struct FeedPage<T> {
    /// What stands on it.
    pub entries: Vec<T>,
    /// Leads to the page below.
    pub next: Option<String>,
}

/// What a look brings: the list as it is now, with its ETag if it has one; nothing, if it is as it was.
pub type Look<T> = Option<(FeedPage<T>, Option<String>)>;

/// The list, and what is under way with it.
pub struct Feed<T: Entry> {
    /// What is shown.
    pub list: RwSignal<Vec<T>>,
    /// Leads to what lies below.
    pub next: RwSignal<Option<String>>,
    /// Why the list stands still, or is not there.
    pub trouble: RwSignal<Option<CallError>>,
    /// What came by itself, for those who do not see it.
    pub news: RwSignal<String>,
    /// Another list was asked for and is not there yet.
    pub loading: RwSignal<bool>,
    /// More of this list was asked for and is not there yet.
    pub more: RwSignal<bool>,
    /// Counts the lists asked for: an answer to an older question is none.
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
    /// With its first page.
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

    /// The names of what is shown, in order.
    pub fn ids(self) -> Vec<String> {
        self.list.with(|list| list.iter().map(|entry| entry.id().to_owned()).collect())
    }

    /// One entry. It keeps its words while it leaves the list.
    pub fn entry(self, id: String) -> Memo<Option<T>> {
        Memo::new(move |before: Option<&Option<T>>| {
            let now = self.list.with(|list| list.iter().find(|entry| entry.id() == id).cloned());
            now.or_else(|| before.cloned().flatten())
        })
    }

    /// Another list takes its place.
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

    /// Another list was asked for that cannot be.
    pub fn refuse(self, error: CallError) {
        self.begin();
        self.loading.set(false);
        self.more.set(false);
        self.list.set(Vec::new());
        self.next.set(None);
        self.worry(error);
    }

    /// One look at this list, unless one is under way. `changed` learns how many are new when it is another than before.
    pub fn look<F>(self, ask: impl FnOnce(Option<String>) -> F, changed: impl FnOnce(usize) + 'static)
    where
        F: Future<Output = Result<Look<T>, CallError>> + 'static,
    {
        // Signed out, only a new page helps: asking on would fill the server's log.
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

    /// The next ones, below.
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

    /// How many are new; nothing, if it is the list that is shown.
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

/// The list with its upper part as it is now, and whether there is a lower part that was not looked at: what somebody
/// asked for with `Show more`.
fn merged<T: Entry>(old: &[T], part: &FeedPage<T>) -> (Vec<T>, bool) {
    let mut list = part.entries.clone();
    // A page with none after it is the whole list.
    let Some(last) = part.entries.last().filter(|_| part.next.is_some()) else { return (list, false) };
    // Without its `Z`, which is greater than any digit: `05.12Z` is before `05.123Z`.
    let place = |entry: &T| (entry.time().trim_end_matches('Z').to_owned(), entry.id().to_owned());
    let last = place(last);
    // What one new entry pushes off the page comes again with the next page.
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

    /// From this one down to that one.
    fn lines(from: usize, to: usize) -> Vec<Listed> {
        (to..=from).rev().map(|n| line(&format!("{n:03}"), n % 60)).collect()
    }

    fn part(entries: Vec<Listed>, more: bool) -> FeedPage<Listed> {
        FeedPage { entries, next: more.then(|| "next".to_owned()) }
    }

    #[test]
    fn what_was_asked_for_below_stays_and_what_left_is_gone() {
        // A new one pushes the last of the page out; it comes again with the next page.
        assert_eq!(merged(&lines(40, 11), &part(lines(41, 12), true)), (lines(41, 12), false));
        assert_eq!(merged(&lines(57, 1), &part(lines(59, 30), true)), (lines(59, 1), true));
        assert_eq!(merged(&lines(59, 1), &part(lines(9, 3), false)), (lines(9, 3), false));
        assert_eq!(merged(&lines(59, 1), &part(vec![], false)).0, []);
    }

    #[test]
    fn what_came_within_a_hundredth_of_a_second_stays_in_its_order() {
        let at = |id: &str, time: &str| Listed { id: id.into(), time: format!("2026-11-22T10:00:{time}Z") };
        let old = [at("d", "05.13"), at("c", "05.123"), at("b", "05.12"), at("a", "05")];
        let (list, below) =
            merged(&old, &part(vec![at("e", "06"), at("d", "05.13"), at("c", "05.123")], true));
        assert_eq!(list.iter().map(Entry::id).collect::<Vec<_>>(), ["e", "d", "c", "b", "a"]);
        assert!(below);
    }

    #[test]
    fn what_has_news_moves_up_and_what_leaves_the_filter_is_gone() {
        let old = [line("a", 9), line("b", 8), line("c", 7), line("d", 6)];
        // `c` has news, `b` was resolved: it would stand above the last of the page, and is not there.
        let (list, below) = merged(&old, &part(vec![line("c", 12), line("a", 9)], true));
        assert_eq!(list.iter().map(Entry::id).collect::<Vec<_>>(), ["c", "a", "b", "d"]);
        assert!(below, "b lies below what was looked at");
        let (list, below) = merged(&old, &part(vec![line("c", 12), line("b", 8), line("d", 6)], true));
        assert_eq!(list.iter().map(Entry::id).collect::<Vec<_>>(), ["c", "b", "d"], "a stood above d");
        assert!(!below);
    }
}
