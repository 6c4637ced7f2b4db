//! Reads a ticket and follows it when it was merged into another one, or closed and followed up.

use super::{
    MERGED, Zendesk,
    body::mark_of,
    find::positive,
    sentences::{ANSWER_UNREADABLE, CIRCLE, TOO_MANY},
};
use crate::helpdesk::{Access, Failure, Meter};
use serde_json::Value;

/// How many merges and follow-ups are followed before the chain counts as a loop.
const LONGEST_CHAIN: usize = 20;
/// How many pages of a list are read, with 100 items each.
const MOST_PAGES: usize = 50;

/// The fields of a ticket that we use.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TicketView {
    pub id: i64,
    pub external_id: Option<String>,
    pub status: String,
    pub subject: Option<String>,
    pub tags: Vec<String>,
    pub requester: Option<i64>,
    pub followups: Vec<i64>,
    /// The stamp of its last change.
    pub updated: String,
}

impl TicketView {
    pub(super) fn read(json: &Value) -> Option<Self> {
        let text = |name: &str| json.get(name).and_then(Value::as_str).map(str::to_owned);
        let list = |name: &str| json.get(name).and_then(Value::as_array).into_iter().flatten();
        Some(Self {
            id: json.get("id").and_then(positive)?,
            external_id: text("external_id"),
            status: text("status").unwrap_or_default(),
            subject: text("subject"),
            tags: list("tags").filter_map(|tag| tag.as_str().map(str::to_owned)).collect(),
            requester: json.get("requester_id").and_then(positive),
            followups: list("followup_ids").filter_map(positive).collect(),
            updated: text("updated_at").unwrap_or_default(),
        })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.status == "closed"
    }

    pub(super) fn has(&self, tag: &str) -> bool {
        self.tags.iter().any(|it| it == tag)
    }
}

/// Where additions to a ticket go now.
pub(super) enum Place {
    /// Into this ticket.
    Open(TicketView),
    /// This ticket is closed, which is final, and has no follow-up yet.
    Closed(TicketView),
}

impl Place {
    pub(super) fn ticket(&self) -> &TicketView {
        let (Self::Open(ticket) | Self::Closed(ticket)) = self;
        ticket
    }
}

impl Zendesk {
    /// Reads one ticket.
    pub(super) async fn ticket(
        &self,
        access: &Access,
        ticket: i64,
        meter: &dyn Meter,
    ) -> Result<TicketView, Failure> {
        let answer = self.get(access, &format!("/api/v2/tickets/{ticket}"), meter).await?;
        let json = answer.json().unwrap_or_default();
        json.get("ticket").and_then(TicketView::read).ok_or_else(unreadable)
    }

    /// Follows the ticket to where additions to it go now.
    pub(super) async fn place(
        &self,
        access: &Access,
        ticket: i64,
        meter: &dyn Meter,
    ) -> Result<Place, Failure> {
        let mut id = ticket;
        for _ in 0..LONGEST_CHAIN {
            let ticket = self.ticket(access, id, meter).await?;
            if !ticket.is_closed() {
                return Ok(Place::Open(ticket));
            }
            match self.next(access, &ticket, meter).await? {
                Some(next) => id = next,
                None => return Ok(Place::Closed(ticket)),
            }
        }
        Err(Failure::Ambiguous { why: CIRCLE.into() })
    }

    /// Returns the ids of the audits with this mark, in the ticket and in those it was merged into or followed up by.
    pub(super) async fn find_marked(
        &self,
        access: &Access,
        ticket: i64,
        mark: &str,
        meter: &dyn Meter,
    ) -> Result<Vec<i64>, Failure> {
        let (mut id, mut found) = (ticket, Vec::new());
        for _ in 0..LONGEST_CHAIN {
            let audits = self.audits(access, id, meter).await?;
            let marked = audits.iter().filter(|audit| mark_of(audit) == Some(mark));
            found.extend(marked.filter_map(|audit| audit.get("id").and_then(positive)));
            let ticket = self.ticket(access, id, meter).await?;
            if !found.is_empty() || !ticket.is_closed() {
                return Ok(found);
            }
            match self.next(access, &ticket, meter).await? {
                Some(next) => id = next,
                None => return Ok(found),
            }
        }
        Err(Failure::Ambiguous { why: CIRCLE.into() })
    }

