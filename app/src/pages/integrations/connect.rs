//! The dialog that connects a helpdesk or changes its credentials.

use super::board::{IntegrationsBoard, Open};
use super::credentials_page::CredentialsPage;
use super::form::{CLOSES, ConnectForm, Start, TOLD, Told, field_id};
use super::routing;
use super::submit::TestResult;
use crate::check::KeptAccount;
use crate::components::attributes::hidden;
use crate::components::button::{Weight, closes, pressed};
use crate::components::field::{self, FieldSpec};
use crate::components::{
    Button, Dialog, DialogHandle, Host, SecretField, TextField, follows, named, says, shows, there_while,
    when,
};
use crate::forms::IntegrationsIntent;
use crate::model::{
    ConnectionState, FieldText, Helpdesk, HelpdeskLook, Integration, MethodText, Takes, UserKind,
};
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
    let mut row = board.row(helpdesk).get_untracked();
    let connected = row.state != ConnectionState::NotConnected;
    let name = [("helpdesk", helpdesk.name())];
    let stored = match (row.subdomain.clone(), row.method.clone(), row.username.clone()) {
        (Some(subdomain), Some(method), Some(username)) if connected => {
            Some(KeptAccount { subdomain, method, username })
        }
        _ => None,
    };
    let saved = Start {
        subdomain: row.url.take().or(row.subdomain.take()).unwrap_or_default(),
        method: row.method.take(),
        username: row.username.take().unwrap_or_default(),
        ..Start::default()
    };
    let Start { subdomain, method, username, choice, errors, told } = match start {
        // A new secret comes alone.
        Some(Start { told: told @ Some(Told::Secret(_)), .. }) => Start { told, ..saved },
        Some(start) => start,
        None => saved,
    };
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
        template: StoredValue::new(std::mem::take(&mut row.credentials_page)),
        way: StoredValue::new(of_methods(helpdesk, &row.look, |it| it.where_to_find)),
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
            <Fields form row subdomain method username choice connected />
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
    row: Integration,
    subdomain: String,
    method: Option<String>,
    username: String,
    choice: [Option<String>; 2],
    connected: bool,
) -> impl IntoView {
    let dialog = DialogHandle::current();
    form.dialog.set_value(Some(dialog));
    let helpdesk = form.helpdesk;
    let errors = Signal::from(form.errors);
    let takes_events = helpdesk.takes() == Takes::Events;
    let account = if takes_events { "url" } else { "subdomain" };
    let look = &row.look;
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
                    spec=spec(account, look.account().map(|text| in_words(helpdesk, text)))
                    value=subdomain
                    inputmode=if takes_events { "url" } else { "text" }
                    errors
                    node=form.subdomain
                    first=!untrack(|| form.shows_secret())
                    on_input=changed(account)
                    on_leave=Callback::new(move |()| form.tidy_subdomain())
                />
                {(!takes_events)
                    .then(|| credentials(form, look, method.as_deref(), username, connected))}
                {connected.then(|| routing::choices(form, &row, choice))}
                <div class="told" {..told}>
                    {shows(move || form.told.get().map(|told| view! { <TestResult told /> }.into_any()))}
                </div>
            </div>
            {foot(form)}
        </form>
    }
}

/// The fields of a helpdesk's own credentials. A helpdesk that takes events has none.
fn credentials(
    form: ConnectForm,
    look: &HelpdeskLook,
    method: Option<&str>,
    username: String,
    connected: bool,
) -> AnyView {
    let helpdesk = form.helpdesk;
    let errors = Signal::from(form.errors);
    let is_email = helpdesk.methods().iter().all(|method| method.user == UserKind::Email);
    let changed = move |name: &'static str| Callback::new(move |()| form.changed(name));
    view! {
                {methods(form, look, method)}
                <TextField
                    spec=spec("username", field_of(helpdesk, look, |it| it.user))
                    value=username
                    inputmode=if is_email { "email" } else { "text" }
                    autocomplete=if is_email { "email" } else { "off" }
                    errors
                    node=form.username
                    on_input=changed("username")
                />
                <SecretField
                    spec=key_spec(connected, spec("api_key", field_of(helpdesk, look, |it| it.secret)))
                    errors
                    node=form.api_key
                    on_input=changed("api_key")
                />
                <p class="where">
                    <span>{t("Where do I find these?")}</span>
                    " "
                    <CredentialsPage form />
                </p>
    }
    .into_any()
}

