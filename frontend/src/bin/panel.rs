//! The panel's module: hydrates the screen of the helpdesks that the server rendered for another site's page.
//!
//! The data is passed in instead of being read from the document, so several panels on a page do not interfere. What
//! people have done so far (typed text, a shown key) is read from the elements.
//!
//! A removed panel is cleaned up explicitly, while a task in flight may still hold its owner. So in the app, code after
//! an `await` uses `try_…`, or checks whether its signal is disposed.

use app::components::HostEvent;
use app::panel::{Around, First, Panel, PanelDialog};
use leptos::mount::UnmountHandle;
use leptos::prelude::*;
use leptos::tachys::view::any_view::AnyViewState;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlElement, ShadowRoot};

/// Smaller than the default allocator, and fast for the small allocations of a screen.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// A live panel. Dropping or unmounting it removes it with everything it started.
#[wasm_bindgen]
pub struct Mounted(Option<(UnmountHandle<AnyViewState>, Owner)>);

#[wasm_bindgen]
impl Mounted {
    /// Removes the panel and everything it started. A task in flight still holds the owner.
    pub fn unmount(&mut self) {
        if let Some((handle, owner)) = self.0.take() {
            drop(handle);
            owner.cleanup();
        }
    }
}

/// Hydrates the panel whose box is `parent`, in a document of ours or in a shadow root in another site's page. Returns
/// `None` if its data cannot be read.
///
/// `first` is the data that came with it, `open` the name of its open dialog, `answered` whether that is as the server
/// answered it. `base` is Convi's own origin, `token` the token that the panel was requested with, and
/// `get_token(ended)` promises a new one. `on_event(name, detail)` receives events. `locale` is a tag like `de-AT`, and
/// `catalogue` the translations unless it is English; only the first call sets them.
#[wasm_bindgen]
#[expect(
    clippy::too_many_arguments,
    reason = "a script calls it once, and an object would have to be taken apart"
)]
pub fn hydrate(
    parent: HtmlElement,
    first: Vec<u8>,
    open: &str,
    answered: bool,
    base: String,
    token: Option<String>,
    get_token: js_sys::Function,
    on_event: js_sys::Function,
    locale: String,
    catalogue: Option<js_sys::Object>,
) -> Option<Mounted> {
    app::text::speak(locale, catalogue);
    let first = First::read(first)?;
    let shown = PanelDialog::new(open, answered);
    let root = parent.get_root_node().dyn_into::<ShadowRoot>().ok();
    let renew = Rc::new(move || {
        let promise = get_token.call0(&JsValue::NULL).map(|answer| js_sys::Promise::resolve(&answer));
        Box::pin(async move {
            let token = wasm_bindgen_futures::JsFuture::from(promise.ok()?).await.ok()?;
            token.as_string().filter(|token| !token.is_empty())
        }) as _
    });
    let listener = Rc::new(move |event: HostEvent| {
        let _ = on_event.call2(&JsValue::NULL, &event.name().into(), &event.detail().into());
    });
    let owner = Rc::new(Cell::new(None));
    let found = owner.clone();
    let handle = leptos::mount::hydrate_from(parent, move || {
        found.set(Owner::current());
        Around { root, base, token, renew, listener }.provide();
        view! { <Panel first shown /> }.into_any()
    });
    Some(Mounted(Some((handle, owner.take()?))))
}

/// Empty: a binary needs a main function, but the browser calls [`hydrate`].
fn main() {}
