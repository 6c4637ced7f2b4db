//! Handovers and their state, as shown on screen and by `GET /v1/handovers`.

use super::{DeliveryState, Destination, TriggerKind};
use crate::address::with_query;
use domain::Args;
use serde::{Deserialize, Serialize};

/// How far a handover is: the filters of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Failed, unconfirmed or not sent to anyone: only a person can change that.
    NeedsYou,
    /// On its way, waiting or held.
    InProgress,
    /// It became a ticket, or the team was emailed and no ticket will follow.
    Done,
}

impl Progress {
    /// In the order of the filters.
    pub const ALL: [Self; 3] = [Self::NeedsYou, Self::InProgress, Self::Done];

    /// Returns its name in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NeedsYou => "needs_you",
            Self::InProgress => "in_progress",
            Self::Done => "done",
        }
    }

    /// Returns the one with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}

/// The parameters of `GET /v1/handovers`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoverQuery {
    /// Only handovers of this conversation.
    #[serde(default)]
    pub conversation_id: Option<String>,
    /// Only handovers with a delivery in this state.
    #[serde(default)]
    pub state: Option<DeliveryState>,
    /// Only handovers that are this far.
    #[serde(default)]
    pub progress: Option<Progress>,
    /// Only handovers of a shopper whose name or email address contains this text, or with this ticket: `#123` or
    /// `123`.
    #[serde(default)]
    pub search: Option<String>,
    /// Only handovers accepted then or later: a day in UTC (`2026-11-22`), a day in a time zone
    /// (`2026-11-22[Europe/Berlin]`) or an RFC 3339 time.
    #[serde(default)]
    pub from: Option<String>,
    /// Only handovers accepted on this day or earlier, or before this time.
    #[serde(default)]
    pub to: Option<String>,
    /// 1 to 100; 30 by default.
    #[serde(default)]
    pub limit: Option<u32>,
    /// The previous page's `next_cursor`.
    #[serde(default)]
    pub cursor: Option<String>,
}

impl HandoverQuery {
    /// Returns the address of this query below a path.
    pub fn address(&self, path: &str) -> String {
        let limit = self.limit.map(|limit| limit.to_string());
        let parameters = [
            ("conversation_id", self.conversation_id.as_deref()),
            ("state", self.state.map(DeliveryState::as_str)),
            ("progress", self.progress.map(Progress::as_str)),
            ("search", self.search.as_deref()),
            ("from", self.from.as_deref()),
            ("to", self.to.as_deref()),
            ("limit", limit.as_deref()),
            ("cursor", self.cursor.as_deref()),
        ];
        with_query(path, &parameters)
    }
}

/// A page of handovers, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct HandoverPage {
    /// The handovers.
    pub handovers: Vec<HandoverView>,
    /// The cursor of the next page. `null` on the last page.
    pub next_cursor: Option<String>,
}

/// A handover and its state, without the transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct HandoverView {
    /// Our id; the ticket's `external_id`.
    pub handover_id: String,
    /// Convi's conversation.
    pub conversation_id: String,
    /// The conversation's page in Convi, if it is http(s).
    pub conversation_url: Option<String>,
    /// The shopper's name, if known.
    pub shopper_name: Option<String>,
    /// The shopper's email address, if known.
    pub shopper_email: Option<String>,
    /// The ticket's subject.
    pub subject: String,
    /// What triggered it.
    pub trigger: TriggerKind,
    /// The reason of an automatic handover: `asked_for_human`, ….
    pub reason: Option<String>,
    /// Who clicked `Hand over`, for a manual handover.
    pub by: Option<String>,
    /// The ticket's tag for the reason. `null` if no helpdesk gets a ticket.
    #[serde(default)]
    pub tag: Option<String>,
    /// When it was handed over, RFC 3339, UTC.
    pub occurred_at: String,
    /// When it was stored, RFC 3339, UTC.
    pub accepted_at: String,
    /// Whether the transcript has been removed after the retention time, and with it the subject and the shopper.
    #[serde(default)]
    pub transcript_removed: bool,
    /// Empty if nobody was told.
    pub deliveries: Vec<DeliveryView>,
}

/// One delivery of a handover.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct DeliveryView {
    /// The destination: a helpdesk's slug, or `email`.
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = json!(domain::Helpdesk::example())))]
    pub destination: Destination,
    /// The state.
    pub state: DeliveryState,
    /// How many requests that could create a ticket were begun, or how many emails were tried.
    pub attempts: u32,
    /// The ticket's number, once created.
    pub ticket_id: Option<i64>,
    /// The ticket's page in the helpdesk.
    pub ticket_url: Option<String>,
    /// The error of the latest attempt, in a sentence without secrets.
    pub last_error: Option<String>,
    /// The error's stable code.
    #[serde(default)]
    pub code: Option<String>,
    /// The error's arguments.
    #[serde(default)]
    pub args: Args,
    /// When it is retried or looked up next, RFC 3339, UTC.
    pub next_attempt_at: Option<String>,
    /// No look-up can settle this unsure delivery, so a person is asked whether the ticket exists.
    pub needs_answer: bool,
    /// Other tickets of the same handover, found later, closed and tagged `convi-duplicate`.
    pub duplicates: Vec<i64>,
    /// Tickets into which a duplicate was merged before it could be closed. A note in them links to this handover's
    /// ticket.
    #[serde(default)]
    pub repeated_in: Vec<i64>,
    /// When the ticket was created or the mail server accepted the email, RFC 3339, UTC.
    #[serde(default)]
    pub delivered_at: Option<String>,
    /// When the team was told by email that there is no ticket yet, RFC 3339, UTC. `null` if it was not told, or there
    /// is one by now.
    #[serde(default)]
    pub team_mailed_at: Option<String>,
    /// There should be a ticket by now, but the team has no email address to be told at.
    #[serde(default)]
    pub nobody_to_mail: bool,
}

/// A person's answer about an unsure delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Resolution {
    /// The delivery.
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = json!(domain::Helpdesk::example())))]
    pub destination: Destination,
    /// `true`: "It is there". `false`: "Send again".
    pub made: bool,
    /// The ticket's number, if known.
    #[serde(default)]
    pub ticket_id: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_has_an_address() {
        let query = HandoverQuery {
            state: Some(DeliveryState::Held),
            search: Some("#7 & é".into()),
            from: Some("2026-11-01[Europe/Berlin]".into()),
            limit: Some(30),
            ..HandoverQuery::default()
        };
        assert_eq!(
            query.address("/v1/handovers"),
            "/v1/handovers?state=held&search=%237%20%26%20%C3%A9&from=2026-11-01%5BEurope%2FBerlin%5D&limit=30"
        );
        assert_eq!(HandoverQuery::default().address("/x"), "/x");
    }
}
