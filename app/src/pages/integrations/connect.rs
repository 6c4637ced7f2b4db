//! The dialog that connects a helpdesk, or changes its credentials.

use super::row::{WarningList, back_to_row};
use super::{Board, Open};
use crate::api;
use crate::check::{self, Stored};
use crate::components::button::{Weight, closes, pressed};
use crate::components::field::{self, FieldSpec};
use crate::components::host::Event;
use crate::components::place::bring_into_view;
use crate::components::{Button, Dialog, DialogHandle, Glyph, Icon, SecretField, TextField, Trouble};
use crate::forms::{FormOutcome, INTEGRATIONS, Intent};
use crate::model::{
    CallError, ConnectionForm, ConnectionState, FieldError, Helpdesk, SaveOutcome, Subdomain, TestOutcome,
};
use crate::notice::Notice;
use crate::words;
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::reactive::spawn_local_scoped;

/// What stands under the fields after a test or a save.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    Tested(TestOutcome),
    Trouble(CallError),
}

/// The id of where it stands.
const TOLD: &str = "connect-told";

/// The id of a field's element.
fn field_id(name: &str) -> &'static str {
    match name {
        "subdomain" => "connect-subdomain",
        "username" => "connect-username",
        _ => "connect-api-key",
    }
}

/// The page of the account on which its credentials stand. A [`Subdomain`] is one DNS label, so nothing that is typed
/// leads to another host.
fn credentials_page(helpdesk: Helpdesk, template: &str, subdomain: &str) -> Option<String> {
    let subdomain = Subdomain::parse(helpdesk, subdomain).ok()?;
    words::web_address(&template.replace("{subdomain}", subdomain.as_str())).map(str::to_owned)
}

/// The state of the dialog's form.
#[derive(Clone, Copy)]
struct Form {
    helpdesk: Helpdesk,
    board: Board,
    dialog: StoredValue<Option<DialogHandle>>,
    stored: StoredValue<Option<Stored>>,
    template: StoredValue<String>,
    subdomain: NodeRef<Input>,
    username: NodeRef<Input>,
    api_key: NodeRef<Input>,
    errors: RwSignal<Vec<FieldError>>,
    told: RwSignal<Option<Told>>,
    busy: RwSignal<Option<Intent>>,
    page: RwSignal<Option<String>>,
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
            self.follow_subdomain();
        }
    }

    fn follow_subdomain(self) {
        let subdomain = field::value(self.subdomain);
        self.page.set(self.template.with_value(|it| credentials_page(self.helpdesk, it, &subdomain)));
    }

    /// Shows what a pasted address becomes.
    fn tidy_subdomain(self) {
        if let Ok(subdomain) = Subdomain::parse(self.helpdesk, &field::value(self.subdomain)) {
            field::set_value(self.subdomain, subdomain.as_str());
        }
    }

    fn refuse(self, errors: Vec<FieldError>) {
        let first = errors.first().map(|error| field_id(&error.field));
        self.errors.set(errors);
        if let Some(id) = first {
            self.board.place.focus(id);
        }
    }

    fn submit(self, event: &SubmitEvent) {
        if closes(event) {
            return;
        }
        event.prevent_default();
        let intent = pressed(event).unwrap_or(Intent::Test);
        if self.busy.get_untracked().is_some() {
            return;
        }
        let typed = ConnectionForm {
            subdomain: field::value(self.subdomain),
            username: field::value(self.username),
            api_key: Some(field::value(self.api_key)),
        };
        self.told.set(None);
        self.tidy_subdomain();
        let checked =
            self.stored.with_value(|stored| check::connection(self.helpdesk, typed, stored.as_ref()));
        match checked {
            Err(errors) => self.refuse(errors),
            Ok(form) => {
                field::set_value(self.username, &form.username);
                self.errors.set(Vec::new());
                self.busy.set(Some(intent));
                spawn_local_scoped(async move {
                    match intent {
                        Intent::Save => self.save(form).await,
                        _ => self.test(form).await,
                    }
                    self.busy.try_set(None);
                });
            }
        }
    }

    async fn test(self, form: ConnectionForm) {
        match api::integrations::test(self.helpdesk, form).await {
            Ok(outcome) => {
                let problem = match outcome {
                    TestOutcome::Passed { .. } => None,
                    TestOutcome::Failed { problem, .. } => Some(problem),
                };
                self.board.host.tell(Event::Tested(self.helpdesk, problem));
                self.tell(Told::Tested(outcome));
            }
            Err(error) => self.fail(error),
        }
    }

    async fn save(self, form: ConnectionForm) {
        match api::integrations::save(self.helpdesk, form).await {
            Ok(SaveOutcome::Saved { integration, warnings }) => {
                // Also when the dialog has been closed meanwhile: it is saved all the same.
                self.board.put(*integration);
                self.board.warnings.try_set(warnings);
                self.board.toasts.good(Notice::Saved.sentence());
                self.board.host.tell(Event::Connected(self.helpdesk));
                if let Some(Some(dialog)) = self.dialog.try_get_value() {
                    dialog.close();
                }
            }
            Ok(SaveOutcome::Rejected { problem, message }) => {
                self.tell(Told::Tested(TestOutcome::Failed { problem, message }));
            }
            Err(error) => self.fail(error),
        }
    }

    fn fail(self, error: CallError) {
        match error {
            CallError::Fields { errors } if self.told.try_get_untracked().is_some() => self.refuse(errors),
            error => self.tell(Told::Trouble(error)),
        }
    }

    /// With its beginning in view: on a small screen it lies below the fold.
    fn tell(self, told: Told) {
        self.told.try_set(Some(told));
        request_animation_frame(move || {
            if let Some(region) = self.board.place.element(TOLD) {
                bring_into_view(&region);
            }
        });
    }
}

