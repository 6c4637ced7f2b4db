//! The forms of the screen as they are posted before WASM runs, or without it.
//!
//! The server hands the fields of such a post to [`submit`], and then either redirects or renders the page again with
//! a [`FormOutcome`] in context. With WASM the same forms are intercepted and call the server functions.

use crate::model::{CallError, EmailCapture, Faq, FieldError, HandoverAbility, Helpdesk, TestOutcome, Trial};
use crate::routes::{ABILITIES, CONVERSATIONS, HANDOVERS, INTEGRATIONS, NOTIFICATIONS};
use serde::{Deserialize, Serialize};

/// What a form wants: the value of the button `intent` that was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// `Test connection`.
    Test,
    /// `Save`.
    Save,
    /// `Disconnect`, confirmed.
    Disconnect,
    /// `Retry`.
    Retry,
    /// "It is there" or "Send again".
    Resolve,
    /// The handovers that nobody got.
    SendUnsent,
    /// Everything that failed.
    RetryFailed,
    /// The team's address.
    SaveEmail,
    /// No address any more.
    ClearEmail,
    /// `Hand over`.
    HandOver,
    /// `Give back to AI`.
    GiveBack,
    /// `Resolve`, of a conversation.
    ResolveConversation,
    /// The team's own words to a shopper.
    Reply,
    /// Active or not: Handover to human.
    SwitchHandover,
    /// Active or not: Email capture.
    SwitchEmail,
    /// Handover to human, configured.
    SaveHandover,
    /// Email capture, configured.
    SaveEmailCapture,
    /// The questions and answers of the built-in assistant.
    SaveFaqs,
    /// What would happen to a sentence.
    TrySentence,
}

impl Intent {
    /// As it stands in the form.
    pub fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Save => "save",
            Self::Disconnect => "disconnect",
            Self::Retry => "retry",
            Self::Resolve => "resolve",
            Self::SendUnsent => "send_unsent",
            Self::RetryFailed => "retry_failed",
            Self::SaveEmail => "save_email",
            Self::ClearEmail => "clear_email",
            Self::HandOver => "hand_over",
            Self::GiveBack => "give_back",
            Self::ResolveConversation => "resolve_conversation",
            Self::Reply => "reply",
            Self::SwitchHandover => "switch_handover",
            Self::SwitchEmail => "switch_email",
            Self::SaveHandover => "save_handover",
            Self::SaveEmailCapture => "save_email_capture",
            Self::SaveFaqs => "save_faqs",
            Self::TrySentence => "try_sentence",
        }
    }

    /// The intent with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        use Intent::*;
        let integrations = [Test, Save, Disconnect, Retry, Resolve, SendUnsent];
        let others = [RetryFailed, SaveEmail, ClearEmail];
        let conversations = [HandOver, GiveBack, ResolveConversation, Reply];
        let abilities = [SwitchHandover, SwitchEmail, SaveHandover, SaveEmailCapture, SaveFaqs, TrySentence];
        integrations
            .into_iter()
            .chain(others)
            .chain(conversations)
            .chain(abilities)
            .find(|intent| intent.name() == name)
    }
}

/// What the page shows again after a post that did not end in a redirect. It never holds a key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FormOutcome {
    /// What was wanted.
    pub intent: Option<Intent>,
    /// Of which helpdesk.
    pub helpdesk: Option<Helpdesk>,
    /// As typed.
    pub subdomain: String,
    /// As typed.
    pub username: String,
    /// As typed, on the page of the team's address.
    pub email: String,
    /// As typed, on the same page.
    #[serde(default)]
    pub no_ticket_after: String,
    /// As typed: a reply to a shopper, or a sentence to try.
    #[serde(default)]
    pub text: String,
    /// As typed, of the ability.
    #[serde(default)]
    pub handover: Option<HandoverAbility>,
    /// As typed, of the ability.
    #[serde(default)]
    pub email_capture: Option<EmailCapture>,
    /// As typed.
    #[serde(default)]
    pub faqs: Option<Vec<Faq>>,
    /// What would happen to the sentence.
    #[serde(default)]
    pub trial: Option<Trial>,
    /// What a test, or the test before a save, found.
    pub outcome: Option<TestOutcome>,
    /// Why there is no result.
    pub error: Option<CallError>,
}

