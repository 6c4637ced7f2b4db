//! The forms of a conversation's page.

use crate::model::CallError;
use serde::{Deserialize, Serialize};

intents! {
    /// What a form on this page requests.
    ConversationIntent {
        /// `Hand over`.
        HandOver = "hand_over",
        /// `Give back to AI`.
        GiveBack = "give_back",
        /// `Resolve`.
        Resolve = "resolve_conversation",
        /// Sends the team's reply to the shopper.
        Reply = "reply",
    }
}

/// What the page shows after a request that does not redirect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ConversationOutcome {
    /// The reply, which was not sent.
    Reply {
        /// As typed.
        text: String,
        /// Why it was not sent.
        error: CallError,
    },
    /// Any other request that failed.
    Refused(CallError),
}

#[cfg(feature = "ssr")]
pub(super) use server::submit;

#[cfg(feature = "ssr")]
mod server {
    use super::{ConversationIntent as Intent, ConversationOutcome as Outcome};
    use crate::chat_backend::ChatBackend;
    use crate::check;
    use crate::forms::fields::Fields;
    use crate::model::{CallError, Viewer};
    use crate::notice::Notice;

    impl Outcome {
        pub(in crate::forms) fn error(&self) -> &CallError {
            match self {
                Self::Reply { error, .. } | Self::Refused(error) => error,
            }
        }
    }

    pub(in crate::forms) async fn submit(
        chat: &dyn ChatBackend,
        viewer: &Viewer,
        id: &str,
        intent: &str,
        mut fields: Fields,
    ) -> Result<Notice, Outcome> {
        let done = match Intent::from_name(intent) {
            Some(Intent::HandOver) => chat.hand_over(viewer, id).await.map(|_| Notice::HandedOver),
            Some(Intent::GiveBack) => chat.give_back(viewer, id).await.map(|_| Notice::GivenBack),
            Some(Intent::Resolve) => {
                chat.resolve_conversation(viewer, id).await.map(|_| Notice::ConversationResolved)
            }
            Some(Intent::Reply) => {
                let text = fields.text("text");
                // A box that is not ticked is not sent, and neither is one that the form does not have.
                let by_email = fields.ticked("by_email") || !fields.ticked("asks_by_email");
                let sent = reply(chat, viewer, id, &text, &fields.text("key"), by_email).await;
                return sent.map_err(|error| Outcome::Reply { text, error });
            }
            None => Err(CallError::NotFound),
        };
        done.map_err(Outcome::Refused)
    }

    async fn reply(
        chat: &dyn ChatBackend,
        viewer: &Viewer,
        id: &str,
        text: &str,
        shown_with: &str,
        by_email: bool,
    ) -> Result<Notice, CallError> {
        let text = check::reply(text)?;
        chat.reply(viewer, id, &reply_key(shown_with, &text), &text, by_email).await?;
        Ok(Notice::ReplySent)
    }

    /// Derives the reply's key from the form's own value and the text. Without a script the form cannot create a random
    /// key. With this one, pressing `Send` twice sends one reply, and a different text is a new reply.
    fn reply_key(shown_with: &str, text: &str) -> String {
        // FNV-1a gives the same value on every machine and in every version.
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        let shown_with: String =
            shown_with.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(32).collect();
        format!("form-{shown_with}-{hash:016x}")
    }
}
