//! Handovers: every handover with its state and its attempts.

mod asked;
mod attempts;
pub(in crate::pages) mod chart;
mod figures;
mod filters;
mod said;
#[cfg(feature = "ssr")]
pub(in crate::pages) mod samples;
mod watch;
mod zone;

use crate::api;
use crate::components::button::Weight;
use crate::components::poll::while_visible;
use crate::components::{Ago, Button, Glyph, Icon, Live, Post, Press, Trouble, page_content};
use crate::forms::{HandoversIntent, HandoversOutcome};
use crate::model::{CallError, HandoverPage, History};
use crate::pages::integrations::board::ONLY_LOOKING;
use crate::pages::integrations::delivery::Acts;
use crate::pages::integrations::handover::{Handover, ListPaused};
use crate::routes::HANDOVERS;
use crate::text::t;
use crate::words;
use asked::HandoverFilter;
use attempts::{AttemptsOf, KnownAttempts};
use chart::Charts;
use figures::Figures;
use filters::Filters;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use watch::HandoverFeed;

/// The id of the page's heading.
const TITLE: &str = "handovers-title";

/// What the page starts with.
#[derive(Clone)]
struct FirstHandovers {
    page: Result<HandoverPage, CallError>,
    history: History,
    attempts: KnownAttempts,
}

/// The page.
#[component]
pub fn HandoversPage() -> impl IntoView {
    // What a form posted without WASM left, from the request's context into the browser.
    let outcome = SharedValue::new(use_context::<HandoversOutcome>).into_inner();
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(HandoverFilter::read));
    // Loaded once. Later the list is updated in place, so that a field being typed in keeps the focus.
    let page = Resource::new_blocking(|| (), move |()| first_page(asked.get_untracked()));
    let history = Resource::new_blocking(|| (), |()| api::handovers::past(None));
    let attempts = Resource::new_blocking(
        || (),
        move |()| {
            let open = asked.with_untracked(|asked| asked.open.clone());
            async move {
                match open {
                    Some(id) => Some(api::handovers::attempts_of(id).await),
                    None => None,
                }
            }
        },
    );
    let content = page_content(move |may_change| {
        let trouble = outcome.clone().map(|HandoversOutcome(error)| error);
        async move {
            let (page, history, attempts) = (page.await, history.await, attempts.await);
            let first = FirstHandovers { page, history: history.unwrap_or_default(), attempts };
            Ok(view! { <Content first asked may_change trouble /> }.into_any())
        }
    });
    view! {
        <Title text=t("Handovers · Convi") />
        <div class="page page-history">
            <h1 id=TITLE tabindex="-1">{t("Handovers")}</h1>
            <p class="lead">
                {t("Every conversation handed over to your team, the ticket it became, and every attempt to create it.")}
            </p>
            {content}
        </div>
    }
}

async fn first_page(asked: HandoverFilter) -> Result<HandoverPage, CallError> {
    match asked.query(None) {
        Ok(query) => api::handovers::page(query).await,
        Err(errors) => {
            #[cfg(feature = "ssr")]
            if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
                response.set_status(http::StatusCode::BAD_REQUEST);
            }
            Err(CallError::Fields { errors })
        }
    }
}

#[component]
fn Content(
    first: FirstHandovers,
    asked: Memo<HandoverFilter>,
    may_change: bool,
    /// The error of a form posted without WASM.
    trouble: Option<CallError>,
) -> impl IntoView {
    let FirstHandovers { page, history, attempts } = first;
    let watch = HandoverFeed::new(page, history, asked);
    watch.follow();
    Effect::new(move |_| while_visible(move || watch.look()));
    Live::current().begin();

    let acts = Acts::new(may_change, asked.with_untracked(HandoverFilter::address), move || {
        watch.look();
        watch.count();
    });
    let opened = asked.with_untracked(|asked| asked.open.clone());
    let attempts = StoredValue::new(attempts);
    let row = move |id: String| {
        let address = asked.with_untracked(|asked| asked.opening(&id).address());
        // Only the first rows start with them.
        let first = (opened.as_ref() == Some(&id))
            .then(|| attempts.try_update_value(Option::take))
            .flatten()
            .flatten();
        let handover = watch.feed.entry(id);
        let below = view! { <AttemptsOf handover address first /> }.into_any();
        let at = move || handover.with(|h| h.as_ref().map(|h| h.accepted_at.clone()).unwrap_or_default());
        let time = view! { <Ago at=Signal::derive(at) /> }.into_any();
        view! { <Handover acts handover time below /> }
    };
    let days = Signal::derive(move || watch.history.with(|history| history.days.clone()));
    view! {
        {trouble.map(|error| view! { <Trouble error /> })}
        {(!may_change).then(|| view! {
            <p class="note" id=ONLY_LOOKING>
                {t("You can view everything here. Only owners and admins can change it.")}
            </p>
        })}
        // Before the first handover there is nothing to count.
        <Show when=move || days.with(|days| days.iter().any(|day| day.total() > 0))>
            <Figures history=watch.history />
            <Charts days />
        </Show>
        <section class="history-list" aria-labelledby="list-title">
            <div class="history-head">
                <h2 id="list-title">{t("All handovers")}</h2>
                <div class="history-actions">
                    <RetryFailed acts watch />
                    {move || watch.zone.with(|zone| asked.with(|asked| asked.csv(zone.as_deref()))).map(|address| view! {
                        // Not followed by the router, because the server answers with a file.
                        <a class="button" href=address download="handovers.csv" rel="external">{t("Download CSV")}</a>
                    })}
                </div>
            </div>
            <Filters asked watch />
            <p class="hidden" role="status" aria-live="polite">{move || watch.feed.news.get()}</p>
            <div role="status">{move || watch.feed.trouble.get().map(|error| view! { <Stands error /> })}</div>
            <Show when=move || asked.with(|asked| asked.cursor.is_some())>
                <p class="note">
                    {t("These are older handovers.")} " "
                    <a class="link" href=move || asked.with(|asked| asked.first_page().address())>{t("Back to newest")}</a>
                </p>
            </Show>
            <div class="conversations-around" aria-busy=move || if watch.feed.loading.get() { "true" } else { "false" }>
                <Show when=move || watch.feed.list.with(Vec::is_empty) && watch.feed.trouble.with(Option::is_none)>
                    {move || asked.with(|asked| {
                        let clear = asked.is_what_needs_you();
                        view! { <Nothing filtered=asked.is_filtered() clear /> }
                    })}
                </Show>
                <ul class="handovers" aria-labelledby="list-title">
                    <For each=move || watch.feed.ids() key=|id| id.clone() children=row />
                </ul>
                <Show when=move || watch.feed.next.with(Option::is_some)>
                    <More watch asked />
                </Show>
            </div>
        </section>
    }
}

