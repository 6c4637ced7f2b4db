//! Handovers and what became of them, as the screen and `GET /v1/handovers` show them.

use super::{DeliveryState, Destination, TriggerKind};
use crate::address::with_query;
use domain::Args;
use serde::{Deserialize, Serialize};

/// What `GET /v1/handovers` can be asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoverQuery {
    /// Only those of this conversation.
    #[serde(default)]
    pub conversation_id: Option<String>,
    /// Only those with a delivery in this state.
    #[serde(default)]
    pub state: Option<DeliveryState>,
    /// Only those of a shopper whose name or e-mail address has this in it, or with this ticket: `#123`, `123`.
    #[serde(default)]
    pub search: Option<String>,
    /// Only those that were accepted then or later: a day in UTC (`2026-11-22`), a day in a time zone
    /// (`2026-11-22[Europe/Berlin]`) or a moment in RFC 3339.
    #[serde(default)]
    pub from: Option<String>,
    /// Only those that were accepted on this day or before, or before this moment.
    #[serde(default)]
    pub to: Option<String>,
    /// 1 to 100; 30 without it.
    #[serde(default)]
    pub limit: Option<u32>,
    /// As the last page answered.
    #[serde(default)]
    pub cursor: Option<String>,
}

impl HandoverQuery {
    /// The address of what is asked for, under this path.
    pub fn address(&self, path: &str) -> String {
        let limit = self.limit.map(|limit| limit.to_string());
        let parameters = [
            ("conversation_id", self.conversation_id.as_deref()),
            ("state", self.state.map(DeliveryState::as_str)),
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
    /// Where the next page starts; none on the last.
    pub next_cursor: Option<String>,
}

/// One handover and what became of it. Holds no transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct HandoverView {
    /// Ours; the ticket's `external_id`.
    pub handover_id: String,
    /// Convi's conversation.
    pub conversation_id: String,
    /// Its page in Convi, when it is http(s).
    pub conversation_url: Option<String>,
    /// The shopper's name, when known.
    pub shopper_name: Option<String>,
    /// The shopper's address, when there is one.
    pub shopper_email: Option<String>,
    /// What the ticket is called.
    pub subject: String,
    /// Who started it.
    pub trigger: TriggerKind,
    /// Why, for an automatic one: `asked_for_human`, ….
    pub reason: Option<String>,
    /// Who clicked, for a manual one.
    pub by: Option<String>,
    /// When it was handed over, RFC 3339, UTC.
    pub occurred_at: String,
    /// When it was durable here, RFC 3339, UTC.
    pub accepted_at: String,
    /// The transcript was removed some time after the delivery, and with it the subject and who asked.
    #[serde(default)]
    pub transcript_removed: bool,
    /// Empty: nobody was told.
    pub deliveries: Vec<DeliveryView>,
}

/// One delivery of a handover.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct DeliveryView {
    /// Where to: a helpdesk's name, or `email`.
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = json!(domain::Helpdesk::example())))]
    pub destination: Destination,
    /// Where it stands.
    pub state: DeliveryState,
    /// How many requests were begun that could make a ticket, or mails tried.
    pub attempts: u32,
    /// The ticket, once made.
    pub ticket_id: Option<i64>,
    /// Its page in the helpdesk.
    pub ticket_url: Option<String>,
    /// What the last attempt met, in a sentence without secrets.
    pub last_error: Option<String>,
    /// The error's code, which never changes.
    #[serde(default)]
    pub code: Option<String>,
    /// The error's arguments.
    #[serde(default)]
    pub args: Args,
    /// When it is tried or looked up again, RFC 3339, UTC.
    pub next_attempt_at: Option<String>,
    /// An unsure one that no look-up can settle: a person is asked whether the ticket is there.
    pub needs_answer: bool,
    /// Other tickets of the same handover that were found later, closed and tagged `convi-duplicate`.
    pub duplicates: Vec<i64>,
    /// Tickets into which such a one was merged before it could be closed; a note in them leads to this handover's.
    #[serde(default)]
    pub repeated_in: Vec<i64>,
    /// When there was a ticket, or the mail was taken, RFC 3339, UTC.
    #[serde(default)]
    pub delivered_at: Option<String>,
    /// When the team was mailed that there is no ticket yet, RFC 3339, UTC; none: it was not, or there is one now.
    #[serde(default)]
    pub team_mailed_at: Option<String>,
    /// There should be a ticket by now, and the team has no address to be told at.
    #[serde(default)]
    pub nobody_to_mail: bool,
}

/// A person's answer about an unsure delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Resolution {
    /// Which delivery.
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = json!(domain::Helpdesk::example())))]
    pub destination: Destination,
    /// `true`: "It is there". `false`: "Send again".
    pub made: bool,
    /// The ticket's number, if the person knows it.
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
