//! The page's module: makes what the server rendered live.

use wasm_bindgen::prelude::wasm_bindgen;

/// Called once by `start.js`, with the language of the page: a tag like `de-AT`, and its catalogue unless it is English.
/// Exported by name and not a wasm start function, so that loading and starting stay apart.
#[wasm_bindgen]
pub fn hydrate(locale: String, catalogue: Option<js_sys::Object>) {
    app::text::speak(locale, catalogue);
    leptos::mount::hydrate_body(app::App);
}

/// Nothing: a binary needs one, and the browser calls [`hydrate`].
fn main() {}
