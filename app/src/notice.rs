//! What the page says after a form was posted without WASM and the server redirected.
//!
//! Anybody can write a link to this page, so a notice in the address is one of a few known names and never a text.

use crate::model::Helpdesk;

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

impl Notice {
    /// As it stands in the address: `?notice=…`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::Disconnected(Helpdesk::Gorgias) => "disconnected-gorgias",
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
        }
    }

    /// The notice with this name.
    pub fn from_name(name: &str) -> Option<Self> {
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
        let disconnected = Helpdesk::ALL.into_iter().map(Self::Disconnected);
        plain.into_iter().chain(disconnected).find(|notice| notice.name() == name)
    }

    /// What it says.
    pub fn sentence(self) -> String {
        match self {
            Self::Saved => "Helpdesk integration saved successfully.".to_owned(),
            Self::Disconnected(helpdesk) => format!("{helpdesk} integration disconnected successfully."),
            Self::Retried => "The handover is on its way again.".to_owned(),
            Self::Answered => "Thank you. Your answer is saved.".to_owned(),
            Self::Sent => "The handovers are on their way.".to_owned(),
            Self::TeamEmailSaved => "Team e-mail saved.".to_owned(),
            Self::TeamEmailCleared => "The team is no longer e-mailed.".to_owned(),
            Self::HandedOver => "Handed over to your team.".to_owned(),
            Self::GivenBack => "The AI answers this shopper again.".to_owned(),
            Self::ConversationResolved => "Conversation resolved.".to_owned(),
            Self::ReplySent => "Reply sent.".to_owned(),
            Self::HandoverActive => "Handover to human is active.".to_owned(),
            Self::HandoverInactive => "Handover to human is inactive.".to_owned(),
            Self::EmailActive => "Email capture is active.".to_owned(),
            Self::EmailInactive => "Email capture is inactive.".to_owned(),
            Self::HandoverSaved => "Handover to human saved.".to_owned(),
            Self::EmailCaptureSaved => "Email capture saved.".to_owned(),
            Self::FaqsSaved => "Questions and answers saved.".to_owned(),
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
            Notice::Disconnected(Helpdesk::Gorgias).sentence(),
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
            assert_eq!(Notice::from_name(name).map(Notice::name), Some(name));
        }
        for bad in ["", "Saved", "disconnected-", "disconnected-evil", "Your key was stolen"] {
            assert_eq!(Notice::from_name(bad), None);
        }
    }
}