impl FormOutcome {
    /// The errors that belong to fields.
    pub fn field_errors(&self) -> Vec<FieldError> {
        match &self.error {
            Some(CallError::Fields { errors }) => errors.clone(),
            _ => Vec::new(),
        }
    }

    /// The status of the page that shows it.
    pub fn status(&self) -> u16 {
        match (&self.error, &self.outcome) {
            (Some(error), _) => error.status(),
            (None, Some(TestOutcome::Failed { .. })) => 422,
            _ => 200,
        }
    }
}

/// What came of a posted form.
#[derive(Clone, Debug, PartialEq)]
pub enum Submitted {
    /// Done: 303 to this local path, which may carry a known notice.
    Redirect(String),
    /// Render the page of the path again, with this in context and with its [`status`](FormOutcome::status).
    Show(Box<FormOutcome>),
}

#[cfg(feature = "ssr")]
mod server {
    use super::*;
    use crate::address::encoded;
    use crate::backend::Backend;
    use crate::chat_backend::ChatBackend;
    use crate::check;
    use crate::model::{
        Abilities, ConnectionForm, Destination, Resolution, SaveOutcome, Sensitivity, Viewer, pasted,
    };
    use crate::notice::Notice;

    /// The fields of a posted form.
    struct Fields(Vec<(String, String)>);

    impl Fields {
        /// The last field of that name: the pressed button comes after a hidden one.
        fn take(&mut self, name: &str) -> Option<String> {
            let at = self.0.iter().rposition(|(field, _)| field == name)?;
            // In order: fields of one name may follow each other.
            Some(self.0.remove(at).1)
        }

        /// Every field of that name, in the order of the form.
        fn take_all(&mut self, name: &str) -> Vec<String> {
            let (found, rest) = std::mem::take(&mut self.0).into_iter().partition(|(field, _)| field == name);
            self.0 = rest;
            let found: Vec<(String, String)> = found;
            found.into_iter().map(|(_, value)| value).collect()
        }

        /// Whether a box of that name was ticked.
        fn ticked(&mut self, name: &str) -> bool {
            self.take(name).is_some()
        }

        fn connection(&mut self) -> ConnectionForm {
            ConnectionForm {
                subdomain: self.take("subdomain").unwrap_or_default(),
                username: self.take("username").unwrap_or_default(),
                api_key: self.take("api_key").filter(|key| !pasted::is_blank(key)),
            }
        }
    }

    /// Does what a form asks for, which was posted to `path` by `viewer`. The server has checked the origin.
    ///
    /// What was typed never gets into an address: it is either done, and the redirect carries a known name, or it is
    /// shown again in the answer to the post itself.
    pub async fn submit(
        backend: &dyn Backend,
        viewer: &Viewer,
        path: &str,
        fields: Vec<(String, String)>,
    ) -> Submitted {
        submit_with(backend, None, viewer, path, fields).await
    }

    /// Like [`submit`], for the pages of the chat too.
    pub async fn submit_with(
        backend: &dyn Backend,
        chat: Option<&dyn ChatBackend>,
        viewer: &Viewer,
        path: &str,
        fields: Vec<(String, String)>,
    ) -> Submitted {
        let mut fields = Fields(fields);
        let intent = fields.take("intent").as_deref().and_then(Intent::from_name);
        let mut shown = FormOutcome { intent, ..FormOutcome::default() };
        let conversation = path.strip_prefix(CONVERSATIONS).and_then(|rest| rest.strip_prefix('/'));
        let done = match (path, intent, chat, conversation) {
            (NOTIFICATIONS, Some(intent), ..) => {
                team_email(backend, viewer, intent, &mut fields, &mut shown).await
            }
            (INTEGRATIONS, Some(intent), ..) => {
                integrations(backend, viewer, intent, &mut fields, &mut shown).await
            }
            (HANDOVERS, Some(Intent::RetryFailed), ..) => {
                backend.retry_failed(viewer).await.map(|n| Some(Notice::RetriedFailed(n)))
            }
            (HANDOVERS, Some(intent @ (Intent::Retry | Intent::Resolve)), ..) => {
                integrations(backend, viewer, intent, &mut fields, &mut shown).await
            }
            (ABILITIES, Some(intent), Some(chat), _) => {
                abilities(chat, viewer, intent, &mut fields, &mut shown).await
            }
            // An id of ours needs no encoding: what has some is none, and leads to no redirect.
            (_, Some(intent), Some(chat), Some(id)) if !id.is_empty() && encoded(id) == id => {
                self::conversation(chat, viewer, id, intent, &mut fields, &mut shown).await
            }
            _ => Err(CallError::NotFound),
        };
        match done {
            Ok(Some(notice)) => Submitted::Redirect(format!("{path}?notice={}", notice.name())),
            Ok(None) => Submitted::Show(Box::new(shown)),
            Err(error) => Submitted::Show(Box::new(FormOutcome { error: Some(error), ..shown })),
        }
    }

