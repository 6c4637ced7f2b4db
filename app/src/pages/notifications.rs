//! Settings → Notifications: the team's address.

use crate::api;
use crate::check;
use crate::components::button::{Weight, focus, pressed};
use crate::components::field::{self, FieldSpec};
use crate::components::frame::ViewerResource;
use crate::components::{Button, Live, TextField, Toasts, Trouble};
use crate::forms::{FormOutcome, Intent};
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

const FIELD: &str = "team-email";
const MINUTES: &str = "no-ticket-after";

/// The page.
#[component]
pub fn NotificationsPage() -> impl IntoView {
    let outcome = SharedValue::new(use_context::<FormOutcome>).into_inner();
    let stored = Resource::new_blocking(|| (), |()| api::notifications::get());
    let viewer = use_context::<ViewerResource>();
    view! {
        <Title text=t("Notifications · Convi") />
        <div class="page page-narrow">
            <h1>{t("Notifications")}</h1>
            <p class="lead">
                {t("Your team gets an e-mail for every conversation that is handed over to a person, whether or not a helpdesk is connected.")}
            </p>
            <Suspense fallback=|| view! { <p class="loading" role="status">{t("Loading…")}</p> }>
                {move || {
                    let outcome = outcome.clone();
                    Suspend::new(async move {
                        let may_change = match viewer {
                            Some(viewer) => viewer.await.is_ok_and(|viewer| viewer.role.may_change()),
                            None => false,
                        };
                        view! { <Content stored=stored.await may_change outcome /> }
                    })
                }}
            </Suspense>
        </div>
    }
}

#[component]
fn Content(
    stored: Result<Notifications, CallError>,
    may_change: bool,
    outcome: Option<FormOutcome>,
) -> impl IntoView {
    Live::current().begin();
    match stored {
        Ok(stored) => view! { <TeamEmail stored may_change outcome /> }.into_any(),
        Err(error) => view! { <Trouble error /> }.into_any(),
    }
}

#[component]
fn TeamEmail(stored: Notifications, may_change: bool, outcome: Option<FormOutcome>) -> impl IntoView {
    let toasts = Toasts::current();
    let node = NodeRef::<Input>::new();
    let minutes_node = NodeRef::<Input>::new();
    let is_set = RwSignal::new(stored.email.is_some());
    let busy = RwSignal::new(None::<Intent>);
    let errors =
        RwSignal::new(outcome.as_ref().map(|it| words::field_errors(it.field_errors())).unwrap_or_default());
    let trouble = RwSignal::new(
        outcome
            .as_ref()
            .and_then(|outcome| outcome.error.clone())
            .filter(|error| !matches!(error, CallError::Fields { .. })),
    );
    let minutes_text = |minutes: Option<u32>| minutes.map(|it| it.to_string()).unwrap_or_default();
    let (value, minutes) = match outcome {
        Some(outcome) => (outcome.email, outcome.no_ticket_after),
        None => {
            let email = stored.email.map(String::from).unwrap_or_default();
            (email, minutes_text(stored.no_ticket_after_minutes))
        }
    };
    let refuse = move |list: Vec<FieldError>| {
        let first = if list.iter().any(|error| error.field == "email") { FIELD } else { MINUTES };
        errors.set(words::field_errors(list));
        focus(first);
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked().is_some() {
            return;
        }
        let intent = pressed(&event).unwrap_or(Intent::SaveEmail);
        let typed = if intent == Intent::ClearEmail { String::new() } else { field::value(node) };
        let email = match check::team_email(&typed) {
            Ok(email) => email,
            Err(error) => return refuse(vec![error]),
        };
        let minutes = match check::typed_no_ticket_after(&field::value(minutes_node)) {
            Ok(minutes) => minutes,
            Err(error) => return refuse(vec![error]),
        };
        errors.set(Vec::new());
        trouble.set(None);
        busy.set(Some(intent));
        spawn_local_scoped(async move {
            let saved = match api::notifications::save(email).await {
                Ok(now) if intent == Intent::ClearEmail => Ok(now),
                Ok(_) => api::notifications::save_no_ticket_after(minutes).await,
                refused => refused,
            };
            match saved {
                Ok(now) => {
                    is_set.try_set(now.email.is_some());
                    let notice =
                        if now.email.is_some() { Notice::TeamEmailSaved } else { Notice::TeamEmailCleared };
                    field::set_value(node, &now.email.map(String::from).unwrap_or_default());
                    toasts.good(notice.sentence());
                    if intent == Intent::ClearEmail {
                        // Its button is gone.
                        focus(FIELD);
                    }
                }
                Err(CallError::Fields { errors }) => refuse(errors),
                Err(error) => {
                    trouble.try_set(Some(error));
                }
            }
            busy.try_set(None);
        });
    };
    let spec = FieldSpec {
        id: FIELD,
        name: "email",
        label: t("Team e-mail"),
        help: Some(t("One address, for example your support mailbox. Leave it empty to send no e-mails.")),
        placeholder: "support@mystore.com".to_owned(),
        required: false,
    };
    let clear_errors = Callback::new(move |()| {
        if errors.with_untracked(|errors| !errors.is_empty()) {
            errors.set(Vec::new());
        }
    });
    let minutes_spec = FieldSpec {
        id: MINUTES,
        name: "no_ticket_after_minutes",
        label: t("Minutes without a ticket"),
        help: Some(t(
            "If a handover has no ticket after this time, the team is e-mailed once more, to answer from there. Leave it empty to send no second e-mail.",
        )),
        placeholder: "15".to_owned(),
        required: false,
    };
    let busy_with = move |intent: Intent| Signal::derive(move || busy.get() == Some(intent));
    view! {
        <form class="card form" method="post" action=NOTIFICATIONS novalidate=true on:submit=submit>
            {(!may_change).then(|| view! {
                <p class="note" id="only-looking">{t("Only an owner or an admin can change this.")}</p>
            })}
            <TextField
                spec
                value
                inputmode="email"
                autocomplete="email"
                errors=Signal::from(errors)
                node
                disabled=!may_change
                on_input=clear_errors
            />
            <TextField
                spec=minutes_spec
                value=minutes
                inputmode="numeric"
                autocomplete="off"
                errors=Signal::from(errors)
                node=minutes_node
                disabled=!may_change
                on_input=clear_errors
            />
            <div role="status">{move || trouble.get().map(|error| view! { <Trouble error /> })}</div>
            <div class="form-actions">
                <Button
                    label=t("Save")
                    weight=Weight::Primary
                    intent=Intent::SaveEmail
                    busy=busy_with(Intent::SaveEmail)
                    disabled=!may_change
                />
                <Show when=move || is_set.get()>
                    <Button
                        label=t("Stop e-mailing the team")
                        weight=Weight::Quiet
                        intent=Intent::ClearEmail
                        busy=busy_with(Intent::ClearEmail)
                        disabled=!may_change
                    />
                </Show>
            </div>
        </form>
        <section class="about" aria-labelledby="mail-title">
            <h2 id="mail-title">{t("What the e-mail contains")}</h2>
            <ul class="ticks">
                <li>{t("Who asked: the shopper's name and e-mail, as far as they are known")}</li>
                <li>{t("The whole conversation, with the page, the cart and the order it was about")}</li>
                <li>{t("A link to the conversation")}</li>
            </ul>
            <p>
                {t("The team is also told once when a connected helpdesk stops working, and which handovers a disconnect has cancelled.")}
            </p>
        </section>
    }
}
