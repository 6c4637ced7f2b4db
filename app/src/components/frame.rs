//! The frame around every page: navigation, the signed-in viewer and messages.

use super::ago::provide_ticks;
use super::menu::Chosen;
use super::once::once;
use super::{Glyph, Icon, LanguageChoice, OutageBar, OutageMark, Outages, ToastRegion, Toasts, UserMenu};
use crate::api;
use crate::model::{CallError, Outage, Viewer};
use crate::notice::Notice;
use crate::routes::{ABILITIES, CONVERSATIONS, HANDOVERS, INTEGRATIONS, NOTIFICATIONS, SIGN_IN};
use crate::text::t;
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::{use_location, use_query_map};

/// The viewer. Pages wait for it before they show controls that change something.
pub type ViewerResource = Resource<Result<Viewer, CallError>>;

/// The frame.
#[component]
pub fn Frame(
    /// The page.
    children: Children,
) -> impl IntoView {
    let path = use_location().pathname;
    let signing_in = Memo::new(move |_| path.with(|path| path == SIGN_IN));
    let viewer: ViewerResource = Resource::new_blocking(
        move || signing_in.get(),
        |signing_in| async move {
            if signing_in { Err(CallError::SignedOut) } else { api::session::current_viewer().await }
        },
    );
    provide_context(viewer);
    provide_ticks();
    // A page also works without them.
    let found = Resource::new_blocking(
        move || signing_in.get(),
        |signing_in| async move {
            if signing_in { Vec::new() } else { api::outages::list().await.unwrap_or_default() }
        },
    );
    let outages = Outages::watch(signing_in);
    let chosen = StoredValue::new(Chosen::current());
    let notice = use_query_map().with_untracked(|query| query.get("notice"));
    Toasts::provide(notice.as_deref().and_then(Notice::from_name).map(Notice::sentence));
    Effect::new(|_| forget_query());

    view! {
        // Left to the browser: the router would scroll there without moving the focus.
        <a class="skip" href="#content" rel="external">{t("Skip to content")}</a>
        <div class="frame" class:frame-bare=move || signing_in.get()>
            <Show when=move || !signing_in.get()>
                <header class="side">
                    <Brand />
                    <nav class="nav" aria-label=t("Main")>
                        <ul>
                            <li>
                                <A href=CONVERSATIONS>
                                    <Icon glyph=Glyph::CHAT />
                                    {t("Conversations")}
                                </A>
                            </li>
                            <li>
                                <A href=HANDOVERS>
                                    <Icon glyph=Glyph::TICKET />
                                    {t("Handovers")}
                                </A>
                            </li>
                        </ul>
                        <p class="nav-group" id="nav-train">{t("Train")}</p>
                        <ul aria-labelledby="nav-train">
                            <li>
                                <A href=ABILITIES>
                                    <Icon glyph=Glyph::SPARK />
                                    {t("Abilities")}
                                </A>
                            </li>
                        </ul>
                        <p class="nav-group" id="nav-settings">{t("Settings")}</p>
                        <ul aria-labelledby="nav-settings">
                            <li>
                                // Exact, because the handovers are below it and have a line of their own.
                                <A href=INTEGRATIONS exact=true>
                                    <Icon glyph=Glyph::PLUG />
                                    {t("Integrations")}
                                    {aside(found, move |first| view! { <OutageMark outages first /> }.into_any())}
                                </A>
                            </li>
                            <li>
                                <A href=NOTIFICATIONS>
                                    <Icon glyph=Glyph::BELL />
                                    {t("Notifications")}
                                </A>
                            </li>
                        </ul>
                    </nav>
                    <Suspense>
                        {once(move || Suspend::new(async move {
                            viewer.await.ok().map(|viewer| view! {
                                <UserMenu viewer chosen=chosen.get_value() />
                            })
                        }))}
                    </Suspense>
                </header>
            </Show>
            <div class="beside">
                {aside(found, move |first| view! { <OutageBar outages first /> }.into_any())}
                <main class="main" id="content" tabindex="-1">
                    {children()}
                </main>
            </div>
            <Show when=move || signing_in.get()>
                <LanguageChoice />
            </Show>
        </div>
        <ToastRegion />
    }
}

/// Shows what the page was sent with, once that has arrived.
fn aside(
    found: Resource<Vec<Outage>>,
    view: impl Fn(Vec<Outage>) -> AnyView + Copy + Send + Sync + 'static,
) -> AnyView {
    view! { <Suspense>{once(move || Suspend::new(async move { view(found.await) }))}</Suspense> }.into_any()
}

/// The logo: two bubbles that share an edge, for the chat and the person it is handed over to.
#[component]
pub fn Brand() -> impl IntoView {
    view! {
        <p class="brand">
            <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
                <path class="brand-back" d="M12 4h9a8 8 0 0 1 0 16h-1V16a6 6 0 0 0-6-6H6.2A8 8 0 0 1 12 4Z" />
                <path
                    class="brand-front"
                    d="M10 12h4a4 4 0 0 1 4 4v4a4 4 0 0 1-4 4h-3l-5 4v-4.6A6 6 0 0 1 4 20v-2a6 6 0 0 1 6-6Z"
                />
            </svg>
            "Convi"
        </p>
    }
}

/// Removes one-time parameters from the address, so that a reload does not show them again. Bypasses the router, which
/// would render the page again.
fn forget_query() {
    let location = location();
    if let (Ok(search), Ok(path), Ok(history)) = (location.search(), location.pathname(), window().history())
        && let Some(kept) = without_shown(&search)
    {
        let _ =
            history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&format!("{path}{kept}")));
    }
}

/// Returns the query without its one-time parameters, or `None` if it has none.
fn without_shown(search: &str) -> Option<String> {
    const SHOWN: [&str; 5] = ["notice", "connect", "disconnect", "configure", "error"];
    let pairs = search.trim_start_matches('?').split('&').filter(|pair| !pair.is_empty());
    let (shown, kept): (Vec<_>, Vec<_>) =
        pairs.partition(|pair| SHOWN.contains(&pair.split('=').next().unwrap_or_default()));
    let kept = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    (!shown.is_empty()).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::without_shown;

    #[test]
    fn without_shown_keeps_filters_and_drops_notices() {
        assert_eq!(without_shown("?notice=sent").as_deref(), Some(""));
        assert_eq!(
            without_shown("?state=failed&notice=retried&search=a%26b").as_deref(),
            Some("?state=failed&search=a%26b")
        );
        assert_eq!(without_shown("?state=failed&search=notice"), None);
        assert_eq!(without_shown(""), None);
    }
}
