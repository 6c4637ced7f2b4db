//! Looking again and again while somebody looks too.

use leptos::prelude::*;
use std::time::Duration;

/// The contract promises a change on screen within 5 s.
const EVERY: Duration = Duration::from_secs(3);

/// Calls it every 3 s as long as the tab is shown, and at once when it is shown again. Until the component is gone.
///
/// In the component's owner, so that what it asks of the server finds the context.
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

/// Runs a change of a list and keeps the focus where it was: moving a row in the document takes the focus from what is
/// in it.
pub fn keeping_focus(change: impl FnOnce()) {
    let focused = document().active_element().map(|element| element.id()).filter(|id| !id.is_empty());
    change();
    let Some(id) = focused else { return };
    // The document follows the signal a moment later.
    request_animation_frame(move || {
        let lost = document().active_element().is_none_or(|element| element.tag_name() == "BODY");
        if lost && let Some(element) = document().get_element_by_id(&id) {
            focus_without_scrolling(&element);
        }
    });
}

/// By reflection: the typed call would need more of `web-sys` for one option.
fn focus_without_scrolling(element: &web_sys::Element) {
    use wasm_bindgen::{JsCast, JsValue};
    let options = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&options, &"preventScroll".into(), &JsValue::TRUE);
    let focus = js_sys::Reflect::get(element, &"focus".into()).ok();
    if let Some(focus) = focus.and_then(|focus| focus.dyn_into::<js_sys::Function>().ok()) {
        let _ = focus.call1(element, &options);
    }
}
