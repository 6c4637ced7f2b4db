//! Train → Abilities: what the assistant does on its own.

mod board;
mod email;
mod faqs;
mod form;
mod handover;
mod trial;

use crate::api;
use crate::components::button::Weight;
use crate::components::{Badge, Button, Icon, Live, Press, Switch, Toasts, Trouble, page_content};
use crate::forms::AbilitiesOutcome;
use crate::model::{Abilities, CallError, EmailCapture, Faq, HandoverAbility};
use crate::routes::ABILITIES;
use crate::text::t;
use crate::words::{self, Tone};
use board::{AbilitiesBoard, Ability};
use email::EmailDialog;
use faqs::Faqs;
use form::Left;
use handover::HandoverDialog;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use trial::{Tried, TrySentence};

/// What forms posted without WASM left, sorted by the form that shows it.
#[derive(Clone, Default)]
struct LeftForms {
    handover: Option<Left<HandoverAbility>>,
    email: Option<Left<EmailCapture>>,
    faqs: Option<(Vec<Faq>, CallError)>,
    tried: Option<Tried>,
    /// An error that belongs to no form.
    trouble: Option<CallError>,
}

impl LeftForms {
    fn new(outcome: Option<AbilitiesOutcome>, may_change: bool) -> Self {
        // Members have no dialogs and make no changes, so the error of any form is shown above the cards.
        let told = outcome.as_ref().filter(|outcome| match outcome {
            AbilitiesOutcome::Refused(_) => true,
            AbilitiesOutcome::Tried { .. } => false,
            _ => !may_change,
        });
        let mut left = Self { trouble: told.and_then(AbilitiesOutcome::error).cloned(), ..Self::default() };
        match outcome {
            Some(AbilitiesOutcome::Handover { typed, error }) => left.handover = Some(Left { typed, error }),
            Some(AbilitiesOutcome::EmailCapture { typed, error }) => left.email = Some(Left { typed, error }),
            Some(AbilitiesOutcome::Faqs { typed, error }) => left.faqs = Some((typed, error)),
            Some(AbilitiesOutcome::Tried { text, found }) => left.tried = Some(Tried { text, found }),
            Some(AbilitiesOutcome::Refused(_)) | None => {}
        }
        left
    }

    /// Returns the dialog that shows its form again.
    fn open(&self) -> Option<Ability> {
        let handover = self.handover.as_ref().map(|_| Ability::Handover);
        handover.or_else(|| self.email.as_ref().map(|_| Ability::Email))
    }
}

/// The page.
#[component]
pub fn AbilitiesPage() -> impl IntoView {
    let outcome = SharedValue::new(use_context::<AbilitiesOutcome>).into_inner();
    let asked =
        use_query_map().with_untracked(|query| query.get_str("configure").and_then(Ability::from_slug));
    let abilities = Resource::new_blocking(|| (), |()| api::abilities::get());
    let content = page_content(move |may_change| {
        let left = LeftForms::new(outcome.clone(), may_change);
        let open = left.open().or(asked);
        async move {
            let abilities = abilities.await?;
            Ok(view! { <Content abilities may_change open left /> }.into_any())
        }
    });
    view! {
        <Title text=t("Abilities · Convi") />
        <div class="page">
            <h1>{t("Abilities")}</h1>
            <p class="lead">{t("Choose what the assistant in your shop's chat does by itself, and when.")}</p>
            {content}
        </div>
    }
}

#[component]
fn Content(abilities: Abilities, may_change: bool, open: Option<Ability>, left: LeftForms) -> impl IntoView {
    let board = AbilitiesBoard {
        abilities: RwSignal::new(abilities),
        open: RwSignal::new(open.filter(|_| may_change)),
        may_change,
        toasts: Toasts::current(),
    };
    let LeftForms { handover, email, faqs, tried, trouble } = left;
    // Only the first dialog starts with it.
    let dialogs = StoredValue::new((handover, email));
    Live::current().begin();
    view! {
        {trouble.map(|error| view! { <Trouble error /> })}
        {(!may_change).then(|| view! {
            <p class="note" id="only-looking">
                {t("You can view everything here. Only owners and admins can change it.")}
            </p>
        })}
        <div class="abilities">
            <Card board ability=Ability::Handover />
            <Card board ability=Ability::Email />
        </div>
        {move || {
            let open = board.open.get();
            let (handover, email) =
                open.and_then(|_| dialogs.try_update_value(std::mem::take)).unwrap_or_default();
            match open {
                Some(Ability::Handover) => view! { <HandoverDialog board left=handover /> }.into_any(),
                Some(Ability::Email) => view! { <EmailDialog board left=email /> }.into_any(),
                None => ().into_any(),
            }
        }}
        <TrySentence board tried />
        <Faqs board left=faqs />
    }
}

