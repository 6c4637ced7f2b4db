//! Finds a handover's ticket again by its `external_id`, which is ours.

use super::{UNFINISHED, Zendesk, chain::TicketView};
use crate::helpdesk::{Access, Failure, Meter};
use serde_json::Value;

impl Zendesk {
    /// Returns the complete tickets of a handover, lowest id first. An unfinished one does not count, because a resend
    /// completes it. The list has merged tickets but no deleted ones.
    pub(super) async fn find_tickets(
        &self,
        access: &Access,
        external_id: &str,
        meter: &dyn Meter,
    ) -> Result<Vec<i64>, Failure> {
        let all = self.with_external_id(access, external_id, meter).await?;
        let whole = all.iter().filter(|ticket| !ticket.has(UNFINISHED));
        let mut found: Vec<i64> = whole.map(|ticket| ticket.id).collect();
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// Lists every ticket with this `external_id`. Uses the list and never the search, which lags by minutes.
    pub(super) async fn with_external_id(
        &self,
        access: &Access,
        external_id: &str,
        meter: &dyn Meter,
    ) -> Result<Vec<TicketView>, Failure> {
        let path = format!("/api/v2/tickets?external_id={}&", encode(external_id));
        let listed = self.list(access, &path, "tickets", meter).await?;
        let tickets = listed.iter().filter_map(TicketView::read);
        // Does not rely on Zendesk's filter being exact.
        Ok(tickets.filter(|ticket| ticket.external_id.as_deref() == Some(external_id)).collect())
    }
}

/// Returns a number that can be an id.
pub(super) fn positive(value: &Value) -> Option<i64> {
    value.as_i64().filter(|id| *id > 0)
}

pub(super) fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
