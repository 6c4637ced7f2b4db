//! Larger parts: dialogs, a helpdesk's row, handovers, the checklist and empty states.

use super::data;
use super::sample::{Sample, apart};
use crate::model::{CallError, FieldError, Integration, TestOutcome, Warning};
use crate::pages::conversations::empty_samples;
use crate::pages::handovers::samples as history;
use crate::pages::integrations::samples::{self, Filled};
use domain::Said;
use leptos::prelude::*;

const TYPED: [&str; 2] = ["your-store", "jane@your-store.example"];

/// Dialogs, drawn open in place instead of over the page.
pub(super) fn dialogs() -> AnyView {
    let empty = apart(|| samples::connect(None, None));
    let wrong = Filled {
        typed: ["a.b", TYPED[1]],
        errors: vec![
            FieldError::new("subdomain", Said::plain("Enter your Gorgias subdomain.")),
            FieldError::new("api_key", Said::plain("Enter the API key.")),
        ],
        told: None,
    };
    let warning = Warning::new(
        "auto_merge",
        Said::plain("Auto-merge is on in Gorgias: tickets of one shopper may be merged."),
        Some("Tags does not contain convi-handover".to_owned()),
    );
    let passed = Filled {
        typed: TYPED,
        errors: Vec::new(),
        told: Some(TestOutcome::Passed { warnings: vec![warning] }),
    };
    let waiting = Integration { waiting: 2, ..data::connected() };
    view! {
        <div class="gallery-pair">
            <Sample title="Connect">{empty}</Sample>
            <Sample title="With errors at the fields">{apart(|| samples::connect(None, Some(wrong)))}</Sample>
            <Sample title="Tested, with a warning">
                {apart(|| samples::connect(None, Some(passed)))}
            </Sample>
            <Sample title="Configure: the saved key is kept">
                {apart(|| samples::connect(Some(data::connected()), None))}
            </Sample>
            <Sample title="Disconnect, with the handovers that it affects">{apart(|| samples::disconnect(waiting))}</Sample>
        </div>
    }
    .into_any()
}

/// A helpdesk in its three states, handovers in every state, and the checklist.
pub(super) fn rows() -> AnyView {
    let unsent = Integration { unsent: 2, ..data::connected() };
    view! {
        <Sample title="Not connected">{samples::row(None, true)}</Sample>
        <Sample title="Connected">{samples::row(Some(data::connected()), true)}</Sample>
        <Sample title="Connected, with undelivered handovers">{samples::row(Some(unsent), true)}</Sample>
        <Sample title="Needs attention">{samples::row(Some(data::broken()), true)}</Sample>
        <Sample title="Seen by a member, who cannot change it">{samples::row(Some(data::connected()), false)}</Sample>
        <Sample title="The checklist">{samples::checklist(data::readiness())}</Sample>
        <Sample title="Handovers in every state">{samples::recent(Ok(data::handovers()))}</Sample>
    }
    .into_any()
}

/// A good month and a bad one, and the attempts of one handover.
pub(super) fn charts() -> AnyView {
    view! {
        <Sample title="A month of handovers">{history::charts(data::month())}</Sample>
        <Sample title="A month without a ticket">{history::charts(data::quiet_month())}</Sample>
        <Sample title="Every attempt for a handover">{history::attempts(data::attempts())}</Sample>
    }
    .into_any()
}

/// Empty lists and loading states.
pub(super) fn empty() -> AnyView {
    let [none, not_found] = empty_samples();
    view! {
        <Sample title="No handovers">{samples::recent(Ok(Vec::new()))}</Sample>
        <Sample title="Offline">{samples::recent(Err(CallError::Offline))}</Sample>
        <Sample title="No matching handovers">{history::nothing()}</Sample>
        <Sample title="No conversations">{none}</Sample>
        <Sample title="No results">{not_found}</Sample>
        <Sample title="Loading">{samples::coming()}</Sample>
    }
    .into_any()
}
