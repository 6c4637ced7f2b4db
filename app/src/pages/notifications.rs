//! Settings → Notifications.

use crate::api;
use crate::check;
use crate::components::button::{Weight, focus, pressed};
use crate::components::field::{self, FieldSpec};
use crate::components::{Button, Live, TextField, Toasts, Trouble, page_content};
use crate::forms::{NotificationsIntent, NotificationsOutcome};
use crate::model::{CallError, FieldError, Notifications};
use crate::notice::Notice;
use crate::routes::NOTIFICATIONS;
use crate::text::t;
use crate::words;
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::reactive::spawn_local_scoped;
use leptos_meta::Title;

const EMAIL: &str = "team-email";
const MINUTES: &str = "no-ticket-after";

/// The page.
#[component]
pub fn NotificationsPage() -> impl IntoView {
    let outcome = SharedValue::new(use_context::<NotificationsOutcome>).into_inner();
    let stored = Resource::new_blocking(|| (), |()| api::notifications::get());
    let content = page_content(move |may_change| {
        let outcome = outcome.clone();
        async move {
            let stored = stored.await?;
            Ok(view! { <Content stored may_change outcome /> }.into_any())
        }
    });
    view! {
        <Title text=t("Notifications · Convi") />
        <div class="page page-narrow">
            <h1>{t("Notifications")}</h1>
            <p class="lead">
                {t("Your team gets an email for every conversation that is handed over to a person, whether or not a helpdesk is connected.")}
            </p>
            {content}
        </div>
    }
}

#[component]
fn Content(stored: Notifications, may_change: bool, outcome: Option<NotificationsOutcome>) -> impl IntoView {
    Live::current().begin();
    view! {
        <TeamEmail stored may_change outcome />
        <AboutTheEmail />
    }
}

/// The state of the form.
#[derive(Clone, Copy)]
struct TeamEmailForm {
    email: NodeRef<Input>,
    minutes: NodeRef<Input>,
    /// Whether there is an address that can be removed.
    is_set: RwSignal<bool>,
    busy: RwSignal<Option<NotificationsIntent>>,
    errors: RwSignal<Vec<FieldError>>,
    trouble: RwSignal<Option<CallError>>,
    toasts: Toasts,
}

impl TeamEmailForm {
    /// Starts with the error that a form posted without WASM left.
    fn new(is_set: bool, refused: Option<CallError>) -> Self {
        let (errors, trouble) = match refused {
            Some(CallError::Fields { errors }) => (words::field_errors(errors), None),
            error => (Vec::new(), error),
        };
        Self {
            email: NodeRef::new(),
            minutes: NodeRef::new(),
            is_set: RwSignal::new(is_set),
            busy: RwSignal::new(None),
            errors: RwSignal::new(errors),
            trouble: RwSignal::new(trouble),
            toasts: Toasts::current(),
        }
    }

    fn refuse(self, errors: Vec<FieldError>) {
        let first = if errors.iter().any(|error| error.field == "email") { EMAIL } else { MINUTES };
        self.errors.set(words::field_errors(errors));
        focus(first);
    }

    fn changed(self) {
        if self.errors.with_untracked(|errors| !errors.is_empty()) {
            self.errors.set(Vec::new());
        }
    }

    fn submit(self, event: &SubmitEvent) {
        event.prevent_default();
        if self.busy.get_untracked().is_some() {
            return;
        }
        let intent = pressed(event).as_deref().and_then(NotificationsIntent::from_name);
        let intent = intent.unwrap_or(NotificationsIntent::Save);
        let (email, minutes) = match self.typed(intent) {
            Ok(typed) => typed,
            Err(error) => return self.refuse(vec![error]),
        };
        self.errors.set(Vec::new());
        self.trouble.set(None);
        self.busy.set(Some(intent));
        spawn_local_scoped(async move {
            match save(intent, email, minutes).await {
                Ok(now) => self.saved(intent, now),
                Err(CallError::Fields { errors }) => self.refuse(errors),
                Err(error) => {
                    self.trouble.try_set(Some(error));
                }
            }
            self.busy.try_set(None);
        });
    }

    /// Parses the fields.
    fn typed(self, intent: NotificationsIntent) -> Result<(Option<String>, Option<u32>), FieldError> {
        let email = match intent {
            NotificationsIntent::Save => check::team_email(&field::value(self.email))?,
            NotificationsIntent::Clear => None,
        };
        Ok((email, check::typed_no_ticket_after(&field::value(self.minutes))?))
    }

