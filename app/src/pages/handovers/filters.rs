//! The filters: links and a form, so that they have addresses and work without WASM.

use super::asked::HandoverFilter;
use super::said;
use super::watch::HandoverFeed;
use super::zone;
use crate::components::button::Weight;
use crate::components::typed::{after_a_pause, follow_address, list_keys};
use crate::components::{Button, Glyph, Icon};
use crate::model::{FieldError, Progress};
use crate::routes::HANDOVERS;
use crate::text::{number, t, tf};
use crate::words;
use leptos::html::Input;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

/// The filters.
#[component]
pub(super) fn Filters(asked: Memo<HandoverFilter>, watch: HandoverFeed) -> impl IntoView {
    let tab = move |progress: Option<Progress>| {
        let count = move || watch.history.with(|history| history.counts.of(progress));
        let urgent = move || progress == Some(Progress::NeedsYou) && count() != 0;
        view! {
            <li>
                <a
                    href=move || asked.with(|asked| asked.this_far(progress).address())
                    aria-current=move || asked.with(|asked| asked.progress == progress).then_some("page")
                    class:tab-urgent=urgent
                >
                    {said::progress(progress)} " " <span class="tab-count">{move || number(count())}</span>
                </a>
            </li>
        }
    };
    view! {
        <div class="filters history-filters">
            <nav aria-label=t("Filter")>
                <ul class="tabs">
                    {tab(None)}
                    {Progress::ALL.map(|progress| tab(Some(progress))).into_iter().collect_view()}
                </ul>
            </nav>
            <Fields asked watch />
            <p class="quiet">
                {move || watch.zone.with(|zone| match zone {
                    Some(zone) => tf("Times and days are in your time zone, {zone}.", &[("zone", zone)]),
                    None => t("Times and days are in UTC."),
                })}
            </p>
        </div>
    }
}

#[component]
fn Fields(asked: Memo<HandoverFilter>, watch: HandoverFeed) -> impl IntoView {
    let navigate = use_navigate();
    let [search, from, to] = [(); 3].map(|()| NodeRef::<Input>::new());
    let go = move |step: bool| {
        let typed = |node: NodeRef<Input>| node.get_untracked().map(|it| it.value()).unwrap_or_default();
        let now = asked.with_untracked(|asked| asked.typed(&typed(search), &typed(from), &typed(to)));
        if asked.with_untracked(|asked| asked.first_page() != now) {
            // Typing must not add a history entry per letter.
            let options = NavigateOptions { replace: !step, scroll: false, ..NavigateOptions::default() };
            navigate(&now.address(), options);
        }
    };
    list_keys(search, ".attempts > summary");
    let later = {
        let go = go.clone();
        after_a_pause(move || go(false))
    };
    follow_address(search, move || asked.with(|asked| asked.search.clone()));
    follow_address(from, move || asked.with(|asked| asked.from.clone()));
    follow_address(to, move || asked.with(|asked| asked.to.clone()));
    let errors = Memo::new(move |_| asked.with(|asked| asked.query(None).err().unwrap_or_default()));
    let first = asked.get_untracked();
    let (submitted, picked) = (go.clone(), go.clone());
    view! {
        <form
            class="history-fields"
            role="search"
            method="get"
            action=HANDOVERS
            on:submit=move |event| {
                event.prevent_default();
                submitted(true);
            }
        >
            {move || asked.with(|asked| asked.progress).map(|progress| view! {
                <input type="hidden" name="progress" value=progress.as_str() />
            })}
            {search_field(search, first.search, later)}
            {day_field("from", t("From"), from, first.from, errors, move || picked(true))}
            {day_field("to", t("To"), to, first.to, errors, move || go(true))}
            <Button label=t("Filter") weight=Weight::Plain />
            <Spans asked watch />
        </form>
    }
}

fn search_field(node: NodeRef<Input>, value: String, typed: impl Fn() + 'static) -> AnyView {
    view! {
        <div class="search">
            <label class="field-label" for="search">{t("Shopper or ticket")}</label>
            <div class="search-in">
                <Icon glyph=Glyph::SEARCH />
                <input
                    class="input"
                    node_ref=node
                    id="search"
                    name="search"
                    type="search"
                    maxlength="200"
                    placeholder=t("Name, email or #123")
                    autocomplete="off"
                    value=value
                    on:input=move |_| typed()
                />
            </div>
        </div>
    }
    .into_any()
}

fn day_field(
    id: &'static str,
    label: String,
    node: NodeRef<Input>,
    value: String,
    errors: Memo<Vec<FieldError>>,
    picked: impl Fn() + 'static,
) -> AnyView {
    let error = move || errors.with(|errors| said_at(errors, id));
    view! {
        <div class="field day-field">
            <label class="field-label" for=id>{label}</label>
            <input
                class="input"
                node_ref=node
                id=id
                name=id
                type="date"
                autocomplete="off"
                value=value
                aria-invalid=move || error().is_some().then_some("true")
                aria-describedby=format!("{id}-error")
                on:change=move |_| picked()
            />
            <p class="field-error" id=format!("{id}-error") hidden=move || error().is_none()>
                <Icon glyph=Glyph::WARNING />
                <span>{error}</span>
            </p>
        </div>
    }
    .into_any()
}

/// Links to the last day, week and month.
#[component]
fn Spans(asked: Memo<HandoverFilter>, watch: HandoverFeed) -> impl IntoView {
    let today = move || {
        let last = watch.history.with(|history| history.days.last().map(|day| day.day));
        // The days arrive a little later than the zone.
        last.map(|last| if watch.zone.with(Option::is_some) { zone::today() } else { last })
    };
    let span = move |label: String, days: i64| {
        let of =
            move || today().map(|today| asked.with(|asked| asked.of_days(Some(today.later(1 - days)), None)));
        let chosen =
            move || of().is_some_and(|of| asked.with(|asked| asked.from == of.from && asked.to.is_empty()));
        view! {
            <li>
                <a
                    class="link"
                    href=move || of().map(|asked| asked.address()).unwrap_or_default()
                    aria-current=move || chosen().then_some("page")
                >
                    {label}
                </a>
            </li>
        }
    };
    view! {
        <Show when=move || today().is_some()>
            <ul class="spans" aria-label=t("Days")>
                {span(t("Today"), 1)} {span(t("7 days"), 7)} {span(t("30 days"), 30)}
                <li>
                    <a class="link" href=move || asked.with(|asked| asked.of_days(None, None).address())>{t("Any day")}</a>
                </li>
            </ul>
        </Show>
    }
}

fn said_at(errors: &[FieldError], field: &str) -> Option<String> {
    let errors = errors.iter().filter(|error| error.field == field).cloned().collect();
    words::field_errors(errors).pop().map(|error| error.message)
}
