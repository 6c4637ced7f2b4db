//! The attempts of a handover, loaded when they are opened.

use super::said;
use crate::address::encoded;
use crate::api;
use crate::components::{Ago, Glyph, Icon, Live, TimeForm};
use crate::kept::Kept;
use crate::model::{Attempt, Attempts, CallError, DeliveryView, HandoverView};
use crate::pages::integrations::delivery::title_id;
use crate::text::{t, tf};
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
            <summary>{t("Timeline")}<span class="hidden">" "<bdi>{move || handover.with(|h| h.as_ref().map(words::subject))}</bdi></span></summary>
            {move || match known.with(Clone::clone) {
                None if live.get() => view! { <p class="quiet" role="status">{t("Loading…")}</p> }.into_any(),
                None => view! { <p><a class="link" href=address.clone() rel="external">{t("Show the timeline")}</a></p> }.into_any(),
                Some(Err(error)) => view! { <p class="quiet">{words::error(&error)}</p> }.into_any(),
                Some(Ok(found)) => handover.with(|handover| view! { <List attempts=found.attempts handover=handover.clone() /> }).into_any(),
            }}
        </details>
    }
}

/// What happened, oldest first: why it was handed over, every attempt, and where it is now.
#[component]
pub(super) fn List(
    attempts: Vec<Attempt>,
    /// Its handover. A sample has none.
    #[prop(optional_no_strip)]
    handover: Option<HandoverView>,
) -> impl IntoView {
    let line = |at: String, glyph: Glyph, good: bool, what: String, then: AnyView, took: Option<String>| {
        let class = if good { "event event-good" } else { "event" };
        view! {
            <li class=class>
                <span class="event-mark"><Icon glyph /></span>
                <span class="event-what">
                    <span class="strong"><bdi>{what}</bdi></span>
                    {then}
                </span>
                <span class="event-when">
                    <Ago at shown=TimeForm::Exact />
                    {took.map(|took| view! { <span>{took}</span> })}
                </span>
            </li>
        }
        .into_any()
    };
    let nothing = || ().into_any();
    let begins = handover.as_ref().map(|handover| {
        let what = tf(
            "{shopper}: {why}",
            &[("shopper", &words::shopper(handover)), ("why", &words::trigger(handover))],
        );
        line(handover.accepted_at.clone(), Glyph::PERSON, false, what, nothing(), None)
    });
    let none_yet = attempts.is_empty();
    let each = attempts.into_iter().rev().map(|attempt| {
        let good = said::went_well(&attempt);
        let glyph = match &attempt.outcome {
            None => Glyph::CLOCK,
            Some(_) if good => Glyph::CHECK,
            Some(_) => Glyph::DASH,
        };
        let then =
            view! { <span class="event-answer"><bdi>{said::came_back(&attempt)}</bdi></span> }.into_any();
        let took = attempt.took_ms.map(said::duration);
        line(attempt.began_at.clone(), glyph, good, said::asked(&attempt), then, took)
    });
    let now = handover.into_iter().flat_map(|handover| handover.deliveries).filter_map(|delivery| {
        let next = delivery.next_attempt_at.clone()?;
        let (_, state) = words::delivery(&DeliveryView { next_attempt_at: None, ..delivery });
        Some(line(next, Glyph::CLOCK, false, state, nothing(), None))
    });
    view! {
        <ol class="timeline">{begins}{each.collect_view()}{now.collect::<Vec<_>>()}</ol>
        {none_yet.then(|| view! { <p class="quiet">{t("No attempts yet.")}</p> })}
    }
}
