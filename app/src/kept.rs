//! A value that is polled from the server, shown as last known.

use crate::model::CallError;
use leptos::prelude::*;
use leptos::reactive::spawn_local_scoped;

/// The value shown, and the request that it answers.
///
/// Answers can overtake each other. An answer that arrives after the answer to a later request is outdated and dropped.
/// Otherwise it would be shown until the next request.
pub struct Kept<T: Send + Sync + 'static> {
    shown: RwSignal<T>,
    order: StoredValue<Order>,
}

impl<T: Send + Sync + 'static> Clone for Kept<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Kept<T> {}

impl<T: PartialEq + Send + Sync + 'static> Kept<T> {
    /// Starts with a known value.
    pub fn new(first: T) -> Self {
        Self { shown: RwSignal::new(first), order: StoredValue::new(Order::default()) }
    }

    /// Reads the value and tracks it.
    pub fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.shown.with(read)
    }

    /// Reads the value without tracking it.
    pub fn with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.shown.with_untracked(read)
    }

    /// Sets a value that is newer than every answer in flight.
    pub fn update(self, change: impl FnOnce(&mut T)) {
        self.order.update_value(Order::know);
        self.shown.update(change);
    }

    /// Requests the value. A failed request keeps the current value. An answer equal to it notifies no subscribers.
    pub fn ask(self, question: impl Future<Output = Result<T, CallError>> + 'static) {
        let Some(number) = self.order.try_update_value(Order::ask) else { return };
        spawn_local_scoped(async move {
            if let Ok(answer) = question.await
                // The page may have been left in the meantime.
                && self.order.try_update_value(|order| order.answered(number)) == Some(true)
                && self.shown.try_with_untracked(|shown| *shown != answer) == Some(true)
            {
                self.shown.try_set(answer);
            }
        });
    }
}

/// Numbers the requests, and knows the latest one answered.
#[derive(Default)]
struct Order {
    asked: u32,
    answered: u32,
}

impl Order {
    fn ask(&mut self) -> u32 {
        self.asked += 1;
        self.asked
    }

    fn answered(&mut self, number: u32) -> bool {
        let is_news = number > self.answered;
        self.answered = self.answered.max(number);
        is_news
    }

    fn know(&mut self) {
        self.answered = self.asked;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overtaken_answer_is_dropped() {
        let mut order = Order::default();
        let (first, second) = (order.ask(), order.ask());
        assert!(order.answered(second));
        assert!(!order.answered(first));
        let third = order.ask();
        assert!(order.answered(third));
    }

    #[test]
    fn a_late_answer_that_was_not_overtaken_counts() {
        let mut order = Order::default();
        let (first, second) = (order.ask(), order.ask());
        assert!(order.answered(first));
        assert!(order.answered(second));
    }

    #[test]
    fn an_answer_to_a_request_before_an_update_is_dropped() {
        let mut order = Order::default();
        let before = order.ask();
        order.know();
        assert!(!order.answered(before));
        let after = order.ask();
        assert!(order.answered(after));
    }
}