/// Renders the choice of access methods, if there are several. CSS then shows the chosen method's texts at the fields, so
/// choosing works without a script.
fn methods(form: ConnectForm, look: &HelpdeskLook, chosen: Option<&str>) -> Option<AnyView> {
    let all = form.helpdesk.methods();
    if all.len() < 2 {
        return None;
    }
    let chosen = all.iter().position(|it| Some(it.slug) == chosen).unwrap_or_default();
    let choice = |at: usize| {
        let (slug, text) = (all[at].slug, look.method(at));
        let id = format!("connect-{slug}");
        let help = format!("{id}-help");
        let has_note = !text.note.is_empty();
        let radio = named([
            ("type", "radio".into()),
            ("name", "method".into()),
            ("value", slug.into()),
            ("id", id.clone().into()),
            ("checked", (at == chosen).into()),
            ("aria-describedby", has_note.then(|| help.clone()).into()),
        ]);
        view! {
            <div class="choice">
                <input {..radio} on:change=move |_| form.changed_method() />
                <label {..named([("for", id.into())])}>{in_words(form.helpdesk, text.name)}</label>
                {has_note
                    .then(|| view! {
                        <p class="choice-help" {..named([("id", help.into())])}>
                            {in_words(form.helpdesk, text.note)}
                        </p>
                    })}
            </div>
        }
        .into_any()
    };
    let choices = (0..all.len()).map(choice).collect_view();
    Some(
        view! {
            <fieldset class="choices">
                <legend class="field-label">{t("Connect with")}</legend>
                {choices}
            </fieldset>
        }
        .into_any(),
    )
}

/// Returns a text of a helpdesk's description in the reader's language. An empty text stays empty.
fn in_words(helpdesk: Helpdesk, text: &str) -> String {
    if text.is_empty() { String::new() } else { tf(text, &[("helpdesk", helpdesk.name())]) }
}

/// Returns a text of every access method, one line each.
fn of_methods(
    helpdesk: Helpdesk,
    look: &HelpdeskLook,
    text: for<'a> fn(MethodText<'a>) -> &'a str,
) -> String {
    let lines = (0..helpdesk.methods().len()).map(|at| in_words(helpdesk, text(look.method(at))));
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns a field's label, help text and placeholder, each with one line per access method.
fn field_of(
    helpdesk: Helpdesk,
    look: &HelpdeskLook,
    field: for<'a> fn(MethodText<'a>) -> FieldText<'a>,
) -> [String; 3] {
    std::array::from_fn(|part| {
        let lines = (0..helpdesk.methods().len())
            .map(|at| in_words(helpdesk, field(look.method(at)).get(part).copied().unwrap_or_default()));
        lines.collect::<Vec<_>>().join("\n")
    })
}

/// Builds a field of the form from its helpdesk's texts.
fn spec(name: &'static str, [label, help, placeholder]: [String; 3]) -> FieldSpec {
    let help = Some(help).filter(|help| !help.trim().is_empty());
    // CSS cannot change a placeholder, so a choice of methods has none.
    let placeholder = if placeholder.contains('\n') { String::new() } else { placeholder };
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

/// The buttons. While a secret is shown there is only one, because a test or another save would replace it.
fn foot(form: ConnectForm) -> AnyView {
    let done = move || form.shows_secret();
    let busy_with = move |intent| there_while(move || form.busy.get() == Some(intent));
    let in_frame = Host::current().is_there();
    let close = named([
        ("type", "submit".into()),
        ("formmethod", "dialog".into()),
        ("formnovalidate", true.into()),
        ("id", CLOSES.into()),
        (
            "class",
            follows(move || Some(if done() { Weight::Primary } else { Weight::Quiet }.class().to_owned())),
        ),
        ("autofocus", (untrack(done) && !in_frame).into()),
        ("data-first", untrack(done).into()),
    ]);
    let test_and_save = move || {
        view! {
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
        }
        .into_any()
    };
    view! {
        <footer class="dialog-foot">
            {when(move || !done(), test_and_save)}
            // Closes without a script too, and sends nothing.
            <button {..close}>{says(move || if done() { t("Done") } else { t("Cancel") })}</button>
        </footer>
    }
    .into_any()
}
