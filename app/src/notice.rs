//! What the page says after a form was posted without WASM and the server redirected.
//!
//! Anybody can write a link to this page, so a notice in the address is one of a few known names and never a text.

use crate::model::Helpdesk;
use crate::text::{t, tf};
use crate::words;
use std::borrow::Cow;

/// One of the sentences that an address can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Credentials were saved.
    Saved,
    /// A helpdesk was disconnected.
    Disconnected(Helpdesk),
    /// A delivery was put on its way again.
    Retried,
    /// The question about an unsure delivery was answered.
    Answered,
    /// The handovers that nobody got are on their way.
    Sent,
    /// So many failed deliveries are on their way again.
    RetriedFailed(u64),
    /// The team's address was saved.
    TeamEmailSaved,
    /// The team's address was removed.
    TeamEmailCleared,
    /// A conversation was handed over.
    HandedOver,
    /// The assistant answers again.
    GivenBack,
    /// A conversation is done.
    ConversationResolved,
    /// The team answered.
    ReplySent,
    /// The ability was switched on.
    HandoverActive,
    /// The ability was switched off.
    HandoverInactive,
    /// The ability was switched on.
    EmailActive,
    /// The ability was switched off.
    EmailInactive,
    /// The ability was configured.
    HandoverSaved,
    /// The ability was configured.
    EmailCaptureSaved,
    /// What the built-in assistant answers was saved.
    FaqsSaved,
}

/// What stands before the number.
const RETRIED: &str = "retried-";
/// What stands before the helpdesk.
const DISCONNECTED: &str = "disconnected-";

impl Notice {
    /// As it stands in the address: `?notice=…`.
    pub fn name(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::RetriedFailed(n) => return Cow::Owned(format!("{RETRIED}{n}")),
            Self::Disconnected(helpdesk) => {
                return Cow::Owned([DISCONNECTED, helpdesk.slug()].concat());
            }
            Self::Saved => "saved",
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

    /// The notice with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        if let Some(n) = name.strip_prefix(RETRIED) {
            // A number as we write it, and nothing that only reads as one.
            return n.parse().ok().map(Self::RetriedFailed).filter(|notice| notice.name() == name);
        }
        if let Some(slug) = name.strip_prefix(DISCONNECTED) {
            return Helpdesk::from_slug(slug).map(Self::Disconnected);
        }
        let plain = [
            Self::Saved,
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

    /// What it says.
    pub fn sentence(self) -> String {
        match self {
            Self::Saved => t("Helpdesk integration saved successfully."),
            Self::Disconnected(helpdesk) => {
                tf("{helpdesk} integration disconnected successfully.", &[("helpdesk", helpdesk.name())])
            }
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
    fn the_two_sentences_of_the_contract() {
        assert_eq!(Notice::Saved.sentence(), "Helpdesk integration saved successfully.");
        assert_eq!(
            Notice::Disconnected(Helpdesk::GORGIAS).sentence(),
            "Gorgias integration disconnected successfully."
        );
    }

    #[test]
    fn names_lead_back_and_texts_lead_nowhere() {
        for name in [
            "saved",
            "disconnected-gorgias",
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
            "Your key was stolen",
        ] {
            assert_eq!(Notice::from_name(bad), None);
        }
    }
}
