//! Whether the page is live: hydrated, and able to work without the server's forms.

use super::Place;
use leptos::prelude::*;

/// `false` while the server renders and until the browser has hydrated the page. Anything that differs between
/// server and browser (language, time zone, a button that needs WASM) depends on it, so that hydration finds exactly
/// what the server sent.
#[derive(Clone, Copy)]
pub struct Live(RwSignal<bool>);

impl Live {
    /// Provides the signal in context. The app or a panel calls this once.
    pub fn provide() {
        provide_context(Self(RwSignal::new(false)));
    }

    /// Provides this signal in context, for samples that only the server renders but that look as they do in a browser.
    #[cfg(feature = "ssr")]
    pub(crate) fn provide_by(live: RwSignal<bool>) {
        provide_context(Self(live));
    }

    /// Returns the signal from context.
    pub fn current() -> Self {
        // Outside the app, such as in a component's test, nothing becomes live.
        use_context().unwrap_or_else(|| Self(RwSignal::new(false)))
    }

    /// Returns whether the page is live, tracked.
    pub fn get(self) -> bool {
        self.0.get()
    }

    /// Returns whether the page is live, untracked.
    pub fn get_untracked(self) -> bool {
        self.0.get_untracked()
    }

    /// Marks the page as live. The innermost part of a page calls this once everything else is rendered. Tests and
    /// scripts see it as `data-hydrated` on our outermost element.
    pub fn begin(self) {
        let place = Place::current();
        Effect::new(move |_| {
            if let Some(root) = place.outermost() {
                let _ = root.set_attribute("data-hydrated", "");
            }
            self.0.set(true);
        });
    }
}