    /// Returns the ticket that a closed one was merged into, or that follows up on it.
    async fn next(
        &self,
        access: &Access,
        ticket: &TicketView,
        meter: &dyn Meter,
    ) -> Result<Option<i64>, Failure> {
        if let Some(followup) = ticket.followups.last() {
            return Ok(Some(*followup));
        }
        if !ticket.has(MERGED) {
            return Ok(None);
        }
        // No field names the survivor. The last merge in the audits does, or the text of its comment.
        let audits = self.audits(access, ticket.id, meter).await?;
        let merge = audits
            .iter()
            .rev()
            .find(|audit| audit.pointer("/via/source/rel").and_then(Value::as_str) == Some("merge"));
        Ok(merge.and_then(|audit| survivor(audit, ticket.id)))
    }

    /// Reads all audits of a ticket, oldest first.
    pub(super) async fn audits(
        &self,
        access: &Access,
        ticket: i64,
        meter: &dyn Meter,
    ) -> Result<Vec<Value>, Failure> {
        self.list(access, &format!("/api/v2/tickets/{ticket}/audits?"), "audits", meter).await
    }

    /// Reads a complete list, page by page. Fails if any page is not a complete 2xx.
    pub(super) async fn list(
        &self,
        access: &Access,
        path: &str,
        name: &str,
        meter: &dyn Meter,
    ) -> Result<Vec<Value>, Failure> {
        let mut items = Vec::new();
        let mut after = String::new();
        for _ in 0..MOST_PAGES {
            let page = self.get(access, &format!("{path}page[size]=100{after}"), meter).await?;
            let mut page = page.json().unwrap_or_default();
            let Some(Value::Array(found)) = page.get_mut(name).map(Value::take) else {
                return Err(unreadable());
            };
            items.extend(found);
            match (page.pointer("/meta/has_more"), page.pointer("/meta/after_cursor")) {
                (Some(Value::Bool(false)), _) => return Ok(items),
                (Some(Value::Bool(true)), Some(Value::String(cursor))) if !cursor.is_empty() => {
                    after = format!("&page[after]={}", super::find::encode(cursor));
                }
                // The page does not say whether it is the last, so the list may be incomplete.
                _ => return Err(unreadable()),
            }
        }
        Err(Failure::Ambiguous { why: TOO_MANY.into() })
    }
}

/// Returns the other ticket of a merge.
fn survivor(audit: &Value, own: i64) -> Option<i64> {
    let named = ["/via/source/to/ticket_id", "/via/source/from/ticket_id"]
        .iter()
        .filter_map(|path| audit.pointer(path).and_then(positive));
    let texts = audit.get("events").and_then(Value::as_array).into_iter().flatten();
    let texts = texts.filter_map(|event| event.get("plain_body").or_else(|| event.get("body"))?.as_str());
    let told = texts.flat_map(numbers);
    named.chain(told).find(|id| *id != own)
}

/// Returns the ticket numbers in a text, written as `#123`.
fn numbers(text: &str) -> impl Iterator<Item = i64> {
    text.split('#').skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse().ok().filter(|id| *id > 0)
    })
}

pub(super) fn unreadable() -> Failure {
    Failure::Ambiguous { why: ANSWER_UNREADABLE.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn survivor_is_read_from_fields_or_from_text() {
        let named = json!({"via": {"source": {"rel": "merge", "to": {"ticket_id": 7}}}});
        assert_eq!(survivor(&named, 3), Some(7));
        let event = json!({"plain_body": "Request #3 was merged into request #41. See #x and # 5."});
        assert_eq!(survivor(&json!({"events": [event]}), 3), Some(41));
        assert_eq!(survivor(&json!({"events": []}), 3), None);
    }
}
