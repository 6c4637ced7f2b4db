//! A modal built on the native `<dialog>`: the browser traps the focus and restores it.

use super::{Glyph, Icon, Live, Place, named};
use crate::text::t;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Closes the dialog that contains the caller. Taken from context.
#[derive(Clone, Copy)]
pub struct DialogHandle(NodeRef<html::Dialog>);

impl DialogHandle {
    /// Returns the handle of the enclosing dialog.
    pub fn current() -> Self {
        use_context().unwrap_or_else(|| Self(NodeRef::new()))
    }

    /// Closes the dialog. Does nothing if it is gone.
    pub fn close(self) {
        if let Some(Some(dialog)) = self.0.try_get_untracked() {
            dialog.close();
        }
    }
}

/// A modal dialog, open while it is rendered. Escape and its buttons close it. A press outside does not, because that
/// would discard what was typed: a helpdesk shows a key only once.
#[component]
pub fn Dialog(
    /// The id of its heading.
    id: &'static str,
    /// Heading.
    title: String,
    /// The id of the text that describes it, if it asks a question.
    #[prop(optional)]
    described_by: Option<&'static str>,
    /// Called when the dialog has closed for any reason. The caller must then remove it.
    on_close: Callback<()>,
    /// Content.
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let handle = DialogHandle(node);
    provide_context(handle);
    // In the server's HTML the dialog is open but not modal: only a script can open a modal.
    let sent_open = !Live::current().get_untracked();
    let place = Place::current();
    Effect::new(move |_| {
        if let Some(dialog) = node.get() {
            show(&dialog, place);
        }
    });

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

/// Opens the dialog as a modal. If it is open already, something may have been typed, so the focus stays where it is.
fn show(dialog: &web_sys::HtmlDialogElement, place: Place) {
    // A script has already opened it, before the module loaded.
    if dialog.matches(":modal").unwrap_or_default() {
        return;
    }
    let focused = place.active().filter(|element| dialog.contains(Some(element)));
    // `close()` would fire a `close` event.
    let _ = dialog.remove_attribute("open");
    let _ = dialog.show_modal();
    let first = || dialog.query_selector("[data-first]").ok().flatten();
    if let Some(element) = focused.or_else(first).and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = element.focus();
    }
}
