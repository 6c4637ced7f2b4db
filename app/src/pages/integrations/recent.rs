//! The latest handovers, kept up to date while the page is visible.

use super::board::IntegrationsBoard;
use super::delivery::Acts;
use super::handover::{Handover, ListPaused};
use super::readiness;
use crate::api;
use crate::components::poll::while_visible;
use crate::components::{Glyph, Icon, PageLink, each, named, says, shows, when};
use crate::model::{CallError, ConnectionState, HandoverPage, HandoverView, Integration};
use crate::pages::conversations::Inactive;
use crate::routes::{HANDOVERS, INTEGRATIONS};
use crate::text::t;
use crate::words;
use leptos::prelude::*;
use leptos::reactive::spawn_local_scoped;

/// How many rounds pass between refreshes of the rows. A connection may change without a handover, for example when it
/// recovers or a colleague disconnects it.
const ROWS_EVERY: u32 = 3;

/// The id of the list's heading.
pub(super) const TITLE: &str = "recent-title";

/// The list, kept up to date.
#[derive(Clone, Copy)]
struct RecentFeed {
    list: RwSignal<Vec<HandoverView>>,
    trouble: RwSignal<Option<CallError>>,
    news: RwSignal<String>,
    etag: StoredValue<Option<String>>,
    asking: StoredValue<bool>,
    round: StoredValue<u32>,
}

impl RecentFeed {
    fn new(first: Result<HandoverPage, CallError>) -> Self {
        let (list, trouble) = match first {
            Ok(page) => (page.handovers, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        Self {
            list: RwSignal::new(list),
            trouble: RwSignal::new(trouble),
            news: RwSignal::new(String::new()),
            etag: StoredValue::new(None),
            asking: StoredValue::new(false),
            round: StoredValue::new(0),
        }
    }

    /// Refreshes the list, unless a refresh is in flight. Calls `changed` if it has changed.
    fn look(self, changed: impl Fn() + 'static) {
        // Once signed out, only a page reload helps. Polling on would fill the server's log.
        if self.asking.get_value() || self.trouble.get_untracked() == Some(CallError::SignedOut) {
            return;
        }
        self.asking.set_value(true);
        let etag = self.etag.get_value();
        spawn_local_scoped(async move {
            let answer = api::handovers::recent_since(etag).await;
            // The page may have been left in the meantime.
            if self.asking.try_set_value(false).is_some() {
                return;
            }
            match answer {
                Ok(news) => {
                    if self.trouble.with_untracked(Option::is_some) {
                        self.trouble.set(None);
                    }
                    if let Some((page, etag)) = news {
                        self.etag.set_value(etag);
                        if self.take(page) {
                            changed();
                        }
                    }
                }
                Err(error) => {
                    if self.trouble.with_untracked(|old| old.as_ref() != Some(&error)) {
                        self.trouble.set(Some(error));
                    }
                }
            }
        });
    }

    /// Replaces the list. Returns whether it has changed.
    fn take(self, page: HandoverPage) -> bool {
        let new = self.list.with_untracked(|old| {
            let unknown = |h: &&HandoverView| !old.iter().any(|known| known.handover_id == h.handover_id);
            (*old != page.handovers).then(|| page.handovers.iter().filter(unknown).count())
        });
        let Some(new) = new else { return false };
        if new > 0 {
            self.news.set(words::arrived(new));
        }
        self.list.set(page.handovers);
        true
    }
}

/// Returns whether a row shows a backlog. It shrinks with the oldest handovers, which this list does not show.
fn has_backlog(board: IntegrationsBoard) -> bool {
    let has = |row: &Integration| row.state == ConnectionState::Connected && words::is_backlog(row.waiting);
    board.rows.with_untracked(|rows| rows.iter().any(has))
}

#[component]
pub(super) fn Recent(board: IntegrationsBoard, first: Result<HandoverPage, CallError>) -> impl IntoView {
    let watch = RecentFeed::new(first);
    let beside = move || {
        board.reload();
        readiness::reload(board);
    };
    let look = move || watch.look(beside);

    Effect::new(move |_| {
        while_visible(move || {
            look();
            let round = watch.round.get_value() + 1;
            watch.round.set_value(round);
            if round.is_multiple_of(ROWS_EVERY) {
                beside();
            } else if has_backlog(board) && watch.trouble.with_untracked(Option::is_none) {
                board.reload();
            }
        });
    });
    Effect::new(move |before: Option<()>| {
        board.done.track();
        if before.is_some() {
            // The action may have completed a line of the checklist.
            readiness::reload(board);
            look();
        }
    });

    let acts = Acts::new(board.may_change, INTEGRATIONS.to_owned(), move || board.look());
    let ids = move || watch.list.with(|list| list.iter().map(|h| h.handover_id.clone()).collect::<Vec<_>>());
    let row = move |id: String| {
        let handover = Memo::new(move |before: Option<&Option<HandoverView>>| {
            let now = watch.list.with(|list| list.iter().find(|h| h.handover_id == id).cloned());
            // A row that has just left the list keeps its content until it is removed.
            now.or_else(|| before.cloned().flatten())
        });
        view! { <Handover acts handover /> }.into_any()
    };
    let empty = || {
        view! {
            <div class="card empty">
                <Icon glyph=Glyph::TRAY />
                <p class="strong">{t("No handovers yet")}</p>
                <p>
                    {t("When a conversation is handed over to a person, it appears here with its ticket. The list updates by itself.")}
                </p>
            </div>
        }
        .into_any()
    };
    let title = named([("id", TITLE.into()), ("tabindex", "-1".into())]);
    let news = named([("role", "status".into()), ("aria-live", "polite".into())]);

    view! {
        <section class="recent" {..named([("aria-labelledby", TITLE.into())])}>
            <div class="recent-head">
                <h2 {..title}>{t("Recent handovers")}</h2>
                <PageLink path=HANDOVERS.to_owned() label=t("All handovers") />
            </div>
            {when(
                move || board.readiness.with(|lines| readiness::handover_inactive(lines)),
                || view! { <Inactive /> }.into_any(),
            )}
            <p class="hidden" {..news}>{says(move || watch.news.get())}</p>
            <div {..named([("role", "status".into())])}>{shows(move || watch.trouble.get().map(|error| view! { <ListPaused error /> }.into_any()))}</div>
            {when(move || watch.list.with(Vec::is_empty) && watch.trouble.with(Option::is_none), empty)}
            <ul class="handovers">{each(ids, row)}</ul>
        </section>
    }
}
