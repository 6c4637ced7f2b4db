//! A press of a button that asks the server, one at a time.

use super::attributes::{Value, there_while};
use leptos::prelude::*;
use leptos::reactive::spawn_local_scoped;

/// Whether the answer to a press is on its way: the button shows it, and another press does nothing meanwhile.
#[derive(Clone, Copy)]
pub struct Press(RwSignal<bool>);

impl Press {
    /// Nothing is pressed.
    pub fn idle() -> Self {
        Self(RwSignal::new(false))
    }

    /// Whether an answer is on its way, not tracked.
    pub fn is_busy(self) -> bool {
        self.0.get_untracked()
    }

    /// Asks the server, unless an answer is on its way. `told` gets the answer, also when the button has gone meanwhile.
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
