//! The state that the page's parts share.

use crate::api;
use crate::components::{Host, Place, Toasts};
use crate::kept::Kept;
use crate::model::{ConnectionState, Helpdesk, HelpdeskLook, Integration, Readiness, TeamList, Warning};
use domain::Args;
use leptos::prelude::*;

/// The id of the text that tells a member why buttons are disabled.
pub(in crate::pages) const ONLY_LOOKING: &str = "only-looking";

/// The open dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Open {
    Connect(Helpdesk),
    Disconnect(Helpdesk),
}

impl Open {
    /// Returns its name in the form of its button.
    #[cfg(feature = "ssr")]
    pub(crate) fn name(self) -> String {
        match self {
            Self::Connect(helpdesk) => format!("connect={}", helpdesk.slug()),
            Self::Disconnect(helpdesk) => format!("disconnect={}", helpdesk.slug()),
        }
    }

    /// Returns the dialog with this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let (what, slug) = name.split_once('=')?;
        let helpdesk = Helpdesk::from_slug(slug)?;
        match what {
            "connect" => Some(Self::Connect(helpdesk)),
            "disconnect" => Some(Self::Disconnect(helpdesk)),
            _ => None,
        }
    }
}

/// The rows, what surrounds them, and the open dialog.
#[derive(Clone, Copy)]
pub(crate) struct IntegrationsBoard {
    pub(super) rows: Kept<Vec<Integration>>,
    /// The checklist of what is missing before every handover becomes a ticket.
    pub(super) readiness: Kept<Vec<Readiness>>,
    /// The warnings of the last save, and the helpdesk that was saved.
    pub(super) warnings: RwSignal<(Option<Helpdesk>, Vec<Warning>)>,
    pub(super) open: RwSignal<Option<Open>>,
    /// Counts the actions taken here. Each makes the list of handovers and the checklist refresh at once.
    pub(super) done: RwSignal<u32>,
    pub(super) may_change: bool,
    pub(super) toasts: Toasts,
    pub(super) place: Place,
    pub(super) host: Host,
}

impl IntegrationsBoard {
    pub(super) fn new(
        rows: Vec<Integration>,
        readiness: Vec<Readiness>,
        open: Option<Open>,
        may_change: bool,
    ) -> Self {
        Self {
            rows: Kept::new(rows),
            readiness: Kept::new(readiness),
            warnings: RwSignal::new((None, Vec::new())),
            open: RwSignal::new(open.filter(|_| may_change)),
            done: RwSignal::new(0),
            may_change,
            toasts: Toasts::current(),
            place: Place::current(),
            host: Host::current(),
        }
    }

    pub(super) fn row(self, helpdesk: Helpdesk) -> Memo<Integration> {
        Memo::new(move |_| {
            self.rows
                .with(|rows| rows.iter().find(|row| row.helpdesk == helpdesk).cloned())
                .unwrap_or_else(|| not_connected(helpdesk, HelpdeskLook::default(), String::new()))
        })
    }

    pub(super) fn put(self, integration: Integration) {
        self.rows.update(|rows| match rows.iter_mut().find(|row| row.helpdesk == integration.helpdesk) {
            Some(row) => *row = integration,
            None => rows.push(integration),
        });
        self.look();
    }

    /// Shows all rows as an action has returned them.
    pub(super) fn put_all(self, rows: Vec<Integration>) {
        self.rows.update(|shown| *shown = rows);
        self.done.try_update(|n| *n += 1);
    }

    /// Refreshes the rows. If that fails, the next refresh tries again.
    pub(super) fn reload(self) {
        self.rows.ask(api::integrations::list());
    }

    /// Refreshes everything after an action, including the handovers and the checklist.
    pub(super) fn look(self) {
        self.done.try_update(|n| *n += 1);
        self.reload();
    }

    /// Moves the focus to the row's button if nothing has it, after a dialog that was opened by the address or by a
    /// button that is gone. Otherwise the browser has restored the focus, and it may have moved on since.
    pub(super) fn back_to_row(self, helpdesk: Helpdesk) {
        if Place::focus_is_lost() {
            self.place.focus(&open_button_id(helpdesk));
        }
    }

    /// Returns the id of the text that explains why a button is disabled.
    pub(super) fn why_not(self) -> Option<String> {
        (!self.may_change).then(|| ONLY_LOOKING.to_owned())
    }
}

pub(super) fn not_connected(helpdesk: Helpdesk, look: HelpdeskLook, credentials_page: String) -> Integration {
    Integration {
        helpdesk,
        state: ConnectionState::NotConnected,
        subdomain: None,
        url: None,
        old_secret_until: None,
        method: None,
        username: None,
        problem: None,
        reason: None,
        code: None,
        args: Args::default(),
        held: 0,
        waiting: 0,
        unsent: 0,
        receives_handovers: false,
        team: None,
        priority: None,
        teams: TeamList::default(),
        warnings: Vec::new(),
        account_url: None,
        credentials_page,
        look,
        changes: Vec::new(),
    }
}

/// Returns the id of the button that opens a helpdesk's dialog, to which focus returns.
pub(super) fn open_button_id(helpdesk: Helpdesk) -> String {
    format!("open-{}", helpdesk.slug())
}

/// Returns the id of the button that opens the disconnect dialog.
pub(super) fn disconnect_button_id(helpdesk: Helpdesk) -> String {
    format!("disconnect-{}", helpdesk.slug())
}
