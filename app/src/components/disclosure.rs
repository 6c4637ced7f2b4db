//! A `<details>` that opens above the page, like a menu.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Closes it. The focus stays where it is.
pub fn close(details: NodeRef<html::Details>) {
    if let Some(details) = details.get_untracked() {
        let _ = details.remove_attribute("open");
    }
}

/// Returns a handler of keys: Escape closes it and moves the focus to its summary.
pub fn closes_by_escape(details: NodeRef<html::Details>) -> impl Fn(leptos::ev::KeyboardEvent) + Clone {
    move |event| {
        if event.key() != "Escape" {
            return;
        }
        close(details);
        let summary = details.get_untracked().and_then(|details| details.first_element_child());
        if let Some(summary) = summary.and_then(|summary| summary.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = summary.focus();
        }
    }
}
