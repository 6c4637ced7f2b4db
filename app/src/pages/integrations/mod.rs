//! Settings → Integrations: a row a helpdesk, and what became of the latest handovers.

mod account;
mod attention;
mod connect;
mod credentials_page;
mod disconnect;
pub(in crate::pages) mod handover;
mod later;
mod readiness;
mod recent;
mod row;
#[cfg(feature = "ssr")]
pub(crate) mod samples;
mod submit;
mod verify;
mod warnings;

use crate::api;
use crate::components::frame::ViewerResource;
use crate::components::{Host, Live, Place, Toasts, Trouble, named};
use crate::forms::{FormOutcome, Intent};
use crate::kept::Kept;
use crate::model::{CallError, ConnectionState, HandoverPage, Helpdesk, Integration, Readiness, Warning};
use crate::text::t;
use crate::words;
use connect::{ConnectDialog, Start};
#[cfg(feature = "csr")]
pub(crate) use later::pause;
pub(crate) use later::{Later, Part};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use row::Row;
use submit::Told;

/// The id of what a member reads about the buttons.
pub(in crate::pages) const ONLY_LOOKING: &str = "only-looking";

/// Which dialog is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Open {
    Connect(Helpdesk),
    Disconnect(Helpdesk),
}

/// The dialog that an address asks for, and how a form without WASM opens one.
fn open_by_query(connect: Option<&str>, disconnect: Option<&str>) -> Option<Open> {
    let connect = connect.and_then(Helpdesk::from_slug).map(Open::Connect);
    connect.or_else(|| disconnect.and_then(Helpdesk::from_slug).map(Open::Disconnect))
}

/// The dialog that a posted form is shown in again.
fn open_by_outcome(outcome: &FormOutcome) -> Option<Open> {
    match (outcome.intent, outcome.helpdesk) {
        (Some(Intent::Test | Intent::Save), Some(helpdesk)) => Some(Open::Connect(helpdesk)),
        _ => None,
    }
}

/// What that dialog begins with.
fn start_by_outcome(outcome: &FormOutcome) -> Start {
    Start {
        subdomain: outcome.subdomain.clone(),
        username: outcome.username.clone(),
        errors: words::field_errors(outcome.field_errors()),
        told: match (&outcome.outcome, &outcome.error) {
            (Some(tested), _) => Some(Told::Tested(tested.clone())),
            (None, Some(CallError::Fields { .. }) | None) => None,
            (None, Some(error)) => Some(Told::Trouble(error.clone())),
        },
    }
}

/// What the parts of the page share.
#[derive(Clone, Copy)]
pub(crate) struct Board {
    rows: Kept<Vec<Integration>>,
    /// What stands between the merchant and a ticket for every handover.
    readiness: Kept<Vec<Readiness>>,
    /// What the last save found worth knowing.
    warnings: RwSignal<Vec<Warning>>,
    open: RwSignal<Option<Open>>,
    /// Counts what was done here: the list of handovers and the checklist then look at once.
    done: RwSignal<u32>,
    may_change: bool,
    toasts: Toasts,
    place: Place,
    host: Host,
}

impl Board {
    fn row(self, helpdesk: Helpdesk) -> Memo<Integration> {
        Memo::new(move |_| {
            self.rows
                .with(|rows| rows.iter().find(|row| row.helpdesk == helpdesk).cloned())
                .unwrap_or_else(|| not_connected(helpdesk))
        })
    }

    #[cfg(feature = "csr")]
    fn has_connection(self) -> bool {
        self.rows.with_untracked(|rows| rows.iter().any(|row| row.state != ConnectionState::NotConnected))
    }

    fn put(self, integration: Integration) {
        self.rows.update(|rows| match rows.iter_mut().find(|row| row.helpdesk == integration.helpdesk) {
            Some(row) => *row = integration,
            None => rows.push(integration),
        });
        self.look();
    }

    /// Asks for the rows again. What does not arrive is asked for next time.
    fn reload(self) {
        self.rows.ask(api::integrations::list());
    }

    /// After something was done: everything is looked at again, the handovers and the checklist too.
    fn look(self) {
        self.done.try_update(|n| *n += 1);
        self.reload();
    }
}

fn not_connected(helpdesk: Helpdesk) -> Integration {
    Integration {
        helpdesk,
        state: ConnectionState::NotConnected,
        subdomain: None,
        username: None,
        problem: None,
        reason: None,
        held: 0,
        waiting: 0,
        unsent: 0,
        receives_handovers: false,
        account_url: None,
        credentials_page: String::new(),
        changes: Vec::new(),
    }
}

