//! The list of conversations.

mod asked;
mod row;
mod watch;

use crate::api;
use crate::components::button::Weight;
use crate::components::once::{once, whole};
use crate::components::poll::while_visible;
use crate::components::typed::{after_a_pause, follow_address, list_keys};
use crate::components::{Button, Glyph, Icon, Live, PageLink, Trouble};
use crate::model::{CallError, ConversationPage, ConversationState};
use crate::routes::{ABILITIES, CONVERSATIONS, SIGN_IN};
use crate::storefront::Storefront;
use crate::text::{t, tf};
use asked::ConversationListQuery;
use leptos::html::Input;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use row::ConversationRow;
pub(super) use row::{Avatar, StateBadge, TicketState};
use watch::ConversationFeed;

/// The page.
#[component]
pub fn ConversationsPage() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(ConversationListQuery::read));
    // Loaded once. Later the list is updated in place, so that a field being typed in keeps the focus.
    let first =
        Resource::new_blocking(|| (), move |()| api::conversations::list(asked.get_untracked().page()));
    view! {
        <Title text=t("Conversations · Convi") />
        <div class="page">
            <h1>{t("Conversations")}</h1>
            <p class="lead">
                {t("What shoppers ask in your shop's chat. Read along, reply yourself, or hand a conversation over to your team.")}
            </p>
            <Suspense fallback=|| view! { <p class="loading" role="status">{t("Loading…")}</p> }>
                {once(move || Suspend::new(async move { whole(view! { <Content first=first.await asked /> }.into_any()) }))}
            </Suspense>
        </div>
    }
}

#[component]
fn Content(first: Result<ConversationPage, CallError>, asked: Memo<ConversationListQuery>) -> impl IntoView {
    let watch = ConversationFeed::new(first, asked);
    Effect::new(move |before: Option<()>| {
        asked.track();
        if before.is_some() {
            watch.load();
        }
    });
    Effect::new(move |_| while_visible(move || watch.look()));
    Live::current().begin();

    let row = move |id: String| view! { <ConversationRow item=watch.feed.entry(id) /> };
    view! {
        <Show when=move || watch.inactive.get()>
            <Inactive />
        </Show>
        <Filters asked />
        <p class="hidden" role="status" aria-live="polite">{move || watch.feed.news.get()}</p>
        <div role="status">{move || watch.feed.trouble.get().map(|error| view! { <Paused error /> })}</div>
        <div class="conversations-around" aria-busy=move || if watch.feed.loading.get() { "true" } else { "false" }>
            <Show when=move || watch.feed.list.with(Vec::is_empty) && watch.feed.trouble.with(Option::is_none)>
                {move || asked.with(|asked| view! { <Nothing asked=asked.clone() /> })}
            </Show>
            <ul class="conversations" aria-label=t("Conversations")>
                <For each=move || watch.feed.ids() key=|id| id.clone() children=row />
            </ul>
            <Show when=move || watch.feed.next.with(Option::is_some)>
                <More watch asked />
            </Show>
        </div>
    }
}

/// A button that appends the next page. Without WASM, the next page replaces this one.
#[component]
fn More(watch: ConversationFeed, asked: Memo<ConversationListQuery>) -> impl IntoView {
    let field = |name: &'static str, value: Option<String>| {
        value.map(|value| view! { <input type="hidden" name=name value=value /> })
    };
    view! {
        <form
            class="more"
            method="get"
            action=CONVERSATIONS
            on:submit=move |event| {
                event.prevent_default();
                watch.show_more();
            }
        >
            {move || asked.with(|asked| {
                let search = Some(asked.search.clone()).filter(|search| !search.is_empty());
                (field("state", asked.state.map(|state| state.as_str().to_owned())), field("search", search))
            })}
            {move || field("cursor", watch.feed.next.get())}
            <Button label=t("Show more") weight=Weight::Plain busy=watch.feed.more />
        </form>
    }
}

/// Explains why a merchant may miss a ticket, where they look for it.
#[component]
pub(in crate::pages) fn Inactive() -> impl IntoView {
    view! {
        <div class="note note-attention">
            <Icon glyph=Glyph::WARNING />
            <p>
                {t("Handover to human is inactive, so nothing is handed over automatically.")} " "
                <PageLink path=ABILITIES.to_owned() label=t("Train → Abilities") />
            </p>
        </div>
    }
}

