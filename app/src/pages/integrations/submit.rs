//! What Test and Save do, and the result that they show.

use super::form::{CLOSES, ConnectForm, TOLD, Told, field_id};
use super::signing_secret::NewSecret;
use super::warnings::WarningList;
use crate::api;
use crate::check;
use crate::components::host::HostEvent;
use crate::components::place::bring_into_view;
use crate::components::{Glyph, Icon, Trouble, field};
use crate::forms::IntegrationsIntent;
use crate::model::{
    CallError, ConnectionForm, FieldError, SaveOutcome, Subdomain, Takes, TestFailure, TestOutcome,
};
use crate::notice::Notice;
use crate::text::{sentence, t};
use crate::words;
use leptos::prelude::*;
use leptos::reactive::spawn_local_scoped;

impl ConnectForm {
    /// Carries out the pressed button's action.
    pub(super) fn carry_out(self, intent: IntegrationsIntent) {
        spawn_local_scoped(async move {
            self.check_and_ask(intent).await;
            self.busy.try_set(None);
        });
    }

    fn refuse(self, errors: Vec<FieldError>) {
        let first = errors.first().map(|error| field_id(&error.field));
        self.errors.set(words::field_errors(errors));
        if let Some(id) = first {
            self.board.place.focus(id);
        }
    }

    /// Replaces a pasted address with the subdomain that it means.
    pub(super) fn tidy_subdomain(self) {
        if self.helpdesk.takes() == Takes::Events {
            return;
        }
        if let Ok(subdomain) = Subdomain::parse(self.helpdesk, &field::value(self.subdomain)) {
            field::set_value(self.subdomain, subdomain.as_str());
        }
    }

    async fn check_and_ask(self, intent: IntegrationsIntent) {
        self.tidy_subdomain();
        let typed = ConnectionForm {
            subdomain: field::value(self.subdomain),
            method: self.chosen("[name=method]:checked"),
            username: field::value(self.username),
            api_key: Some(field::value(self.api_key)),
            team: self.chosen("[name=team] :checked"),
            priority: self.chosen("[name=priority] :checked"),
        };
        let checked =
            self.stored.with_value(|stored| check::connection(self.helpdesk, typed, stored.as_ref()));
        match checked {
            Err(errors) => self.refuse(errors),
            Ok(form) => {
                field::set_value(self.username, &form.username);
                self.errors.set(Vec::new());
                match intent {
                    IntegrationsIntent::Save => self.save(form).await,
                    _ => self.test(form).await,
                }
            }
        }
    }

    async fn test(self, form: ConnectionForm) {
        match api::integrations::test(self.helpdesk, form).await {
            Ok(outcome) => {
                let problem = match outcome {
                    TestOutcome::Passed { .. } => None,
                    TestOutcome::Failed(ref failure) => Some(failure.problem),
                };
                self.board.host.tell(HostEvent::Tested(self.helpdesk, problem));
                self.tell(Told::Tested(outcome));
            }
            Err(error) => self.fail(error),
        }
    }

    async fn save(self, form: ConnectionForm) {
        match api::integrations::save(self.helpdesk, form).await {
            Ok(SaveOutcome::Saved { integration, warnings, secret }) => {
                // Runs even if the dialog has been closed, because the credentials are saved either way.
                self.board.put(*integration);
                self.board.warnings.try_set((Some(self.helpdesk), warnings));
                self.board.toasts.good(Notice::Saved.sentence());
                self.board.host.tell(HostEvent::Connected(self.helpdesk));
                match secret {
                    // The dialog stays open, because the secret is only shown now.
                    Some(secret) => self.tell(Told::Secret(secret)),
                    None => {
                        if let Some(Some(dialog)) = self.dialog.try_get_value() {
                            dialog.close();
                        }
                    }
                }
            }
            Ok(SaveOutcome::Rejected(failure)) => self.tell(Told::Tested(TestOutcome::Failed(failure))),
            Err(error) => self.fail(error),
        }
    }

    fn fail(self, error: CallError) {
        match error {
            CallError::Fields { errors } if self.told.try_get_untracked().is_some() => self.refuse(errors),
            error => self.tell(Told::Trouble(error)),
        }
    }

    /// Shows a result and scrolls its start into view: on a small screen it is below the fold. If the dialog is gone,
    /// another one may be open by now, and stays as it is.
    fn tell(self, told: Told) {
        if self.told.try_set(Some(told)).is_some() {
            return;
        }
        request_animation_frame(move || {
            if self.told.try_with_untracked(|told| matches!(told, Some(Told::Secret(_)))) == Some(true) {
                // The pressed button is gone.
                self.board.place.focus(CLOSES);
            }
            if let Some(region) = self.board.place.element(TOLD) {
                bring_into_view(&region);
            }
        });
    }
}

/// The contract's sentences for a test, with the detail below.
#[component]
pub(super) fn TestResult(told: Told) -> impl IntoView {
    match told {
        Told::Tested(TestOutcome::Passed { warnings }) => view! {
            <div class="note note-good">
                <Icon glyph=Glyph::CHECK />
                <p class="note-title">{t("Connection successful!")}</p>
            </div>
            {(!warnings.is_empty()).then(|| view! { <WarningList warnings /> })}
        }
        .into_any(),
        Told::Tested(TestOutcome::Failed(failure)) => view! {
            <div class="note note-bad">
                <Icon glyph=Glyph::WARNING />
                <div>
                    <p class="note-title">{headline(&failure)}</p>
                    <p>{words::plain(&sentence(&failure.message, failure.code.as_deref(), &failure.args))}</p>
                </div>
            </div>
        }
        .into_any(),
        Told::Secret(secret) => view! { <NewSecret secret /> }.into_any(),
        Told::Trouble(error) => view! { <Trouble error /> }.into_any(),
    }
}

fn headline(failure: &TestFailure) -> String {
    if failure.is_about_a_field() {
        t("Connection failed. Please check your credentials and try again.")
    } else {
        t("Connection failed.")
    }
}
