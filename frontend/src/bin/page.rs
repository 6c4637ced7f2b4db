//! The page's module: makes what the server rendered live.

use wasm_bindgen::prelude::wasm_bindgen;

/// Called once by `start.js`. Exported by name and not a wasm start function, so that loading and starting stay apart.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(app::App);
}

/// Nothing: a binary needs one, and the browser calls [`hydrate`].
fn main() {}
