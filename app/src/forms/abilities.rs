//! The forms of Train → Abilities.

use crate::model::{CallError, EmailCapture, Faq, HandoverAbility, Trial};
use serde::{Deserialize, Serialize};

intents! {
    /// What a form on this page requests.
    AbilitiesIntent {
        /// Switches Handover to human on or off.
        SwitchHandover = "switch_handover",
        /// Switches Email capture on or off.
        SwitchEmail = "switch_email",
        /// Saves the settings of Handover to human.
        SaveHandover = "save_handover",
        /// Saves the settings of Email capture.
        SaveEmailCapture = "save_email_capture",
        /// Saves the questions and answers of the built-in assistant.
        SaveFaqs = "save_faqs",
        /// Tries a sentence.
        TrySentence = "try_sentence",
    }
}

/// What the page shows after a request that does not redirect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AbilitiesOutcome {
    /// The dialog of Handover to human, whose settings were not saved.
    Handover {
        /// The settings as typed, or `None` if they could not be parsed.
        typed: Option<HandoverAbility>,
        /// Why it was not saved.
        error: CallError,
    },
    /// The dialog of Email capture, whose settings were not saved.
    EmailCapture {
        /// The settings as typed, or `None` if they could not be parsed.
        typed: Option<EmailCapture>,
        /// Why it was not saved.
        error: CallError,
    },
    /// The questions and answers, which were not saved.
    Faqs {
        /// As typed.
        typed: Vec<Faq>,
        /// Why they were not saved.
        error: CallError,
    },
    /// The sentence that was tried.
    Tried {
        /// The sentence as typed.
        text: String,
        /// What would happen to it, or why that is unknown.
        found: Result<Trial, CallError>,
    },
    /// Any other request that failed.
    Refused(CallError),
}

impl AbilitiesOutcome {
    /// Returns why the request failed, or `None` if it found something.
    pub fn error(&self) -> Option<&CallError> {
        match self {
            Self::Handover { error, .. }
            | Self::EmailCapture { error, .. }
            | Self::Faqs { error, .. }
            | Self::Refused(error) => Some(error),
            Self::Tried { found, .. } => found.as_ref().err(),
        }
    }
}

#[cfg(feature = "ssr")]
pub(super) use server::submit;

#[cfg(feature = "ssr")]
mod server {
    use super::{AbilitiesIntent as Intent, AbilitiesOutcome as Outcome};
    use crate::chat_backend::ChatBackend;
    use crate::check;
    use crate::forms::fields::Fields;
    use crate::model::{CallError, Faq, HandoverAbility, Sensitivity, Trial, Viewer};
    use crate::notice::Notice;

    pub(in crate::forms) async fn submit(
        chat: &dyn ChatBackend,
        viewer: &Viewer,
        intent: &str,
        fields: Fields,
    ) -> Result<Notice, Outcome> {
        match Intent::from_name(intent) {
            Some(Intent::SwitchHandover) => {
                switch_handover(chat, viewer, fields).await.map_err(Outcome::Refused)
            }
            Some(Intent::SwitchEmail) => switch_email(chat, viewer, fields).await.map_err(Outcome::Refused),
            Some(Intent::SaveHandover) => save_handover(chat, viewer, fields).await,
            Some(Intent::SaveEmailCapture) => save_email_capture(chat, viewer, fields).await,
            Some(Intent::SaveFaqs) => save_faqs(chat, viewer, fields).await,
            Some(Intent::TrySentence) => Err(try_sentence(chat, viewer, fields).await),
            None => Err(Outcome::Refused(CallError::NotFound)),
        }
    }

    /// Parses the state that a switch should have.
    fn switched(mut fields: Fields) -> Result<bool, CallError> {
        match fields.take("active").as_deref() {
            Some("yes") => Ok(true),
            Some("no") => Ok(false),
            _ => Err(CallError::NotFound),
        }
    }

    async fn switch_handover(
        chat: &dyn ChatBackend,
        viewer: &Viewer,
        fields: Fields,
    ) -> Result<Notice, CallError> {
        let mut ability = chat.abilities(viewer).await?.handover;
        ability.active = switched(fields)?;
        let now = chat.save_handover_ability(viewer, ability).await?;
        Ok(if now.handover.active { Notice::HandoverActive } else { Notice::HandoverInactive })
    }