    async fn conversation(
        chat: &dyn ChatBackend,
        viewer: &Viewer,
        id: &str,
        intent: Intent,
        fields: &mut Fields,
        shown: &mut FormOutcome,
    ) -> Result<Option<Notice>, CallError> {
        Ok(Some(match intent {
            Intent::HandOver => {
                chat.hand_over(viewer, id).await?;
                Notice::HandedOver
            }
            Intent::GiveBack => {
                chat.give_back(viewer, id).await?;
                Notice::GivenBack
            }
            Intent::ResolveConversation => {
                chat.resolve_conversation(viewer, id).await?;
                Notice::ConversationResolved
            }
            Intent::Reply => {
                shown.text = fields.take("text").unwrap_or_default();
                let text = check::reply(&shown.text).map_err(CallError::field)?;
                let key = reply_key(&fields.take("key").unwrap_or_default(), &text);
                chat.reply(viewer, id, &key, &text).await?;
                Notice::ReplySent
            }
            _ => return Err(CallError::NotFound),
        }))
    }

    /// Without a script nothing can make a random key: what the form was shown with and what was typed into it make
    /// one, so that pressing `Send` twice is one reply and another text is another.
    fn reply_key(shown_with: &str, text: &str) -> String {
        // FNV-1a: the same on every machine and in every version.
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        let shown_with: String =
            shown_with.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(32).collect();
        format!("form-{shown_with}-{hash:016x}")
    }

    async fn abilities(
        chat: &dyn ChatBackend,
        viewer: &Viewer,
        intent: Intent,
        fields: &mut Fields,
        shown: &mut FormOutcome,
    ) -> Result<Option<Notice>, CallError> {
        let Abilities { mut handover, mut email_capture, .. } = chat.abilities(viewer).await?;
        let switched = match fields.take("active").as_deref() {
            Some("yes") => Some(true),
            Some("no") => Some(false),
            _ => None,
        };
        Ok(Some(match intent {
            Intent::SwitchHandover => {
                handover.active = switched.ok_or(CallError::NotFound)?;
                let now = chat.save_handover_ability(viewer, handover).await?;
                if now.handover.active { Notice::HandoverActive } else { Notice::HandoverInactive }
            }
            Intent::SwitchEmail => {
                email_capture.active = switched.ok_or(CallError::NotFound)?;
                let now = chat.save_email_capture(viewer, email_capture).await?;
                if now.email_capture.active { Notice::EmailActive } else { Notice::EmailInactive }
            }
            Intent::SaveHandover => {
                handover.asked_for_human = fields.ticked("asked_for_human");
                handover.frustrated = fields.ticked("frustrated");
                handover.topic = fields.ticked("topic");
                handover.no_answer = fields.ticked("no_answer");
                let topics = fields.take("topics").unwrap_or_default();
                handover.topics = check::lines(&topics);
                shown.handover = Some(handover.clone());
                handover.topics = check::topics(&topics).map_err(CallError::field)?;
                chat.save_handover_ability(viewer, handover).await?;
                Notice::HandoverSaved
            }
            Intent::SaveEmailCapture => {
                let sensitivity = fields.take("sensitivity");
                email_capture.sensitivity = Sensitivity::ALL
                    .into_iter()
                    .find(|it| sensitivity.as_deref() == Some(it.label()))
                    .unwrap_or(email_capture.sensitivity);
                let own = fields.take("own").unwrap_or_default();
                email_capture.own = check::lines(&own);
                shown.email_capture = Some(email_capture.clone());
                email_capture.own = check::own(&own).map_err(CallError::field)?;
                chat.save_email_capture(viewer, email_capture).await?;
                Notice::EmailCaptureSaved
            }
            Intent::SaveFaqs => {
                let questions = fields.take_all("question").into_iter();
                let pairs = questions.zip(fields.take_all("answer"));
                let typed: Vec<Faq> = pairs.map(|(question, answer)| Faq { question, answer }).collect();
                shown.faqs = Some(typed.clone());
                let faqs = check::faqs(typed).map_err(|errors| CallError::Fields { errors })?;
                chat.save_faqs(viewer, faqs).await?;
                Notice::FaqsSaved
            }
            Intent::TrySentence => {
                shown.text = fields.take("text").unwrap_or_default();
                let text = check::sentence(&shown.text).map_err(CallError::field)?;
                shown.trial = Some(chat.try_sentence(viewer, handover, text).await?);
                return Ok(None);
            }
            _ => return Err(CallError::NotFound),
        }))
    }

