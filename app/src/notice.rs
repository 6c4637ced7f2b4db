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
        ] {
            assert_eq!(Notice::from_name(name).map(Notice::name), Some(name));
        }
        for bad in ["", "Saved", "disconnected-", "disconnected-evil", "Your key was stolen"] {
            assert_eq!(Notice::from_name(bad), None);
        }
    }
}
