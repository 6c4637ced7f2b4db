//! This page's parts, each in a state that is handed in: for the demo's page of components, on the server alone.

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

/// The row of a helpdesk that is not connected.
fn fresh(helpdesk: Helpdesk) -> Integration {
    let page = "https://{subdomain}.gorgias.com/app/settings/rest-api".to_owned();
    not_connected(helpdesk, HelpdeskLook::of(helpdesk), page)
}

/// A helpdesk's row; none: nothing is connected.
pub(crate) fn row(integration: Option<Integration>, may_change: bool) -> AnyView {
    let helpdesk = Helpdesk::GORGIAS;
    let board = board(vec![integration.unwrap_or_else(|| fresh(helpdesk))], Vec::new(), may_change);
    view! { <HelpdeskRow board helpdesk /> }.into_any()
}

/// What a dialog that connects is filled in with, and what it says.
pub(crate) struct Filled {
    /// In the fields.
    pub(crate) typed: [&'static str; 2],
    /// At the fields.
    pub(crate) errors: Vec<FieldError>,
    /// Under the fields.
    pub(crate) told: Option<TestOutcome>,
}

/// The dialog that connects; of an integration: the one that changes it.
pub(crate) fn connect(integration: Option<Integration>, filled: Option<Filled>) -> AnyView {
    let row = integration.unwrap_or_else(|| fresh(Helpdesk::GORGIAS));
    let (helpdesk, board) = (row.helpdesk, board(vec![row], Vec::new(), true));
    let start = filled.map(|Filled { typed: [subdomain, username], errors, told }| Start {
        subdomain: subdomain.to_owned(),
        method: None,
        username: username.to_owned(),
        errors,
        told: told.map(Told::Tested),
    });
    drawn_open(|| view! { <ConnectDialog board helpdesk start /> }.into_any())
}

/// The question before a disconnect.
pub(crate) fn disconnect(integration: Integration) -> AnyView {
    let (helpdesk, board) = (integration.helpdesk, board(vec![integration], Vec::new(), true));
    drawn_open(|| view! { <DisconnectDialog board helpdesk /> }.into_any())
}

/// A dialog that is made before its page is live is sent open; what then becomes live in it is seen.
fn drawn_open(dialog: impl FnOnce() -> AnyView) -> AnyView {
    let live = RwSignal::new(false);
    Live::provide_by(live);
    let dialog = dialog();
    live.set(true);
    dialog
}

/// What a test says.
pub(crate) fn told(outcome: TestOutcome) -> AnyView {
    view! { <TestResult told=Told::Tested(outcome) /> }.into_any()
}

/// The latest handovers, or why they are not there.
pub(crate) fn recent(handovers: Result<Vec<HandoverView>, CallError>) -> AnyView {
    let first = handovers.map(|handovers| HandoverPage { handovers, next_cursor: None });
    let board = board(Vec::new(), Vec::new(), true);
    view! { <Recent board first /> }.into_any()
}

/// What is still missing.
pub(crate) fn checklist(lines: Vec<Readiness>) -> AnyView {
    let board = board(Vec::new(), lines, true);
    view! { <Checklist board /> }.into_any()
}

/// The shape of what comes.
pub(crate) fn coming() -> AnyView {
    view! {
        <div class="card skeleton" role="status">
            <span class="hidden">{t("Loading…")}</span>
        </div>
    }
    .into_any()
}
