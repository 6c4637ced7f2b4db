//! Polling while the page is visible.

use leptos::prelude::*;
use std::time::Duration;

/// The contract promises that a change appears within 5 s.
const EVERY: Duration = Duration::from_secs(3);

/// Calls `look` every 3 s while the tab is visible, and at once when it becomes visible again, until the component is
/// removed.
///
/// Runs in the component's owner, so that its server calls find the context.
pub fn while_visible(look: impl Fn() + Clone + 'static) {
    let visible = || document().visibility_state() == web_sys::VisibilityState::Visible;
    let owner = Owner::current();
    let look = move || {
        if visible()
            && let Some(owner) = &owner
        {
            owner.with(&look);
        }
    };
    if let Ok(interval) = set_interval_with_handle(look.clone(), EVERY) {
        on_cleanup(move || interval.clear());
    }
    let shown = window_event_listener_untyped("visibilitychange", move |_| look());
    on_cleanup(move || shown.remove());
}

/// Changes a list without losing the focus. Moving a row in the document would take the focus away from the elements in
/// it.
pub fn keeping_focus(change: impl FnOnce()) {
    let focused = document().active_element().map(|element| element.id()).filter(|id| !id.is_empty());
    change();
    let Some(id) = focused else { return };
    // The document follows the signal in the next frame.
    request_animation_frame(move || {
        let lost = document().active_element().is_none_or(|element| element.tag_name() == "BODY");
        if lost && let Some(element) = document().get_element_by_id(&id) {
            focus_without_scrolling(&element);
        }
    });
}

/// Called through reflection: the typed call would need more of `web-sys` for one option.
fn focus_without_scrolling(element: &web_sys::Element) {
    use wasm_bindgen::{JsCast, JsValue};
    let options = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&options, &"preventScroll".into(), &JsValue::TRUE);
    let focus = js_sys::Reflect::get(element, &"focus".into()).ok();
    if let Some(focus) = focus.and_then(|focus| focus.dyn_into::<js_sys::Function>().ok()) {
        let _ = focus.call1(element, &options);
    }
}