#[component]
pub(super) fn ConnectDialog(board: Board, helpdesk: Helpdesk, outcome: Option<FormOutcome>) -> impl IntoView {
    let row = board.row(helpdesk).get_untracked();
    let connected = row.state != ConnectionState::NotConnected;
    let stored = match (row.subdomain.clone(), row.username.clone()) {
        (Some(subdomain), Some(username)) if connected => Some(Stored { subdomain, username }),
        _ => None,
    };
    let (subdomain, username) = match &outcome {
        Some(outcome) => (outcome.subdomain.clone(), outcome.username.clone()),
        None => (row.subdomain.unwrap_or_default(), row.username.unwrap_or_default()),
    };
    let told = outcome.as_ref().and_then(|outcome| match (&outcome.outcome, &outcome.error) {
        (Some(tested), _) => Some(Told::Tested(tested.clone())),
        (None, Some(CallError::Fields { .. }) | None) => None,
        (None, Some(error)) => Some(Told::Trouble(error.clone())),
    });
    let form = Form {
        helpdesk,
        board,
        dialog: StoredValue::new(None),
        stored: StoredValue::new(stored),
        subdomain: NodeRef::new(),
        username: NodeRef::new(),
        api_key: NodeRef::new(),
        errors: RwSignal::new(outcome.map(|outcome| outcome.field_errors()).unwrap_or_default()),
        told: RwSignal::new(told),
        busy: RwSignal::new(None),
        page: RwSignal::new(credentials_page(helpdesk, &row.credentials_page, &subdomain)),
        template: StoredValue::new(row.credentials_page),
    };
    // Something may have been typed before the page was live.
    Effect::new(move |_| form.follow_subdomain());
    let closed = move |()| {
        if board.open.get_untracked() == Some(Open::Connect(helpdesk)) {
            board.open.set(None);
        }
        back_to_row(board, helpdesk);
    };
    let title = if connected { format!("Configure {helpdesk}") } else { format!("Connect {helpdesk}") };

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
    let errors = Signal::from(form.errors);
    let changed = move |name: &'static str| Callback::new(move |()| form.changed(name));
    let busy_with = move |intent: Intent| Signal::derive(move || form.busy.get() == Some(intent));
    let subdomain_spec = FieldSpec {
        id: field_id("subdomain"),
        name: "subdomain",
        label: format!("{helpdesk} subdomain"),
        help: Some(format!("Your {helpdesk} subdomain is a part of the Base API URL")),
        placeholder: "mystore",
        required: true,
    };
    let username_spec = FieldSpec {
        id: field_id("username"),
        name: "username",
        label: "Username (Email)".to_owned(),
        help: None,
        placeholder: "",
        required: true,
    };
    let key_spec = FieldSpec {
        id: field_id("api_key"),
        name: "api_key",
        label: "API key".to_owned(),
        help: connected.then(|| "Leave it empty to keep the saved key.".to_owned()),
        placeholder: if connected { "Saved" } else { "" },
        required: !connected,
    };

    view! {
        <form
            class="form"
            method="post"
            action=INTEGRATIONS
            novalidate=true
            autocomplete="off"
            on:submit=move |event| form.submit(&event)
        >
            <input type="hidden" name="helpdesk" value=helpdesk.slug() />
            <div class="dialog-body">
                <TextField
                    spec=subdomain_spec
                    value=subdomain
                    errors
                    node=form.subdomain
                    first=true
                    on_input=changed("subdomain")
                    on_leave=Callback::new(move |()| form.tidy_subdomain())
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
                    <span>"Where do I find these?"</span>
                    " "
                    {move || {
                        let way = format!("{helpdesk} → Settings → REST API");
                        match form.page.get() {
                            Some(page) => view! {
                                <a class="link" href=page target="_blank" rel="noreferrer">
                                    {way}
                                    <Icon glyph=Glyph::Out />
                                </a>
                            }
                            .into_any(),
                            None => view! { <span>{way}</span> }.into_any(),
                        }
                    }}
                </p>
                <div class="told" id=TOLD role="status" aria-live="polite">
                    {move || form.told.get().map(|told| view! { <Result told /> })}
                </div>
            </div>
            <footer class="dialog-foot">
                <Button
                    label="Test connection"
                    weight=Weight::Plain
                    intent=Intent::Test
                    busy=busy_with(Intent::Test)
                />
                <Button label="Save" weight=Weight::Primary intent=Intent::Save busy=busy_with(Intent::Save) />
                // Closes without a script too, and sends nothing.
                <button type="submit" class="button button-quiet" formmethod="dialog" formnovalidate=true>
                    "Cancel"
                </button>
            </footer>
        </form>
    }
}