/// The page.
#[component]
pub fn IntegrationsPage() -> impl IntoView {
    // What a form without WASM left, from the request's context into the browser.
    let outcome = SharedValue::new(use_context::<FormOutcome>).into_inner();
    let query = use_query_map();
    let asked =
        query.with_untracked(|query| open_by_query(query.get_str("connect"), query.get_str("disconnect")));
    let posted = outcome.as_ref().and_then(open_by_outcome);
    let open = posted.or(asked);
    // What did not happen in a dialog is told above the rows.
    let (start, trouble) = match outcome {
        Some(outcome) if posted.is_some() => (Some(start_by_outcome(&outcome)), None),
        Some(outcome) => (None, outcome.error),
        None => (None, None),
    };

    let rows = Resource::new_blocking(|| (), |()| api::integrations::list());
    let recent = Resource::new_blocking(|| (), |()| api::handovers::recent());
    // What stands beside the helpdesks: without it the page is there all the same.
    let readiness = Resource::new_blocking(|| (), |()| api::readiness::list());
    let viewer = use_context::<ViewerResource>();

    view! {
        <Title text=t("Integrations · Convi") />
        <div class="page">
            <h1>{t("Integrations")}</h1>
            <p class="lead">
                {t("Connect the helpdesk your team works in. Every conversation that is handed over to a person becomes a ticket there.")}
            </p>
            <Suspense fallback=|| view! { <p class="loading" role="status">{t("Loading…")}</p> }>
                {move || {
                    let (start, trouble) = (start.clone(), trouble.clone());
                    Suspend::new(async move {
                        let may_change = match viewer {
                            Some(viewer) => viewer.await.is_ok_and(|viewer| viewer.role.may_change()),
                            None => false,
                        };
                        let (rows, recent) = (rows.await, recent.await);
                        let readiness = readiness.await.unwrap_or_default();
                        match rows {
                            Ok(rows) => {
                                let first = Some((recent, readiness));
                                view! { <Content rows first may_change open start trouble /> }.into_any()
                            }
                            Err(error) => view! { <Broken error /> }.into_any(),
                        }
                    })
                }}
            </Suspense>
        </div>
    }
}

#[component]
fn Broken(error: CallError) -> impl IntoView {
    Live::current().begin();
    view! { <Trouble error /> }
}

/// What is on the page: the rows, the checklist and the latest handovers.
#[component]
pub(crate) fn Content(
    rows: Vec<Integration>,
    /// The latest handovers and the checklist, where they are known already.
    #[prop(optional_no_strip)]
    first: Option<(Result<HandoverPage, CallError>, Vec<Readiness>)>,
    may_change: bool,
    /// The dialog to begin with.
    #[prop(optional_no_strip)]
    open: Option<Open>,
    /// What it begins with.
    #[prop(optional_no_strip)]
    start: Option<Start>,
    /// What did not happen, and in no dialog.
    #[prop(optional_no_strip)]
    trouble: Option<CallError>,
) -> impl IntoView {
    let board = Board {
        rows: Kept::new(rows),
        readiness: Kept::new(Vec::new()),
        warnings: RwSignal::new(Vec::new()),
        open: RwSignal::new(open.filter(|_| may_change)),
        done: RwSignal::new(0),
        may_change,
        toasts: Toasts::current(),
        place: Place::current(),
        host: Host::current(),
    };
    // Only the first dialog begins with it.
    let start = StoredValue::new(start);
    Live::current().begin();
    view! {
        {trouble.map(|error| view! { <Later part=Part::Told(Told::Trouble(error)) /> })}
        {(!may_change)
            .then(|| view! {
                <p class="note" {..named([("id", ONLY_LOOKING.into())])}>
                    {t("You can look at everything here. Only an owner or an admin can change it.")}
                </p>
            })}
        <div class="rows">
            {Helpdesk::ALL.into_iter().map(|helpdesk| view! { <Row board helpdesk /> }).collect_view()}
        </div>
        {move || match board.open.get() {
            Some(Open::Connect(helpdesk)) => {
                let start = start.try_update_value(Option::take).flatten();
                view! { <ConnectDialog board helpdesk start /> }.into_any()
            }
            Some(Open::Disconnect(helpdesk)) => {
                view! { <Later part=Part::Disconnect(board, helpdesk) /> }.into_any()
            }
            None => ().into_any(),
        }}
        <Later part=Part::Below(board, first) />
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_opens_only_dialogs_of_helpdesks() {
        assert_eq!(open_by_query(Some("gorgias"), None), Some(Open::Connect(Helpdesk::Gorgias)));
        assert_eq!(open_by_query(None, Some("gorgias")), Some(Open::Disconnect(Helpdesk::Gorgias)));
        assert_eq!(open_by_query(Some("evil"), Some("<script>")), None);
        assert_eq!(open_by_query(None, None), None);
    }
}
