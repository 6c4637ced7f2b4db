//! The part of the document that the app occupies: all of it, or a shadow root in another page.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement, ShadowRoot};

/// Finds elements within the app. It comes from context; without one, the app occupies the whole document.
#[derive(Clone, Copy)]
pub struct Place(Option<StoredValue<ShadowRoot, LocalStorage>>);

impl Place {
    /// The whole document.
    pub const DOCUMENT: Self = Self(None);

    /// Provides a shadow root in context as the app's place.
    pub fn provide(root: ShadowRoot) {
        provide_context(Self(Some(StoredValue::new_local(root))));
    }

    /// Returns the place from context.
    pub fn current() -> Self {
        use_context().unwrap_or(Self::DOCUMENT)
    }

    /// Returns the element with this id.
    pub fn element(self, id: &str) -> Option<Element> {
        match self.0 {
            Some(root) => root.try_get_value()?.get_element_by_id(id),
            None => document().get_element_by_id(id),
        }
    }

    /// Returns the first element that matches a selector.
    pub fn find(self, selector: &str) -> Option<Element> {
        let found = match self.0 {
            Some(root) => root.try_get_value()?.query_selector(selector),
            None => document().query_selector(selector),
        };
        found.ok().flatten()
    }

    /// Returns the focused element.
    pub fn active(self) -> Option<Element> {
        match self.0 {
            Some(root) => root.try_get_value()?.active_element(),
            None => document().active_element(),
        }
    }

    /// Returns the root element, or the panel's box in a shadow root.
    pub fn outermost(self) -> Option<Element> {
        match self.0 {
            Some(_) => self.find(".convi"),
            None => document().document_element(),
        }
    }

    /// Returns whether nothing has the focus, for example because the focused element was removed.
    pub fn focus_is_lost() -> bool {
        document().active_element().is_none_or(|element| element.tag_name() == "BODY")
    }

    /// Moves the focus to the element with this id. Returns whether it exists.
    pub fn focus(self, id: &str) -> bool {
        let element = self.element(id).and_then(|element| element.dyn_into::<HtmlElement>().ok());
        element.is_some_and(|element| element.focus().is_ok())
    }
}

/// Scrolls an element into view only if it is not visible yet, because a frame would scroll the host page too. Called
/// through reflection: the typed call would need more of `web-sys` for one option.
pub fn bring_into_view(element: &Element) {
    let options = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&options, &"block".into(), &"nearest".into());
    let scroll = js_sys::Reflect::get(element, &JsValue::from_str("scrollIntoView"));
    if let Some(scroll) = scroll.ok().and_then(|it| it.dyn_into::<js_sys::Function>().ok()) {
        let _ = scroll.call1(element, &options);
    }
}
