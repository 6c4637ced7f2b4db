//! A modal on the native `<dialog>`: the browser keeps the focus inside and gives it back.

use super::{Glyph, Icon, Live, Place, named};
use crate::text::t;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Closes the dialog around it. From context, inside of one.
#[derive(Clone, Copy)]
pub struct DialogHandle(NodeRef<html::Dialog>);

impl DialogHandle {
    /// The handle of the dialog around.
    pub fn current() -> Self {
        use_context().unwrap_or_else(|| Self(NodeRef::new()))
    }

    /// Closes it; a dialog that is gone is closed already.
    pub fn close(self) {
        if let Some(Some(dialog)) = self.0.try_get_untracked() {
            dialog.close();
        }
    }
}

/// A modal dialog that is open as long as it is there. Closed by Escape, its buttons and a press beside it.
#[component]
pub fn Dialog(
    /// The id of its heading.
    id: &'static str,
    /// Its heading.
    title: String,
    /// The id of a text that belongs to its name, for a question.
    #[prop(optional)]
    described_by: Option<&'static str>,
    /// When it has been closed, by whatever: take it away.
    on_close: Callback<()>,
    /// What is in it.
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let handle = DialogHandle(node);
    provide_context(handle);
    // Sent by the server it is open without a script, but not modal: only a script can make it so.
    let sent_open = !Live::current().get_untracked();
    let place = Place::current();
    Effect::new(move |_| {
        if let Some(dialog) = node.get() {
            show(&dialog, place);
        }
    });

    // A press must begin and end beside it: selecting text in a field and letting go outside is none.
    let began_beside = StoredValue::new(false);
    let beside = move |event: &web_sys::Event| {
        let dialog = node.get_untracked();
        dialog.is_some_and(|dialog| event.target().is_some_and(|target| target == *dialog.unchecked_ref()))
    };
    let clicked = move |event: leptos::ev::MouseEvent| {
        if began_beside.get_value() && beside(&event) {
            handle.close();
        }
    };

    let attributes = named([
        ("open", sent_open.into()),
        ("aria-labelledby", id.into()),
        ("aria-describedby", described_by.into()),
    ]);
    view! {
        <dialog
            class="dialog"
            {..attributes}
            node_ref=node
            on:close=move |_| on_close.run(())
            on:pointerdown=move |event| began_beside.set_value(beside(&event))
            on:click=clicked
        >
            <div class="dialog-card">
                <header class="dialog-head">
                    <h2 {..named([("id", id.into())])}>{title}</h2>
                    <form {..named([("method", "dialog".into())])}>
                        <button class="icon-button" {..named([("aria-label", t("Close").into())])}>
                            <Icon glyph=Glyph::CROSS />
                        </button>
                    </form>
                </header>
                {children()}
            </div>
        </dialog>
    }
}

/// Shows it as a modal. One that is there already has perhaps been typed into: the focus stays where it was.
fn show(dialog: &web_sys::HtmlDialogElement, place: Place) {
    // A script has shown it before the module had come.
    if dialog.matches(":modal").unwrap_or_default() {
        return;
    }
    let focused = place.active().filter(|element| dialog.contains(Some(element)));
    // Not `close()`, which would say that it was closed.
    let _ = dialog.remove_attribute("open");
    let _ = dialog.show_modal();
    let first = || dialog.query_selector("[data-first]").ok().flatten();
    if let Some(element) = focused.or_else(first).and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = element.focus();
    }
}
