//! The state of the form that connects a helpdesk.

use super::board::IntegrationsBoard;
use crate::check::KeptAccount;
use crate::components::{DialogHandle, field};
use crate::forms::IntegrationsIntent;
use crate::model::{CallError, FieldError, Helpdesk, ShownSecret, TestOutcome};
use leptos::html::Input;
use leptos::prelude::*;

/// The id of the region with the result of a test or save.
pub(super) const TOLD: &str = "connect-told";

/// The id of the button that closes the dialog.
pub(super) const CLOSES: &str = "connect-closes";

/// Returns the id of a field's element.
pub(super) fn field_id(name: &str) -> &'static str {
    match name {
        "url" => "connect-url",
        "subdomain" => "connect-subdomain",
        "username" => "connect-username",
        "team" => "connect-team",
        "priority" => "connect-priority",
        _ => "connect-api-key",
    }
}

/// The result of a test or save, shown under the fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// The result of a test.
    Tested(TestOutcome),
    /// A secret that is shown this once.
    Secret(ShownSecret),
    /// Why there is no result.
    Trouble(CallError),
}

/// What a dialog starts with instead of the saved account: a form posted without WASM, shown again.
#[derive(Clone, Default)]
pub(crate) struct Start {
    pub(super) subdomain: String,
    /// The access method. Without one, the helpdesk's first.
    pub(super) method: Option<String>,
    pub(super) username: String,
    /// The chosen team and priority. `None` keeps the saved choice.
    pub(super) choice: [Option<String>; 2],
    pub(super) errors: Vec<FieldError>,
    pub(super) told: Option<Told>,
}

/// The state of the dialog's form.
#[derive(Clone, Copy)]
pub(crate) struct ConnectForm {
    pub(super) helpdesk: Helpdesk,
    pub(super) board: IntegrationsBoard,
    pub(super) dialog: StoredValue<Option<DialogHandle>>,
    pub(super) stored: StoredValue<Option<KeptAccount>>,
    pub(super) template: StoredValue<String>,
    /// The path to the credentials.
    pub(super) way: StoredValue<String>,
    pub(super) subdomain: NodeRef<Input>,
    pub(super) username: NodeRef<Input>,
    pub(super) api_key: NodeRef<Input>,
    pub(super) errors: RwSignal<Vec<FieldError>>,
    pub(super) told: RwSignal<Option<Told>>,
    pub(super) busy: RwSignal<Option<IntegrationsIntent>>,
    /// The current subdomain as typed.
    pub(super) typed: RwSignal<String>,
}

impl ConnectForm {
    /// Returns whether a secret is shown. It cannot be shown again, so nothing may replace it.
    pub(super) fn shows_secret(self) -> bool {
        self.told.with(|told| matches!(told, Some(Told::Secret(_))))
    }

    /// Clears the result and the field's error, because they belong to the previous values.
    pub(super) fn changed(self, name: &'static str) {
        if self.told.with_untracked(Option::is_some) && !untrack(|| self.shows_secret()) {
            self.told.set(None);
        }
        if self.errors.with_untracked(|errors| errors.iter().any(|error| error.field == name)) {
            self.errors.update(|errors| errors.retain(|error| error.field != name));
        }
        if name == "subdomain" {
            self.typed.set(field::value(self.subdomain));
        }
    }

    /// Clears results and errors after a change of the access method, because they were about the previous one.
    pub(super) fn changed_method(self) {
        self.changed("method");
        self.errors.set(Vec::new());
    }

    /// Returns the value of the element with this selector, if there is one.
    pub(super) fn chosen(self, selector: &str) -> Option<String> {
        self.board.place.find(selector)?.get_attribute("value")
    }
}
