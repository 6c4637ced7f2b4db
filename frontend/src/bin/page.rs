//! The page's module: hydrates what the server rendered.

use hydration_context::HydrateSharedContext;
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen::prelude::wasm_bindgen;

/// Starts the page. Called once by `start.js`, with the page's language (a tag like `de-AT`) and its catalogue, unless
/// it is English. It is an exported function instead of a WASM start function, so that loading and starting are
/// separate.
///
/// `hydrates` means that the document contains what was sent. Otherwise it is empty, and the page is rendered again:
/// with the data that came with it if that is `known` to be what was sent, else with fresh data from the server.
#[wasm_bindgen]
pub fn begin(locale: String, catalogue: Option<js_sys::Object>, hydrates: bool, known: bool) {
    app::text::speak(locale, catalogue);
    if hydrates {
        return leptos::mount::hydrate_body(app::App);
    }
    let owner =
        if known { Owner::new_root(Some(Arc::new(HydrateSharedContext::new()))) } else { Owner::new() };
    // `mount_to_body` would warn in a dev build that this module can also hydrate.
    let mounted = owner
        .with(|| leptos::mount::mount_to_renderer(&leptos::tachys::dom::body(), || app::App().into_view()));
    if let Some(context) = owner.shared_context() {
        context.hydration_complete();
    }
    mounted.forget();
    std::mem::forget(owner);
}

/// Empty: a binary needs a main function, but the browser calls [`begin`].
fn main() {}
