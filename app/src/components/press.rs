//! A button's request to the server, one at a time.

use super::attributes::{Value, there_while};
use leptos::prelude::*;
use leptos::reactive::spawn_local_scoped;

/// Whether a request is in flight. Its button shows that, and further presses do nothing.
#[derive(Clone, Copy)]
pub struct Press(RwSignal<bool>);

impl Press {
    /// Returns a press with no request in flight.
    pub fn idle() -> Self {
        Self(RwSignal::new(false))
    }

    /// Returns whether a request is in flight, untracked.
    pub fn is_busy(self) -> bool {
        self.0.get_untracked()
    }

    /// Sends a request, unless one is in flight. Calls `told` with the answer, even if the button has been removed.
    pub fn ask<T: 'static>(
        self,
        question: impl Future<Output = T> + 'static,
        told: impl FnOnce(T) + 'static,
    ) {
        if self.is_busy() {
            return;
        }
        self.0.set(true);
        spawn_local_scoped(async move {
            let answer = question.await;
            self.0.try_set(false);
            told(answer);
        });
    }
}

impl From<Press> for Value {
    fn from(press: Press) -> Self {
        there_while(move || press.0.get())
    }
}

impl From<Press> for Signal<bool> {
    fn from(press: Press) -> Self {
        press.0.into()
    }
}
