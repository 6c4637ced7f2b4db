//! Agents' answers for programs: Convi's platform shows them in its own chat.

use super::Services;
use crate::{
    store::answers::KeptAnswer,
    wire::{rfc3339, store_failed},
};
use app::model::{CallError, Destination, FieldError, Viewer};
use domain::{answer::answer_id, sentences};
use serde::Serialize;

/// How many answers a page has at most.
const MOST: u32 = 100;

sentences! {
    AFTER = "answers.after": "This must be a next_cursor from an earlier response.";
}

/// Agents' answers in a conversation, in the order in which they arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AnswerPage {
    /// The answers after the cursor, at most 100.
    pub answers: Vec<AnswerView>,
    /// The value of `after` for the next call, which returns newer answers.
    #[schema(example = "2")]
    pub next_cursor: String,
}

/// What an agent wrote to the shopper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AnswerView {
    /// Identifies the answer. The same in every call.
    #[schema(example = "01938f3e-7f3a-7c1e-9a55-0242ac120002.1")]
    pub id: String,
    /// The agent's first name, if it is known.
    #[schema(example = "Anna")]
    pub author: Option<String>,
    /// Plain text, possibly with line breaks. Escape it like any untrusted text.
    pub text: String,
    /// When the agent wrote it: RFC 3339, UTC.
    #[schema(example = "2026-11-22T10:00:00Z")]
    pub at: String,
    /// The helpdesk in which it was written.
    #[schema(value_type = String, example = json!(domain::Helpdesk::example()))]
    pub helpdesk: Destination,
    /// The number of its ticket. It differs after a merge.
    #[schema(example = 123)]
    pub ticket_id: i64,
}

impl From<KeptAnswer> for AnswerView {
    fn from(KeptAnswer { number, account, answer }: KeptAnswer) -> Self {
        Self {
            id: answer_id(&answer.handover, number),
            author: answer.author,
            text: answer.text,
            at: rfc3339(answer.at),
            helpdesk: Destination::Helpdesk(account.helpdesk),
            ticket_id: answer.ticket,
        }
    }
}

impl Services {
    /// Returns the answers in a conversation of the viewer's merchant after a cursor.
    pub async fn answers(
        &self,
        viewer: &Viewer,
        conversation: &str,
        after: Option<&str>,
    ) -> Result<AnswerPage, CallError> {
        let after = match after.map(str::parse::<i64>) {
            None => 0,
            Some(Ok(number)) if number >= 0 => number,
            Some(_) => return Err(CallError::field(FieldError::new("after", AFTER))),
        };
        let found = self.store.answers(&viewer.merchant, conversation, after, MOST).await;
        let found = found.map_err(store_failed)?.ok_or(CallError::NotFound)?;
        let next_cursor = found.last().map_or(after, |last| last.number).to_string();
        Ok(AnswerPage { answers: found.into_iter().map(AnswerView::from).collect(), next_cursor })
    }
}
