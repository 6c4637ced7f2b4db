//! The panel's module: the screen of the helpdesks inside somebody else's page.

use app::{Around, HostEvent, Panel};
use leptos::mount::UnmountHandle;
use leptos::prelude::*;
use leptos::tachys::view::any_view::AnyViewState;
use std::rc::Rc;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlElement, ShadowRoot};

/// Smaller than the usual one, and quick for the small pieces that a screen is made of.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// A panel that is shown. Dropped or told to, it goes and takes everything with it.
#[wasm_bindgen]
pub struct Mounted(Option<(UnmountHandle<AnyViewState>, Owner)>);

#[wasm_bindgen]
impl Mounted {
    /// Takes the panel away, with what it has begun: a task that is under way holds the owner, and a part that has not
    /// been shown yet holds it for good.
    pub fn unmount(&mut self) {
        if let Some((handle, owner)) = self.0.take() {
            drop(handle);
            owner.cleanup();
        }
    }
}

/// Shows the panel in `parent`: an element of a document of ours, or of a shadow root in somebody else's.
///
/// `base` is Convi's own origin. `get_token()` promises a token whenever one is needed. `on_event(name, detail)` hears
/// what happens. `locale` is a tag like `de-AT`, and `catalogue` the translations unless it is English; the first call
/// decides for all.
#[wasm_bindgen]
pub fn mount(
    parent: HtmlElement,
    base: String,
    get_token: js_sys::Function,
    on_event: js_sys::Function,
    locale: String,
    catalogue: Option<js_sys::Object>,
) -> Mounted {
    app::text::speak(locale, catalogue);
    let root = parent.get_root_node().dyn_into::<ShadowRoot>().ok();
    let renew = Rc::new(move || {
        let promise = get_token.call0(&JsValue::NULL).map(|answer| js_sys::Promise::resolve(&answer));
        Box::pin(async move {
            let token = wasm_bindgen_futures::JsFuture::from(promise.ok()?).await.ok()?;
            token.as_string().filter(|token| !token.is_empty())
        }) as _
    });
    let listener = Rc::new(move |event: HostEvent| {
        let detail = js_sys::Object::new();
        for (name, value) in event.detail() {
            let _ = js_sys::Reflect::set(&detail, &name.into(), &value);
        }
        let _ = on_event.call2(&JsValue::NULL, &event.name().into(), &detail);
    });
    let owner = Owner::new();
    let handle = owner.with(|| {
        leptos::mount::mount_to(parent, move || {
            Around { root, base, renew, listener }.provide();
            view! { <Panel /> }.into_any()
        })
    });
    Mounted(Some((handle, owner)))
}

/// Nothing: a binary needs one, and the browser calls [`mount`].
fn main() {}