/// Why the list is missing or not updating.
#[component]
fn Stands(error: CallError) -> impl IntoView {
    match error {
        CallError::Offline | CallError::SignedOut => view! { <ListPaused error /> }.into_any(),
        // Errors of fields are shown at the fields.
        CallError::Fields { .. } => {
            view! { <Trouble error=CallError::Fields { errors: Vec::new() } /> }.into_any()
        }
        error => view! { <Trouble error /> }.into_any(),
    }
}

/// The button that retries everything that failed, with the number.
#[component]
fn RetryFailed(acts: Acts, watch: HandoverFeed) -> impl IntoView {
    let press = Press::idle();
    let failed = Signal::derive(move || watch.history.with(|history| history.failed));
    let told = move |answer: Result<u64, CallError>| {
        match answer {
            Ok(n) => {
                acts.toasts.good(words::retried(n));
                // The button disappears once there is nothing left to retry.
                acts.place.focus(TITLE);
            }
            Err(error) => acts.toasts.bad(words::error(&error)),
        }
        acts.done.run(());
    };
    view! {
        <Show when=move || failed.get().ne(&0)>
            <Post
                to=acts.to.get_value()
                fields=vec![("intent", HandoversIntent::RetryFailed.name().to_owned())]
                on_post=Callback::new(move |()| press.ask(api::handovers::retry_failed(), told))
            >
                <Button
                    label=Signal::derive(move || said::retry_all(failed.get()))
                    weight=Weight::Plain
                    busy=press
                    disabled=!acts.may_change
                    described_by=(!acts.may_change).then(|| ONLY_LOOKING.to_owned())
                />
            </Post>
        </Show>
    }
}

/// A button that appends the next page. Without WASM, the next page replaces this one.
#[component]
fn More(watch: HandoverFeed, asked: Memo<HandoverFilter>) -> impl IntoView {
    let field = |name: &'static str, value: Option<String>| {
        value
            .filter(|value| !value.is_empty())
            .map(|value| view! { <input type="hidden" name=name value=value /> })
    };
    view! {
        <form
            class="more"
            method="get"
            action=HANDOVERS
            on:submit=move |event| {
                event.prevent_default();
                watch.show_more();
            }
        >
            {move || asked.with(|asked| (
                field("progress", asked.progress.map(|progress| progress.as_str().to_owned())),
                field("search", Some(asked.search.clone())),
                field("from", Some(asked.from.clone())),
                field("to", Some(asked.to.clone())),
            ))}
            {move || field("cursor", watch.feed.next.get())}
            <Button label=t("Show more") weight=Weight::Plain busy=watch.feed.more />
        </form>
    }
}

/// An empty list, with what to do next.
#[component]
fn Nothing(
    /// Whether any filter is set.
    filtered: bool,
    /// Whether the list would show what needs a person.
    #[prop(optional)]
    clear: bool,
) -> impl IntoView {
    if clear {
        return view! {
            <div class="card empty empty-clear">
                <Icon glyph=Glyph::CHECK />
                <p class="strong">{t("All clear")}</p>
                <p>{t("No handover needs you.")} " " <a class="link" href=HANDOVERS>{t("Show all handovers")}</a></p>
            </div>
        }
        .into_any();
    }
    if filtered {
        return view! {
            <div class="card empty">
                <Icon glyph=Glyph::SEARCH />
                <p class="strong">{t("No matching handovers")}</p>
                <p><a class="link" href=HANDOVERS>{t("Show all handovers")}</a></p>
            </div>
        }
        .into_any();
    }
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
}
