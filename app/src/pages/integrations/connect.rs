//! The dialog that connects a helpdesk, or changes its credentials.

use super::later::{self, Later, Part};
use super::row::back_to_row;
use super::submit::{Task, Told};
use super::{Board, Open};
use crate::check::Stored;
use crate::components::attributes::hidden;
use crate::components::button::{Weight, closes, pressed};
use crate::components::field::{self, FieldSpec};
use crate::components::{Button, Dialog, DialogHandle, SecretField, TextField, named, there_while};
use crate::forms::Intent;
use crate::model::{ConnectionState, FieldError, Helpdesk};
use crate::routes::INTEGRATIONS;
use crate::text::{t, tf};
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;

/// The id of where it stands.
pub(super) const TOLD: &str = "connect-told";

/// The id of a field's element.
pub(super) fn field_id(name: &str) -> &'static str {
    match name {
        "subdomain" => "connect-subdomain",
        "username" => "connect-username",
        _ => "connect-api-key",
    }
}

/// The state of the dialog's form.
#[derive(Clone, Copy)]
pub(crate) struct Form {
    pub(super) helpdesk: Helpdesk,
    pub(super) board: Board,
    pub(super) dialog: StoredValue<Option<DialogHandle>>,
    pub(super) stored: StoredValue<Option<Stored>>,
    pub(super) template: StoredValue<String>,
    pub(super) subdomain: NodeRef<Input>,
    pub(super) username: NodeRef<Input>,
    pub(super) api_key: NodeRef<Input>,
    pub(super) errors: RwSignal<Vec<FieldError>>,
    pub(super) told: RwSignal<Option<Told>>,
    pub(super) busy: RwSignal<Option<Intent>>,
    /// What stands in the field of the subdomain.
    pub(super) typed: RwSignal<String>,
}

impl Form {
    /// A result belongs to what was tested: a change takes it away, with the error of the field.
    fn changed(self, name: &'static str) {
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

    /// Takes a press of one of its buttons, unless one is under way.
    fn pressed(self, event: &SubmitEvent) {
        if closes(event) {
            return;
        }
        event.prevent_default();
        if self.busy.get_untracked().is_some() {
            return;
        }
        let intent = pressed(event).unwrap_or(Intent::Test);
        self.busy.set(Some(intent));
        self.told.set(None);
        later::run(self, Task::CarryOut(intent));
    }
}

/// What a dialog begins with, where that is not the saved account: a form that was posted without WASM and is shown again.
#[derive(Clone, Default)]
pub(crate) struct Start {
    pub(super) subdomain: String,
    pub(super) username: String,
    pub(super) errors: Vec<FieldError>,
    pub(super) told: Option<Told>,
}

#[component]
pub(super) fn ConnectDialog(board: Board, helpdesk: Helpdesk, start: Option<Start>) -> impl IntoView {
    let row = board.row(helpdesk).get_untracked();
    let connected = row.state != ConnectionState::NotConnected;
    let stored = match (row.subdomain.clone(), row.username.clone()) {
        (Some(subdomain), Some(username)) if connected => Some(Stored { subdomain, username }),
        _ => None,
    };
    let Start { subdomain, username, errors, told } = start.unwrap_or_else(|| Start {
        subdomain: row.subdomain.unwrap_or_default(),
        username: row.username.unwrap_or_default(),
        ..Start::default()
    });
    let form = Form {
        helpdesk,
        board,
        dialog: StoredValue::new(None),
        stored: StoredValue::new(stored),
        subdomain: NodeRef::new(),
        username: NodeRef::new(),
        api_key: NodeRef::new(),
        errors: RwSignal::new(errors),
        told: RwSignal::new(told),
        busy: RwSignal::new(None),
        typed: RwSignal::new(subdomain.clone()),
        template: StoredValue::new(row.credentials_page),
    };
    // Something may have been typed before the page was live.
    Effect::new(move |_| form.typed.set(field::value(form.subdomain)));
    let closed = move |()| {
        if board.open.get_untracked() == Some(Open::Connect(helpdesk)) {
            board.open.set(None);
        }
        back_to_row(board, helpdesk);
    };
    let name = [("helpdesk", helpdesk.name())];
    let title = if connected { tf("Configure {helpdesk}", &name) } else { tf("Connect {helpdesk}", &name) };

    view! {
        <Dialog id="connect-title" title on_close=Callback::new(closed)>
            <Fields form subdomain username connected />
        </Dialog>
    }
}

#[component]
fn Fields(form: Form, subdomain: String, username: String, connected: bool) -> impl IntoView {
    let dialog = DialogHandle::current();
    form.dialog.set_value(Some(dialog));
    let helpdesk = form.helpdesk;
    let name = [("helpdesk", helpdesk.name())];
    let errors = Signal::from(form.errors);
    let changed = move |name: &'static str| Callback::new(move |()| form.changed(name));
    let busy_with = move |intent: Intent| there_while(move || form.busy.get() == Some(intent));
    let subdomain_spec = FieldSpec {
        id: field_id("subdomain"),
        name: "subdomain",
        label: tf("{helpdesk} subdomain", &name),
        help: Some(tf("Your {helpdesk} subdomain is a part of the Base API URL", &name)),
        placeholder: "mystore".to_owned(),
        required: true,
    };
    let username_spec = FieldSpec {
        id: field_id("username"),
        name: "username",
        label: t("Username (Email)"),
        help: None,
        placeholder: String::new(),
        required: true,
    };
    let key_spec = FieldSpec {
        id: field_id("api_key"),
        name: "api_key",
        label: t("API key"),
        help: connected.then(|| t("Leave it empty to keep the saved key.")),
        placeholder: if connected { t("Saved") } else { String::new() },
        required: !connected,
    };

    let told = named([("id", TOLD.into()), ("role", "status".into()), ("aria-live", "polite".into())]);
    let cancel =
        named([("type", "submit".into()), ("formmethod", "dialog".into()), ("formnovalidate", true.into())]);
    view! {
        <form
            class="form"
            on:submit=move |event| form.pressed(&event)
            {..named([
                ("method", "post".into()),
                ("action", INTEGRATIONS.into()),
                ("novalidate", true.into()),
                ("autocomplete", "off".into()),
            ])}
        >
            <input {..hidden("helpdesk", helpdesk.slug())} />
            <div class="dialog-body">
                <TextField
                    spec=subdomain_spec
                    value=subdomain
                    errors
                    node=form.subdomain
                    first=true
                    on_input=changed("subdomain")
                    on_leave=Callback::new(move |()| later::run(form, Task::Tidy))
                />
                <TextField
                    spec=username_spec
                    value=username
                    inputmode="email"
                    autocomplete="email"
                    errors
                    node=form.username
                    on_input=changed("username")
                />
                <SecretField spec=key_spec errors node=form.api_key on_input=changed("api_key") />
                <p class="where">
                    <span>{t("Where do I find these?")}</span>
                    " "
                    <Later part=Part::CredentialsPage(form) />
                </p>
                <div class="told" {..told}>
                    {move || form.told.get().map(|told| view! { <Later part=Part::Told(told) /> })}
                </div>
            </div>
            <footer class="dialog-foot">
                <Button
                    label=t("Test connection")
                    weight=Weight::Plain
                    intent=Intent::Test
                    busy=busy_with(Intent::Test)
                />
                <Button label=t("Save") weight=Weight::Primary intent=Intent::Save busy=busy_with(Intent::Save) />
                // Closes without a script too, and sends nothing.
                <button class="button button-quiet" {..cancel}>
                    {t("Cancel")}
                </button>
            </footer>
        </form>
    }
}