/// The filters and the search. They are links and a form, so they have addresses and work without WASM.
#[component]
fn Filters(asked: Memo<ConversationListQuery>) -> impl IntoView {
    let navigate = use_navigate();
    let node = NodeRef::<Input>::new();
    let go = move || {
        let Some(input) = node.get_untracked() else { return };
        let now = asked.with_untracked(|asked| asked.searching(&input.value()));
        if asked.with_untracked(|asked| *asked != now) {
            // Typing must not add a history entry per letter.
            navigate(
                &now.address(),
                NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() },
            );
        }
    };
    list_keys(node, ".conversation-name a");
    let later = after_a_pause(go.clone());
    follow_address(node, move || asked.with(|asked| asked.search.clone()));
    let tab = move |state: Option<ConversationState>, label: String| {
        view! {
            <li>
                <a
                    href=move || asked.with(|asked| asked.in_state(state).address())
                    aria-current=move || asked.with(|asked| asked.state == state).then_some("page")
                >
                    {label}
                </a>
            </li>
        }
    };
    view! {
        <div class="filters">
            <nav aria-label=t("Filter")>
                <ul class="tabs">
                    {tab(None, t("All"))}
                    {ConversationState::ALL.map(|state| tab(Some(state), t(state.label()))).into_iter().collect_view()}
                </ul>
            </nav>
            <form
                class="search"
                role="search"
                method="get"
                action=CONVERSATIONS
                on:submit=move |event| {
                    event.prevent_default();
                    go();
                }
            >
                {move || asked.with(|asked| asked.state).map(|state| view! {
                    <input type="hidden" name="state" value=state.as_str() />
                })}
                <label class="hidden" for="search">{t("Search conversations")}</label>
                <Icon glyph=Glyph::SEARCH />
                <input
                    class="input"
                    node_ref=node
                    id="search"
                    name="search"
                    type="search"
                    maxlength="200"
                    placeholder=t("Messages, names, emails, #123")
                    autocomplete="off"
                    value=asked.with_untracked(|asked| asked.search.clone())
                    on:input=move |_| later()
                />
            </form>
        </div>
    }
}

/// An empty list, with what to do next.
#[component]
fn Nothing(asked: ConversationListQuery) -> impl IntoView {
    if asked == ConversationListQuery::default() {
        let how = match use_context::<Storefront>() {
            Some(Storefront::Demo) => view! {
                <p>{t("Try it as a shopper. Open the demo shop and write something in its chat: the conversation appears here.")}</p>
                <a class="button button-primary" href="/demo/store" rel="external">{t("Open the demo shop")}</a>
            }
            .into_any(),
            Some(Storefront::Tag(tag)) => view! {
                <p>
                    {t("Add Convi's chat to your shop by pasting these lines into every page. When a shopper writes, the conversation appears here.")}
                </p>
                <code class="snippet">{tag}</code>
            }
            .into_any(),
            None => ().into_any(),
        };
        return view! {
            <div class="card empty">
                <Icon glyph=Glyph::CHAT />
                <p class="strong">{t("No conversations yet")}</p>
                {how}
            </div>
        }
        .into_any();
    }
    let what = match (asked.state, asked.search.as_str()) {
        (Some(state), "") => {
            tf("No conversations with the status “{state}”.", &[("state", &t(state.label()))])
        }
        (Some(state), search) => tf(
            "No results for “{search}” with the status “{state}”.",
            &[("search", &crate::words::plain(search)), ("state", &t(state.label()))],
        ),
        (None, search) => tf("No results for “{search}”.", &[("search", &crate::words::plain(search))]),
    };
    // A filter is easily forgotten while searching.
    let filtered = asked.state.is_some() && !asked.search.is_empty();
    let everywhere = filtered.then(|| asked.in_state(None).address());
    view! {
        <div class="card empty">
            <Icon glyph=Glyph::SEARCH />
            <p class="strong"><bdi>{what}</bdi></p>
            {everywhere.map(|address| view! {
                <p><a class="link" href=address>{t("Search all conversations")}</a></p>
            })}
            <p><a class="link" href=CONVERSATIONS>{t("Show all conversations")}</a></p>
        </div>
    }
    .into_any()
}

/// Returns the empty lists of a new shop and of a search, for the page of components.
#[cfg(feature = "ssr")]
pub(in crate::pages) fn empty_samples() -> [AnyView; 2] {
    let search = ConversationListQuery { search: "invoice".to_owned(), ..ConversationListQuery::default() };
    [ConversationListQuery::default(), search].map(|asked| view! { <Nothing asked /> }.into_any())
}

/// Why the list is not updating.
#[component]
fn Paused(error: CallError) -> impl IntoView {
    match error {
        CallError::Offline => view! {
            <p class="note">{t("You are offline. The list updates again when you are back online.")}</p>
        }
        .into_any(),
        CallError::SignedOut => view! {
            <p class="note">
                {crate::words::error(&error)} " " <a class="link" href=SIGN_IN rel="external">{t("Sign in")}</a>
            </p>
        }
        .into_any(),
        error => view! { <Trouble error /> }.into_any(),
    }
}
