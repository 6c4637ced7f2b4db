//! Train → Abilities: what the assistant may do by itself.

mod email;
mod faqs;
mod form;
mod handover;
mod trial;

use crate::api;
use crate::components::button::{Weight, focus};
use crate::components::{Badge, Button, Glyph, Icon, Live, Press, Switch, Toasts, Trouble, page_content};
use crate::forms::{AbilitiesIntent, AbilitiesOutcome};
use crate::model::{Abilities, CallError, EmailCapture, Faq, FieldError, HandoverAbility};
use crate::notice::Notice;
use crate::routes::ABILITIES;
use crate::text::t;
use crate::words::{self, Tone};
use email::EmailDialog;
use faqs::Faqs;
use form::Left;
use handover::HandoverDialog;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use trial::{Tried, TrySentence};

/// An ability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ability {
    Handover,
    Email,
}

impl Ability {
    /// The exact name.
    fn name(self) -> &'static str {
        match self {
            Self::Handover => "Handover to human",
            Self::Email => "Email capture",
        }
    }

    /// As it stands in addresses.
    fn slug(self) -> &'static str {
        match self {
            Self::Handover => "handover",
            Self::Email => "email",
        }
    }

    fn from_slug(slug: &str) -> Option<Self> {
        [Self::Handover, Self::Email].into_iter().find(|ability| ability.slug() == slug)
    }

    /// The id of its heading.
    fn heading(self) -> &'static str {
        match self {
            Self::Handover => "ability-handover",
            Self::Email => "ability-email",
        }
    }

    /// The id of the button that opens its dialog.
    fn button(self) -> &'static str {
        match self {
            Self::Handover => "configure-handover",
            Self::Email => "configure-email",
        }
    }

    fn about(self) -> &'static str {
        match self {
            Self::Handover => {
                "Notices when a conversation needs a person, hands it over to your team and tells the shopper so."
            }
            Self::Email => {
                "Asks the shopper for an e-mail address, so that your team's answer reaches them after they have left."
            }
        }
    }

    fn glyph(self) -> Glyph {
        match self {
            Self::Handover => Glyph::PERSON,
            Self::Email => Glyph::MAIL,
        }
    }

    fn active(self, abilities: &Abilities) -> bool {
        match self {
            Self::Handover => abilities.handover.active,
            Self::Email => abilities.email_capture.active,
        }
    }

    fn uses(self, abilities: &Abilities) -> String {
        match self {
            Self::Handover => words::handover_uses(abilities.handover_uses),
            Self::Email => words::email_uses(abilities.email_uses),
        }
    }

    /// What is said after it was switched.
    fn switched(self, now: &Abilities) -> Notice {
        match (self, self.active(now)) {
            (Self::Handover, true) => Notice::HandoverActive,
            (Self::Handover, false) => Notice::HandoverInactive,
            (Self::Email, true) => Notice::EmailActive,
            (Self::Email, false) => Notice::EmailInactive,
        }
    }

    fn switch_intent(self) -> AbilitiesIntent {
        match self {
            Self::Handover => AbilitiesIntent::SwitchHandover,
            Self::Email => AbilitiesIntent::SwitchEmail,
        }
    }
}

/// What the parts of the page share.
#[derive(Clone, Copy)]
struct AbilitiesBoard {
    abilities: RwSignal<Abilities>,
    open: RwSignal<Option<Ability>>,
    may_change: bool,
    toasts: Toasts,
}

impl AbilitiesBoard {
    /// What was saved, and the message that says so.
    fn saved(self, now: Abilities, notice: Notice) {
        self.abilities.try_set(now);
        self.toasts.good(notice.sentence());
    }

    /// The id of what explains a button that cannot be pressed.
    fn why_not(self) -> Option<String> {
        (!self.may_change).then(|| "only-looking".to_owned())
    }
}

/// Sorts what was refused: at its field where the form has it, else told below the fields.
fn sort_error(error: CallError, fields: &[&str]) -> (Vec<FieldError>, Option<CallError>) {
    let has = |error: &FieldError| {
        fields.iter().any(|name| {
            error.field.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
        })
    };
    match error {
        CallError::Fields { errors } if errors.iter().any(has) => (words::field_errors(errors), None),
        error => (Vec::new(), Some(error)),
    }
}

/// What a form without WASM left, each part for its own form.
#[derive(Clone, Default)]
struct LeftForms {
    handover: Option<Left<HandoverAbility>>,
    email: Option<Left<EmailCapture>>,
    faqs: Option<(Vec<Faq>, CallError)>,
    tried: Option<Tried>,
    /// What did not happen, and in no form that is shown.
    trouble: Option<CallError>,
}

impl LeftForms {
    fn new(outcome: Option<AbilitiesOutcome>, may_change: bool) -> Self {
        // Who may only look sees no dialog: then it is told above the cards too.
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

    /// The dialog that a posted form is shown again in.
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
            <p class="lead">{t("What the assistant in your shop's chat does by itself. You decide when.")}</p>
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
    // Only the first dialog begins with it.
    let dialogs = StoredValue::new((handover, email));
    Live::current().begin();
    view! {
        {trouble.map(|error| view! { <Trouble error /> })}
        {(!may_change).then(|| view! {
            <p class="note" id="only-looking">
                {t("You can look at everything here. Only an owner or an admin can change it.")}
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

/// An ability: what it does, whether it does, how often it did.
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

/// How an ability is configured now, in a few words.
#[component]
fn Now(board: AbilitiesBoard, ability: Ability) -> impl IntoView {
    let lines = move || {
        board.abilities.with(|all| match ability {
            Ability::Handover if !all.handover.active => {
                vec![t("Nothing is handed over automatically. Hand over still works.")]
            }
            Ability::Handover => handover::summary(&all.handover),
            Ability::Email if !all.email_capture.active => {
                vec![t("Nobody is asked. An address that a shopper types is kept all the same.")]
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

/// After a dialog: where it was opened from.
fn back_to(ability: Ability) {
    focus(ability.button());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_is_told_where_it_can_be_mended() {
        let error = |field: &str| CallError::field(FieldError::new(field, "x"));
        assert_eq!(sort_error(error("topics"), &["topics"]).0.len(), 1);
        assert_eq!(sort_error(error("topics[3]"), &["topics"]).0.len(), 1);
        assert_eq!(
            sort_error(error("handover.topics"), &["topics"]),
            (vec![], Some(error("handover.topics")))
        );
        assert_eq!(sort_error(CallError::NotAllowed, &["topics"]).1, Some(CallError::NotAllowed));
    }

    #[test]
    fn an_address_opens_only_abilities() {
        assert_eq!(Ability::from_slug("email"), Some(Ability::Email));
        assert_eq!(Ability::from_slug("<script>"), None);
    }
}
