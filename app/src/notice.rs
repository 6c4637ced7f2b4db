//! What the page says after the server redirected a form posted without WASM.
//!
//! Anyone can write a link to this page, so the address carries only the name of a known notice, never a text.

use crate::model::Helpdesk;
use crate::text::{t, tf};
use crate::words;
use std::borrow::Cow;

/// A sentence that an address can request by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Credentials were saved.
    Saved,
    /// Only the new signing secret is valid.
    OldSecretEnded,
    /// A helpdesk was disconnected.
    Disconnected(Helpdesk),
    /// New handovers go to this helpdesk.
    Receives(Helpdesk),
    /// New handovers go to this helpdesk, and those that waited too.
    ReceivesAll(Helpdesk),
    /// A delivery is being retried.
    Retried,
    /// The question about an unsure delivery was answered.
    Answered,
    /// The undelivered handovers are on their way.
    Sent,
    /// This many failed deliveries are being retried.
    RetriedFailed(u64),
    /// The team's address was saved.
    TeamEmailSaved,
    /// The team's address was removed.
    TeamEmailCleared,
    /// A conversation was handed over.
    HandedOver,
    /// The assistant answers again.
    GivenBack,
    /// A conversation was resolved.
    ConversationResolved,
    /// The team's reply was sent.
    ReplySent,
    /// Handover to human was switched on.
    HandoverActive,
    /// Handover to human was switched off.
    HandoverInactive,
    /// Email capture was switched on.
    EmailActive,
    /// Email capture was switched off.
    EmailInactive,
    /// Handover to human was saved.
    HandoverSaved,
    /// Email capture was saved.
    EmailCaptureSaved,
    /// The questions and answers were saved.
    FaqsSaved,
}

/// Prefix of the number of retried deliveries.
const RETRIED: &str = "retried-";
/// Prefix of the helpdesk.
const DISCONNECTED: &str = "disconnected-";
/// Prefix of the helpdesk.
const RECEIVES: &str = "receives-";
const RECEIVES_ALL: &str = "receives-all-";

