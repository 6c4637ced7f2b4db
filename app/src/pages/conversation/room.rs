//! The conversation, kept up to date.

use crate::api;
use crate::components::button::focus;
use crate::components::{Toasts, Trouble};
use crate::forms::ConversationIntent;
use crate::model::{CallError, ChatMessage, ConversationItem, ConversationView, ShopperPresence};
use crate::notice::Notice;
use crate::routes::conversation_path;
use crate::text::t;
use crate::words;
use leptos::prelude::*;
use leptos::reactive::spawn_local_scoped;
use std::sync::Arc;

/// The state that the page's parts share.
#[derive(Clone, Copy)]
pub(super) struct Room {
    id: StoredValue<String>,
    pub(super) item: RwSignal<ConversationItem>,
    /// Shared rather than copied, so that changing a long transcript only moves pointers.
    pub(super) messages: RwSignal<Vec<Arc<ChatMessage>>>,
    pub(super) context: RwSignal<Vec<(String, String)>>,
    pub(super) presence: RwSignal<ShopperPresence>,
    /// The action in flight.
    pub(super) busy: RwSignal<Option<ConversationIntent>>,
    pub(super) trouble: RwSignal<Option<CallError>>,
    asking: StoredValue<bool>,
    /// Counts the actions taken here. A refresh that began before one of them is outdated.
    done: StoredValue<u32>,
    pub(super) may_change: bool,
    pub(super) toasts: Toasts,
}

impl Room {
    pub(super) fn new(found: ConversationView, may_change: bool, toasts: Toasts) -> Self {
        Self {
            id: StoredValue::new(found.item.id.clone()),
            item: RwSignal::new(found.item),
            messages: RwSignal::new(found.messages.into_iter().map(Arc::new).collect()),
            context: RwSignal::new(found.context),
            presence: RwSignal::new(found.presence),
            busy: RwSignal::new(None),
            trouble: RwSignal::new(None),
            asking: StoredValue::new(false),
            done: StoredValue::new(0),
            may_change,
            toasts,
        }
    }

    pub(super) fn id(self) -> String {
        self.id.get_value()
    }

    /// Returns the path of its page.
    pub(super) fn path(self) -> String {
        conversation_path(&self.id())
    }

    /// Returns the number of the last message, for a form without WASM.
    pub(super) fn last(self) -> i64 {
        self.messages.with_untracked(|messages| messages.last().map_or(0, |message| message.number))
    }

    /// Refreshes the conversation, unless a refresh is in flight.
    pub(super) fn look(self) {
        // Once signed out, or if the conversation is gone, only a page reload helps.
        let over = matches!(self.trouble.get_untracked(), Some(CallError::SignedOut | CallError::NotFound));
        if over || self.asking.get_value() {
            return;
        }
        self.asking.set_value(true);
        let done = self.done.get_value();
        let after = self.messages.with_untracked(|messages| without_a_gap(messages));
        let id = self.id();
        spawn_local_scoped(async move {
            let answer = api::conversations::get(id, after).await;
            if self.asking.try_set_value(false).is_some() || self.done.try_get_value() != Some(done) {
                return;
            }
            match answer {
                Ok(view) => {
                    if self.trouble.with_untracked(Option::is_some) {
                        self.trouble.set(None);
                    }
                    self.take(view);
                }
                Err(error) => {
                    if self.trouble.with_untracked(|old| old.as_ref() != Some(&error)) {
                        self.trouble.set(Some(error));
                    }
                }
            }
        });
    }

    /// Marks refreshes in flight as outdated, because an action was taken here.
    pub(super) fn was_done(self) {
        self.done.try_update_value(|done| *done += 1);
    }

    /// Updates only what has changed.
    pub(super) fn take(self, view: ConversationView) {
        // The page may have been left in the meantime.
        if self.item.try_with_untracked(|old| *old != view.item) == Some(true) {
            self.item.set(view.item);
        }
        if self.context.try_with_untracked(|old| *old != view.context) == Some(true) {
            self.context.set(view.context);
        }
        if self.presence.try_get_untracked().is_some_and(|old| old != view.presence) {
            self.presence.set(view.presence);
        }
        if self.messages.try_with_untracked(|old| view.messages.iter().any(|new| is_new(old, new)))
            == Some(true)
        {
            self.messages.update(|messages| add(messages, view.messages));
        }
    }

    /// Carries out an action of the header.
    pub(super) fn act(self, intent: ConversationIntent) {
        if self.busy.get_untracked().is_some() {
            return;
        }
        self.busy.set(Some(intent));
        self.was_done();
        let id = self.id();
        spawn_local_scoped(async move {
            let answer = match intent {
                ConversationIntent::HandOver => api::conversations::hand_over(id).await,
                ConversationIntent::GiveBack => api::conversations::give_back(id).await,
                _ => api::conversations::resolve(id).await,
            };
            self.was_done();
            self.busy.try_set(None);
            match answer {
                Ok(view) => {
                    self.toasts.good(match intent {
                        ConversationIntent::HandOver => words::handed_over(view.item.handover.as_ref()),
                        ConversationIntent::GiveBack => Notice::GivenBack.sentence(),
                        _ => Notice::ConversationResolved.sentence(),
                    });
                    self.take(view);
                    // The pressed button is gone.
                    focus("conversation-title");
                }
                Err(error) => self.toasts.bad(words::error(&error)),
            }
        });
    }
}

/// Returns the last number before the first gap. The response to the team's own reply may arrive before messages sent
/// in between.
fn without_a_gap(messages: &[Arc<ChatMessage>]) -> i64 {
    let mut last = 0;
    for message in messages {
        if message.number != last + 1 && last != 0 {
            break;
        }
        last = message.number;
    }
    last
}

fn is_new(messages: &[Arc<ChatMessage>], new: &ChatMessage) -> bool {
    messages.binary_search_by_key(&new.number, |message| message.number).is_err()
}

/// Inserts new messages in order, nearly always at the end.
fn add(messages: &mut Vec<Arc<ChatMessage>>, new: Vec<ChatMessage>) {
    for message in new {
        if let Err(at) = messages.binary_search_by_key(&message.number, |known| known.number) {
            messages.insert(at, Arc::new(message));
        }
    }
}

/// Why the transcript is not updating.
#[component]
pub(super) fn TranscriptPaused(error: CallError) -> impl IntoView {
    match error {
        CallError::Offline => view! {
            <p class="note">{t("You are offline. The conversation updates again when you are back online.")}</p>
        }
        .into_any(),
        error => view! { <Trouble error /> }.into_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ChatAuthor;

    fn message(number: i64) -> ChatMessage {
        ChatMessage {
            number,
            author: ChatAuthor::Shopper,
            name: None,
            helpdesk: None,
            text: String::new(),
            sent_at: "2026-11-22T10:00:00Z".into(),
        }
    }

    #[test]
    fn messages_are_ordered_and_distinct_and_gaps_are_requested_again() {
        let mut messages = Vec::new();
        assert_eq!(without_a_gap(&messages), 0);
        add(&mut messages, vec![message(1), message(2)]);
        assert_eq!(without_a_gap(&messages), 2);
        // The response to our own reply arrives before the shopper's message 3.
        add(&mut messages, vec![message(4)]);
        assert_eq!(without_a_gap(&messages), 2);
        assert!(is_new(&messages, &message(3)) && !is_new(&messages, &message(4)));
        add(&mut messages, vec![message(3), message(4)]);
        assert_eq!(messages.iter().map(|m| m.number).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(without_a_gap(&messages), 4);
    }
}
