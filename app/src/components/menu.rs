//! The menu at the viewer's name: theme, language, help and sign-out.

use super::attributes::hidden;
use super::disclosure::{close, closes_by_escape};
use super::{Glyph, Icon};
use crate::model::Viewer;
use crate::routes::{HELP, LANGUAGE, SIGN_OUT, THEME};
use crate::storefront::Storefront;
use crate::text::{self, Language, t};
use crate::theme::ThemeChoice;
use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use serde::{Deserialize, Serialize};

/// What the server chose for this page, the same on both sides.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Chosen {
    language: String,
    theme: ThemeChoice,
}

impl Chosen {
    /// Reads it from the server's context, then from what the server sent. Not inside of anything that waits: the
    /// values are numbered in the order in which they are made.
    pub fn current() -> Self {
        let now = || Self {
            language: text::language().code().to_owned(),
            theme: use_context::<ThemeChoice>().unwrap_or_default(),
        };
        SharedValue::new(now).into_inner()
    }
}

/// The menu. Its choices are plain forms even with WASM, because they change the whole page.
#[component]
pub fn UserMenu(
    /// The person who is signed in.
    viewer: Viewer,
    /// The current language and theme.
    chosen: Chosen,
) -> impl IntoView {
    let here = use_location().pathname;
    let Chosen { language: code, theme } = chosen;
    let is_demo = use_context::<Storefront>() == Some(Storefront::Demo);
    let node = NodeRef::<html::Details>::new();
    // A click on a link of the router leaves the page in place.
    Effect::new(move |_| {
        here.track();
        close(node);
    });
    // A press beside closes it, as in every menu.
    Effect::new(move |_| {
        let pressed = window_event_listener(leptos::ev::pointerdown, move |event| {
            use wasm_bindgen::JsCast;
            let target = event.target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
            if let Some(details) = node.get_untracked()
                && !details.contains(target.as_ref())
            {
                close(node);
            }
        });
        on_cleanup(move || pressed.remove());
    });
    let themes = ThemeChoice::ALL.map(|it| choice("theme", it.name(), t(it.label()), it == theme, None));
    let languages = Language::ALL
        .map(|it| choice("language", it.code(), it.name().to_owned(), it.code() == code, Some(it.code())));
    view! {
        <details class="viewer" node_ref=node on:keydown=closes_by_escape(node)>
            <summary>
                <span class="viewer-name"><bdi>{viewer.name}</bdi></span>
                <span class="viewer-shop">
                    <bdi>{viewer.merchant}</bdi>" · "{t(viewer.role.label())}
                </span>
            </summary>
            <div class="menu">
                <form method="post" action=THEME>
                    <input type="hidden" name="to" value=here />
                    <p class="menu-title" id="menu-theme">{t("Theme")}</p>
                    <div class="menu-choices" role="group" aria-labelledby="menu-theme">
                        {themes.into_iter().collect_view()}
                    </div>
                </form>
                <form method="post" action=LANGUAGE>
                    <input type="hidden" name="to" value=here />
                    <p class="menu-title" id="menu-language">{t("Language")}</p>
                    <div class="menu-choices" role="group" aria-labelledby="menu-language">
                        {languages.into_iter().collect_view()}
                    </div>
                </form>
                <a class="menu-line" href=HELP>
                    <Icon glyph=Glyph::HELP />
                    {t("Common issues")}
                </a>
                // Everyone is signed in to the demo.
                {(!is_demo).then(|| view! {
                    <form method="post" action=SIGN_OUT>
                        <input {..hidden("intent", "sign-out")} />
                        <button class="menu-line">
                            <Icon glyph=Glyph::LEAVE />
                            {t("Sign out")}
                        </button>
                    </form>
                })}
            </div>
        </details>
    }
}

fn choice(
    name: &'static str,
    value: &'static str,
    label: String,
    chosen: bool,
    lang: Option<&'static str>,
) -> AnyView {
    view! {
        <button name=name value=value lang=lang aria-pressed=if chosen { "true" } else { "false" }>
            {label}
        </button>
    }
    .into_any()
}