    async fn switch_email(
        chat: &dyn ChatBackend,
        viewer: &Viewer,
        fields: Fields,
    ) -> Result<Notice, CallError> {
        let mut ability = chat.abilities(viewer).await?.email_capture;
        ability.active = switched(fields)?;
        let now = chat.save_email_capture(viewer, ability).await?;
        Ok(if now.email_capture.active { Notice::EmailActive } else { Notice::EmailInactive })
    }

    async fn save_handover(
        chat: &dyn ChatBackend,
        viewer: &Viewer,
        mut fields: Fields,
    ) -> Result<Notice, Outcome> {
        let mut ability = match chat.abilities(viewer).await {
            Ok(abilities) => abilities.handover,
            Err(error) => return Err(Outcome::Handover { typed: None, error }),
        };
        ability.asked_for_human = fields.ticked("asked_for_human");
        ability.frustrated = fields.ticked("frustrated");
        ability.topic = fields.ticked("topic");
        ability.no_answer = fields.ticked("no_answer");
        let topics = fields.text("topics");
        ability.topics = check::lines(&topics);
        let contact = fields.text("contact");
        ability.contact = Some(contact.clone()).filter(|contact| !contact.is_empty());
        let typed = Some(ability.clone());
        let saved = match check::handover(&topics, &contact) {
            Ok((topics, contact)) => {
                let ability = HandoverAbility { topics, contact, ..ability };
                chat.save_handover_ability(viewer, ability).await
            }
            Err(error) => Err(error),
        };
        saved.map(|_| Notice::HandoverSaved).map_err(|error| Outcome::Handover { typed, error })
    }

    async fn save_email_capture(
        chat: &dyn ChatBackend,
        viewer: &Viewer,
        mut fields: Fields,
    ) -> Result<Notice, Outcome> {
        let mut ability = match chat.abilities(viewer).await {
            Ok(abilities) => abilities.email_capture,
            Err(error) => return Err(Outcome::EmailCapture { typed: None, error }),
        };
        let sensitivity = fields.take("sensitivity");
        ability.sensitivity = Sensitivity::ALL
            .into_iter()
            .find(|it| sensitivity.as_deref() == Some(it.label()))
            .unwrap_or(ability.sensitivity);
        let own = fields.text("own");
        ability.own = check::lines(&own);
        let typed = Some(ability.clone());
        let saved = match check::own(&own) {
            Ok(own) => {
                ability.own = own;
                chat.save_email_capture(viewer, ability).await
            }
            Err(error) => Err(error.into()),
        };
        saved.map(|_| Notice::EmailCaptureSaved).map_err(|error| Outcome::EmailCapture { typed, error })
    }

    async fn save_faqs(
        chat: &dyn ChatBackend,
        viewer: &Viewer,
        mut fields: Fields,
    ) -> Result<Notice, Outcome> {
        let pairs = fields.take_all("question").into_iter().zip(fields.take_all("answer"));
        let typed: Vec<Faq> = pairs.map(|(question, answer)| Faq { question, answer }).collect();
        let saved = match check::faqs(typed.clone()) {
            Ok(faqs) => chat.save_faqs(viewer, faqs).await,
            Err(errors) => Err(CallError::Fields { errors }),
        };
        saved.map(|_| Notice::FaqsSaved).map_err(|error| Outcome::Faqs { typed, error })
    }

    async fn try_sentence(chat: &dyn ChatBackend, viewer: &Viewer, mut fields: Fields) -> Outcome {
        let text = fields.text("text");
        let found = trial(chat, viewer, &text).await;
        Outcome::Tried { text, found }
    }

    async fn trial(chat: &dyn ChatBackend, viewer: &Viewer, typed: &str) -> Result<Trial, CallError> {
        let text = check::sentence(typed)?;
        let ability = chat.abilities(viewer).await?.handover;
        chat.try_sentence(viewer, ability, text).await
    }
}
