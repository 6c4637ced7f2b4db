//! What the parts of the page share.

use crate::api;
use crate::components::{Host, Place, Toasts};
use crate::kept::Kept;
use crate::model::{ConnectionState, Helpdesk, HelpdeskLook, Integration, Readiness, Warning};
use domain::Args;
use leptos::prelude::*;

/// The id of what a member reads about the buttons.
pub(in crate::pages) const ONLY_LOOKING: &str = "only-looking";

/// Which dialog is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Open {
    Connect(Helpdesk),
    Disconnect(Helpdesk),
}

impl Open {
    /// As the form of its button says it.
    #[cfg(feature = "ssr")]
    pub(crate) fn name(self) -> String {
        match self {
            Self::Connect(helpdesk) => format!("connect={}", helpdesk.slug()),
            Self::Disconnect(helpdesk) => format!("disconnect={}", helpdesk.slug()),
        }
    }

    /// The dialog with this name.
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

/// The rows with what stands beside them, and what is open.
#[derive(Clone, Copy)]
pub(crate) struct IntegrationsBoard {
    pub(super) rows: Kept<Vec<Integration>>,
    /// What stands between the merchant and a ticket for every handover.
    pub(super) readiness: Kept<Vec<Readiness>>,
    /// What the last save found worth knowing.
    pub(super) warnings: RwSignal<Vec<Warning>>,
    pub(super) open: RwSignal<Option<Open>>,
    /// Counts what was done here: the list of handovers and the checklist then look at once.
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
            warnings: RwSignal::new(Vec::new()),
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

    /// Asks for the rows again. What does not arrive is asked for next time.
    pub(super) fn reload(self) {
        self.rows.ask(api::integrations::list());
    }

    /// After something was done: everything is looked at again, the handovers and the checklist too.
    pub(super) fn look(self) {
        self.done.try_update(|n| *n += 1);
        self.reload();
    }

    /// After a dialog that was opened by the address, or by a button that has gone, nothing has the focus: then it goes
    /// to the row's button. Otherwise the browser has given it back, and it may have moved on since.
    pub(super) fn back_to_row(self, helpdesk: Helpdesk) {
        if Place::focus_is_lost() {
            self.place.focus(&open_button_id(helpdesk));
        }
    }

    /// The id of what explains a button that cannot be pressed.
    pub(super) fn why_not(self) -> Option<String> {
        (!self.may_change).then(|| ONLY_LOOKING.to_owned())
    }
}

pub(super) fn not_connected(helpdesk: Helpdesk, look: HelpdeskLook, credentials_page: String) -> Integration {
    Integration {
        helpdesk,
        state: ConnectionState::NotConnected,
        subdomain: None,
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
        account_url: None,
        credentials_page,
        look,
        changes: Vec::new(),
    }
}

/// The id of the button that opens the dialog of a helpdesk; the focus comes back to it.
pub(super) fn open_button_id(helpdesk: Helpdesk) -> String {
    format!("open-{}", helpdesk.slug())
}

/// The id of the button that asks whether to disconnect.
pub(super) fn disconnect_button_id(helpdesk: Helpdesk) -> String {
    format!("disconnect-{}", helpdesk.slug())
}
