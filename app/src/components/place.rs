//! Where in the document this app stands: the whole of it, or a shadow root in somebody else's page.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement, ShadowRoot};

/// Finds elements where the app stands. From context; without one it stands in the document.
#[derive(Clone, Copy)]
pub struct Place(Option<StoredValue<ShadowRoot, LocalStorage>>);

impl Place {
    /// The whole document.
    pub const DOCUMENT: Self = Self(None);

    /// Puts it into context: the app stands in this root.
    pub fn provide(root: ShadowRoot) {
        provide_context(Self(Some(StoredValue::new_local(root))));
    }

    /// From context.
    pub fn current() -> Self {
        use_context().unwrap_or(Self::DOCUMENT)
    }

    /// The element with this id.
    pub fn element(self, id: &str) -> Option<Element> {
        match self.0 {
            Some(root) => root.try_get_value()?.get_element_by_id(id),
            None => document().get_element_by_id(id),
        }
    }

    /// The first element that this selector finds.
    pub fn find(self, selector: &str) -> Option<Element> {
        let found = match self.0 {
            Some(root) => root.try_get_value()?.query_selector(selector),
            None => document().query_selector(selector),
        };
        found.ok().flatten()
    }

    /// The element that has the focus.
    pub fn active(self) -> Option<Element> {
        match self.0 {
            Some(root) => root.try_get_value()?.active_element(),
            None => document().active_element(),
        }
    }

    /// The root element, or in a shadow root the box of the panel.
    pub fn outermost(self) -> Option<Element> {
        match self.0 {
            Some(_) => self.find(".convi"),
            None => document().document_element(),
        }
    }

    /// Whether nothing on the page has the focus, for example because what had it was removed.
    pub fn focus_is_lost() -> bool {
        document().active_element().is_none_or(|element| element.tag_name() == "BODY")
    }

    /// Moves the focus to the element with this id, and says whether there is one.
    pub fn focus(self, id: &str) -> bool {
        let element = self.element(id).and_then(|element| element.dyn_into::<HtmlElement>().ok());
        element.is_some_and(|element| element.focus().is_ok())
    }
}

/// Brings an element into view and moves nothing that is seen already: from a frame the page around would move too. By
/// reflection: the typed call would need more of `web-sys` for one option.
pub fn bring_into_view(element: &Element) {
    let options = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&options, &"block".into(), &"nearest".into());
    let scroll = js_sys::Reflect::get(element, &JsValue::from_str("scrollIntoView"));
    if let Some(scroll) = scroll.ok().and_then(|it| it.dyn_into::<js_sys::Function>().ok()) {
        let _ = scroll.call1(element, &options);
    }
}
