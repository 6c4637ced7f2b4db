//! The language of the page: chosen once, then kept in a cookie by the server.

use super::Button;
use super::button::Weight;
use crate::routes::LANGUAGE;
use crate::text::{self, Language, t};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// A plain form even with WASM, because changing the language loads another page.
#[component]
pub fn LanguageChoice() -> impl IntoView {
    let here = use_location().pathname;
    // Both sides use the language that the server chose: without its catalogue, the module would render English.
    let code = SharedValue::new(|| text::language().code().to_owned()).into_inner();
    let options = Language::ALL
        .into_iter()
        .map(|language| {
            view! {
                <option value=language.code() lang=language.code() selected=language.code() == code>
                    {language.name()}
                </option>
            }
        })
        .collect_view();
    view! {
        <footer class="language">
            <form method="post" action=LANGUAGE>
                <input type="hidden" name="to" value=here />
                <label for="language">{t("Language")}</label>
                <select class="input" id="language" name="language" autocomplete="off">{options}</select>
                <Button label=t("Change") weight=Weight::Quiet />
            </form>
        </footer>
    }
}
