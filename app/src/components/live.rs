//! Whether the page is live: hydrated, and able to do without the server's forms.

use super::Place;
use leptos::prelude::*;

/// False while the server renders and until the browser has taken over. What differs between the two (a language, a time
/// zone, a button that only works with WASM) follows it, so that hydration sees what the server sent.
#[derive(Clone, Copy)]
pub struct Live(RwSignal<bool>);

impl Live {
    /// Puts it into context. Once, by the app or a panel.
    pub fn provide() {
        provide_context(Self(RwSignal::new(false)));
    }

    /// Puts it into context for what only the server renders, as a browser would show it.
    #[cfg(feature = "ssr")]
    pub(crate) fn provide_by(live: RwSignal<bool>) {
        provide_context(Self(live));
    }

    /// From context.
    pub fn current() -> Self {
        // Outside the app (a test of one component) nothing ever becomes live.
        use_context().unwrap_or_else(|| Self(RwSignal::new(false)))
    }

    /// Whether it is, tracked.
    pub fn get(self) -> bool {
        self.0.get()
    }

    /// Whether it is, not tracked.
    pub fn get_untracked(self) -> bool {
        self.0.get_untracked()
    }

    /// To be called by the innermost part of a page, when everything else of it is there: tells tests and scripts by
    /// `data-hydrated` on the outermost element that is ours.
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
