//! Settings → Integrations: one row per helpdesk, and the latest handovers.

mod account;
mod attention;
pub(in crate::pages) mod board;
mod connect;
mod credentials_page;
pub(in crate::pages) mod delivery;
mod disconnect;
mod form;
pub(in crate::pages) mod handover;
mod live_steps;
mod readiness;
mod receives;
mod recent;
mod routing;
mod row;
#[cfg(feature = "ssr")]
pub(crate) mod samples;
mod signing_secret;
mod submit;
mod verify;
mod warnings;

use crate::api;
use crate::components::{Live, Trouble, named, page_content, shows};
use crate::forms::IntegrationsOutcome;
#[cfg(feature = "ssr")]
use crate::model::ConnectionState;
use crate::model::{CallError, HandoverPage, Helpdesk, Integration, Readiness};
use crate::text::t;
use crate::words;
pub(crate) use board::Open;
use board::{IntegrationsBoard, ONLY_LOOKING};
use connect::ConnectDialog;
use disconnect::DisconnectDialog;
use form::{Start, Told};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use readiness::Checklist;
use recent::Recent;
use row::HelpdeskRow;
use verify::LiveSteps;
pub(in crate::pages) use warnings::Remedy;

/// Returns the dialog that an address opens, which is also how a form without WASM opens one.
fn open_by_query(connect: Option<&str>, disconnect: Option<&str>) -> Option<Open> {
    let connect = connect.and_then(Helpdesk::from_slug).map(Open::Connect);
    connect.or_else(|| disconnect.and_then(Helpdesk::from_slug).map(Open::Disconnect))
}

/// What the page starts with: the open dialog, its content, and an error that belongs to no dialog.
#[derive(Clone, Default)]
pub(crate) struct Opening {
    open: Option<Open>,
    start: Option<Start>,
    trouble: Option<CallError>,
}

impl Opening {
    /// Shows a posted form again in its dialog. Without one, the address decides.
    pub(crate) fn new(outcome: Option<IntegrationsOutcome>, asked: Option<Open>) -> Self {
        match outcome {
            Some(IntegrationsOutcome::Connect { helpdesk, subdomain, method, username, choice, found }) => {
                let (errors, told) = match found {
                    Ok(tested) => (Vec::new(), Some(Told::Tested(tested))),
                    Err(CallError::Fields { errors }) => (words::field_errors(errors), None),
                    Err(error) => (Vec::new(), Some(Told::Trouble(error))),
                };
                let start = Some(Start { subdomain, method, username, choice, errors, told });
                Self { open: Some(Open::Connect(helpdesk)), start, trouble: None }
            }
            Some(IntegrationsOutcome::Secret { helpdesk, secret }) => {
                let start = Some(Start { told: Some(Told::Secret(secret)), ..Start::default() });
                Self { open: Some(Open::Connect(helpdesk)), start, trouble: None }
            }
            Some(IntegrationsOutcome::Refused(error)) => {
                Self { open: asked, start: None, trouble: Some(error) }
            }
            None => Self { open: asked, ..Self::default() },
        }
    }

    /// Opens a different dialog. `kept` keeps the posted content; otherwise the dialog starts anew.
    pub(crate) fn shown(self, open: Option<Open>, kept: bool) -> Self {
        Self { open, start: self.start.filter(|_| kept), ..self }
    }

    #[cfg(feature = "ssr")]
    pub(crate) fn open(&self) -> Option<Open> {
        self.open
    }
}

/// The page.
#[component]
pub fn IntegrationsPage() -> impl IntoView {
    // What a form posted without WASM left, from the request's context into the browser.
    let outcome = SharedValue::new(use_context::<IntegrationsOutcome>).into_inner();
    let asked = use_query_map()
        .with_untracked(|query| open_by_query(query.get_str("connect"), query.get_str("disconnect")));
    let opening = Opening::new(outcome, asked);
    provide_context(LiveSteps(live_steps::live_steps));

    let rows = Resource::new_blocking(|| (), |()| api::integrations::list());
    let recent = Resource::new_blocking(|| (), |()| api::handovers::recent());
    // The page also works without the checklist.
    let readiness = Resource::new_blocking(|| (), |()| api::readiness::list());
    let content = page_content(move |may_change| {
        let opening = opening.clone();
        async move {
            let (rows, recent) = (rows.await, recent.await);
            let (rows, readiness) = (rows?, readiness.await.unwrap_or_default());
            Ok(view! { <Content rows recent readiness may_change opening /> }.into_any())
        }
    });

    view! {
        <Title text=t("Integrations · Convi") />
        <div class="page">
            <h1>{t("Integrations")}</h1>
            <p class="lead">
                {t("Connect the helpdesk your team works in. Every conversation that is handed over to a person becomes a ticket there.")}
            </p>
            {content}
        </div>
    }
}