/// An ability's card: what it does, whether it is on, and how often it was used.
#[component]
fn Card(board: AbilitiesBoard, ability: Ability) -> impl IntoView {
    let active = Memo::new(move |_| board.abilities.with(|all| ability.active(all)));
    let press = Press::idle();
    let switch = move |on: bool| {
        let now = board.abilities.get_untracked();
        let question = async move {
            match ability {
                Ability::Handover => {
                    api::abilities::save_handover(HandoverAbility { active: on, ..now.handover }).await
                }
                Ability::Email => {
                    api::abilities::save_email_capture(EmailCapture { active: on, ..now.email_capture }).await
                }
            }
        };
        press.ask(question, move |answer| match answer {
            Ok(now) => {
                let notice = ability.switched(&now);
                board.saved(now, notice);
            }
            Err(error) => board.toasts.bad(words::error(&error)),
        });
    };
    view! {
        <section class="card ability" aria-labelledby=ability.heading()>
            <div class="ability-head">
                <span class="ability-mark"><Icon glyph=ability.glyph() /></span>
                <div class="row-name">
                    <h2 id=ability.heading()>{t(ability.name())}</h2>
                    {move || {
                        let (tone, text) = if active.get() { (Tone::Good, t("Active")) } else { (Tone::Quiet, t("Inactive")) };
                        view! { <Badge tone text /> }
                    }}
                </div>
                <Switch
                    to=ABILITIES
                    intent=ability.switch_intent().name()
                    labelled_by=ability.heading()
                    on=active
                    busy=press
                    disabled=!board.may_change
                    described_by=board.why_not()
                    on_switch=Callback::new(switch)
                />
            </div>
            <p class="ability-about">{t(ability.about())}</p>
            <Now board ability />
            {(ability == Ability::Handover).then(|| view! {
                <Show when=move || active.get()>
                    <p class="quiet">
                        {t("If you switch this off, shoppers who ask for a person are told that no one can be reached here.")}
                    </p>
                </Show>
            })}
            <div class="ability-foot">
                <p class="quiet">{move || board.abilities.with(|all| ability.uses(all))}</p>
                <form
                    class="one-button"
                    method="get"
                    action=ABILITIES
                    on:submit=move |event| {
                        event.prevent_default();
                        board.open.set(Some(ability));
                    }
                >
                    <input type="hidden" name="configure" value=ability.slug() />
                    <Button
                        id=ability.button().to_owned()
                        label=t("Configure")
                        weight=Weight::Plain
                        disabled=!board.may_change
                        described_by=Some(board.why_not().unwrap_or_else(|| ability.heading().to_owned()))
                    />
                </form>
            </div>
        </section>
    }
}

/// A summary of an ability's settings.
#[component]
fn Now(board: AbilitiesBoard, ability: Ability) -> impl IntoView {
    let lines = move || {
        board.abilities.with(|all| match ability {
            Ability::Handover if !all.handover.active => {
                vec![
                    t("Nothing is handed over automatically. You can still hand over conversations yourself."),
                    t("Shoppers who ask for a person are told that no one can be reached here. Their conversations are marked “Asked for a person”."),
                ]
            }
            Ability::Handover => handover::summary(&all.handover),
            Ability::Email if !all.email_capture.active => {
                vec![t("Shoppers are not asked. An address that a shopper types is still saved.")]
            }
            Ability::Email => {
                let sensitivity = all.email_capture.sensitivity;
                vec![format!(
                    "{}: {}",
                    t(sensitivity.label()),
                    lower(t(sensitivity.meaning()).trim_end_matches('.'))
                )]
            }
        })
    };
    view! {
        <ul class="ability-now">
            {move || lines().into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}
        </ul>
    }
}

fn lower(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
