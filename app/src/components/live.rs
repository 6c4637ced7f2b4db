//! Whether the page is live: hydrated, and able to do without the server's forms.

use leptos::prelude::*;

/// False while the server renders and until the browser has taken over. What differs between the two (a language, a
/// time zone, a button that only works with WASM) follows it, so that hydration sees what the server sent.
#[derive(Clone, Copy)]
pub struct Live {
    now: RwSignal<bool>,
    /// Whether the root element is told: an embedded panel leaves it alone.
    tells: bool,
}

impl Live {
    /// Puts it into context. Once, by the app.
    pub fn provide() {
        provide_context(Self { now: RwSignal::new(false), tells: true });
    }

    /// Puts it into context for what no server rendered: live from the start.
    pub fn provide_at_once() {
        provide_context(Self { now: RwSignal::new(true), tells: false });
    }

    /// Puts it into context for what only the server renders, as a browser would show it.
    #[cfg(feature = "ssr")]
    pub(crate) fn provide_by(live: RwSignal<bool>) {
        provide_context(Self { now: live, tells: false });
    }

    /// From context.
    pub fn current() -> Self {
        // Outside the app (a test of one component) nothing ever becomes live.
        use_context().unwrap_or_else(|| Self { now: RwSignal::new(false), tells: true })
    }

    /// Whether it is, tracked.
    pub fn get(self) -> bool {
        self.now.get()
    }

    /// Whether it is, not tracked.
    pub fn get_untracked(self) -> bool {
        self.now.get_untracked()
    }

    /// To be called by the innermost part of a page, when everything else of it is there: tells tests and scripts by
    /// `data-hydrated` on the root element.
    pub fn begin(self) {
        if !self.tells {
            return;
        }
        Effect::new(move |_| {
            if let Some(root) = document().document_element() {
                let _ = root.set_attribute("data-hydrated", "");
            }
            self.now.set(true);
        });
    }
}
