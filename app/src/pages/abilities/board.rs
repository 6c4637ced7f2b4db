//! The state that the page's parts share: the abilities, and which dialog is open.

use crate::components::button::focus;
use crate::components::{Glyph, Toasts};
use crate::forms::AbilitiesIntent;
use crate::model::{Abilities, CallError, FieldError};
use crate::notice::Notice;
use crate::text::later;
use crate::words;
use leptos::prelude::*;

/// An ability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ability {
    Handover,
    Email,
}

impl Ability {
    /// Returns its name, which the contract fixes.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Handover => later("Handover to human"),
            Self::Email => later("Email capture"),
        }
    }

    /// Returns its name in addresses.
    pub(super) fn slug(self) -> &'static str {
        match self {
            Self::Handover => "handover",
            Self::Email => "email",
        }
    }

    pub(super) fn from_slug(slug: &str) -> Option<Self> {
        [Self::Handover, Self::Email].into_iter().find(|ability| ability.slug() == slug)
    }

    /// Returns the id of its heading.
    pub(super) fn heading(self) -> &'static str {
        match self {
            Self::Handover => "ability-handover",
            Self::Email => "ability-email",
        }
    }

    /// Returns the id of the button that opens its dialog.
    pub(super) fn button(self) -> &'static str {
        match self {
            Self::Handover => "configure-handover",
            Self::Email => "configure-email",
        }
    }

    pub(super) fn about(self) -> &'static str {
        match self {
            Self::Handover => later(
                "Notices when a conversation needs a person, hands it over to your team and tells the shopper.",
            ),
            Self::Email => later(
                "Asks shoppers for an email address so your team's reply reaches them after they leave.",
            ),
        }
    }

    pub(super) fn glyph(self) -> Glyph {
        match self {
            Self::Handover => Glyph::PERSON,
            Self::Email => Glyph::MAIL,
        }
    }

    pub(super) fn active(self, abilities: &Abilities) -> bool {
        match self {
            Self::Handover => abilities.handover.active,
            Self::Email => abilities.email_capture.active,
        }
    }

    pub(super) fn uses(self, abilities: &Abilities) -> String {
        match self {
            Self::Handover => words::handover_uses(abilities.handover_uses),
            Self::Email => words::email_uses(abilities.email_uses),
        }
    }

    /// Returns the notice after it was switched.
    pub(super) fn switched(self, now: &Abilities) -> Notice {
        match (self, self.active(now)) {
            (Self::Handover, true) => Notice::HandoverActive,
            (Self::Handover, false) => Notice::HandoverInactive,
            (Self::Email, true) => Notice::EmailActive,
            (Self::Email, false) => Notice::EmailInactive,
        }
    }

    pub(super) fn switch_intent(self) -> AbilitiesIntent {
        match self {
            Self::Handover => AbilitiesIntent::SwitchHandover,
            Self::Email => AbilitiesIntent::SwitchEmail,
        }
    }
}

/// The state that the page's parts share.
#[derive(Clone, Copy)]
pub(super) struct AbilitiesBoard {
    pub(super) abilities: RwSignal<Abilities>,
    pub(super) open: RwSignal<Option<Ability>>,
    pub(super) may_change: bool,
    pub(super) toasts: Toasts,
}

impl AbilitiesBoard {
    /// Shows what was saved, with its notice.
    pub(super) fn saved(self, now: Abilities, notice: Notice) {
        self.abilities.try_set(now);
        self.toasts.good(notice.sentence());
    }

    /// Returns the id of the text that explains why a button is disabled.
    pub(super) fn why_not(self) -> Option<String> {
        (!self.may_change).then(|| "only-looking".to_owned())
    }
}

/// Splits an error: errors of the form's own fields go to those fields, any other is shown below them.
pub(super) fn sort_error(error: CallError, fields: &[&str]) -> (Vec<FieldError>, Option<CallError>) {
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

/// Moves the focus back to the button that opened the dialog.
pub(super) fn back_to(ability: Ability) {
    focus(ability.button());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_shown_at_their_field_if_the_form_has_it() {
        let error = |field: &str| CallError::field(FieldError::new(field, domain::Said::plain("x")));
        assert_eq!(sort_error(error("topics"), &["topics"]).0.len(), 1);
        assert_eq!(sort_error(error("topics[3]"), &["topics"]).0.len(), 1);
        assert_eq!(
            sort_error(error("handover.topics"), &["topics"]),
            (vec![], Some(error("handover.topics")))
        );
        assert_eq!(sort_error(CallError::NotAllowed, &["topics"]).1, Some(CallError::NotAllowed));
    }

    #[test]
    fn only_known_abilities_open_from_an_address() {
        assert_eq!(Ability::from_slug("email"), Some(Ability::Email));
        assert_eq!(Ability::from_slug("<script>"), None);
    }
}