    async fn team_email(
        backend: &dyn Backend,
        viewer: &Viewer,
        intent: Intent,
        fields: &mut Fields,
        shown: &mut FormOutcome,
    ) -> Result<Option<Notice>, CallError> {
        let email = match intent {
            Intent::SaveEmail => fields.take("email").filter(|email| !pasted::is_blank(email)),
            Intent::ClearEmail => None,
            _ => return Err(CallError::NotFound),
        };
        shown.email = email.clone().unwrap_or_default();
        // A page that was opened before this field was there has none: then it stays as it is.
        let typed = fields.take("no_ticket_after_minutes");
        shown.no_ticket_after = typed.clone().unwrap_or_default();
        let typed = typed.filter(|_| intent == Intent::SaveEmail);
        let minutes =
            typed.map(|typed| check::typed_no_ticket_after(&typed)).transpose().map_err(CallError::field)?;
        let now = backend.save_notifications(viewer, email).await?;
        if let Some(minutes) = minutes {
            backend.save_no_ticket_after(viewer, minutes).await?;
        }
        Ok(Some(if now.email.is_some() { Notice::TeamEmailSaved } else { Notice::TeamEmailCleared }))
    }

    async fn integrations(
        backend: &dyn Backend,
        viewer: &Viewer,
        intent: Intent,
        fields: &mut Fields,
        shown: &mut FormOutcome,
    ) -> Result<Option<Notice>, CallError> {
        shown.helpdesk = fields.take("helpdesk").as_deref().and_then(Helpdesk::from_slug);
        match intent {
            Intent::Test | Intent::Save => {
                let helpdesk = shown.helpdesk.ok_or(CallError::NotFound)?;
                let form = fields.connection();
                shown.subdomain.clone_from(&form.subdomain);
                shown.username.clone_from(&form.username);
                if intent == Intent::Test {
                    shown.outcome = Some(backend.test_connection(viewer, helpdesk, form).await?);
                    return Ok(None);
                }
                match backend.save_connection(viewer, helpdesk, form).await? {
                    SaveOutcome::Saved { .. } => Ok(Some(Notice::Saved)),
                    SaveOutcome::Rejected { problem, message } => {
                        shown.outcome = Some(TestOutcome::Failed { problem, message });
                        Ok(None)
                    }
                }
            }
            Intent::Disconnect => {
                let helpdesk = shown.helpdesk.ok_or(CallError::NotFound)?;
                backend.disconnect(viewer, helpdesk).await?;
                Ok(Some(Notice::Disconnected(helpdesk)))
            }
            Intent::Retry => {
                let handover = fields.take("handover").ok_or(CallError::NotFound)?;
                let destination = fields.take("destination").as_deref().and_then(Destination::from_slug);
                backend.retry(viewer, &handover, destination).await?;
                Ok(Some(Notice::Retried))
            }
            Intent::Resolve => {
                let handover = fields.take("handover").ok_or(CallError::NotFound)?;
                let destination = fields.take("destination").as_deref().and_then(Destination::from_slug);
                let destination = destination.ok_or(CallError::NotFound)?;
                let made = match fields.take("made").as_deref() {
                    Some("yes") => true,
                    Some("no") => false,
                    _ => return Err(CallError::NotFound),
                };
                let answer = Resolution { destination, made, ticket_id: None };
                backend.resolve(viewer, &handover, answer).await?;
                Ok(Some(Notice::Answered))
            }
            Intent::SendUnsent => {
                backend.send_unsent(viewer).await?;
                Ok(Some(Notice::Sent))
            }
            _ => Err(CallError::NotFound),
        }
    }
}

#[cfg(feature = "ssr")]
pub use server::{submit, submit_with};
