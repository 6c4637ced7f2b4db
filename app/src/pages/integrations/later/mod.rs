//! What the screen can do without until somebody can connect a helpdesk.
//!
//! The page has all of it at once. A panel loads it as a second piece of its module as soon as the first is shown: what
//! comes before the dialog can be used is what a host's visitors wait for.

#[cfg(not(feature = "csr"))]
mod page;
#[cfg(feature = "csr")]
mod panel;

use super::account::Account;
use super::attention::Attention;
use super::board::IntegrationsBoard;
use super::credentials_page::CredentialsPage;
use super::disconnect::DisconnectDialog;
use super::form::{ConnectForm, Told};
use super::readiness::Checklist;
use super::recent::Recent;
use super::submit::TestResult;
use super::warnings::Warnings;
use crate::api;
use crate::components::ToastRegion;
use crate::model::{CallError, HandoverPage, Helpdesk, Integration, Readiness};
use crate::text::t;
use leptos::prelude::*;
use leptos::reactive::spawn_local_scoped;
#[cfg(not(feature = "csr"))]
pub(crate) use page::{Later, run};
#[cfg(feature = "csr")]
pub(crate) use panel::{Later, pause, run};

/// One of these parts, with what it needs.
pub(crate) enum Part {
    /// In a panel: where messages are shown.
    Toasts,
    /// In a row: what the last save found worth knowing.
    Warnings(IntegrationsBoard),
    /// In the dialog: where the credentials stand.
    CredentialsPage(ConnectForm),
    /// What came of a test or a save.
    Told(Told),
    /// In a row: what is wrong with the connection.
    Attention(Memo<Integration>),
    /// In a row: the account behind it, and who changed what.
    Account(IntegrationsBoard, Memo<Integration>),
    /// The question before a helpdesk is disconnected.
    Disconnect(IntegrationsBoard, Helpdesk),
    /// Under the rows: the checklist and the latest handovers, which are asked for if they are not known.
    Below(IntegrationsBoard, Option<(Result<HandoverPage, CallError>, Vec<Readiness>)>),
}

impl Part {
    fn view(self) -> AnyView {
        match self {
            Self::Toasts => view! { <ToastRegion /> }.into_any(),
            Self::Warnings(board) => view! { <Warnings board /> }.into_any(),
            Self::CredentialsPage(form) => view! { <CredentialsPage form /> }.into_any(),
            Self::Told(told) => view! { <TestResult told /> }.into_any(),
            Self::Attention(row) => view! { <Attention row /> }.into_any(),
            Self::Account(board, row) => view! { <Account board row /> }.into_any(),
            Self::Disconnect(board, helpdesk) => view! { <DisconnectDialog board helpdesk /> }.into_any(),
            Self::Below(board, Some((recent, readiness))) => {
                board.readiness.update(|lines| *lines = readiness);
                view! {
                    <Checklist board />
                    <Recent board first=recent />
                }
                .into_any()
            }
            Self::Below(board, None) => below(board),
        }
    }
}

/// Asks for what stands under the rows, and shows it when it is there.
fn below(board: IntegrationsBoard) -> AnyView {
    let first = RwSignal::new(None);
    spawn_local_scoped(async move {
        let (recent, readiness) = futures::join!(api::handovers::recent(), api::readiness::list());
        first.try_set(Some((recent, readiness.unwrap_or_default())));
    });
    (move || match first.get() {
        Some(known) => Part::Below(board, Some(known)).view(),
        None => skeleton(),
    })
    .into_any()
}

/// The shape of what comes.
pub(super) fn skeleton() -> AnyView {
    view! {
        <div class="card skeleton" role="status">
            <span class="hidden">{t("Loading…")}</span>
        </div>
    }
    .into_any()
}