    fn saved(self, intent: NotificationsIntent, now: Notifications) {
        self.is_set.try_set(now.email.is_some());
        let notice = if now.email.is_some() { Notice::TeamEmailSaved } else { Notice::TeamEmailCleared };
        field::set_value(self.email, &now.email.map(String::from).unwrap_or_default());
        self.toasts.good(notice.sentence());
        if intent == NotificationsIntent::Clear {
            // Its button is gone.
            focus(EMAIL);
        }
    }
}

async fn save(
    intent: NotificationsIntent,
    email: Option<String>,
    minutes: Option<u32>,
) -> Result<Notifications, CallError> {
    let now = api::notifications::save(email).await?;
    match intent {
        NotificationsIntent::Clear => Ok(now),
        NotificationsIntent::Save => api::notifications::save_no_ticket_after(minutes).await,
    }
}

#[component]
fn TeamEmail(
    stored: Notifications,
    may_change: bool,
    outcome: Option<NotificationsOutcome>,
) -> impl IntoView {
    let is_set = stored.email.is_some();
    let (email, minutes, refused) = match outcome {
        Some(outcome) => (outcome.email, outcome.no_ticket_after, Some(outcome.error)),
        None => {
            let email = stored.email.map(String::from).unwrap_or_default();
            let minutes = stored.no_ticket_after_minutes.map(|it| it.to_string()).unwrap_or_default();
            (email, minutes, None)
        }
    };
    let form = TeamEmailForm::new(is_set, refused);
    let changed = Callback::new(move |()| form.changed());
    view! {
        <form
            class="card form"
            method="post"
            action=NOTIFICATIONS
            novalidate=true
            on:submit=move |event| form.submit(&event)
        >
            {(!may_change).then(|| view! {
                <p class="note" id="only-looking">{t("Only owners and admins can change this.")}</p>
            })}
            <TextField
                spec=email_spec()
                value=email
                inputmode="email"
                autocomplete="email"
                errors=Signal::from(form.errors)
                node=form.email
                disabled=!may_change
                on_input=changed
            />
            <TextField
                spec=minutes_spec()
                value=minutes
                inputmode="numeric"
                autocomplete="off"
                errors=Signal::from(form.errors)
                node=form.minutes
                disabled=!may_change
                on_input=changed
            />
            <div role="status">{move || form.trouble.get().map(|error| view! { <Trouble error /> })}</div>
            <Actions form may_change />
        </form>
    }
}

#[component]
fn Actions(form: TeamEmailForm, may_change: bool) -> impl IntoView {
    let busy_with = move |intent| Signal::derive(move || form.busy.get() == Some(intent));
    view! {
        <div class="form-actions">
            <Button
                label=t("Save")
                weight=Weight::Primary
                intent=NotificationsIntent::Save.name()
                busy=busy_with(NotificationsIntent::Save)
                disabled=!may_change
            />
            <Show when=move || form.is_set.get()>
                <Button
                    label=t("Stop emailing the team")
                    weight=Weight::Quiet
                    intent=NotificationsIntent::Clear.name()
                    busy=busy_with(NotificationsIntent::Clear)
                    disabled=!may_change
                />
            </Show>
        </div>
    }
}

fn email_spec() -> FieldSpec {
    FieldSpec {
        id: EMAIL,
        name: "email",
        label: t("Team email"),
        help: Some(t("One address, such as your support mailbox. Leave it empty to send no emails.")),
        placeholder: "support@mystore.com".to_owned(),
        required: false,
    }
}

fn minutes_spec() -> FieldSpec {
    FieldSpec {
        id: MINUTES,
        name: "no_ticket_after_minutes",
        label: t("Minutes to wait for a ticket"),
        help: Some(t(
            "If a handover has no ticket after this many minutes, we email your team again so they can reply by email. Leave it empty to turn this off.",
        )),
        placeholder: "15".to_owned(),
        required: false,
    }
}

#[component]
fn AboutTheEmail() -> impl IntoView {
    view! {
        <section class="about" aria-labelledby="mail-title">
            <h2 id="mail-title">{t("What the email contains")}</h2>
            <ul class="ticks">
                <li>{t("The shopper's name and email address, if known")}</li>
                <li>{t("The whole conversation, with the page, cart and order it was about")}</li>
                <li>{t("A link to the conversation")}</li>
            </ul>
            <p>
                {t("We also email your team once when a connected helpdesk stops working. If disconnecting a helpdesk cancels handovers, the team gets a list of them.")}
            </p>
        </section>
    }
}
