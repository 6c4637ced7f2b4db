//! The form of the dialog that connects a helpdesk: what is in it, and what it says.

use super::board::IntegrationsBoard;
use crate::check::KeptAccount;
use crate::components::{DialogHandle, field};
use crate::forms::IntegrationsIntent;
use crate::model::{CallError, FieldError, Helpdesk, TestOutcome};
use leptos::html::Input;
use leptos::prelude::*;

/// The id of where the form says what a test or a save found.
pub(super) const TOLD: &str = "connect-told";

/// The id of a field's element.
pub(super) fn field_id(name: &str) -> &'static str {
    match name {
        "subdomain" => "connect-subdomain",
        "username" => "connect-username",
        _ => "connect-api-key",
    }
}

/// What stands under the fields after a test or a save.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// What the test found.
    Tested(TestOutcome),
    /// Why there is no result.
    Trouble(CallError),
}

/// What a dialog begins with, where that is not the saved account: a form that was posted without WASM and is shown
/// again.
#[derive(Clone, Default)]
pub(crate) struct Start {
    pub(super) subdomain: String,
    /// The kind of credentials; none: the helpdesk's first.
    pub(super) method: Option<String>,
    pub(super) username: String,
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
    /// The way to the credentials.
    pub(super) way: StoredValue<String>,
    pub(super) subdomain: NodeRef<Input>,
    pub(super) username: NodeRef<Input>,
    pub(super) api_key: NodeRef<Input>,
    pub(super) errors: RwSignal<Vec<FieldError>>,
    pub(super) told: RwSignal<Option<Told>>,
    pub(super) busy: RwSignal<Option<IntegrationsIntent>>,
    /// What stands in the field of the subdomain.
    pub(super) typed: RwSignal<String>,
}

impl ConnectForm {
    /// A result belongs to what was tested: a change takes it away, with the error of the field.
    pub(super) fn changed(self, name: &'static str) {
        if self.told.with_untracked(Option::is_some) {
            self.told.set(None);
        }
        if self.errors.with_untracked(|errors| errors.iter().any(|error| error.field == name)) {
            self.errors.update(|errors| errors.retain(|error| error.field != name));
        }
        if name == "subdomain" {
            self.typed.set(field::value(self.subdomain));
        }
    }

    /// What another kind of credentials asks for is another question: nothing that was said of the first is true of it.
    pub(super) fn changed_method(self) {
        self.changed("method");
        self.errors.set(Vec::new());
    }

    /// The chosen kind of credentials, where there is a choice.
    pub(super) fn method(self) -> Option<String> {
        self.board.place.find("[name=method]:checked")?.get_attribute("value")
    }
}