/// The sentences of the contract, and what is behind them.
#[component]
fn Result(told: Told) -> impl IntoView {
    match told {
        Told::Tested(TestOutcome::Passed { warnings }) => view! {
            <div class="note note-good">
                <Icon glyph=Glyph::Check />
                <p class="note-title">"Connection successful!"</p>
            </div>
            {(!warnings.is_empty()).then(|| view! { <WarningList warnings /> })}
        }
        .into_any(),
        Told::Tested(TestOutcome::Failed { message, .. }) => view! {
            <div class="note note-bad">
                <Icon glyph=Glyph::Warning />
                <div>
                    <p class="note-title">
                        "Connection failed. Please check your credentials and try again."
                    </p>
                    <p>{words::plain(&message)}</p>
                </div>
            </div>
        }
        .into_any(),
        Told::Trouble(error) => view! { <Trouble error /> }.into_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_the_credentials_is_on_the_shops_own_host_or_nowhere() {
        let template = "https://{subdomain}.gorgias.com/app/settings/rest-api";
        let page = |subdomain| credentials_page(Helpdesk::Gorgias, template, subdomain);
        assert_eq!(page(" Your-Store "), Some("https://your-store.gorgias.com/app/settings/rest-api".into()));
        assert_eq!(page(""), None);
        assert_eq!(page("evil.com#"), None);
        assert_eq!(credentials_page(Helpdesk::Gorgias, "javascript:{subdomain}", "alert"), None);
    }
}
