//! Triggers that email shoppers about our tickets, which must never happen. Zendesk's answer to each change says whom it
//! notified. What is known is only in memory.

use super::{KIND, Zendesk, find::positive, sentences};
use crate::helpdesk::Access;
use app::model::{Subdomain, Warning};
use domain::{said, text, ticket::TAG};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{MutexGuard, PoisonError},
};

/// A trigger that emailed a shopper.
pub(super) struct Mailing {
    /// Its title.
    trigger: String,
    /// Whether a later change sent no email, so the trigger has probably been changed.
    is_over: bool,
}

impl Mailing {
    pub(super) fn warning(&self) -> Warning {
        let said = said!(sentences::MAILED, trigger = self.trigger.as_str(), tag = TAG);
        Warning::new("shopper_mailed", said, None)
    }
}

impl Zendesk {
    pub(super) fn mailings(&self) -> MutexGuard<'_, HashMap<Subdomain, Mailing>> {
        self.mailed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the warning for a test. If a later change sent no email, there is none, and the row's warning ends too.
    pub(super) fn mailing_in_test(&self, account: &Subdomain) -> Option<Warning> {
        let mut mailings = self.mailings();
        mailings.retain(|it, mailing| it != account || !mailing.is_over);
        mailings.get(account).map(Mailing::warning)
    }

    /// Records from an answer whether a trigger emailed the requester.
    pub(super) fn note_mails(&self, access: &Access, answer: &Value) {
        let Some(events) = answer.pointer("/audit/events").and_then(Value::as_array) else { return };
        let requester = answer.pointer("/ticket/requester_id");
        let told = events.iter().find(|event| {
            let recipients = event.get("recipients").and_then(Value::as_array);
            event.get("type").and_then(Value::as_str) == Some("Notification")
                && recipients.into_iter().flatten().any(|it| Some(it) == requester)
        });
        let mut mailings = self.mailings();
        let Some(event) = told else {
            if let Some(mailing) = mailings.get_mut(&access.subdomain) {
                mailing.is_over = true;
            }
            return;
        };
        let trigger = event.pointer("/via/source/from/title").and_then(Value::as_str).unwrap_or("?");
        let ticket = answer.pointer("/ticket/id").and_then(positive);
        tracing::warn!(
            helpdesk = KIND.slug(),
            ticket,
            "a trigger emailed the requester of a handover's ticket"
        );
        let trigger = text::shorten(&text::one_line(trigger), 80);
        mailings.insert(access.subdomain.clone(), Mailing { trigger, is_over: false });
    }
}