impl Notice {
    /// Returns its name in the address: `?notice=…`.
    pub fn name(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::RetriedFailed(n) => return Cow::Owned(format!("{RETRIED}{n}")),
            Self::Disconnected(helpdesk) => {
                return Cow::Owned([DISCONNECTED, helpdesk.slug()].concat());
            }
            Self::Receives(helpdesk) => return Cow::Owned([RECEIVES, helpdesk.slug()].concat()),
            Self::ReceivesAll(helpdesk) => return Cow::Owned([RECEIVES_ALL, helpdesk.slug()].concat()),
            Self::Saved => "saved",
            Self::OldSecretEnded => "old-secret-ended",
            Self::Retried => "retried",
            Self::Answered => "answered",
            Self::Sent => "sent",
            Self::TeamEmailSaved => "team-email-saved",
            Self::TeamEmailCleared => "team-email-cleared",
            Self::HandedOver => "handed-over",
            Self::GivenBack => "given-back",
            Self::ConversationResolved => "resolved",
            Self::ReplySent => "reply-sent",
            Self::HandoverActive => "handover-active",
            Self::HandoverInactive => "handover-inactive",
            Self::EmailActive => "email-active",
            Self::EmailInactive => "email-inactive",
            Self::HandoverSaved => "handover-saved",
            Self::EmailCaptureSaved => "email-capture-saved",
            Self::FaqsSaved => "faqs-saved",
        })
    }

    /// Returns the notice with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        if let Some(n) = name.strip_prefix(RETRIED) {
            // Accept only a number in the form that we write it.
            return n.parse().ok().map(Self::RetriedFailed).filter(|notice| notice.name() == name);
        }
        if let Some(slug) = name.strip_prefix(DISCONNECTED) {
            return Helpdesk::from_slug(slug).map(Self::Disconnected);
        }
        if let Some(slug) = name.strip_prefix(RECEIVES_ALL) {
            return Helpdesk::from_slug(slug).map(Self::ReceivesAll);
        }
        if let Some(slug) = name.strip_prefix(RECEIVES) {
            return Helpdesk::from_slug(slug).map(Self::Receives);
        }
        let plain = [
            Self::Saved,
            Self::OldSecretEnded,
            Self::Retried,
            Self::Answered,
            Self::Sent,
            Self::TeamEmailSaved,
            Self::TeamEmailCleared,
            Self::HandedOver,
            Self::GivenBack,
            Self::ConversationResolved,
            Self::ReplySent,
            Self::HandoverActive,
            Self::HandoverInactive,
            Self::EmailActive,
            Self::EmailInactive,
            Self::HandoverSaved,
            Self::EmailCaptureSaved,
            Self::FaqsSaved,
        ];
        plain.into_iter().find(|notice| notice.name() == name)
    }

    /// Returns the sentence.
    pub fn sentence(self) -> String {
        match self {
            Self::OldSecretEnded => t("The old signing secret is no longer valid."),
            Self::Saved => t("Helpdesk integration saved successfully."),
            Self::Disconnected(helpdesk) => {
                tf("{helpdesk} integration disconnected successfully.", &[("helpdesk", helpdesk.name())])
            }
            Self::Receives(helpdesk) => tf(
                "New handovers go to {helpdesk}. Those already accepted stay where they are.",
                &[("helpdesk", helpdesk.name())],
            ),
            Self::ReceivesAll(helpdesk) => tf(
                "New and waiting handovers go to {helpdesk}. One that may already have been sent stays where it is.",
                &[("helpdesk", helpdesk.name())],
            ),
            Self::Retried => t("Retrying the handover."),
            Self::Answered => t("Thank you. Your answer is saved."),
            Self::RetriedFailed(n) => words::retried(n),
            Self::Sent => t("The handovers are on their way."),
            Self::TeamEmailSaved => t("Team email saved."),
            Self::TeamEmailCleared => t("Your team no longer gets emails."),
            Self::HandedOver => t("Handed over to your team."),
            Self::GivenBack => t("The AI is answering this shopper again."),
            Self::ConversationResolved => t("Conversation resolved."),
            Self::ReplySent => t("Reply sent."),
            Self::HandoverActive => t("Handover to human is active."),
            Self::HandoverInactive => t("Handover to human is inactive."),
            Self::EmailActive => t("Email capture is active."),
            Self::EmailInactive => t("Email capture is inactive."),
            Self::HandoverSaved => t("Handover to human saved."),
            Self::EmailCaptureSaved => t("Email capture saved."),
            Self::FaqsSaved => t("Questions and answers saved."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_use_the_contracts_sentences() {
        assert_eq!(Notice::Saved.sentence(), "Helpdesk integration saved successfully.");
        assert_eq!(
            Notice::Disconnected(Helpdesk::GORGIAS).sentence(),
            "Gorgias integration disconnected successfully."
        );
    }

    #[test]
    fn names_round_trip_and_other_texts_are_rejected() {
        for name in [
            "saved",
            "disconnected-gorgias",
            "receives-zendesk",
            "retried",
            "answered",
            "sent",
            "retried-12",
            "team-email-saved",
            "team-email-cleared",
            "handed-over",
            "given-back",
            "resolved",
            "reply-sent",
            "handover-active",
            "handover-inactive",
            "email-active",
            "email-inactive",
            "handover-saved",
            "email-capture-saved",
            "faqs-saved",
        ] {
            assert_eq!(Notice::from_name(name).map(Notice::name).as_deref(), Some(name));
        }
        for bad in [
            "",
            "Saved",
            "retried-",
            "retried-x",
            "retried-+1",
            "retried-01",
            "retried--1",
            "disconnected-",
            "disconnected-evil",
            "receives-evil",
            "Your key was stolen",
        ] {
            assert_eq!(Notice::from_name(bad), None);
        }
    }
}
