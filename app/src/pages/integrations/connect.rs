//! The dialog that connects a helpdesk or changes its credentials.

use super::board::{IntegrationsBoard, Open};
use super::credentials_page::CredentialsPage;
use super::form::{ConnectForm, Start, TOLD, field_id};
use super::submit::TestResult;
use crate::check::KeptAccount;
use crate::components::attributes::hidden;
use crate::components::button::{Weight, closes, pressed};
use crate::components::field::{self, FieldSpec};
use crate::components::{Button, Dialog, DialogHandle, SecretField, TextField, named, shows, there_while};
use crate::forms::IntegrationsIntent;
use crate::model::{ConnectionState, Helpdesk, HelpdeskLook, UserKind};
use crate::routes::INTEGRATIONS;
use crate::text::{t, tf};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

#[component]
pub(super) fn ConnectDialog(
    board: IntegrationsBoard,
    helpdesk: Helpdesk,
    start: Option<Start>,
) -> impl IntoView {
    let row = board.row(helpdesk).get_untracked();
    let connected = row.state != ConnectionState::NotConnected;
    let name = [("helpdesk", helpdesk.name())];
    let stored = match (row.subdomain.clone(), row.username.clone()) {
        (Some(subdomain), Some(username)) if connected => Some(KeptAccount { subdomain, username }),
        _ => None,
    };
    let Start { subdomain, username, errors, told } = start.unwrap_or_else(|| Start {
        subdomain: row.subdomain.unwrap_or_default(),
        username: row.username.unwrap_or_default(),
        ..Start::default()
    });
    let form = ConnectForm {
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
        way: StoredValue::new(tf(row.look.where_to_find(), &name)),
    };
    // Something may have been typed before the page was live.
    Effect::new(move |_| form.typed.set(field::value(form.subdomain)));
    let closed = move |()| {
        if board.open.get_untracked() == Some(Open::Connect(helpdesk)) {
            board.open.set(None);
        }
        board.back_to_row(helpdesk);
    };
    let title = if connected { tf("Configure {helpdesk}", &name) } else { tf("Connect {helpdesk}", &name) };

    view! {
        <Dialog id="connect-title" title on_close=Callback::new(closed)>
            <Fields form look=row.look subdomain username connected />
        </Dialog>
    }
}

/// Handles a press of one of the form's buttons, unless a request is in flight.
fn submit(form: ConnectForm, event: &SubmitEvent) {
    if closes(event) {
        return;
    }
    event.prevent_default();
    if form.busy.get_untracked().is_some() {
        return;
    }
    let intent = pressed(event).as_deref().and_then(IntegrationsIntent::from_name);
    let intent = intent.unwrap_or(IntegrationsIntent::Test);
    form.busy.set(Some(intent));
    form.told.set(None);
    form.carry_out(intent);
}

#[component]
fn Fields(
    form: ConnectForm,
    look: HelpdeskLook,
    subdomain: String,
    username: String,
    connected: bool,
) -> impl IntoView {
    let dialog = DialogHandle::current();
    form.dialog.set_value(Some(dialog));
    let helpdesk = form.helpdesk;
    let errors = Signal::from(form.errors);
    let is_email = helpdesk.user_kind() == UserKind::Email;
    let changed = move |name: &'static str| Callback::new(move |()| form.changed(name));
    let told = named([("id", TOLD.into()), ("role", "status".into()), ("aria-live", "polite".into())]);
    view! {
        <form
            class="form"
            on:submit=move |event| submit(form, &event)
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
                    spec=spec("subdomain", helpdesk, &look)
                    value=subdomain
                    errors
                    node=form.subdomain
                    first=true
                    on_input=changed("subdomain")
                    on_leave=Callback::new(move |()| form.tidy_subdomain())
                />
                <TextField
                    spec=spec("username", helpdesk, &look)
                    value=username
                    inputmode=if is_email { "email" } else { "text" }
                    autocomplete=if is_email { "email" } else { "off" }
                    errors
                    node=form.username
                    on_input=changed("username")
                />
                <SecretField
                    spec=key_spec(connected, spec("api_key", helpdesk, &look))
                    errors
                    node=form.api_key
                    on_input=changed("api_key")
                />
                <p class="where">
                    <span>{t("Where do I find these?")}</span>
                    " "
                    <CredentialsPage form />
                </p>
                <div class="told" {..told}>
                    {shows(move || form.told.get().map(|told| view! { <TestResult told /> }.into_any()))}
                </div>
            </div>
            {foot(form)}
        </form>
    }
}

/// Returns a field's texts for this helpdesk.
fn spec(name: &'static str, helpdesk: Helpdesk, look: &HelpdeskLook) -> FieldSpec {
    let [label, help, placeholder] = look.field(name).map(|text| tf(text, &[("helpdesk", helpdesk.name())]));
    let help = Some(help).filter(|help| !help.is_empty());
    FieldSpec { id: field_id(name), name, label, help, placeholder, required: true }
}

/// Returns the key field's texts. If `connected`, an empty field keeps the saved key.
fn key_spec(connected: bool, spec: FieldSpec) -> FieldSpec {
    if !connected {
        return spec;
    }
    FieldSpec {
        help: Some(t("Leave it empty to keep the saved key.")),
        placeholder: t("Saved"),
        required: false,
        ..spec
    }
}

/// The buttons.
fn foot(form: ConnectForm) -> AnyView {
    let busy_with = move |intent| there_while(move || form.busy.get() == Some(intent));
    let cancel =
        named([("type", "submit".into()), ("formmethod", "dialog".into()), ("formnovalidate", true.into())]);
    view! {
        <footer class="dialog-foot">
            <Button
                label=t("Test connection")
                weight=Weight::Plain
                intent=IntegrationsIntent::Test.name()
                busy=busy_with(IntegrationsIntent::Test)
            />
            <Button
                label=t("Save")
                weight=Weight::Primary
                intent=IntegrationsIntent::Save.name()
                busy=busy_with(IntegrationsIntent::Save)
            />
            // Closes without a script too, and sends nothing.
            <button class="button button-quiet" {..cancel}>
                {t("Cancel")}
            </button>
        </footer>
    }
    .into_any()
}
