//! Parts of this page in given states, for the demo's page of components, on the server only.

use super::board::{IntegrationsBoard, not_connected};
use super::connect::ConnectDialog;
use super::disconnect::DisconnectDialog;
use super::form::{Start, Told};
use super::readiness::Checklist;
use super::recent::Recent;
use super::row::HelpdeskRow;
use super::submit::TestResult;
use crate::components::Live;
use crate::model::{
    CallError, FieldError, HandoverPage, HandoverView, Helpdesk, HelpdeskLook, Integration, Readiness,
    TestOutcome,
};
use crate::text::t;
use leptos::prelude::*;

fn board(rows: Vec<Integration>, readiness: Vec<Readiness>, may_change: bool) -> IntegrationsBoard {
    IntegrationsBoard::new(rows, readiness, None, may_change)
}

/// Returns the row of a helpdesk that is not connected.
fn fresh(helpdesk: Helpdesk) -> Integration {
    let page = "https://{subdomain}.gorgias.com/app/settings/rest-api".to_owned();
    not_connected(helpdesk, HelpdeskLook::of(helpdesk), page)
}

/// Renders a helpdesk's row. `None`: not connected.
pub(crate) fn row(integration: Option<Integration>, may_change: bool) -> AnyView {
    let helpdesk = Helpdesk::GORGIAS;
    let board = board(vec![integration.unwrap_or_else(|| fresh(helpdesk))], Vec::new(), may_change);
    view! { <HelpdeskRow board helpdesk /> }.into_any()
}

/// What a connect dialog contains.
pub(crate) struct Filled {
    /// The text in the fields.
    pub(crate) typed: [&'static str; 2],
    /// The errors at the fields.
    pub(crate) errors: Vec<FieldError>,
    /// The result under the fields.
    pub(crate) told: Option<TestOutcome>,
}

/// Renders the dialog that connects, or the one that changes an integration.
pub(crate) fn connect(integration: Option<Integration>, filled: Option<Filled>) -> AnyView {
    let row = integration.unwrap_or_else(|| fresh(Helpdesk::GORGIAS));
    let (helpdesk, board) = (row.helpdesk, board(vec![row], Vec::new(), true));
    let start = filled.map(|Filled { typed: [subdomain, username], errors, told }| Start {
        subdomain: subdomain.to_owned(),
        method: None,
        choice: [None, None],
        username: username.to_owned(),
        errors,
        told: told.map(Told::Tested),
    });
    drawn_open(|| view! { <ConnectDialog board helpdesk start /> }.into_any())
}

/// Renders the disconnect dialog.
pub(crate) fn disconnect(integration: Integration) -> AnyView {
    let (helpdesk, board) = (integration.helpdesk, board(vec![integration], Vec::new(), true));
    drawn_open(|| view! { <DisconnectDialog board helpdesk /> }.into_any())
}

/// Renders a dialog open. Built before its page is live, it is rendered open; then its live parts become visible.
fn drawn_open(dialog: impl FnOnce() -> AnyView) -> AnyView {
    let live = RwSignal::new(false);
    Live::provide_by(live);
    let dialog = dialog();
    live.set(true);
    dialog
}

/// Renders the result of a test.
pub(crate) fn told(outcome: TestOutcome) -> AnyView {
    view! { <TestResult told=Told::Tested(outcome) /> }.into_any()
}

/// Renders the latest handovers, or why they are missing.
pub(crate) fn recent(handovers: Result<Vec<HandoverView>, CallError>) -> AnyView {
    let first = handovers.map(|handovers| HandoverPage { handovers, next_cursor: None });
    let board = board(Vec::new(), Vec::new(), true);
    view! { <Recent board first /> }.into_any()
}

/// Renders the checklist.
pub(crate) fn checklist(lines: Vec<Readiness>) -> AnyView {
    let board = board(Vec::new(), lines, true);
    view! { <Checklist board /> }.into_any()
}

/// Renders the loading placeholder.
pub(crate) fn coming() -> AnyView {
    view! {
        <div class="card skeleton" role="status">
            <span class="hidden">{t("Loading…")}</span>
        </div>
    }
    .into_any()
}
