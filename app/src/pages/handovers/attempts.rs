//! The attempts of a handover, loaded when they are opened.

use super::said;
use crate::address::encoded;
use crate::api;
use crate::components::{Glyph, Icon, Live, Moment};
use crate::kept::Kept;
use crate::model::{Attempt, Attempts, CallError, HandoverView};
use crate::pages::integrations::delivery::title_id;
use crate::text::t;
use crate::words;
use leptos::html;
use leptos::prelude::*;

/// The attempts, once loaded.
pub(super) type KnownAttempts = Option<Result<Attempts, CallError>>;

/// The disclosure. Without WASM it contains a link that opens the page with the attempts.
#[component]
pub(super) fn AttemptsOf(
    handover: Memo<Option<HandoverView>>,
    /// The page's address with this handover opened.
    address: String,
    /// The attempts, if they are loaded and shown from the start.
    first: KnownAttempts,
) -> impl IntoView {
    let id = handover.with_untracked(|h| h.as_ref().map(|h| h.handover_id.clone())).unwrap_or_default();
    let about = title_id(&id);
    let address = format!("{address}#{}", encoded(&about));
    let open = first.is_some();
    let (known, opened) = (Kept::new(first), RwSignal::new(open));
    let node = NodeRef::<html::Details>::new();
    // Reload whenever the handover changes while its attempts are shown.
    Effect::new(move |before: Option<bool>| {
        handover.track();
        let is_open = opened.get();
        if is_open && (before.is_some() || known.with_untracked(Option::is_none)) {
            let id = id.clone();
            let had = known.with_untracked(Option::is_some);
            known.ask(async move {
                match api::handovers::attempts_of(id).await {
                    // Loaded attempts stay during a short network failure.
                    Err(error) if had => Err(error),
                    answer => Ok(Some(answer)),
                }
            });
        }
        is_open
    });
    let toggled = move |_| {
        if let Some(node) = node.get_untracked() {
            opened.set(node.has_attribute("open"));
        }
    };
    let live = Live::current();
    view! {
        <details class="attempts" node_ref=node open=open on:toggle=toggled>
            <summary>{t("All attempts")}<span class="hidden">" "<bdi>{move || handover.with(|h| h.as_ref().map(words::subject))}</bdi></span></summary>
            {move || match known.with(Clone::clone) {
                None if live.get() => view! { <p class="quiet" role="status">{t("Loading…")}</p> }.into_any(),
                None => view! { <p><a class="link" href=address.clone() rel="external">{t("Show all attempts")}</a></p> }.into_any(),
                Some(Err(error)) => view! { <p class="quiet">{words::error(&error)}</p> }.into_any(),
                Some(Ok(found)) => view! { <List attempts=found.attempts /> }.into_any(),
            }}
        </details>
    }
}

#[component]
pub(super) fn List(attempts: Vec<Attempt>) -> impl IntoView {
    if attempts.is_empty() {
        return view! { <p class="quiet">{t("No attempts yet.")}</p> }.into_any();
    }
    let line = |attempt: Attempt| {
        let (class, glyph) = match &attempt.outcome {
            None => ("attempt-answer", Glyph::CLOCK),
            Some(_) if said::went_well(&attempt) => ("attempt-answer attempt-good", Glyph::CHECK),
            Some(_) => ("attempt-answer", Glyph::DASH),
        };
        let (asked, came_back) = (said::asked(&attempt), said::came_back(&attempt));
        view! {
            <li>
                <Moment at=attempt.began_at />
                <span class="attempt-what">
                    <span class="strong">{asked}</span>
                    <span class=class><Icon glyph /><bdi>{came_back}</bdi></span>
                </span>
                <span class="attempt-took">{attempt.took_ms.map(said::duration)}</span>
            </li>
        }
    };
    view! { <ul>{attempts.into_iter().map(line).collect_view()}</ul> }.into_any()
}