/// The page's content: rows, checklist and latest handovers.
#[component]
pub(crate) fn Content(
    rows: Vec<Integration>,
    recent: Result<HandoverPage, CallError>,
    readiness: Vec<Readiness>,
    may_change: bool,
    opening: Opening,
) -> impl IntoView {
    let Opening { open, start, trouble } = opening;
    let helpdesks: Vec<Helpdesk> = rows.iter().map(|row| row.helpdesk).collect();
    let board = IntegrationsBoard::new(rows, readiness, open, may_change);
    Live::current().begin();
    view! {
        {trouble.map(|error| view! { <Trouble error /> }.into_any())}
        {(!may_change)
            .then(|| view! {
                <p class="note" {..named([("id", ONLY_LOOKING.into())])}>
                    {t("You can view everything here. Only owners and admins can change it.")}
                </p>
            }
            .into_any())}
        <div class="rows">
            {helpdesks.into_iter().map(|helpdesk| view! { <HelpdeskRow board helpdesk /> }.into_any()).collect_view()}
        </div>
        <OpenDialog board start />
        <Checklist board />
        <Recent board first=recent />
    }
}

/// The open dialog.
#[component]
fn OpenDialog(board: IntegrationsBoard, start: Option<Start>) -> impl IntoView {
    // Only the first dialog starts with it.
    let start = StoredValue::new(start);
    view! {
        // Always present: the script that opens a dialog before the module has loaded looks for this element.
        <div class="dialogs">
            {shows(move || match board.open.get()? {
                Open::Connect(helpdesk) => {
                    let start = start.try_update_value(Option::take).flatten();
                    Some(view! { <ConnectDialog board helpdesk start /> }.into_any())
                }
                Open::Disconnect(helpdesk) => Some(view! { <DisconnectDialog board helpdesk /> }.into_any()),
            })}
        </div>
    }
}

/// Renders every dialog under the name of its button's form, plus an empty one, for the script that opens a dialog
/// before the module has loaded.
#[cfg(feature = "ssr")]
pub(crate) fn dialogs(rows: &[Integration], may_change: bool) -> AnyView {
    let of = |row: &Integration| {
        let connected = row.state != ConnectionState::NotConnected;
        let disconnect = connected.then_some(Open::Disconnect(row.helpdesk));
        [Some(Open::Connect(row.helpdesk)), disconnect].into_iter().flatten().collect::<Vec<_>>()
    };
    let all = rows.iter().filter(|_| may_change).flat_map(of).map(Some);
    let template = |open: Option<Open>| {
        let board = IntegrationsBoard::new(rows.to_vec(), Vec::new(), open, may_change);
        let name = open.map(Open::name).unwrap_or_default();
        view! { <template {..named([("data-open", name.into())])}><OpenDialog board start=None /></template> }
    };
    all.chain([None]).map(template).collect_view().into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_dialogs_open_from_an_address() {
        assert_eq!(open_by_query(Some("gorgias"), None), Some(Open::Connect(Helpdesk::GORGIAS)));
        assert_eq!(open_by_query(None, Some("gorgias")), Some(Open::Disconnect(Helpdesk::GORGIAS)));
        assert_eq!(open_by_query(Some("evil"), Some("<script>")), None);
        assert_eq!(open_by_query(None, None), None);
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn dialog_names_round_trip() {
        for open in [Open::Connect(Helpdesk::GORGIAS), Open::Disconnect(Helpdesk::GORGIAS)] {
            assert_eq!(Open::from_name(&open.name()), Some(open));
        }
        for none in ["", "connect", "connect=evil", "delete=gorgias"] {
            assert_eq!(Open::from_name(none), None, "{none}");
        }
    }
}
