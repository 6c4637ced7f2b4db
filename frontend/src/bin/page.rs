//! The page's module: makes what the server rendered live.

use hydration_context::HydrateSharedContext;
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called once by `start.js`, with the language of the page: a tag like `de-AT`, and its catalogue unless it is English.
/// Exported by name and not a wasm start function, so that loading and starting stay apart.
///
/// `hydrates`: the document holds what was sent. Else it is empty, and the page is rendered anew: with the data that came
/// with it if that is `known` to be what was sent, else with what the server says when asked again.
#[wasm_bindgen]
pub fn begin(locale: String, catalogue: Option<js_sys::Object>, hydrates: bool, known: bool) {
    app::text::speak(locale, catalogue);
    if hydrates {
        return leptos::mount::hydrate_body(app::App);
    }
    let owner =
        if known { Owner::new_root(Some(Arc::new(HydrateSharedContext::new()))) } else { Owner::new() };
    // Not `mount_to_body`: in a dev build it warns that this module can also hydrate.
    let mounted = owner
        .with(|| leptos::mount::mount_to_renderer(&leptos::tachys::dom::body(), || app::App().into_view()));
    if let Some(context) = owner.shared_context() {
        context.hydration_complete();
    }
    mounted.forget();
    std::mem::forget(owner);
}

/// Nothing: a binary needs one, and the browser calls [`begin`].
fn main() {}
